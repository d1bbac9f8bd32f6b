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

/** Adam (Kingma and Ba, 2015), with PyTorch's place for epsilon. */
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

/** Stochastic gradient descent with momentum; Nesterov's form as in PyTorch. */
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

/** RMSprop in TensorFlow's form: epsilon inside the root, the learning rate inside the momentum. */
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
    scalars: () => [],
    update(weights, gradient, [square, velocity], rate) {
      const nextSquare = square.mul(decay).add(gradient.square().mul(1 - decay)) as Tensor1D;
      const step = gradient.mul(rate).mul(nextSquare.add(epsilon).rsqrt());
      const next = velocity.mul(momentum).add(step) as Tensor1D;
      return { weights: weights.sub(next), state: [nextSquare, next] };
    },
  };
}
