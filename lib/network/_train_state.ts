/**
 * Where a training stands: as tensors while it runs, as arrays in between.
 *
 * @module
 */

import type { Tensor, Tensor1D } from "npm:@tensorflow/tfjs@4.22.0";
import { disposeLearnerState, type LearnerState } from "../nn/learner.ts";
import type { Optimizer } from "../nn/optimizers.ts";
import { tf } from "../tensorflow/tfjs.ts";
import type { LossScale } from "./_loss_scale.ts";
import type { Network } from "./network.ts";

/** Where a training stands, as plain arrays: it goes on from here, bit for bit. */
export interface TrainCheckpoint {
  /** Steps done. */
  step: number;
  /** Learnt weights. */
  weights: Float32Array<ArrayBuffer>;
  /** Running statistics. */
  statistics: Float32Array<ArrayBuffer>;
  /** The optimizer's vectors. */
  optimizer: Float32Array<ArrayBuffer>[];
  /** Averaged weights and statistics. */
  average: { weights: Float32Array<ArrayBuffer>; statistics: Float32Array<ArrayBuffer> };
  /** Sums over the epoch under way. */
  sums: { loss: number; correct: number; images: number };
  /** The loss's factor, where there is one. */
  lossScale?: LossScale;
}

/** The tensors of a training. */
export interface TrainState {
  learner: LearnerState;
  average: { weights: Tensor1D; statistics: Tensor1D };
}

/** The first state. */
export function begin({ weights, statistics }: Network, optimizer: Optimizer): TrainState {
  const empty = () => tf.zeros<tf.Rank.R1>([weights.size]);
  return {
    learner: {
      weights: weights.clone(),
      statistics: statistics.clone(),
      optimizer: Array.from({ length: optimizer.slots }, empty),
    },
    average: { weights: weights.clone(), statistics: statistics.clone() },
  };
}

/** The state of a checkpoint. */
export function restore(
  { weights, statistics, optimizer, average }: TrainCheckpoint,
): TrainState {
  return {
    learner: {
      weights: tf.tensor1d(weights),
      statistics: tf.tensor1d(statistics),
      optimizer: optimizer.map((vector) => tf.tensor1d(vector)),
    },
    average: {
      weights: tf.tensor1d(average.weights),
      statistics: tf.tensor1d(average.statistics),
    },
  };
}

/** The checkpoint of a state. */
export function snapshot(
  { learner, average }: TrainState,
  rest: Pick<TrainCheckpoint, "step" | "sums" | "lossScale">,
): TrainCheckpoint {
  const array = (tensor: Tensor) => Float32Array.from(tensor.dataSync<"float32">());
  return {
    step: rest.step,
    weights: array(learner.weights),
    statistics: array(learner.statistics),
    optimizer: learner.optimizer.map(array),
    average: { weights: array(average.weights), statistics: array(average.statistics) },
    sums: { ...rest.sums },
    ...(rest.lossScale && { lossScale: { ...rest.lossScale } }),
  };
}

/** Frees a state. */
export function release({ learner, average }: TrainState): void {
  disposeLearnerState(learner);
  tf.dispose(average);
}
