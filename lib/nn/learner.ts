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
import { clipByGlobalNorm } from "./clipping.ts";
import type { Dropping } from "./dropping.ts";
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

/** What a pass in training mode gives, before any weight moves. */
export interface Gradients<Values> {
  /** The objective's gradient with respect to the weights. */
  gradient: Tensor1D;
  /** The batch's statistics. */
  statistics: Tensor1D;
  /** The gradient with respect to the input, where it is wanted. */
  dx?: Tensor;
  /** The objective's values. */
  values: Values;
}

/** How {@linkcode differentiate} goes through a module. */
export interface PassOptions {
  /** Whether the gradient with respect to `x` is wanted. */
  inputGradient?: boolean;
  /** What is left out at random. */
  dropping?: Dropping;
  /** The gradient's factor, a scalar, which keeps small ones within float16's range. */
  lossScale?: Tensor;
}

/**
 * A pass in training mode and the gradients of an objective, to be compiled.
 *
 * @param module The module.
 * @param weights Its weights.
 * @param x Its input.
 * @param objective A scalar of the module's output; it may give further values along.
 * @param options Which gradients, and what is left out.
 */
export function differentiate<Values extends { loss: Tensor } & Record<string, Tensor>>(
  module: Module,
  weights: Tensor1D,
  x: Tensor,
  objective: (y: Tensor) => Values,
  { inputGradient = false, dropping, lossScale }: PassOptions = {},
): Gradients<Values> {
  // Gradients of the named weights, joined afterwards: one of the vector would add up as many vectors
  // of zeros as there are weights.
  const named = unpack(weights, module.weights);
  const names = module.weights.map(({ name }) => name);
  let statistics: Tensor1D | undefined;
  let values: Values | undefined;
  const loss = (...parts: Tensor[]) => {
    const pass: Pass = { training: true, statistics: {}, dropping };
    const given = Object.fromEntries(names.map((name, i) => [name, parts[i]]));
    const y = module.apply(given, inputGradient ? parts[names.length] : x, pass);
    statistics = tf.keep(pack(pass.statistics, module.statistics));
    values = objective(y);
    for (const value of Object.values(values)) tf.keep(value);
    return lossScale ? values.loss.mul(lossScale) : values.loss;
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
  return {
    gradient: pack(byName, module.weights),
    statistics: release(statistics!),
    dx: inputGradient ? gradients[names.length] : undefined,
    values: Object.fromEntries(
      Object.entries(values!).map(([name, value]) => [name, release(value)]),
    ) as Values,
  };
}

/** How {@linkcode advance} changes a gradient before the optimizer takes it. */
export interface AdvanceOptions {
  /** The longest gradient, as a Euclidean norm over all weights; a longer one is shortened to it. */
  clipNorm?: number;
  /** Weight decay of each weight, added to the gradient after clipping. */
  decay?: Tensor1D;
}

/**
 * The optimizer's update, and the running statistics', to be compiled.
 *
 * @param scalars What {@linkcode stepScalars} gave.
 */
export function advance(
  optimizer: Optimizer,
  state: LearnerState,
  given: Pick<Gradients<unknown>, "gradient" | "statistics">,
  scalars: Tensor1D,
  { clipNorm, decay }: AdvanceOptions = {},
): LearnerState {
  let { gradient } = given;
  if (clipNorm !== undefined) gradient = clipByGlobalNorm(gradient, clipNorm);
  if (decay) gradient = gradient.add(state.weights.mul(decay));
  const [rate, momentum, ...own] = tf.unstack(scalars);
  const next = optimizer.update(state.weights, gradient, state.optimizer, rate, own);
  const statistics = state.statistics.mul(momentum)
    .add(given.statistics.mul(tf.sub(1, momentum))) as Tensor1D;
  return { weights: next.weights, statistics, optimizer: next.state };
}

/**
 * One training step of a module, to be compiled: {@linkcode differentiate}, then {@linkcode advance}.
 *
 * @param scalars What {@linkcode stepScalars} gave.
 * @param objective A scalar of the module's output; it may give further values along.
 */
export function learn<Values extends { loss: Tensor } & Record<string, Tensor>>(
  module: Module,
  optimizer: Optimizer,
  state: LearnerState,
  x: Tensor,
  scalars: Tensor1D,
  objective: (y: Tensor) => Values,
  options: PassOptions & AdvanceOptions = {},
): { state: LearnerState; dx?: Tensor; values: Values } {
  const part = differentiate(module, state.weights, x, objective, options);
  return {
    state: advance(optimizer, state, part, scalars, options),
    dx: part.dx,
    values: part.values,
  };
}
