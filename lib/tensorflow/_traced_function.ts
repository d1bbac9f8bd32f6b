/**
 * Tracing an ordinary TensorFlow.js function into a TensorFlow function.
 *
 * @module
 */

import type { NamedTensorMap, Tensor, Variable } from "npm:@tensorflow/tfjs@4.22.0";
import type { Metadata } from "./_eager.ts";
import type { Output } from "./_graph.ts";
import type { Trace } from "./_trace.ts";
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
  return recordScope(backend, (trace) => {
    const updates: Variable[] = [];
    const outputs: Output[] = [];
    let once = false;
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
    }
  });
}

/** A function traced in two halves. */
export interface TracedHalves {
  /** The names of both in TensorFlow's eager context. */
  names: [string, string];
  /** What both read from outside: tensors kept. */
  captures: { id: number }[];
  /** The outputs of each. */
  outputs: [Metadata[], Metadata[]];
  /** The form of what each returns. */
  forms: [Form, Form];
  /** How many tensors pass from the first to the second. */
  between: number;
}

/**
 * Runs `fn` once with symbolic tensors and makes what it did two TensorFlow functions: what does not depend on
 * `late`, and the rest.
 *
 * @throws {Error} naming the op that cannot be traced, and why; or where the first result depends on `late`.
 */
export function traceHalves(
  backend: Backend,
  fn: (early: unknown, late: unknown) => { first: unknown; second: unknown },
  early: { form: Form; tensors: readonly Tensor[] },
  late: { form: Form; metadata: readonly Metadata[] },
): TracedHalves {
  const { binding } = backend;
  const known = backend.getInputTensorIds([...early.tensors]).map((_, i) => ({
    dtype: backend.tensorMap.get(early.tensors[i].dataId).dtype,
    shape: early.tensors[i].shape,
  }));
  return recordScope(backend, (trace) => {
    const symbolic = (metadata: Metadata) =>
      backend.createOutputTensor(binding.traceInput(metadata));
    const earlyTensors = known.map(symbolic);
    const lateTensors = late.metadata.map(symbolic);
    const lateInputs = trace.inputs.slice(known.length);
    const { first, second } = runRecorded(() =>
      fn(unflatten(early.form, earlyTensors), unflatten(late.form, lateTensors))
    );
    const flat = [
      flatten(first, "the first half's result"),
      flatten(second, "the second half's result"),
    ];
    const [firstOutputs, secondOutputs] = flat.map(({ tensors }) =>
      backend.getInputTensorIds(tensors).map((id) => binding.traceOutput(trace, id))
    );
    const names: [string, string] = [`dna_${traced++}`, `dna_${traced++}`];
    const between = binding.defineHalves(trace, names, lateInputs, [firstOutputs, secondOutputs]);
    const metadata = (outputs: readonly Output[]) =>
      outputs.map(({ dtype, shape }) => ({ dtype, shape }));
    return {
      names,
      captures: trace.captures.map(({ id }) => ({ id: binding.share(id).id })),
      outputs: [metadata(firstOutputs), metadata(secondOutputs)],
      forms: [flat[0].form, flat[1].form],
      between,
    };
  });
}

/** Runs code under a trace of its own, in a scope of tensors and with tapes of its own. */
function recordScope<R>(backend: Backend, body: (trace: Trace) => R): R {
  const { binding } = backend;
  const state = (tf.engine() as unknown as { state: EngineState }).state;
  const { gradientDepth, kernelDepth, activeTape } = state;
  return binding.record((trace) => {
    tf.engine().startScope();
    // The caller's tape records the call as a whole; the function may have tapes of its own.
    Object.assign(state, { gradientDepth: 0, kernelDepth: 0, activeTape: null });
    try {
      return body(trace);
    } finally {
      tf.engine().endScope();
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
