/**
 * Training a network with labels, from its first weights.
 *
 * @module
 */

import type { Tensor, Tensor1D, Tensor4D } from "npm:@tensorflow/tfjs@4.22.0";
import type { Augment } from "../data/batch.ts";
import { batches } from "../data/batches.ts";
import type { Split } from "../data/types.ts";
import { compile } from "../engine.ts";
import { decayMask } from "../nn/layout.ts";
import { disposeLearnerState, learn, type LearnerState, stepScalars } from "../nn/learner.ts";
import { type Optimizer, sgd } from "../nn/optimizers.ts";
import { maybeSchedule, type Schedule } from "../nn/schedules.ts";
import type { ProgressEvent } from "../progress.ts";
import { createRandom } from "../random.ts";
import { tf } from "../tensorflow/tfjs.ts";
import { type Network, networkOf } from "./network.ts";

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
}

/** What is known of one epoch. */
export interface TrainEpoch {
  /** From 1. */
  epoch: number;
  /** Mean loss over the epoch's batches. */
  loss: number;
  /** Share of training images, as augmented, that were classified rightly, 0–1. */
  accuracy: number;
  /** Learning rate of the epoch's last step. */
  rate: number;
}

/** Options of {@linkcode train}. */
export interface TrainOptions {
  /** The images to learn from. */
  data: Split;
  /** Mean of each channel, on the scale 0–1. */
  mean: number[];
  /** Standard deviation of each channel, on the scale 0–1. */
  std: number[];
  /** Passes over the data. */
  epochs: number;
  /** Images a step. Default 128. */
  batch?: number;
  /** Learning rate: a number, or a function of the step from 0. */
  rate: number | Schedule;
  /** Default: stochastic gradient descent with Nesterov momentum 0.9. */
  optimizer?: Optimizer;
  /** Weight decay of kernels, added to the gradient. Default 0. */
  weightDecay?: number;
  /** Share of the target spread over all classes. Default 0. */
  labelSmoothing?: number;
  /** Share of the averaged weights that each step keeps; 0 gives the last weights. Default 0. */
  averageDecay?: number;
  /** Whether the average forgets the first weights quickly, as short trainings need. Default false. */
  averageWarmup?: boolean;
  /** How images are varied. Default: not at all. */
  augment?: boolean | Augment;
  /** Decides order and augmentation. */
  seed: number | string;
  /** Go on from here. */
  checkpoint?: TrainCheckpoint;
  /** Called every so many seconds with what it takes to go on. */
  onCheckpoint?: (checkpoint: TrainCheckpoint) => Promise<void> | void;
  /** Seconds between two checkpoints. Default 20. */
  checkpointSeconds?: number;
  /** Told at the end of each epoch. */
  onEpoch?: (epoch: TrainEpoch) => Promise<void> | void;
  /** Told of each step. */
  onProgress?: (event: ProgressEvent) => void;
  /** Stops between two steps, after a last checkpoint. */
  signal?: AbortSignal;
}

interface TrainState {
  learner: LearnerState;
  average: { weights: Tensor1D; statistics: Tensor1D };
}

/**
 * Trains a network with labels and gives the trained one; the first stays as it was.
 *
 * @param network The network to begin with.
 * @param options Data, epochs, learning rate and the rest of the recipe.
 * @returns The trained network and what each epoch gave.
 * @throws {DOMException} `AbortError`, if the signal stops it.
 *
 * @example
 * ```ts
 * import { buildNetwork, datasetFromArrays, parseArchitecture, train, useEngine } from "@dna/kernel";
 * import { assert } from "@std/assert";
 *
 * await useEngine();
 * const images = Uint8Array.from({ length: 64 * 16 }, (_, i) => i < 512 ? 40 : 200);
 * const labels = Uint8Array.from({ length: 64 }, (_, i) => i < 32 ? 0 : 1);
 * const { splits } = datasetFromArrays({
 *   name: "greys", classes: ["dark", "light"], height: 4, width: 4, channels: 1,
 *   train: { images, labels },
 * });
 * const architecture = parseArchitecture("stem_i1_c8 | ds_r1_k3_s1_c8_se0.25 | head_c16");
 * const network = buildNetwork(architecture, { classes: 2, resolution: 4 });
 * const { epochs } = await train(network, {
 *   data: splits.train, mean: [0.5], std: [0.3], epochs: 5, batch: 16, rate: 0.1, seed: 1,
 * });
 * assert(epochs[4].loss < epochs[0].loss);
 * ```
 */
