/**
 * The training of SPOS's supernet (Guo and others, 2020, section 3.2).
 *
 * @module
 */

import type { Augment, Batch } from "../data/batch.ts";
import { batches } from "../data/batches.ts";
import type { Split } from "../data/types.ts";
import { cosine, maybeSchedule, type Schedule } from "../nn/schedules.ts";
import type { ProgressEvent } from "../progress.ts";
import { createRandom } from "../random.ts";
import { tf } from "../tensorflow/tfjs.ts";
import { SposStepper } from "./_spos_step.ts";
import { drawChoice, sposPath, type SposSupernet } from "./spos.ts";

/** What is known after one epoch. */
export interface SposEpoch {
  /** From 1. */
  epoch: number;
  /** Mean cross-entropy of the epoch's steps, in nats. */
  loss: number;
  /** Share of the images that were classified as labelled. */
  accuracy: number;
  /** Learning rate of the epoch's last step. */
  rate: number;
}

/** Where a training stands, beside the supernet's own state. */
export interface SposPosition {
  /** Steps done. */
  step: number;
  /** Sums over the epoch under way. */
  sums: { loss: number; correct: number };
}

/** Options of {@linkcode trainSpos}. */
export interface TrainSposOptions {
  /** The images to learn from, with their classes. */
  data: Split;
  /** Mean of each channel, on the scale 0–1. */
  mean: readonly number[];
  /** Standard deviation of each channel, on the scale 0–1. */
  std: readonly number[];
  /** Side of the images, in pixels. Default: the data's own. */
  resolution?: number;
  /** Passes over the data. */
  epochs: number;
  /** Images a step. Default 128. */
  batch?: number;
  /**
   * Learning rate, or a function of the step. Default: half a cosine from 0.002 to 0. SPOS's own recipe, for 8 GPUs, is SGD
   * with momentum 0.9, a batch of 1,024 and a rate that falls linearly from 0.5.
   */
  rate?: number | Schedule;
  /** Weight decay of kernels, added to the gradient. Default 0. */
  weightDecay?: number;
  /** Share of the target that is spread over all classes. Default 0. */
  labelSmoothing?: number;
  /** How images are varied. Default: not at all. */
  augment?: boolean | Augment;
  /** Decides paths, order and augmentation. */
  seed: number | string;
  /** Go on from here; the supernet is in the state that belongs to it. */
  position?: SposPosition;
  /** Called every so many seconds, when the supernet's state and this position belong together. */
  onCheckpoint?: (position: SposPosition) => Promise<void> | void;
  /** Seconds between two checkpoints. Default 20. */
  checkpointSeconds?: number;
  /** Told of each epoch. */
  onEpoch?: (epoch: SposEpoch) => Promise<void> | void;
  /** Told of each step. */
  onProgress?: (event: ProgressEvent) => void;
  /** Stops between two steps, after a last checkpoint. */
  signal?: AbortSignal;
}

/**
 * Trains a supernet of joint weights with labels: each step draws one network uniformly, and its layers move once.
 *
 * @param supernet The supernet; its weights are moved in place.
 * @param options The images and the recipe.
 * @returns What each epoch gave.
 * @throws {RangeError} if the data do not fill a batch, or an image is of a class that the supernet does not know.
 * @throws {Error} if the loss is no finite number.
 * @throws {DOMException} `AbortError`, if the signal stops it.
 *
 * @example
 * ```ts
 * import {
 *   createRandom, createSpos, datasetFromArrays, defineSpace, trainSpos, useEngine,
 * } from "@dna/kernel";
 * import { assertEquals } from "@std/assert";
 *
 * await useEngine();
 * const space = defineSpace({
 *   name: "tiny", stem: { channels: 1, width: 8, stride: 2 }, head: 16,
 *   blocks: [{ stride: 1, cells: [{ width: 8, depth: 1 }] }],
 *   operations: [{ kernel: 3, expansion: 1 }, { kernel: 5, expansion: 1 }],
 * });
 * const images = Uint8Array.from({ length: 32 * 64 }, (_, i) => (i * 37) % 256);
 * const { splits } = datasetFromArrays({
 *   name: "noise", classes: ["a", "b"], height: 8, width: 8, channels: 1,
 *   train: { images, labels: Uint8Array.from({ length: 32 }, (_, i) => i % 2) },
 * });
 * const supernet = createSpos(space, { classes: 2, random: createRandom(1) });
 * const epochs = await trainSpos(supernet, {
 *   data: splits.train, mean: [0.5], std: [0.25], epochs: 2, batch: 16, seed: 1,
 * });
 * assertEquals(epochs.map(({ epoch }) => epoch), [1, 2]);
 * supernet.dispose();
 * ```
 */
