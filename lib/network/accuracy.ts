/**
 * How well a network classifies.
 *
 * @module
 */

import type { Tensor2D, Tensor4D } from "npm:@tensorflow/tfjs@4.22.0";
import { batches, type Interpolation } from "../data/batches.ts";
import type { Split } from "../data/types.ts";
import type { ProgressEvent } from "../progress.ts";
import { tf } from "../tensorflow/tfjs.ts";

/** Anything that gives logits. */
export interface Classifier {
  /** Side of the images that it is meant for, in pixels. */
  readonly resolution?: number;
  /** Logits [N, classes] of normalised images [N, H, W, C]. */
  logits(images: Tensor4D): Tensor2D;
}

/** Options of {@linkcode accuracy}. */
export interface AccuracyOptions {
  /** Mean of each channel, on the scale 0–1. */
  mean: number[];
  /** Standard deviation of each channel, on the scale 0–1. */
  std: number[];
  /** Side of the images, in pixels. Default: the classifier's, or the images' own. */
  resolution?: number;
  /** How images are scaled. Default: as {@linkcode batches} does it. */
  interpolation?: Interpolation;
  /** Share of the shorter side that is seen, as timm's `crop_pct`. Default: as {@linkcode batches} has it. */
  cropPct?: number;
  /** Images at once. Default 250. */
  batch?: number;
  /** Whether the result tells of each class and of the speed, too. Default false. */
  detailed?: boolean;
  /** Stops between two batches. */
  signal?: AbortSignal;
  /** Told of each batch. */
  onProgress?: (event: ProgressEvent) => void;
}

/** What {@linkcode accuracy} finds. */
export interface Accuracy {
  /** Share of images whose class has the highest logit, 0–1. */
  top1: number;
  /** Share of images whose class is among the five highest, 0–1. */
  top5: number;
  /** Mean cross-entropy, in nats. */
  crossEntropy: number;
  /** Number of images. */
  count: number;
  /** Where asked for: for each class index, how many images it has, and how many of them are classified rightly. */
  perClass?: ClassAccuracy[];
  /**
   * Where asked for: images a second, reading included; without the first batch, which compiles, where
   * there are more.
   */
  imagesPerSecond?: number;
}

/** How well one class is recognised. */
export interface ClassAccuracy {
  /** Images of the class. */
  count: number;
  /** Those among them whose own class has the highest logit. */
  correct: number;
}

/**
 * Accuracy of a classifier on a split of a data set.
 *
 * @param classifier A network or a teacher.
 * @param split The images with their classes.
 * @param options The normalisation that the classifier was trained with.
 * @returns Top-1, top-5 and cross-entropy; what each class gave, and the speed.
 * @throws {RangeError} if an image is of a class that the classifier does not know.
 *
 * @example
 * ```ts
 * import { accuracy, datasetFromArrays, tf, useEngine } from "@dna/kernel";
 * import { assertEquals } from "@std/assert";
 *
 * await useEngine();
 * const part = { images: Uint8Array.of(0, 255, 0, 255), labels: Uint8Array.of(0, 1, 0, 0) };
 * const { splits } = datasetFromArrays({
 *   name: "dots", classes: ["dark", "light"], height: 1, width: 1, channels: 1,
 *   train: part, validation: part, test: part,
 * });
 * // Light where the pixel is above the middle.
 * const classifier = { logits: (x: tf.Tensor4D) => tf.concat([tf.zerosLike(x), x], 3).as2D(-1, 2) };
 * const options = { mean: [0.5], std: [1], detailed: true };
 * const { top1, perClass } = await accuracy(classifier, splits.test, options);
 * assertEquals(top1, 0.75);
 * assertEquals(perClass, [{ count: 3, correct: 2 }, { count: 1, correct: 1 }]);
 * ```
 */
export async function accuracy(
  classifier: Classifier,
  split: Split,
  { mean, std, batch = 250, detailed = false, signal, onProgress, ...rest }: AccuracyOptions,
): Promise<Accuracy> {
  const { resolution = classifier.resolution, interpolation, cropPct } = rest;
  const seen = { resolution, interpolation, cropPct };
  let top1 = 0;
  let top5 = 0;
  let crossEntropy = 0;
  let done = 0;
  const perClass: ClassAccuracy[] = [];
  let started = performance.now();
  let first = 0;
  for await (const { images, labels, shape } of batches(split, { batch, mean, std, ...seen })) {
    signal?.throwIfAborted();
    done += labels.length;
    const logits = tf.tidy(() => classifier.logits(tf.tensor4d(images, shape)));
    const [, classes] = logits.shape;
    while (perClass.length < classes) perClass.push({ count: 0, correct: 0 });
    const values = await logits.data<"float32">();
    logits.dispose();
    labels.forEach((label, i) => {
      if (label >= classes) {
        throw new RangeError(
          `Cannot judge: an image is of class ${label}, the classifier knows ${classes} classes`,
        );
      }
      const row = values.subarray(i * classes, (i + 1) * classes);
      const own = row[label];
      // Of equal logits the first is the highest, as for argMax; one that is no number is never right.
      const above = Number.isNaN(own) ? Infinity : row.reduce(
        (count, value, i) => count + Number(!(value <= own) || (value === own && i < label)),
        0,
      );
      const highest = Math.max(...row);
      const sum = row.reduce((sum, value) => sum + Math.exp(value - highest), 0);
      crossEntropy += highest + Math.log(sum) - own;
      perClass[label].count++;
      if (above < 1) {
        top1++;
        perClass[label].correct++;
      }
      if (above < 5) top5++;
    });
    if (done === labels.length && done < split.count) {
      started = performance.now();
      first = done;
    }
    onProgress?.({ stage: "evaluate", done, total: split.count, unit: "images" });
  }
  const { count } = split;
  return {
    top1: top1 / count,
    top5: top5 / count,
    crossEntropy: crossEntropy / count,
    count,
    ...(detailed && {
      perClass,
      imagesPerSecond: 1000 * (count - first) / (performance.now() - started),
    }),
  };
}
