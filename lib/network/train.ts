/**
 * Training a network with labels, from its first weights.
 *
 * @module
 */

import type { Tensor2D, Tensor4D } from "npm:@tensorflow/tfjs@4.22.0";
import type { Augment } from "../data/augment.ts";
import type { Batch } from "../data/batch.ts";
import { batches } from "../data/batches.ts";
import type { Split } from "../data/types.ts";
import { averageKeep } from "../nn/average.ts";
import { dropSeed } from "../nn/dropping.ts";
import { stepScalars } from "../nn/learner.ts";
import { type Optimizer, sgd } from "../nn/optimizers.ts";
import { maybeSchedule, type Schedule } from "../nn/schedules.ts";
import type { ProgressEvent } from "../progress.ts";
import { createRandom } from "../random.ts";
import { precisionInUse } from "../tensorflow/current.ts";
import { tf } from "../tensorflow/tfjs.ts";
import { checkTrainOptions } from "./_check_train.ts";
import { FIRST_FACTOR, type LossScale, nextLossScale } from "./_loss_scale.ts";
import { begin, release, restore, snapshot, type TrainCheckpoint } from "./_train_state.ts";
import { type EndInputs, type PartInputs, type PartSums, trainingStep } from "./_train_step.ts";
import { type Network, networkOf } from "./network.ts";

export type { LossScale } from "./_loss_scale.ts";
export type { TrainCheckpoint } from "./_train_state.ts";

/** A network whose classes another one learns along: a `Network` or a `Teacher`. */
export interface DistilTeacher {
  /** Number of classes. */
  readonly classes?: number;
  /** Logits [N, classes] of normalised images [N, H, W, C]. */
  logits(images: Tensor4D): Tensor2D;
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
  /**
   * How many equal parts a step is computed in, one after the other, where a device cannot hold all its
   * images. Gradients are the mean of the parts'; batch statistics are each part's own. Default 1.
   */
  accumulate?: number;
  /** Learning rate: a number, or a function of the step from 0. */
  rate: number | Schedule;
  /** Default: stochastic gradient descent with Nesterov momentum 0.9. */
  optimizer?: Optimizer;
  /** Weight decay of kernels, added to the gradient. Default 0. */
  weightDecay?: number;
  /** Share of the target spread over all classes. Default 0. */
  labelSmoothing?: number;
  /** Share of the features before the classifier that is left out. Default 0. */
  dropout?: number;
  /**
   * Share of images for which residual branches are left out: 0 in the first layer, rising with a layer's
   * index to this rate after the last (EfficientNet). Default 0.
   */
  stochasticDepth?: number;
  /** The gradient's longest Euclidean norm over all weights. Default: any. */
  clipNorm?: number;
  /** A teacher whose softened classes are learnt along, its share of the loss, and the temperature (1). */
  distil?: { teacher: DistilTeacher; share: number; temperature?: number };
  /**
   * What the loss is multiplied by at first, so that float16 holds small gradients; it is halved where a
   * gradient is not finite, and that step moves nothing. Default: 2^15 in float16, else none.
   */
  lossScale?: number;
  /** Share of the averaged weights that each step keeps; 0 gives the last weights. Default 0. */
  averageDecay?: number;
  /** Whether the average forgets the first weights quickly, as short trainings need. Default false. */
  averageWarmup?: boolean;
  /** How images are varied. Default: not at all. */
  augment?: boolean | Augment;
  /** Decides order, augmentation, and what is left out. */
  seed: number | string;
  /** Go on from here. */
  checkpoint?: TrainCheckpoint;
  /** Called every so many seconds with what it takes to go on. */
  onCheckpoint?: (checkpoint: TrainCheckpoint) => Promise<void> | void;
  /** Seconds between two checkpoints. Default 20. */
  checkpointSeconds?: number;
  /** Told at the end of each epoch; `current` gives the network as it is then, for the caller to dispose. */
  onEpoch?: (epoch: TrainEpoch, current: () => Network) => Promise<void> | void;
  /** Told of each step. */
  onProgress?: (event: ProgressEvent) => void;
  /** Stops between two steps, after a last checkpoint. */
  signal?: AbortSignal;
}

