/**
 * Layers that are trained already, as one module that further layers stand on.
 *
 * @module
 */

import type { Tensor1D } from "npm:@tensorflow/tfjs@4.22.0";
import type { Named, Slot } from "../nn/layout.ts";
import { type Module, type Pass, sequence } from "../nn/module.ts";
import type { TrainedVariant } from "../supernet/supernet.ts";
import { tf } from "../tensorflow/tfjs.ts";

/** A module whose weights' names begin with a prefix, so that it can stand beside others. */
export function prefixed(module: Module, prefix: string): Module {
  const rename = (slots: readonly Slot[]) =>
    slots.map((slot) => ({ ...slot, name: `${prefix}${slot.name}` }));
  const slots = [...module.weights, ...module.statistics];
  return {
    weights: rename(module.weights),
    statistics: rename(module.statistics),
    width: module.width,
    apply(named, x, pass) {
      const own: Named = Object.fromEntries(
        slots.filter(({ name }) => named[`${prefix}${name}`])
          .map(({ name }) => [name, named[`${prefix}${name}`]]),
      );
      const inner: Pass = { ...pass, statistics: {} };
      const y = module.apply(own, x, inner);
      for (const [name, value] of Object.entries(inner.statistics)) {
        pass.statistics[`${prefix}${name}`] = value;
      }
      return y;
    },
  };
}

/** Trained layers one after the other, as one; the tensors of its state are copies. */
export function joinVariants(variants: readonly TrainedVariant[]): TrainedVariant {
  const module = sequence(variants.map(({ module }, i) => prefixed(module, `${i}.`)));
  const join = (part: "weights" | "statistics") =>
    tf.concat1d(variants.map(({ state }) => state[part])) as Tensor1D;
  return {
    label: "stem",
    module,
    stride: variants.reduce((product, { stride }) => product * stride, 1),
    signature: JSON.stringify(variants.map(({ signature }) => signature)),
    state: { weights: join("weights"), statistics: join("statistics"), optimizer: [] },
    steps: 0,
  };
}
