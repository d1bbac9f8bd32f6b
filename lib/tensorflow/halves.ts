/**
 * A function compiled in two halves: what can be computed early, and the rest when the late arguments are known.
 *
 * @module
 */

import type { Tensor } from "npm:@tensorflow/tfjs@4.22.0";
import { type TracedHalves, traceHalves } from "./_traced_function.ts";
import { flatten, type Form, unflatten } from "./_tree.ts";
import type { Backend } from "./backend.ts";
import { tf } from "./tfjs.ts";

/** The form of a tensor that is given later. */
export interface LateTensor {
  /** Its shape; its type is float32. */
  shape: readonly number[];
}

/** The first half's result, and the way to the second's. */
export interface FirstHalf<Late, First, Second> {
  /** What the first half gives. */
  result: First;
  /** Runs the second half, once; what was kept for it is freed. */
  second(late: Late): Promise<Second>;
  /** Frees what was kept, where the second half is not wanted. */
  dispose(): void;
}

/** A function compiled in two halves. */
export interface CompiledHalves<Early, Late extends Record<string, Tensor>, First, Second> {
  /** Runs the first half on another thread. */
  first(
    early: Early,
    late: { [K in keyof Late]: LateTensor },
  ): Promise<FirstHalf<Late, First, Second>>;
  /** Frees all compiled signatures. */
  dispose(): void;
}

/**
 * Compiles a function of early and late arguments as two functions. All that does not depend on the late ones is
 * computed at once; its values that the rest needs are kept until the late arguments come. So a layer's forward pass
 * and, when the gradient of its output is known, its backward pass are one ordinary function, and nothing is
 * computed twice.
 *
 * @param backend Gives the engine.
 * @param fn Ordinary TensorFlow.js code; `first` may not depend on `late`.
 */
export function compileHalvesWith<Early, Late extends Record<string, Tensor>, First, Second>(
  backend: () => Backend,
  fn: (early: Early, late: Late) => { first: First; second: Second },
): CompiledHalves<Early, Late, First, Second> {
  const cache = new Map<string, TracedHalves>();

  function find(early: Early, late: Record<string, LateTensor>): [TracedHalves, Tensor[]] {
    const { form, tensors, signature } = flatten(early, "the early arguments");
    const key = signature + JSON.stringify(late);
    let traced = cache.get(key);
    if (!traced) {
      const keys = Object.keys(late);
      const items = keys.map((_, index): Form => ({ kind: "tensor", index }));
      const metadata = keys.map((name) => ({ dtype: FLOAT, shape: [...late[name].shape] }));
      traced = traceHalves(
        backend(),
        fn as (early: unknown, late: unknown) => { first: unknown; second: unknown },
        { form, tensors },
        { form: { kind: "record", keys, items }, metadata },
      );
      cache.set(key, traced);
    }
    return [traced, tensors];
  }

  return {
    async first(early, late) {
      const [traced, tensors] = find(early, late);
      const { binding } = backend();
      const { names, captures, outputs, forms, between } = traced;
      const held = tensors.map((tensor) => tf.keep(tensor.clone()));
      let ids: number[];
      let results: Tensor[];
      try {
        const inputs = [...backend().getInputTensorIds(held), ...captures.map(({ id }) => id)];
        const made = await binding.callForHalf(names[0], inputs, outputs[0], between);
        results = made.slice(0, outputs[0].length).map((one) => backend().createOutputTensor(one));
        ids = made.slice(outputs[0].length).map(({ id }) => id);
      } finally {
        tf.dispose(held);
      }
      const dispose = () => ids.splice(0).forEach((id) => binding.deleteTensor(id));
      return {
        result: unflatten(forms[0], results) as First,
        async second(given) {
          const values = Object.keys(late).map((name) => given[name].clone());
          try {
            const inputs = [...ids, ...backend().getInputTensorIds(values)];
            const made = await binding.callFunctionAsync(names[1], inputs, outputs[1]);
            const tensors = made.map((one) => backend().createOutputTensor(one));
            return unflatten(forms[1], tensors) as Second;
          } finally {
            tf.dispose(values);
            dispose();
          }
        },
        dispose,
      };
    },
    dispose() {
      const { binding } = backend();
      for (const { names, captures } of cache.values()) {
        names.forEach((name) => binding.removeFunction(name));
        captures.forEach(({ id }) => binding.deleteTensor(id));
      }
      cache.clear();
    },
  };
}

/** TensorFlow's number for float32. */
const FLOAT = 1;
