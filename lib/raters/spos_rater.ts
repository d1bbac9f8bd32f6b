/**
 * SPOS's rating of networks by a supernet of joint weights (Guo and others, 2020, section 3.4).
 *
 * @module
 */

import type { Tensor, Tensor1D, Tensor4D } from "npm:@tensorflow/tfjs@4.22.0";
import { batches } from "../data/batches.ts";
import type { Split } from "../data/types.ts";
import { checkOneOf } from "../space/_check.ts";
import type { TrainedVariant } from "../supernet/supernet.ts";
import { tf } from "../tensorflow/tfjs.ts";
import { SposFunctions } from "./_spos_functions.ts";
import { sposPath, type SposSupernet } from "./spos.ts";
import type { Candidate, Rater, RaterOptions } from "./types.ts";

/** What a network with joint weights gives for the validation images. */
export interface SposScore {
  /** Mean cross-entropy, in nats. */
  crossEntropy: number;
  /** Share of the images that are classified as labelled, 0–1. */
  accuracy: number;
}

/** Options of {@linkcode sposRater} and {@linkcode sposScores}. */
export interface SposRaterOptions {
  /** The images that rate, with their classes. */
  validation: Split;
  /** The images by which batch statistics are recalibrated for each network: training images; they are held in memory. */
  calibration: Split;
  /** Mean of each channel, on the scale 0–1. */
  mean: readonly number[];
  /** Standard deviation of each channel, on the scale 0–1. */
  std: readonly number[];
  /** Side of the images, in pixels. Default: the images' own. */
  resolution?: number;
  /** Images at once. Default 250. */
  batch?: number;
  /** What scores: minus the cross-entropy, which is finer, or the accuracy, which SPOS takes. Default `crossEntropy`. */
  by?: "crossEntropy" | "accuracy";
}

/** A network under work. */
interface Rated {
  path: TrainedVariant[];
  statistics: Tensor1D[];
  loss: number;
  correct: number;
}

/**
 * The rater SPOS: a network with the supernet's joint weights classifies validation images.
 *
 * @param supernet A trained supernet of joint weights.
 * @param options The images, and what scores.
 * @returns The rater "spos", or "spos-accuracy"; higher is better for both.
 * @throws {TypeError | RangeError} Where `by` is none of the two.
 *
 * @example
 * ```ts
 * import {
 *   candidateOf, createRandom, createSpos, datasetFromArrays, defineSpace, sposRater, useEngine,
 * } from "@dna/kernel";
 * import { assert } from "@std/assert";
 *
 * await useEngine();
 * const space = defineSpace({
 *   name: "tiny", stem: { channels: 1, width: 8, stride: 2 }, head: 16,
 *   blocks: [{ stride: 1, cells: [{ width: 8, depth: 1 }] }],
 *   operations: [{ kernel: 3, expansion: 1 }, { kernel: 5, expansion: 1 }],
 * });
 * const images = Uint8Array.from({ length: 32 * 64 }, (_, i) => (i * 37) % 256);
 * const { splits: { train } } = datasetFromArrays({
 *   name: "noise", classes: ["a", "b"], height: 8, width: 8, channels: 1,
 *   train: { images, labels: new Uint8Array(32) },
 * });
 * const supernet = createSpos(space, { classes: 2, random: createRandom(1) });
 * const rater = sposRater(supernet, { validation: train, calibration: train, mean: [0.5], std: [0.25] });
 * const [score] = await rater.rate([candidateOf(space, [{ cell: 0, path: 1 }])]);
 * assert(score < 0);
 * supernet.dispose();
 * ```
 */
export function sposRater(supernet: SposSupernet, options: SposRaterOptions): Rater {
  const { by = "crossEntropy" } = options;
  checkOneOf(by, "Cannot rate: by", ["crossEntropy", "accuracy"] as const);
  return {
    name: by === "accuracy" ? "spos-accuracy" : "spos",
    async rate(candidates, watch) {
      const scores = await sposScores(supernet, candidates, options, watch);
      return scores.map(({ crossEntropy, accuracy }) =>
        by === "accuracy" ? accuracy : -crossEntropy
      );
    },
  };
}

