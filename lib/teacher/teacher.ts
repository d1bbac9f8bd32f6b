/**
 * Teachers: trained networks cut into blocks, whose feature maps the supernets imitate.
 *
 * @module
 */

import type { Tensor2D, Tensor4D } from "npm:@tensorflow/tfjs@4.22.0";
import { compile } from "../engine.ts";
import { type Named, slotsSize, unpack } from "../nn/layout.ts";
import { type FoldedConvolution, type Module, type Pass, sequence } from "../nn/module.ts";
import { checkImages, type Network } from "../network/network.ts";
import type { Architecture } from "../space/types.ts";
import { tf } from "../tensorflow/tfjs.ts";

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
  const { channels } = network.architecture.stem;
  const fixed = foldWeights(network, parts);
  const run = compile((images: Tensor4D) => {
    let x: tf.Tensor = images;
    return parts.map((part) => x = part.apply(fixed.named, x, fixed.pass)) as Tensor4D[];
  });
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
      return run(images);
    },
    async featuresAsync(images) {
      checkImages(images, channels);
      return await run.async(images);
    },
    logits: (images) => network.logits(images),
    dispose() {
      run.dispose();
      fixed.dispose();
      network.dispose();
    },
  };
}

/** What a teacher's blocks need of a network's weights, once for all passes. */
interface FixedWeights {
  /** Weights by name that belong to no convolution with a batch normalisation. */
  named: Named;
  /** A pass that knows all folded convolutions. */
  pass: Pass;
  dispose(): void;
}

/**
 * Folds each batch normalisation's running statistics into its convolution. They are met by a pass over a small black
 * image; the weights after the last part are left alone.
 */
function foldWeights(
  { weights, statistics, architecture }: Network,
  parts: readonly Module[],
): FixedWeights {
  const used = sequence(parts);
  const folded = new Map<string, FoldedConvolution>();
  const pass = { training: false, statistics: {}, folded };
  const named = tf.tidy(() => {
    const all = {
      ...unpack(weights.slice(0, slotsSize(used.weights)), used.weights),
      ...unpack(statistics.slice(0, slotsSize(used.statistics)), used.statistics),
    };
    used.apply(all, tf.zeros([1, SMALL, SMALL, architecture.stem.channels]), pass);
    const gone = new Set(
      [...folded].flatMap(([convolution, { norm }]) => [
        `${convolution}.weight`,
        ...["weight", "bias", "running_mean", "running_var"].map((part) => `${norm}.${part}`),
      ]),
    );
    const others = Object.entries(all).filter(([name]) => !gone.has(name));
    for (const { kernel, bias } of folded.values()) [kernel, bias].forEach((one) => tf.keep(one));
    return Object.fromEntries(others.map(([name, tensor]) => [name, tf.keep(tensor)]));
  });
  return {
    named,
    pass,
    dispose() {
      tf.dispose(named);
      for (const { kernel, bias } of folded.values()) tf.dispose([kernel, bias]);
    },
  };
}

/** Side of an image that every network's maps survive, in pixels. */
const SMALL = 8;
