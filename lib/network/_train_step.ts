/**
 * One step of training, compiled: in one part, or in several whose gradients are added up.
 *
 * @module
 */

import type { Tensor, Tensor1D, Tensor4D } from "npm:@tensorflow/tfjs@4.22.0";
import { compile } from "../engine.ts";
import { movingAverage } from "../nn/average.ts";
import { decayMask } from "../nn/layout.ts";
import { advance, differentiate, type Gradients } from "../nn/learner.ts";
import type { Optimizer } from "../nn/optimizers.ts";
import { tf } from "../tensorflow/tfjs.ts";
import { objective, type Targets } from "./_objective.ts";
import type { TrainState } from "./_train_state.ts";
import type { Network } from "./network.ts";

/** What a part of a step reads. */
export type PartInputs = Targets & {
  /** Images [N, H, W, C]. */
  x: Tensor4D;
  /** Decides what is left out at random, int32 [2]. */
  seed?: Tensor1D;
  /** The loss's factor. */
  lossScale?: Tensor;
};

/** What the end of a step reads. */
export type EndInputs = {
  /** What `stepScalars` gave. */
  scalars: Tensor1D;
  /** Share of the averages that stays. */
  keep: Tensor;
  /** The loss's factor. */
  lossScale?: Tensor;
};

/** The numbers of the recipe that the compiled step holds. */
export interface StepOptions {
  weightDecay: number;
  labelSmoothing: number;
  averageDecay: number;
  dropout: number;
  stochasticDepth: number;
  clipNorm?: number;
  distil?: { share: number; temperature: number };
}

/** Sums over the parts of a step. */
export type PartSums = {
  gradient: Tensor1D;
  statistics: Tensor1D;
};

/** What a part gives for the record. */
export type PartValues = {
  loss: Tensor;
  correct: Tensor;
};

/** The compiled functions of a training. */
export function trainingStep(network: Network, optimizer: Optimizer, options: StepOptions) {
  const { module, classes } = network;
  const { weightDecay, averageDecay, dropout, stochasticDepth, clipNorm } = options;
  const mask = decayMask(module.weights).map((part) => part * weightDecay);
  const recipe = { classes, labelSmoothing: options.labelSmoothing, distil: options.distil };

  const gradients = (
    weights: Tensor1D,
    { x, seed, lossScale, ...targets }: PartInputs,
  ): Gradients<PartValues> =>
    differentiate(module, weights, x, (logits) => objective(logits, targets, recipe), {
      dropping: seed && { seed, dropout, stochasticDepth },
      lossScale,
    });

  /** The state after the step, and whether the gradient was finite; where it was not, nothing moves. */
  const end = (
    { learner, average }: TrainState,
    given: PartSums,
    { scalars, keep, lossScale }: EndInputs,
  ): { state: TrainState; finite?: Tensor } => {
    const decay = weightDecay ? tf.tensor1d(mask) : undefined;
    const gradient = lossScale ? given.gradient.div<Tensor1D>(lossScale) : given.gradient;
    const { statistics } = given;
    const next = advance(optimizer, learner, { gradient, statistics }, scalars, {
      decay,
      clipNorm,
    });
    const mix = (old: Tensor1D, now: Tensor1D) =>
      averageDecay ? movingAverage(old, now, keep) : old;
    const state = {
      learner: next,
      average: {
        weights: mix(average.weights, next.weights),
        statistics: mix(average.statistics, next.statistics),
      },
    };
    if (!lossScale) return { state };
    const finite = tf.isFinite(gradient).all();
    const choose = (now: Tensor1D, old: Tensor1D) => tf.where(finite, now, old) as Tensor1D;
    return {
      state: {
        learner: {
          weights: choose(next.weights, learner.weights),
          statistics: choose(next.statistics, learner.statistics),
          optimizer: next.optimizer.map((now, i) => choose(now, learner.optimizer[i])),
        },
        average: {
          weights: choose(state.average.weights, average.weights),
          statistics: choose(state.average.statistics, average.statistics),
        },
      },
      finite: finite.cast("float32"),
    };
  };

  /** A step of one part. */
  const whole = compile((state: TrainState, inputs: PartInputs & EndInputs) => {
    const { scalars, keep, ...part } = inputs;
    const { gradient, statistics, values } = gradients(state.learner.weights, part);
    const { lossScale } = part;
    return { ...end(state, { gradient, statistics }, { scalars, keep, lossScale }), values };
  });

  /** The sums with one more part. */
  const add = compile((weights: Tensor1D, sums: PartSums | undefined, part: PartInputs) => {
    const { gradient, statistics, values } = gradients(weights, part);
    return {
      sums: {
        gradient: sums ? sums.gradient.add<Tensor1D>(gradient) : gradient,
        statistics: sums ? sums.statistics.add<Tensor1D>(statistics) : statistics,
      },
      values,
    };
  });

  /** The end of a step of several parts: their mean. */
  const finish = compile((state: TrainState, sums: PartSums, parts: number, inputs: EndInputs) => {
    const gradient = sums.gradient.div<Tensor1D>(parts);
    return end(state, { gradient, statistics: sums.statistics.div<Tensor1D>(parts) }, inputs);
  });

  return {
    whole,
    add,
    finish,
    dispose() {
      for (const compiled of [whole, add, finish]) compiled.dispose();
    },
  };
}
