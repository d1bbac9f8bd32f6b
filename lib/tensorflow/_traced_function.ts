/**
 * Tracing an ordinary TensorFlow.js function into a TensorFlow function.
 *
 * @module
 */

import type { NamedTensorMap, Tensor, Variable } from "npm:@tensorflow/tfjs@4.22.0";
import type { Metadata } from "./_eager.ts";
import type { Output } from "./_graph.ts";
import { flatten, type Form, unflatten } from "./_tree.ts";
import type { Backend } from "./backend.ts";
import { tf } from "./tfjs.ts";

/** A function traced for one signature. */
export interface TracedFunction {
  /** Its name in TensorFlow's eager context. */
  name: string;
  /** What it reads from outside, after its arguments: a variable's value now, or a tensor kept. */
  captures: ({ variable: Variable } | { id: number })[];
  /** Its outputs: first the tensors it returns, then the variables' new values. */
  outputs: Metadata[];
  /** The form of what it returns. */
  form: Form;
  /** The variables that it changes, in the order of its last outputs. */
  updates: Variable[];
  /** It made variables: only its first call may, so it is not kept. */
  once: boolean;
}

/** The parts of TensorFlow.js's engine that a trace sets aside; they are not in its types. */
interface EngineState {
  gradientDepth: number;
  kernelDepth: number;
  activeTape: unknown;
  registeredVariables: NamedTensorMap;
}

type RunKernel = (name: string, inputs: NamedTensorMap, attributes?: object) => unknown;

let traced = 0;

/**
 * Runs `fn` once with symbolic tensors and makes what it did a TensorFlow function.
 *
 * @param fn Any function of a list of trees.
 * @param args Trees whose tensors tell the signature.
 * @throws {Error} naming the op that cannot be traced, and why.
 */
export function traceFunction(
  backend: Backend,
  fn: (...args: unknown[]) => unknown,
  args: { form: Form; tensors: readonly Tensor[] },
): TracedFunction {
  const { binding } = backend;
  const state = (tf.engine() as unknown as { state: EngineState }).state;
  // Values that TensorFlow.js still holds would be taken for constants made by the function.
  const before = new Map(
    Object.values(state.registeredVariables).map((variable) => [
      variable as Variable,
      backend.getInputTensorIds([variable])[0],
    ]),
  );
  const metadata = backend.getInputTensorIds([...args.tensors]).map((id, i) => ({
    id,
    dtype: backend.tensorMap.get(args.tensors[i].dataId).dtype,
    shape: args.tensors[i].shape,
  }));
  const saved = { ...state };
  return binding.record((trace) => {
    const updates: Variable[] = [];
    const outputs: Output[] = [];
    let once = false;
    tf.engine().startScope();
    // The caller's tape records the call as a whole; the function may have tapes of its own.
    Object.assign(state, { gradientDepth: 0, kernelDepth: 0, activeTape: null });
    try {
      const inputs = metadata.map((input) => backend.createOutputTensor(binding.traceInput(input)));
      const result = runRecorded(() => fn(...unflatten(args.form, inputs) as unknown[]));
      if (result instanceof Promise) {
        throw new TypeError("Cannot compile an async function: it must return its tensors at once");
      }
      const flat = flatten(result, "the compiled function's result");
      for (const id of backend.getInputTensorIds(flat.tensors)) {
        outputs.push(binding.traceOutput(trace, id));
      }
      for (const variable of Object.values(state.registeredVariables) as Variable[]) {
        const { id, values } = backend.tensorMap.get(variable.dataId);
        if (!before.has(variable)) once = true;
        if (values !== null || id === before.get(variable)) continue;
        if (!before.has(variable) && !binding.isNode(id)) continue;
        updates.push(variable);
        outputs.push(binding.traceOutput(trace, id));
      }
      const name = `dna_${traced++}`;
      binding.defineFunction(trace, name, outputs);
      const variables = new Map([...before].map(([variable, id]) => [id, variable]));
      return {
        name,
        captures: trace.captures.map(({ id }) => {
          const variable = variables.get(id);
          return variable ? { variable } : { id: binding.share(id).id };
        }),
        outputs: outputs.map(({ dtype, shape }) => ({ dtype, shape })),
        form: flat.form,
        updates,
        once,
      };
    } finally {
      for (const [variable, id] of before) {
        if (variable.isDisposed || backend.tensorMap.get(variable.dataId).id === id) continue;
        const value = backend.createOutputTensor(binding.share(id));
        variable.assign(value);
        value.dispose();
      }
      tf.engine().endScope();
      const { gradientDepth, kernelDepth, activeTape } = saved;
      Object.assign(state, { gradientDepth, kernelDepth, activeTape });
      trace.close();
      binding.afterTrace(trace);
    }
  });
}

/** Runs code under a trace: no random numbers of the host, and errors that name the op. */
function runRecorded<R>(body: () => R): R {
  const engine = tf.engine() as { runKernel: RunKernel };
  const { random } = Math;
  const { runKernel } = engine;
  let failed: string | undefined;
  engine.runKernel = function (name, inputs, attributes) {
    try {
      return runKernel.call(engine, name, inputs, attributes);
    } catch (error) {
      failed ??= name;
      throw error;
    }
  };
  Math.random = () => {
    throw new Error(
      "Cannot trace random numbers that are drawn in JavaScript: they would be the same in each call; " +
        "draw them outside and pass them in, or give a seed",
    );
  };
  try {
    return body();
  } catch (error) {
    if (failed && error instanceof Error && !error.message.includes(failed)) {
      error.message = `${failed}: ${error.message}`;
    }
    throw error;
  } finally {
    Math.random = random;
    delete (engine as { runKernel?: unknown }).runKernel;
  }
}
