/**
 * Optimizers: pure functions from a gradient and a state to a step and the next state.
 *
 * @module
 */

import type { Tensor, Tensor1D } from "npm:@tensorflow/tfjs@4.22.0";

/** An optimizer of one vector of weights. */
export interface Optimizer {
  /** Its name and numbers, for the run's record. */
  readonly description: Record<string, number | string>;
  /** How many vectors of the weights' size its state has; all begin with zeros. */
  readonly slots: number;
  /** What depends on the number of the step (from 1), worked out outside the compiled function. */
  scalars(step: number): number[];
  /**
   * One step.
   *
   * @param weights The weights.
   * @param gradient The loss's gradient with respect to them.
   * @param state `slots` vectors.
   * @param rate The learning rate, a scalar.
   * @param scalars What {@linkcode Optimizer.scalars} gave, each a scalar.
   */
  update(
    weights: Tensor1D,
    gradient: Tensor1D,
    state: Tensor1D[],
    rate: Tensor,
    scalars: Tensor[],
  ): { weights: Tensor1D; state: Tensor1D[] };
}

/**
 * Adam (Kingma and Ba, 2015), with PyTorch's place for epsilon.
 *
 * @param options Decay of the mean and of the mean square, and what is added to its root.
 * @returns The optimizer.
 *
 * @example One step
 * ```ts
 * import { adam, tf, useEngine } from "@dna/kernel";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * await useEngine();
 * const { slots, scalars, update } = adam();
 * const state = Array.from({ length: slots }, () => tf.zeros<tf.Rank.R1>([1]));
 * const own = scalars(1).map((value) => tf.scalar(value));
 * const { weights } = update(tf.tensor1d([1]), tf.tensor1d([2]), state, tf.scalar(0.1), own);
 * assertAlmostEquals(weights.dataSync()[0], 0.9, 1e-6);
 * ```
 */
export function adam(
  { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 }: {
    beta1?: number;
    beta2?: number;
    epsilon?: number;
  } = {},
): Optimizer {
  return {
    description: { name: "adam", beta1, beta2, epsilon },
    slots: 2,
    scalars: (step) => [1 / (1 - beta1 ** step), 1 / Math.sqrt(1 - beta2 ** step)],
    update(weights, gradient, [mean, square], rate, [meanFactor, rootFactor]) {
      const nextMean = mean.mul(beta1).add(gradient.mul(1 - beta1)) as Tensor1D;
      const nextSquare = square.mul(beta2).add(gradient.square().mul(1 - beta2)) as Tensor1D;
      const step = nextMean.mul(rate.mul(meanFactor))
        .div(nextSquare.sqrt().mul(rootFactor).add(epsilon));
      return { weights: weights.sub(step), state: [nextMean, nextSquare] };
    },
  };
}

/**
 * Stochastic gradient descent with momentum; Nesterov's form as in PyTorch.
 *
 * @param options Momentum, and whether in Nesterov's form.
 * @returns The optimizer.
 *
 * @example One step
 * ```ts
 * import { sgd, tf, useEngine } from "@dna/kernel";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * await useEngine();
 * const { slots, scalars, update } = sgd({ momentum: 0.9, nesterov: false });
 * const state = Array.from({ length: slots }, () => tf.zeros<tf.Rank.R1>([1]));
 * const own = scalars(1).map((value) => tf.scalar(value));
 * const { weights } = update(tf.tensor1d([1]), tf.tensor1d([2]), state, tf.scalar(0.1), own);
 * assertAlmostEquals(weights.dataSync()[0], 0.8, 1e-6);
 * ```
 */
export function sgd(
  { momentum = 0.9, nesterov = true }: { momentum?: number; nesterov?: boolean } = {},
): Optimizer {
  return {
    description: { name: "sgd", momentum, nesterov: Number(nesterov) },
    slots: 1,
    scalars: () => [],
    update(weights, gradient, [velocity], rate) {
      const next = velocity.mul(momentum).add(gradient) as Tensor1D;
      const step = nesterov ? gradient.add(next.mul(momentum)) : next;
      return { weights: weights.sub(step.mul(rate)), state: [next] };
    },
  };
}

/**
 * RMSprop in TensorFlow's form: the mean square begins at 1, epsilon stands inside the root, the learning
 * rate inside the momentum.
 *
 * @param options Decay of the mean square, momentum, and what is added inside the root.
 * @returns The optimizer.
 *
 * @example One step
 * ```ts
 * import { rmsprop, tf, useEngine } from "@dna/kernel";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * await useEngine();
 * const { slots, scalars, update } = rmsprop({ decay: 0.9, epsilon: 0 });
 * const state = Array.from({ length: slots }, () => tf.zeros<tf.Rank.R1>([1]));
 * const own = scalars(1).map((value) => tf.scalar(value));
 * const { weights } = update(tf.tensor1d([1]), tf.tensor1d([2]), state, tf.scalar(0.1), own);
 * assertAlmostEquals(weights.dataSync()[0], 1 - 0.2 / Math.sqrt(1.3), 1e-6);
 * ```
 */
export function rmsprop(
  { decay = 0.9, momentum = 0.9, epsilon = 1e-3 }: {
    decay?: number;
    momentum?: number;
    epsilon?: number;
  } = {},
): Optimizer {
  return {
    description: { name: "rmsprop", decay, momentum, epsilon },
    slots: 2,
    // What is left of the mean square's first value, since state begins with zeros.
    scalars: (step) => [decay ** step],
    update(weights, gradient, [square, velocity], rate, [first]) {
      const nextSquare = square.mul(decay).add(gradient.square().mul(1 - decay)) as Tensor1D;
      const step = gradient.mul(rate).mul(nextSquare.add(first).add(epsilon).rsqrt());
      const next = velocity.mul(momentum).add(step) as Tensor1D;
      return { weights: weights.sub(next), state: [nextSquare, next] };
    },
  };
}
