/**
 * A function of one tensor as a graph that holds all it reads, for use outside.
 *
 * @module
 */

import type { Tensor } from "npm:@tensorflow/tfjs@4.22.0";
import type { Metadata } from "./_eager.ts";
import { engineBackend } from "./current.ts";
import { tf } from "./tfjs.ts";

/** A frozen function's graph. */
export interface FrozenGraph {
  /** The bytes of a `GraphDef`: its only `Placeholder` is the input, its last node the output. */
  graph: Uint8Array<ArrayBuffer>;
  /** The output's type, and its shape: -1 where the input's first dimension is unknown. */
  output: Metadata;
}

/**
 * Records an ordinary TensorFlow.js function as a graph. The tensors that it reads from outside are
 * constants of the graph, and so is all that it computes of them alone.
 *
 * @param fn A function of one tensor that returns one.
 * @param input The tensor's type, a `TF_DataType`, and its shape; the first dimension may be -1:
 * any.
 * @throws {Error} naming the op that cannot be recorded, and why.
 */
export function freeze(fn: (x: Tensor) => Tensor, input: Metadata): FrozenGraph {
  const backend = engineBackend();
  const { binding } = backend;
  return binding.record((trace) => {
    try {
      const output = tf.tidy(() => {
        const result = fn(backend.createOutputTensor(binding.traceInput(input)));
        const [id] = backend.getInputTensorIds([result]);
        const { dtype, shape } = binding.traceOutput(trace, id);
        return { dtype, shape };
      });
      return { graph: trace.graph.toGraphDef(), output };
    } finally {
      trace.close();
      binding.afterTrace(trace);
    }
  }, true);
}
