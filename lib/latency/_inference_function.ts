/**
 * A module's inference as one TensorFlow function that holds its weights.
 *
 * @module
 */

import type { Tensor } from "npm:@tensorflow/tfjs@4.22.0";
import { engineBackend } from "../tensorflow/current.ts";
import { tf } from "../tensorflow/tfjs.ts";

/** A function of one tensor, in TensorFlow. */
export interface InferenceFunction {
  /** Calls it, waits for its result, and gives the result's first value. */
  run(x: Tensor): number;
  /** Frees it. */
  dispose(): void;
}

let made = 0;

/**
 * Records a function of one tensor; the tensors that it reads from outside are constants in it, and what depends on them alone,
 * as folded batch normalisations do, is computed now.
 *
 * A call gives the first value of the result alone: on devices that compute on while JavaScript goes on, reading it is what
 * waits for the whole.
 */
export function inferenceFunction(fn: (x: Tensor) => Tensor, shape: number[]): InferenceFunction {
  const backend = engineBackend();
  const { binding } = backend;
  const name = `dna_inference_${made++}`;
  const metadata = { dtype: binding.TF_FLOAT, shape };
  const outputs = binding.record((trace) => {
    try {
      return tf.tidy(() => {
        const x = backend.createOutputTensor(binding.traceInput(metadata));
        const y = fn(x);
        const value = y.slice(y.shape.map(() => 0), y.shape.map(() => 1)).flatten();
        const output = binding.traceOutput(trace, backend.getInputTensorIds([value])[0]);
        binding.defineFunction(trace, name, [output]);
        return [{ dtype: output.dtype, shape: output.shape }];
      });
    } finally {
      trace.close();
      binding.afterTrace(trace);
    }
  }, true);
  return {
    run(x) {
      const [result] = binding.callFunction(name, backend.getInputTensorIds([x]), outputs);
      const y = backend.createOutputTensor(result);
      const [value] = y.dataSync();
      y.dispose();
      return value;
    },
    dispose: () => binding.removeFunction(name),
  };
}
