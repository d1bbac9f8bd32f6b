/**
 * A layer's pass over one part of a batch, normalised by the whole batch's statistics.
 *
 * A layer's batch normalisations depend on each other: the second's statistics need the first's. So the
 * statistics of a whole batch come from as many sweeps over its parts as the layer has normalisations, each
 * of which makes one more of them right. On the way back the gradients with respect to the statistics come,
 * in the same way, from as many sweeps in the other direction. Between two sweeps only vectors meet: one
 * value for each channel and statistic.
 *
 * @module
 */

import type { Tensor, Tensor1D } from "npm:@tensorflow/tfjs@4.22.0";
import { compile, type Compiled } from "../engine.ts";
import { type Named, pack, unpack } from "../nn/layout.ts";
import type { Module, Pass } from "../nn/module.ts";
import { tf } from "../tensorflow/tfjs.ts";

/** What a part gives on the way back. */
export interface SyncedGradient {
  /** The part's share of the gradient. */
  gradient: Tensor1D;
  /** The part's share of the gradient with respect to its own input. */
  dx?: Tensor;
}

/** The functions of one layer; `whole` are the whole batch's statistics, `pull` the loss's gradient with respect to them. */
export interface SyncedFunctions {
  /** The statistics of a part. */
  statistics: Compiled<[weights: Tensor1D, whole: Tensor1D, x: Tensor], Tensor1D>;
  /** Those of the whole batch from all parts'. */
  combine: Compiled<[Tensor1D[]], Tensor1D>;
  /** A part's output. */
  output: Compiled<[weights: Tensor1D, whole: Tensor1D, x: Tensor], Tensor>;
  /** A part's share of `pull`, from the gradient of its output. */
  pull: Compiled<[weights: Tensor1D, whole: Tensor1D, Tensor, Tensor, pull: Tensor1D], Tensor1D>;
  /** A part's share of the gradients, from the gradient of its output. */
  backward: Compiled<
    [weights: Tensor1D, whole: Tensor1D, Tensor, Tensor, pull: Tensor1D],
    SyncedGradient
  >;
  /** A part's share of the loss and its gradient with respect to the output of the last layer (equation 7). */
  loss: Compiled<[y: Tensor, target: Tensor], { loss: Tensor; dy: Tensor }>;
  /** The statistics as running ones are kept: the variance corrected for the size of the batch. */
  unbiased: Compiled<[weights: Tensor1D, whole: Tensor1D, x: Tensor], Tensor1D>;
}

/**
 * The functions of a layer for batches of so many parts of equal size.
 *
 * @param inputGradient Whether a layer comes before it.
 */
export function syncedFunctions(
  module: Module,
  inputGradient: boolean,
  parts: number,
): SyncedFunctions {
  const { weights: slots, statistics: kept } = module;
  const isMean = (name: string) => name.endsWith("running_mean");
  /** The mean that belongs to a variance. */
  const meanOf = (name: string) => name.replace(/running_var$/, "running_mean");
  const run = (named: Named, whole: Named, x: Tensor) => {
    const pass: Pass = { training: true, statistics: {}, whole, counts: {} };
    return { y: module.apply(named, x, pass), pass };
  };
  const both = (weights: Tensor1D, whole: Tensor1D, x: Tensor) =>
    run(unpack(weights, slots), unpack(whole, kept), x);

  /** The part's share of the loss, its effect through the whole batch's statistics included. */
  const objective = (named: Named, whole: Named, x: Tensor, dy: Tensor, pull: Named) => {
    const { y, pass: { statistics } } = run(named, whole, x);
    const terms = kept.map(({ name }) => {
      const own = statistics[name];
      const mean = meanOf(name);
      const share = isMean(name) ? own : own.add(statistics[mean].sub(whole[mean]).square());
      return share.mul(pull[name]).sum().div(parts);
    });
    return tf.addN([y.mul(dy).sum(), ...terms]);
  };

  return {
    statistics: compile((weights, whole, x) => pack(both(weights, whole, x).pass.statistics, kept)),
    combine: compile((vectors) => {
      const all = vectors.map((vector) => unpack(vector, kept));
      const average = (of: (named: Named) => Tensor) => tf.addN(all.map(of)).div(all.length);
      const whole: Named = {};
      for (const { name } of kept) if (isMean(name)) whole[name] = average((each) => each[name]);
      for (const { name } of kept) {
        if (isMean(name)) continue;
        const mean = meanOf(name);
        whole[name] = average((each) => each[name].add(each[mean].sub(whole[mean]).square()));
      }
      return pack(whole, kept);
    }),
    output: compile((weights, whole, x) => both(weights, whole, x).y),
    pull: compile((weights, whole, x, dy, pull) => {
      const named = unpack(weights, slots);
      const pulls = unpack(pull, kept);
      const loss = (whole: Tensor) =>
        objective(named, unpack(whole as Tensor1D, kept), x, dy, pulls).asScalar();
      return tf.grad(loss)(whole) as Tensor1D;
    }),
    backward: compile((weights, whole, x, dy, pull) => {
      const named = unpack(weights, slots);
      const [wholes, pulls] = [unpack(whole, kept), unpack(pull, kept)];
      const names = slots.map(({ name }) => name);
      const loss = (...given: Tensor[]) => {
        const replaced = Object.fromEntries(names.map((name, i) => [name, given[i]]));
        const input = inputGradient ? given[names.length] : x;
        return objective(replaced, wholes, input, dy, pulls).asScalar();
      };
      const values = names.map((name) => named[name]);
      const gradients = tf.grads(loss)(inputGradient ? [...values, x] : values);
      const byName = Object.fromEntries(names.map((name, i) => [name, gradients[i]]));
      return {
        gradient: pack(byName, slots),
        dx: inputGradient ? gradients[names.length] : undefined,
      };
    }),
    loss: compile((y, target) => {
      const size = y.size * parts;
      const difference = y.sub(target);
      return { loss: difference.square().sum().div(size), dy: difference.mul(2 / size) };
    }),
    unbiased: compile((weights, whole, x) => {
      const { counts } = both(weights, whole, x).pass;
      const named = unpack(whole, kept);
      for (const { name } of kept) {
        if (isMean(name)) continue;
        const count = parts * counts![name];
        named[name] = named[name].mul(count / Math.max(1, count - 1));
      }
      return pack(named, kept);
    }),
  };
}
