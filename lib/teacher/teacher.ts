/**
 * Teachers: trained networks cut into blocks, whose feature maps the supernets imitate.
 *
 * @module
 */

import type { Tensor1D, Tensor2D, Tensor4D } from "npm:@tensorflow/tfjs@4.22.0";
import { compile } from "../engine.ts";
import { slotsSize, unpack } from "../nn/layout.ts";
import { sequence } from "../nn/module.ts";
import { checkImages, type Network } from "../network/network.ts";
import type { Architecture } from "../space/types.ts";
import type { tf } from "../tensorflow/tfjs.ts";

/** A trained network in blocks. */
export interface Teacher {
  /** Its name, for records. */
  readonly name: string;
  /** The network. */
  readonly network: Network;
  /** Number of classes. */
  readonly classes: number;
  /** Side of its images, in pixels. */
  readonly resolution: number;
  /** Output channels of each block. */
  readonly widths: readonly number[];
  /** Side of each block's maps for images of its resolution, in pixels. */
  readonly sizes: readonly number[];
  /** Mean of each channel that the data pipeline subtracts, on the scale 0–1. */
  readonly mean: readonly number[];
  /** Standard deviation of each channel that the data pipeline divides by, on the scale 0–1. */
  readonly std: readonly number[];
  /**
   * The blocks' outputs [N, h, w, width] for normalised images [N, H, W, C], in inference mode.
   *
   * @throws {TypeError} if the images are of another shape.
   */
  features(images: Tensor4D): Tensor4D[];
  /** As {@linkcode Teacher.features}, on another thread. */
  featuresAsync(images: Tensor4D): Promise<Tensor4D[]>;
  /** Logits [N, classes] of normalised images. */
  logits(images: Tensor4D): Tensor2D;
  /** Frees its tensors. */
  dispose(): void;
}

/** Side of the maps after each cut, for images of a resolution. */
export function cutSizes(
  { stem, blocks }: Architecture,
  cuts: readonly number[],
  resolution: number,
): number[] {
  return cuts.map((cut) => {
    const strides = [stem.stride, ...blocks.slice(0, cut + 1).flat().map((layer) => layer.stride)];
    return strides.reduce<number>((size, stride) => Math.ceil(size / stride), resolution);
  });
}

/** What {@linkcode defineTeacher} takes. */
export interface TeacherDefinition {
  /** A name for records. */
  name: string;
  /** A trained network. */
  network: Network;
  /** Where each block ends: positions in the architecture's `blocks`, rising, from 0. */
  cuts: readonly number[];
  /** Mean of each channel, on the scale 0–1. */
  mean: readonly number[];
  /** Standard deviation of each channel, on the scale 0–1. */
  std: readonly number[];
}

/**
 * Makes a network a teacher by cutting it into blocks.
 *
 * @param definition The network, and the positions after which a block ends.
 * @returns The teacher; it is always in inference mode.
 * @throws {RangeError} if there are no cuts, or they do not rise or lie outside.
 *
 * @example
 * ```ts
 * import { buildNetwork, defineTeacher, parseArchitecture, tf, useEngine } from "@dna/kernel";
 * import { assertEquals } from "@std/assert";
 *
 * await useEngine();
 * const architecture = parseArchitecture("ir_r1_k3_s2_e3_c16_se0.25 | ir_r1_k3_s2_e3_c24_se0.25");
 * const network = buildNetwork(architecture, { classes: 10, resolution: 32 });
 * const teacher = defineTeacher({
 *   name: "small", network, cuts: [0, 1], mean: [0.5, 0.5, 0.5], std: [0.2, 0.2, 0.2],
 * });
 * const maps = teacher.features(tf.zeros([2, 32, 32, 3]));
 * assertEquals(maps.map((map) => map.shape), [[2, 8, 8, 16], [2, 4, 4, 24]]);
 * ```
 */
export function defineTeacher({ name, network, cuts, mean, std }: TeacherDefinition): Teacher {
  const { stem, blocks } = network.modules;
  const fits = cuts.every((cut, i) =>
    Number.isInteger(cut) && cut > (cuts[i - 1] ?? -1) && cut < blocks.length
  );
  if (!fits || cuts.length === 0) {
    throw new RangeError(
      `Cannot cut teacher ${name} at [${cuts}]: rising positions from 0 to ${
        blocks.length - 1
      } fit`,
    );
  }
  const parts = cuts.map((cut, i) =>
    sequence([
      ...(i === 0 ? [stem] : []),
      ...blocks.slice(i === 0 ? 0 : cuts[i - 1] + 1, cut + 1),
    ])
  );
  // Only the weights up to the last cut are taken apart: the head is of no use here.
  const used = sequence(parts);
  const run = compile((weights: Tensor1D, statistics: Tensor1D, images: Tensor4D) => {
    const named = {
      ...unpack(weights.slice(0, slotsSize(used.weights)), used.weights),
      ...unpack(statistics.slice(0, slotsSize(used.statistics)), used.statistics),
    };
    const pass = { training: false, statistics: {} };
    let x: tf.Tensor = images;
    return parts.map((part) => x = part.apply(named, x, pass)) as Tensor4D[];
  });
  const { channels } = network.architecture.stem;
  return {
    name,
    network,
    classes: network.classes,
    resolution: network.resolution,
    widths: cuts.map((cut) => blocks[cut].width),
    sizes: cutSizes(network.architecture, cuts, network.resolution),
    mean,
    std,
    features(images) {
      checkImages(images, channels);
      return run(network.weights, network.statistics, images);
    },
    async featuresAsync(images) {
      checkImages(images, channels);
      return await run.async(network.weights, network.statistics, images);
    },
    logits: (images) => network.logits(images),
    dispose() {
      run.dispose();
      network.dispose();
    },
  };
}