/**
 * Cross-entropy and accuracy of networks with joint weights, from one pass over the validation images.
 *
 * Batch statistics are recalibrated for each network: those of the calibration images along its own layers, the mean over batches.
 *
 * @param supernet A trained supernet of joint weights.
 * @param candidates The networks.
 * @param options The images.
 * @param watch How it is watched and stopped.
 * @returns Both for each network.
 * @throws {RangeError} Where a candidate is not of the supernet's space, or an image of a class that it does not know.
 *
 * @example
 * ```ts
 * import {
 *   candidateOf, createRandom, createSpos, datasetFromArrays, searchSpace, sposScores, useEngine,
 * } from "@dna/kernel";
 * import { assert } from "@std/assert";
 *
 * await useEngine();
 * const space = searchSpace("fashion");
 * const { splits: { train } } = datasetFromArrays({
 *   name: "noise", classes: ["a", "b"], height: 28, width: 28, channels: 1,
 *   train: { images: Uint8Array.from({ length: 8 * 784 }, (_, i) => i % 251), labels: new Uint8Array(8) },
 * });
 * const supernet = createSpos(space, { classes: 2, random: createRandom(1) });
 * const images = { validation: train, calibration: train, mean: [0.5], std: [0.25] };
 * const candidate = candidateOf(space, space.blocks.map(() => ({ cell: 0, path: 0 })));
 * const [{ accuracy }] = await sposScores(supernet, [candidate], images);
 * assert(accuracy >= 0 && accuracy <= 1);
 * supernet.dispose();
 * ```
 */
export async function sposScores(
  supernet: SposSupernet,
  candidates: readonly Candidate[],
  { validation, calibration, mean, std, resolution, batch = 250 }: SposRaterOptions,
  { signal, onProgress }: RaterOptions = {},
): Promise<SposScore[]> {
  const paths = candidates.map(({ choice }) => sposPath(supernet, choice));
  const functions = new SposFunctions();
  const rated: Rated[] = [];
  const total = candidates.length * (1 + Math.ceil(validation.count / batch));
  let done = 0;
  const report = () => {
    done++;
    onProgress?.({ stage: "rate with SPOS", done, total, unit: "passes" });
  };
  const seen = { batch, mean, std, resolution };
  try {
    const inputs: Tensor4D[] = [];
    try {
      for await (const { images, shape } of batches(calibration, seen)) {
        signal?.throwIfAborted();
        inputs.push(tf.tensor4d(images, shape));
      }
      for (const path of paths) {
        signal?.throwIfAborted();
        rated.push({
          path,
          statistics: await functions.calibrate(path, inputs),
          loss: 0,
          correct: 0,
        });
        report();
      }
    } finally {
      tf.dispose(inputs);
    }
    for await (const { images, labels, shape } of batches(validation, seen)) {
      const wrong = labels.find((label) => label >= supernet.classes);
      if (wrong !== undefined) {
        throw new RangeError(
          `Cannot rate: an image is of class ${wrong}, the supernet knows ${supernet.classes} classes`,
        );
      }
      const input = tf.tensor4d(images, shape);
      const classes: Tensor = tf.tensor1d(labels, "int32");
      const target = tf.tidy(() => tf.oneHot(classes, supernet.classes).cast("float32"));
      try {
        for (const each of rated) {
          signal?.throwIfAborted();
          const { loss, correct } = await functions.judge(
            each.path,
            each.statistics,
            input,
            target,
          );
          each.loss += loss;
          each.correct += correct;
          report();
        }
      } finally {
        tf.dispose([input, classes, target]);
      }
    }
  } finally {
    functions.dispose();
    tf.dispose(rated.map(({ statistics }) => statistics));
  }
  const { count } = validation;
  return rated.map(({ loss, correct }) => ({
    crossEntropy: loss / count,
    accuracy: correct / count,
  }));
}
