/**
 * A network with weights: from images to logits, to files and back.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import type { Tensor1D, Tensor2D, Tensor4D } from "npm:@tensorflow/tfjs@4.22.0";
import { compile, type Compiled } from "../engine.ts";
import { checkConvention, type Padding } from "../nn/convention.ts";
import { initialise, type Slot, slotSize, slotsSize } from "../nn/layout.ts";
import { applyModule } from "../nn/learner.ts";
import type { Module } from "../nn/module.ts";
import { type NetworkModules, networkModules, wholeNetwork } from "../nn/network.ts";
import { describeError } from "../files.ts";
import { createRandom, type Random } from "../random.ts";
import { decodeSafetensors, matchTensors, type SafetensorsTensor } from "../safetensors.ts";
import { checkArchitecture } from "../space/architecture.ts";
import type { Architecture } from "../space/types.ts";
import { tf } from "../tensorflow/tfjs.ts";
import { fromTimm, type NamedArray, timmShape, toTimm } from "./timm_weights.ts";

/** Weights by timm's names, in timm's layout. */
export type Weights = Record<string, NamedArray>;

/** A network with weights. */
export interface Network {
  /** The architecture. */
  readonly architecture: Architecture;
  /** Number of classes. */
  readonly classes: number;
  /** Side of the images that it is meant for, in pixels. */
  readonly resolution: number;
  /** How its maps are padded where a convolution has a stride. */
  readonly padding: Padding;
  /** What its batch normalisations add to variances. */
  readonly epsilon: number;
  /** Its parts. */
  readonly modules: NetworkModules;
  /** Its parts as one, from images to logits. */
  readonly module: Module;
  /** Its learnt weights, one vector. */
  readonly weights: Tensor1D;
  /** Its running statistics, one vector. */
  readonly statistics: Tensor1D;
  /**
   * Logits [N, classes] of normalised images [N, H, W, C], in inference mode.
   *
   * @throws {TypeError} if the images are of another shape.
   */
  logits(images: Tensor4D): Tensor2D;
  /** A copy of its weights and statistics, by timm's names. */
  toWeights(): Weights;
  /** Frees its tensors. */
  dispose(): void;
}

/** Options of {@linkcode buildNetwork}. */
export interface NetworkOptions {
  /** Number of classes. */
  classes: number;
  /** Side of the images, in pixels. */
  resolution: number;
  /** A safetensors file with timm's names, or such weights; random ones without it. */
  weights?: string | URL | Weights;
  /** Draws the random weights. Default: a generator of seed 0. */
  random?: Random;
  /**
   * `same` for weights trained in TensorFlow (timm's `tf_` networks), `symmetric` for those trained in
   * PyTorch. Costs are the same. Default `same`.
   */
  padding?: Padding;
  /** What batch normalisation adds to variances: 1e-3 in TensorFlow's, 1e-5 in PyTorch's. Default 1e-3. */
  epsilon?: number;
}

/**
 * Builds a network: an architecture with weights.
 *
 * @param architecture What {@linkcode parseArchitecture} or a search gives.
 * @param options Classes, resolution, where the weights come from, and how they were trained.
 * @returns The network; `logits` runs compiled.
 * @throws {RangeError} if classes or resolution are not whole numbers from 1, or padding or epsilon are
 *   none.
 * @throws {Error} if the weights are broken, not finite, or another network's (each key is named).
 *
 * @example
 * ```ts
 * import { buildNetwork, parseArchitecture, tf, useEngine } from "@dna/kernel";
 * import { assertEquals } from "@std/assert";
 *
 * await useEngine();
 * const architecture = parseArchitecture("ir_r1_k3_s2_e3_c16_se0.25");
 * const network = buildNetwork(architecture, { classes: 10, resolution: 32 });
 * assertEquals(network.logits(tf.zeros([2, 32, 32, 3])).shape, [2, 10]);
 * ```
 */
