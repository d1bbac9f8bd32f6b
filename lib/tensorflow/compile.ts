/**
 * `compile()`: ordinary TensorFlow.js code as one TensorFlow function per signature.
 *
 * @module
 */

import type { Tensor, Variable } from "npm:@tensorflow/tfjs@4.22.0";
import { type TracedFunction, traceFunction } from "./_traced_function.ts";
import { type Flat, flatten, unflatten } from "./_tree.ts";
import type { Backend } from "./backend.ts";
import { isTapeOn, onTape } from "./tape.ts";
import { tf } from "./tfjs.ts";

/** Options of {@linkcode compile}. */
export interface CompileOptions {
  /** How many signatures stay compiled; the least recently used goes first. Default 128. */
  cacheSize?: number;
}

/** A compiled function: called as the original is. */
export interface Compiled<Args extends unknown[], Result> {
  (...args: Args): Result;
  /** Runs on another thread: a notebook or server stays responsive meanwhile. */
  async(...args: Args): Promise<Result>;
  /** How many signatures are compiled now. */
  readonly size: number;
  /** How often the function was traced so far. */
  readonly traces: number;
  /** Frees all compiled signatures; the next call compiles again. */
  dispose(): void;
}

interface Cached {
  traced: TracedFunction;
  running: number;
  evicted: boolean;
  /** The function's gradient, compiled when it is first asked for. */
  gradient?: Compiled<[Tensor[], Tensor[], Tensor[]], Tensor[]>;
}

/** The last asynchronous call under way that changes variables. */
let changing: Promise<unknown> = Promise.resolve();

/** Makes a compiled function; `backend` gives the engine when it is first called. */
export function compileWith<Args extends unknown[], Result>(
  backend: () => Backend,
  fn: (...args: Args) => Result,
  { cacheSize = 128 }: CompileOptions = {},
): Compiled<Args, Result> {
  if (typeof fn !== "function") {
    throw new TypeError(`Cannot compile a ${typeof fn}: compile takes a function`);
  }
  if (!Number.isInteger(cacheSize) || cacheSize < 1) {
    throw new RangeError(`Cannot compile with cacheSize ${cacheSize}: it is a whole number from 1`);
  }
  const general = fn as unknown as (...args: unknown[]) => unknown;
  const cache = new Map<string, Cached>();
  let traces = 0;

  function free(cached: Cached): void {
    cached.evicted = true;
    if (cached.running > 0) return;
    const { binding } = backend();
    binding.removeFunction(cached.traced.name);
    for (const capture of cached.traced.captures) {
      if ("id" in capture) binding.deleteTensor(capture.id);
    }
    cached.gradient?.dispose();
  }

  function find(args: Flat): Cached {
    let cached = cache.get(args.signature);
    if (cached) {
      cache.delete(args.signature);
    } else {
      traces++;
      const traced = traceFunction(backend(), general, args);
      cached = { traced, running: 0, evicted: false };
      if (traced.once) return cached;
    }
    cache.set(args.signature, cached);
    if (cache.size > cacheSize) {
      const [oldest] = cache.keys();
      free(cache.get(oldest)!);
      cache.delete(oldest);
    }
    return cached;
  }

  /** Ids of all inputs: the arguments' tensors, then what the function reads from outside. */
  function inputIds({ traced }: Cached, tensors: Tensor[]): number[] {
    const ids = backend().getInputTensorIds(tensors);
    for (const capture of traced.captures) {
      ids.push("id" in capture ? capture.id : backend().getInputTensorIds([capture.variable])[0]);
    }
    return ids;
  }

  /** The returned tensors; variables take their new values. */
  function finish({ traced }: Cached, results: { id: number; dtype: number; shape: number[] }[]) {
    const tensors = results.map((result) => backend().createOutputTensor(result));
    const values = tensors.splice(tensors.length - traced.updates.length);
    traced.updates.forEach((variable, i) => {
      variable.assign(values[i]);
      values[i].dispose();
    });
    return tensors;
  }

  function run(cached: Cached, tensors: Tensor[]): Tensor[] {
    const { name, outputs } = cached.traced;
    return finish(
      cached,
      backend().binding.callFunction(name, inputIds(cached, tensors), outputs),
    );
  }

  /** Runs the function as one step of the gradient tape. */
  function runOnTape(cached: Cached, args: Flat): Tensor[] {
    const variables = capturedVariables(cached.traced);
    const parts = [...args.tensors, ...variables];
    const differentiable = parts.filter((tensor) => tensor.dtype === "float32");
    cached.gradient ??= gradientOf(backend, general, args, variables);
    const { gradient } = cached;
    return onTape(differentiable, (save) => {
      save(parts);
      return run(cached, args.tensors);
    }, (dys, saved) => {
      const count = args.tensors.length;
      const floats = dys.filter((dy) => dy.dtype === "float32");
      return gradient(saved.slice(0, count), saved.slice(count), floats);
    });
  }

  function call(...args: Args): Result {
    // Inside another trace the code itself is recorded.
    if (backend().binding.tracing) return fn(...args);
    const flat = flatten(args, "the arguments");
    const cached = find(flat);
    try {
      const tensors = isTapeOn() ? runOnTape(cached, flat) : run(cached, flat.tensors);
      return unflatten(cached.traced.form, tensors) as Result;
    } finally {
      if (cached.traced.once) free(cached);
    }
  }

  async function callAsync(...args: Args): Promise<Result> {
    const flat = flatten(args, "the arguments");
    const cached = find(flat);
    const { name, outputs, updates, captures, form } = cached.traced;
    // A function that uses variables must see what the calls before it made of them.
    const waits = updates.length > 0 || captures.some((capture) => "variable" in capture);
    const turn = waits ? changing : undefined;
    cached.running++;
    // The caller may dispose of the arguments while the call waits.
    const held = flat.tensors.map((tensor) => tf.keep(tensor.clone()));
    const work = (async () => {
      try {
        await turn?.catch(() => {});
        const ids = inputIds(cached, held);
        const results = await backend().binding.callFunctionAsync(name, ids, outputs);
        return unflatten(form, finish(cached, results)) as Result;
      } finally {
        tf.dispose(held);
        cached.running--;
        if (cached.traced.once || cached.evicted) free(cached);
      }
    })();
    if (updates.length > 0) changing = work.catch(() => {});
    return await work;
  }

  return Object.defineProperties(
    Object.assign(call, {
      async: callAsync,
      dispose: () => {
        for (const cached of cache.values()) free(cached);
        cache.clear();
      },
    }),
    { size: { get: () => cache.size }, traces: { get: () => traces } },
  ) as Compiled<Args, Result>;
}

