/**
 * A module that learns: its weights, running statistics and optimizer state as vectors.
 *
 * @module
 */

import type { Tensor, Tensor1D } from "npm:@tensorflow/tfjs@4.22.0";
import type { Random } from "../random.ts";
import { tf } from "../tensorflow/tfjs.ts";
import { initialise, pack, slotsSize, unpack } from "./layout.ts";
import type { Module, Pass } from "./module.ts";
import { MOMENTUM } from "./ops.ts";
import type { Optimizer } from "./optimizers.ts";

/** The tensors of a module that learns. */
export interface LearnerState {
  /** Weights [size of the module's weights]. */
  weights: Tensor1D;
  /** Running statistics [size of the module's statistics]. */
  statistics: Tensor1D;
  /** The optimizer's vectors. */
  optimizer: Tensor1D[];
}

/** A fresh state. */
export function newLearnerState(
  module: Module,
  optimizer: Pick<Optimizer, "slots">,
  random: Random,
): LearnerState {
  const size = slotsSize(module.weights);
  return {
    weights: tf.tensor1d(initialise(module.weights, random)),
    statistics: tf.tensor1d(initialise(module.statistics, random)),
    optimizer: Array.from({ length: optimizer.slots }, () => tf.zeros<tf.Rank.R1>([size])),
  };
}

/** Frees a state. */
export function disposeLearnerState({ weights, statistics, optimizer }: LearnerState): void {
  tf.dispose([weights, statistics, optimizer]);
}

/** Runs a module on vectors; in training, `statistics` of the result are the batch's. */
export function applyModule(
  module: Module,
  weights: Tensor1D,
  statistics: Tensor1D,
  x: Tensor,
  training: boolean,
): { y: Tensor; statistics: Tensor1D } {
  const pass: Pass = { training, statistics: {} };
  const named = unpack(weights, module.weights);
  if (!training) Object.assign(named, unpack(statistics, module.statistics));
  const y = module.apply(named, x, pass);
  return { y, statistics: training ? pack(pass.statistics, module.statistics) : statistics };
}

/**
 * What one step of learning needs beside the state, as one vector: the learning rate, the share of the
 * running statistics that stays, and what the optimizer's `scalars` gives.
 *
 * @param step Number of the step that the weights take, from 1.
 */
export function stepScalars(optimizer: Optimizer, rate: number, step: number): Tensor1D {
  // As for any moving average that begins with nothing, the first batches weigh more.
  const momentum = Math.min(MOMENTUM, step / (step + 9));
  return tf.tensor1d([rate, momentum, ...optimizer.scalars(step)]);
}

/**
 * One training step of a module, to be compiled: a forward pass in training mode, gradients of
 * `objective` with respect to the weights (and to the input), the optimizer's update, and the running
 * statistics'.
 *
 * @param scalars What {@linkcode stepScalars} gave.
 * @param objective A scalar of the module's output; it may give further values along.
 * @param inputGradient Whether the gradient with respect to `x` is wanted.
 */
export function learn<Extra extends Record<string, Tensor>>(
  module: Module,
  optimizer: Optimizer,
  state: LearnerState,
  x: Tensor,
  scalars: Tensor1D,
  objective: (y: Tensor) => { loss: Tensor } & Extra,
  { inputGradient = false, decay }: { inputGradient?: boolean; decay?: Tensor1D } = {},
): { state: LearnerState; dx?: Tensor; values: { loss: Tensor } & Extra } {
  // Gradients of the named weights, joined afterwards: one of the vector would add up as many vectors
  // of zeros as there are weights.
  const named = unpack(state.weights, module.weights);
  const names = module.weights.map(({ name }) => name);
  let statistics: Tensor1D | undefined;
  let values: ({ loss: Tensor } & Extra) | undefined;
  const loss = (...parts: Tensor[]) => {
    const pass: Pass = { training: true, statistics: {} };
    const given = Object.fromEntries(names.map((name, i) => [name, parts[i]]));
    const y = module.apply(given, inputGradient ? parts[names.length] : x, pass);
    statistics = tf.keep(pack(pass.statistics, module.statistics));
    values = objective(y);
    for (const value of Object.values(values)) tf.keep(value);
    return values.loss;
  };
  // What is kept from the tape's own scope must not outlive the caller's.
  const release = <T extends Tensor>(kept: T): T => {
    const value = kept.clone();
    kept.dispose();
    return value;
  };
  const parts = names.map((name) => named[name]);
  const gradients = tf.grads(loss)(inputGradient ? [...parts, x] : parts);
  const byName = Object.fromEntries(names.map((name, i) => [name, gradients[i]]));
  let gradient = pack(byName, module.weights);
  if (decay) gradient = gradient.add(state.weights.mul(decay));
  const [rate, momentum, ...own] = tf.unstack(scalars);
  const next = optimizer.update(state.weights, gradient, state.optimizer, rate, own);
  const running = state.statistics.mul(momentum)
    .add(release(statistics!).mul(tf.sub(1, momentum))) as Tensor1D;
  return {
    state: { weights: next.weights, statistics: running, optimizer: next.state },
    dx: inputGradient ? gradients[names.length] : undefined,
    values: Object.fromEntries(
      Object.entries(values!).map(([name, value]) => [name, release(value)]),
    ) as { loss: Tensor } & Extra,
  };
}