export async function trainSpos(
  supernet: SposSupernet,
  options: TrainSposOptions,
): Promise<SposEpoch[]> {
  const { data, mean, std, resolution, epochs, batch = 128, seed, augment, signal } = options;
  const { checkpointSeconds = 20, labelSmoothing = 0, onProgress } = options;
  const stepsPerEpoch = Math.floor(data.count / batch);
  if (stepsPerEpoch < 1) {
    throw new RangeError(
      `Cannot train: a batch of ${batch} is more than the ${data.count} images`,
    );
  }
  const total = epochs * stepsPerEpoch;
  const schedule = maybeSchedule(options.rate ?? cosine(0.002, { steps: total }));
  const stepper = new SposStepper(supernet.optimizer, options.weightDecay ?? 0);
  const history: SposEpoch[] = [];
  let step = options.position?.step ?? 0;
  let sums = { ...(options.position?.sums ?? { loss: 0, correct: 0 }) };
  let saved = performance.now();
  try {
    for (let epoch = Math.floor(step / stepsPerEpoch); epoch < epochs; epoch++) {
      const stream = batches(data, {
        batch,
        resolution,
        random: createRandom(seed, "spos", epoch),
        mean,
        std,
        augment,
        dropLast: true,
        skip: step % stepsPerEpoch,
      });
      for await (const part of stream) {
        // Before a step, not after it: the epoch that the last step ended has been reported by now.
        if (signal?.aborted || performance.now() - saved > checkpointSeconds * 1000) {
          await options.onCheckpoint?.({ step, sums: { ...sums } });
          saved = performance.now();
        }
        signal?.throwIfAborted();
        const path = sposPath(
          supernet,
          drawChoice(supernet.space, createRandom(seed, "paths", step)),
        );
        const images = tf.tensor4d(part.images, part.shape);
        const target = tf.tensor2d(
          targetOf(part, supernet.classes, labelSmoothing),
          [part.labels.length, supernet.classes],
        );
        try {
          const { loss, correct } = await stepper.step(path, images, target, schedule(step));
          if (!Number.isFinite(loss)) {
            throw new Error(
              `Cannot go on training: the loss is ${loss} at step ${step + 1}; ` +
                "a smaller learning rate helps",
            );
          }
          sums.loss += loss;
          sums.correct += correct;
        } finally {
          tf.dispose([images, target]);
        }
        step++;
        onProgress?.({ stage: "SPOS", done: step, total, unit: "steps" });
      }
      const entry = {
        epoch: epoch + 1,
        loss: sums.loss / stepsPerEpoch,
        accuracy: sums.correct / (stepsPerEpoch * batch),
        rate: schedule(step - 1),
      };
      history.push(entry);
      await options.onEpoch?.(entry);
      sums = { loss: 0, correct: 0 };
    }
  } finally {
    stepper.dispose();
  }
  return history;
}

/** The share of each class in each image's target [N, classes]. */
function targetOf({ labels, mix }: Batch, classes: number, smoothing: number): Float32Array {
  const target = new Float32Array(labels.length * classes).fill(smoothing / classes);
  labels.forEach((label, i) => {
    const share = mix?.share[i] ?? 1;
    for (const [index, part] of [[label, share], [mix?.labels[i] ?? label, 1 - share]]) {
      if (index >= classes) {
        throw new RangeError(
          `Cannot train: an image is of class ${index}, the supernet knows ${classes} classes`,
        );
      }
      target[i * classes + index] += (1 - smoothing) * part;
    }
  });
  return target;
}