export function buildNetwork(architecture: Architecture, options: NetworkOptions): Network {
  const checked = checkArchitecture(architecture);
  const { classes, resolution, weights, random = createRandom(0) } = options;
  for (const [name, value] of Object.entries({ classes, resolution })) {
    if (!Number.isInteger(value) || value < 1) {
      throw new RangeError(
        `Cannot build a network: ${name} is ${value}, a whole number from 1 fits`,
      );
    }
  }
  const convention = checkConvention(options);
  const modules = networkModules(checked, classes, convention);
  const module = wholeNetwork(modules);
  const parts = { architecture: checked, classes, resolution, modules, module, ...convention };
  if (weights === undefined) {
    return networkOf(parts, {
      weights: initialise(module.weights, random),
      statistics: initialise(module.statistics, random),
    });
  }
  const isFile = typeof weights === "string" || weights instanceof URL;
  const source = isFile ? fileName(weights) : "the weights";
  const arrays = isFile ? decodeSafetensors(readFile(weights), source).tensors : weights;
  return networkOf(parts, vectorsOf(module, arrays, source));
}

/** What a file is called in errors. */
function fileName(path: string | URL): string {
  return path instanceof URL && path.protocol === "file:" ? fileURLToPath(path) : `${path}`;
}

function readFile(path: string | URL): Uint8Array {
  try {
    return Deno.readFileSync(path);
  } catch (error) {
    throw new Error(`Cannot read ${fileName(path)}: ${describeError(error)}`, { cause: error });
  }
}

/** The two vectors of a module's weights by name. */
export function vectorsOf(
  module: Module,
  weights: Readonly<Record<string, SafetensorsTensor>>,
  source: string,
): { weights: Float32Array<ArrayBuffer>; statistics: Float32Array<ArrayBuffer> } {
  const slots = [...module.weights, ...module.statistics];
  matchTensors(
    Object.fromEntries(slots.map((slot) => [slot.name, timmShape(slot)])),
    weights,
    source,
  );
  const join = (slots: readonly Slot[]) => {
    const vector = new Float32Array(slotsSize(slots));
    let at = 0;
    for (const slot of slots) {
      const { data, dtype } = weights[slot.name];
      if (!(data instanceof Float32Array || data instanceof Float64Array)) {
        throw new TypeError(
          `Cannot use ${source}: ${
            JSON.stringify(slot.name)
          } is of type ${dtype}, floats are needed`,
        );
      }
      vector.set(fromTimm(slot, Float32Array.from(data)), at);
      at += slotSize(slot);
    }
    return vector;
  };
  return { weights: join(module.weights), statistics: join(module.statistics) };
}

/** A module's weights by name from its two vectors; the inverse of {@linkcode vectorsOf}. */
export function weightsOf(
  module: Module,
  vectors: { weights: Float32Array; statistics: Float32Array },
): Weights {
  const result: Weights = {};
  const split = (slots: readonly Slot[], vector: Float32Array) => {
    let at = 0;
    for (const slot of slots) {
      result[slot.name] = toTimm(slot, vector.subarray(at, at += slotSize(slot)));
    }
  };
  split(module.weights, vectors.weights);
  split(module.statistics, vectors.statistics);
  return result;
}

/** A network of the same architecture with other vectors. */
export function networkOf(
  parts: Omit<Network, "weights" | "statistics" | "logits" | "toWeights" | "dispose">,
  vectors: { weights: Float32Array; statistics: Float32Array },
): Network {
  const weights = tf.tensor1d(vectors.weights);
  const statistics = tf.tensor1d(vectors.statistics);
  const run: Compiled<[Tensor1D, Tensor1D, Tensor4D], Tensor2D> = compile((
    weights,
    statistics,
    x,
  ) => applyModule(parts.module, weights, statistics, x, false).y as Tensor2D);
  const { channels } = parts.architecture.stem;
  return {
    ...parts,
    weights,
    statistics,
    logits(images) {
      checkImages(images, channels);
      return run(weights, statistics, images);
    },
    toWeights: () =>
      weightsOf(parts.module, {
        weights: weights.dataSync<"float32">(),
        statistics: statistics.dataSync<"float32">(),
      }),
    dispose() {
      tf.dispose([weights, statistics]);
      run.dispose();
    },
  };
}

/**
 * Checks images before they are computed with.
 *
 * @throws {TypeError} unless these are images [N, H, W, channels].
 */
export function checkImages(images: Tensor4D, channels: number): void {
  const { shape, dtype } = images;
  if (shape?.length !== 4 || shape[3] !== channels || dtype !== "float32") {
    throw new TypeError(
      `Cannot read images of shape [${shape}] and type ${dtype}: float32 [N, H, W, ${channels}] fits`,
    );
  }
}