/**
 * Trains a network with labels and gives the trained one; the first stays as it was.
 *
 * @param network The network to begin with.
 * @param options Data, epochs, learning rate and the rest of the recipe.
 * @returns The trained network and what each epoch gave.
 * @throws {RangeError} if a number of the recipe is out of range.
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
  const { data, seed, checkpoint, signal, checkpointSeconds = 20 } = options;
  const recipe = checkTrainOptions(options, network.classes);
  const { epochs, batch, accumulate, averageDecay } = recipe;
  const optimizer = options.optimizer ?? sgd();
  const schedule = maybeSchedule(options.rate);
  const stepsPerEpoch = Math.floor(data.count / batch);
  const drops = recipe.dropout > 0 || recipe.stochasticDepth > 0;
  const update = trainingStep(network, optimizer, recipe);
  const history: TrainEpoch[] = [];
  let state = checkpoint ? restore(checkpoint) : begin(network, optimizer);
  let step = checkpoint?.step ?? 0;
  let sums = checkpoint ? { ...checkpoint.sums } : { loss: 0, correct: 0, images: 0 };
  let lossScale = checkpoint?.lossScale ?? firstLossScale(options);
  let saved = performance.now();
  let part = 0;
  let partSums: PartSums | undefined;

  const partInputs = ({ images, labels, shape, mix }: Batch): PartInputs => {
    const x = tf.tensor4d(images, shape);
    const random = drops ? createRandom(seed, "drop", step).fork(part) : undefined;
    return {
      x,
      labels: tf.tensor1d(labels, "int32"),
      ...(mix && {
        mix: { labels: tf.tensor1d(mix.labels, "int32"), share: tf.tensor1d(mix.share) },
      }),
      ...(options.distil && { teacher: options.distil.teacher.logits(x) }),
      ...(random && { seed: tf.tensor1d(dropSeed(random), "int32") }),
      ...(lossScale && { lossScale: tf.scalar(lossScale.factor) }),
    };
  };
  const endInputs = (): EndInputs => ({
    // Steps that moved nothing are none to the optimizer.
    scalars: stepScalars(optimizer, schedule(step), step + 1 - (lossScale?.skipped ?? 0)),
    keep: tf.scalar(averageKeep(step, averageDecay, options.averageWarmup ?? false)),
    ...(lossScale && { lossScale: tf.scalar(lossScale.factor) }),
  });
  /** Takes a part of a step; at the last one the weights move. */
  const takePart = async (inputs: PartInputs, isLast: boolean) => {
    if (accumulate === 1) {
      const end = endInputs();
      const result = await update.whole.async(state, { ...inputs, ...end });
      tf.dispose(end);
      return result;
    }
    const { weights } = state.learner;
    const { sums: next, values } = await update.add.async(weights, partSums, inputs);
    tf.dispose(partSums);
    partSums = next;
    if (!isLast) return { values };
    const end = endInputs();
    const result = await update.finish.async(state, next, accumulate, end);
    tf.dispose([end, next]);
    partSums = undefined;
    return { ...result, values };
  };

  const current = () => {
    const { weights, statistics } = averageDecay ? state.average : state.learner;
    return networkOf(network, {
      weights: weights.dataSync<"float32">(),
      statistics: statistics.dataSync<"float32">(),
    });
  };

  try {
    for (let epoch = Math.floor(step / stepsPerEpoch); epoch < epochs; epoch++) {
      const stream = batches(data, {
        batch: batch / accumulate,
        resolution: network.resolution,
        random: createRandom(seed, "train", epoch),
        mean: options.mean,
        std: options.std,
        augment: options.augment,
        limit: stepsPerEpoch * batch,
        skip: (step % stepsPerEpoch) * accumulate,
      });
      let loss = 0;
      for await (const given of stream) {
        if (part === 0) {
          // Before a step, not after it: the epoch that the last step ended has been reported by now.
          const due = performance.now() - saved > checkpointSeconds * 1000;
          if (options.onCheckpoint && (signal?.aborted || due)) {
            await options.onCheckpoint(snapshot(state, { step, sums, lossScale }));
            saved = performance.now();
          }
          signal?.throwIfAborted();
          loss = 0;
        }
        const inputs = partInputs(given);
        const result = await takePart(inputs, part === accumulate - 1);
        loss += result.values.loss.dataSync()[0] / accumulate;
        sums.correct += result.values.correct.dataSync()[0];
        tf.dispose([inputs, result.values]);
        if (!("state" in result)) {
          part++;
          continue;
        }
        part = 0;
        release(state);
        state = result.state;
        if (lossScale) lossScale = nextLossScale(lossScale, result.finite!.dataSync()[0] === 1);
        tf.dispose(result.finite);
        step++;
        sums.loss += loss;
        sums.images += batch;
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
      await options.onEpoch?.(entry, current);
      sums = { loss: 0, correct: 0, images: 0 };
    }
    return { network: current(), epochs: history };
  } finally {
    release(state);
    tf.dispose(partSums);
    update.dispose();
  }
}

/** The loss's first factor: what is given, or what float16 needs. */
function firstLossScale({ lossScale }: TrainOptions): LossScale | undefined {
  const factor = lossScale ?? (precisionInUse() === "float16" ? FIRST_FACTOR : undefined);
  return factor === undefined ? undefined : { factor, finite: 0, skipped: 0 };
}