export async function train(
  network: Network,
  options: TrainOptions,
): Promise<{ network: Network; epochs: TrainEpoch[] }> {
  const { data, epochs, batch = 128, seed, checkpoint, signal, checkpointSeconds = 20 } = options;
  const optimizer = options.optimizer ?? sgd();
  const schedule = maybeSchedule(options.rate);
  const stepsPerEpoch = Math.floor(data.count / batch);
  if (stepsPerEpoch < 1) {
    throw new RangeError(`Cannot train: a batch of ${batch} is more than the ${data.count} images`);
  }
  const update = trainingStep(network, optimizer, options);
  const history: TrainEpoch[] = [];
  let state = checkpoint ? restore(checkpoint) : begin(network, optimizer);
  let step = checkpoint?.step ?? 0;
  let sums = checkpoint ? { ...checkpoint.sums } : { loss: 0, correct: 0, images: 0 };
  let saved = performance.now();
  try {
    for (let epoch = Math.floor(step / stepsPerEpoch); epoch < epochs; epoch++) {
      const stream = batches(data, {
        batch,
        resolution: network.resolution,
        random: createRandom(seed, "train", epoch),
        mean: options.mean,
        std: options.std,
        augment: options.augment,
        dropLast: true,
        skip: step % stepsPerEpoch,
      });
      for await (const { images, labels, shape } of stream) {
        // Before a step, not after it: the epoch that the last step ended has been reported by now.
        const due = performance.now() - saved > checkpointSeconds * 1000;
        if (options.onCheckpoint && (signal?.aborted || due)) {
          await options.onCheckpoint(snapshot(step, state, sums));
          saved = performance.now();
        }
        signal?.throwIfAborted();
        const inputs = {
          x: tf.tensor4d(images, shape as [number, number, number, number]),
          labels: tf.tensor1d(labels, "int32"),
          scalars: stepScalars(optimizer, schedule(step), step + 1),
          keep: tf.scalar(averageKeep(options, step)),
        };
        const result = await update.async(state, inputs);
        const [loss] = result.values.loss.dataSync();
        sums.loss += loss;
        sums.correct += result.values.correct.dataSync()[0];
        sums.images += batch;
        tf.dispose([inputs, result.values]);
        release(state);
        state = result.state;
        step++;
        if (!Number.isFinite(loss)) {
          throw new Error(
            `Cannot go on training: the loss is ${loss} at step ${step}; a smaller learning rate helps`,
          );
        }
        options.onProgress?.({
          stage: "train",
          done: step,
          total: epochs * stepsPerEpoch,
          unit: "steps",
          metrics: { loss },
        });
      }
      const entry = {
        epoch: epoch + 1,
        loss: sums.loss / stepsPerEpoch,
        accuracy: sums.correct / sums.images,
        rate: schedule(step - 1),
      };
      history.push(entry);
      await options.onEpoch?.(entry);
      sums = { loss: 0, correct: 0, images: 0 };
    }
    const last = options.averageDecay ? state.average : state.learner;
    const trained = networkOf(network, {
      weights: last.weights.dataSync<"float32">(),
      statistics: last.statistics.dataSync<"float32">(),
    });
    return { network: trained, epochs: history };
  } finally {
    release(state);
    update.dispose();
  }
}

/** Share of the averaged weights that stays at a step, from 0. */
function averageKeep({ averageDecay = 0, averageWarmup }: TrainOptions, step: number): number {
  return averageWarmup ? Math.min(averageDecay, (step + 1) / (step + 10)) : averageDecay;
}

/** The compiled step: cross-entropy with smoothed labels, gradients, update, averages. */
function trainingStep(
  { module, classes }: Network,
  optimizer: Optimizer,
  { weightDecay = 0, labelSmoothing = 0, averageDecay = 0 }: TrainOptions,
) {
  const mask = decayMask(module.weights).map((part) => part * weightDecay);
  return compile((
    { learner, average }: TrainState,
    { x, labels, scalars, keep }: {
      x: Tensor4D;
      labels: Tensor1D;
      scalars: Tensor1D;
      keep: Tensor;
    },
  ) => {
    const target = tf.oneHot(labels, classes).cast("float32")
      .mul(1 - labelSmoothing).add(labelSmoothing / classes);
    const objective = (logits: Tensor) => ({
      loss: tf.logSoftmax(logits).mul(target).sum(-1).mean().neg(),
      correct: logits.argMax(-1).equal(labels).cast("float32").sum(),
    });
    const decay = weightDecay ? tf.tensor1d(mask) : undefined;
    const { state, values } = learn(module, optimizer, learner, x, scalars, objective, {
      decay,
    });
    const mix = (old: Tensor1D, now: Tensor1D) =>
      averageDecay ? old.mul(keep).add(now.mul(tf.sub(1, keep))) as Tensor1D : old;
    return {
      state: {
        learner: state,
        average: {
          weights: mix(average.weights, state.weights),
          statistics: mix(average.statistics, state.statistics),
        },
      },
      values,
    };
  });
}

function begin({ weights, statistics }: Network, optimizer: Optimizer): TrainState {
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

function restore({ weights, statistics, optimizer, average }: TrainCheckpoint): TrainState {
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

function snapshot(
  step: number,
  { learner, average }: TrainState,
  sums: TrainCheckpoint["sums"],
): TrainCheckpoint {
  const array = (tensor: Tensor) => Float32Array.from(tensor.dataSync<"float32">());
  return {
    step,
    weights: array(learner.weights),
    statistics: array(learner.statistics),
    optimizer: learner.optimizer.map(array),
    average: { weights: array(average.weights), statistics: array(average.statistics) },
    sums: { ...sums },
  };
}

function release({ learner, average }: TrainState): void {
  disposeLearnerState(learner);
  tf.dispose(average);
}
