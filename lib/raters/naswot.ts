/**
 * NASWOT: how differently a network's activations see images, without training.
 *
 * @module
 */

import type { Tensor, Tensor2D, Tensor4D } from "npm:@tensorflow/tfjs@4.22.0";
import { batches } from "../data/batches.ts";
import type { Split } from "../data/types.ts";
import { buildNetwork, checkImages, type Network } from "../network/network.ts";
import { unpack } from "../nn/layout.ts";
import { sequence } from "../nn/module.ts";
import { createRandom } from "../random.ts";
import { tf } from "../tensorflow/tfjs.ts";
import { rateEach, type Rater } from "./types.ts";

/**
 * NASWOT (Mellor and others, 2021): log |det K|, where K_ij counts the activations that are on for both images i and j or
 * off for both.
 *
 * An activation is on where its input is above 0: for swish as for ReLU, for which the score was made. All activations of
 * maps count, those inside squeeze-and-excitation do not. Batch normalisation is by the batch's own statistics.
 *
 * @param network A network with weights, random ones as a rule.
 * @param images Normalised images [N, H, W, C].
 * @returns The natural logarithm; −Infinity where two images switch all activations alike.
 * @throws {TypeError} if the images are of another shape.
 *
 * @example
 * ```ts
 * import { buildNetwork, naswot, parseArchitecture, tf, useEngine } from "@dna/kernel";
 * import { assert } from "@std/assert";
 *
 * await useEngine();
 * const images = tf.randomNormal([8, 8, 8, 1], 0, 1, "float32", 1) as tf.Tensor4D;
 * const [narrow, wide] = [8, 32].map((width) => {
 *   const architecture = parseArchitecture(`stem_i1_c8 | ir_r1_k3_s1_e3_c${width} | head_c${width}`);
 *   return buildNetwork(architecture, { classes: 2, resolution: 8 });
 * });
 * assert(naswot(wide, images) > naswot(narrow, images));
 * ```
 */
export function naswot(network: Network, images: Tensor4D): number {
  const { architecture, module, modules, weights } = network;
  checkImages(images, architecture.stem.channels);
  const [count] = images.shape;
  const alike = new Float64Array(count * count);
  const add = (map: Tensor) =>
    tf.tidy(() => {
      const on = map.greater(0).cast("float32").reshape([count, -1]) as Tensor2D;
      const activations = on.shape[1];
      // Both on; both off = all − on for i − on for j + both on.
      const both = tf.matMul(on, on, false, true).dataSync<"float32">();
      for (let i = 0; i < count; i++) {
        for (let j = 0; j < count; j++) {
          const off = activations - both[i * count + i] - both[j * count + j] + both[i * count + j];
          alike[i * count + j] += both[i * count + j] + off;
        }
      }
    });
  tf.tidy(() => {
    const { stem, blocks, head } = modules;
    const named = unpack(weights, module.weights);
    const pass = { training: true, statistics: {}, onActivation: add };
    sequence([stem, ...blocks, head]).apply(named, images, pass);
  });
  return logDeterminant(alike, count);
}

/** log |det| of a square matrix, by elimination with row exchanges; the matrix is used up. */
export function logDeterminant(matrix: Float64Array, size: number): number {
  let sum = 0;
  for (let column = 0; column < size; column++) {
    let pivot = column;
    for (let row = column + 1; row < size; row++) {
      const [one, best] = [row, pivot].map((at) => Math.abs(matrix[at * size + column]));
      if (one > best) pivot = row;
    }
    const value = matrix[pivot * size + column];
    if (value === 0) return -Infinity;
    sum += Math.log(Math.abs(value));
    for (let at = column; at < size; at++) {
      const [a, b] = [pivot * size + at, column * size + at];
      [matrix[a], matrix[b]] = [matrix[b], matrix[a]];
    }
    for (let row = column + 1; row < size; row++) {
      const factor = matrix[row * size + column] / value;
      if (factor === 0) continue;
      for (let at = column; at < size; at++) {
        matrix[row * size + at] -= factor * matrix[column * size + at];
      }
    }
  }
  return sum;
}

/** Options of {@linkcode naswotRater}. */
export interface NaswotOptions {
  /** Where the images are taken from; their classes are not used. */
  data: Split;
  /** Mean of each channel, on the scale 0–1. */
  mean: readonly number[];
  /** Standard deviation of each channel, on the scale 0–1. */
  std: readonly number[];
  /** Side of the images, in pixels. */
  resolution: number;
  /** How many images. Default 128, as the authors. */
  images?: number;
  /** Draws the images, and the random weights. */
  seed: number | string;
}

/**
 * The rater NASWOT: {@linkcode naswot} of networks with random weights, on the same images for all.
 *
 * @param options The images, and the seed of the weights.
 * @returns The rater "naswot"; a score is a natural logarithm.
 *
 * @example
 * ```ts
 * import {
 *   candidateOf, datasetFromArrays, naswotRater, searchSpace, useEngine,
 * } from "@dna/kernel";
 * import { assert } from "@std/assert";
 *
 * await useEngine();
 * const space = searchSpace("fashion");
 * const { splits: { train } } = datasetFromArrays({
 *   name: "noise", classes: ["a", "b"], height: 28, width: 28, channels: 1,
 *   train: {
 *     images: Uint8Array.from({ length: 8 * 784 }, (_, i) => (i * i) % 251), labels: new Uint8Array(8),
 *   },
 * });
 * const rater = naswotRater({ data: train, mean: [0.5], std: [0.25], resolution: 28, images: 4, seed: 1 });
 * const [score] = await rater.rate([candidateOf(space, space.blocks.map(() => ({ cell: 0, path: 0 })))]);
 * assert(score > 0);
 * ```
 */
export function naswotRater(options: NaswotOptions): Rater {
  const { data, mean, std, resolution, images: count = 128, seed } = options;
  return {
    name: "naswot",
    async rate(candidates, watch = {}) {
      const stream = batches(data, {
        batch: Math.min(count, data.count),
        limit: count,
        random: createRandom(seed, "images"),
        mean,
        std,
        resolution,
      });
      for await (const { images, shape } of stream) {
        const input = tf.tensor4d(images, shape);
        try {
          return await rateEach(candidates, "rate with NASWOT", watch, ({ architecture }) => {
            // Classes play no part: the classifier has no activations.
            const random = createRandom(seed, "naswot");
            const network = buildNetwork(architecture, { classes: 1, resolution, random });
            try {
              return naswot(network, input);
            } finally {
              network.dispose();
            }
          });
        } finally {
          input.dispose();
        }
      }
      return [];
    },
  };
}