/** The part of TensorFlow.js's engine that is not in its types. */
interface GradientEngine {
  gradients(
    f: () => Tensor,
    xs: Tensor[],
    dy: null,
    allowNoGradients: boolean,
  ): { value: Tensor; grads: (Tensor | null)[] };
}

function capturedVariables({ captures }: TracedFunction): Variable[] {
  return captures.flatMap((capture) => "variable" in capture ? [capture.variable] : []);
}

/**
 * The vector–Jacobian product of `fn`: of its arguments, the variables it reads, and its outputs'
 * gradients, compiled. The forward pass is computed again in it.
 */
function gradientOf(
  backend: () => Backend,
  fn: (...args: unknown[]) => unknown,
  args: Flat,
  variables: Variable[],
): Compiled<[Tensor[], Tensor[], Tensor[]], Tensor[]> {
  return compileWith(backend, (tensors: Tensor[], values: Tensor[], dys: Tensor[]) => {
    const xs = [...tensors, ...values].filter((tensor) => tensor.dtype === "float32");
    const weighted = () => {
      const result = fn(...unflatten(args.form, tensors) as unknown[]);
      const outputs = flatten(result, "the compiled function's result").tensors
        .filter((tensor) => tensor.dtype === "float32");
      return tf.addN(outputs.map((output, i) => output.mul(dys[i]).sum()));
    };
    const { grads } = standIn(
      variables,
      values,
      () => (tf.engine() as unknown as GradientEngine).gradients(weighted, xs, null, true),
    );
    return grads.map((gradient, i) => gradient ?? tf.zerosLike(xs[i]));
  });
}

/** TensorFlow.js's counts of who uses a tensor's data. */
interface ReferenceCounts {
  incRef(tensor: Tensor): void;
  disposeTensor(tensor: Tensor): void;
}

/** Runs code in which variables are other tensors, on the gradient tape too. */
function standIn<R>(variables: Variable[], values: Tensor[], body: () => R): R {
  type Identity = { id: number; dataId: object };
  const own = variables.map(({ id, dataId }) => ({ id, dataId }));
  const take = (variable: Variable, { id, dataId }: Identity) =>
    Object.assign(variable as unknown as Identity, { id, dataId });
  // The values outlive assignments to the variables.
  values.forEach((value) => value.clone());
  variables.forEach((variable, i) => take(variable, values[i]));
  try {
    return body();
  } finally {
    variables.forEach((variable, i) => {
      if (variable.dataId !== values[i].dataId) {
        // The code assigned to it, which disposed of the value that it stood for.
        const engine = tf.engine() as unknown as ReferenceCounts;
        engine.disposeTensor(variable);
        engine.incRef(values[i]);
      }
      take(variable, own[i]);
    });
  }
}
