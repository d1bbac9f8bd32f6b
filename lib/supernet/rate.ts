/**
 * Feature-sharing evaluation (Algorithm 1): every path of every cell rated, each shared prefix once.
 *
 * @module
 */

import type { Tensor } from "npm:@tensorflow/tfjs@4.22.0";
import { mapConcurrent } from "../concurrent.ts";
import type { Split } from "../data/types.ts";
import type { ProgressEvent } from "../progress.ts";
import type { Ratings } from "../ratings.ts";
import { searchSpace, SPACE_NAMES } from "../space/spaces.ts";
import type { Space } from "../space/types.ts";
import type { Teacher } from "../teacher/teacher.ts";
import { tf } from "../tensorflow/tfjs.ts";
import { type BlockMaps, blockMaps, type Maps } from "./_block_maps.ts";
import { RatingFunctionCache } from "./_rating_functions.ts";
import type { Supernet, SupernetCell, TrainedVariant } from "./supernet.ts";

/** The losses of the paths that begin with one operation: a part of the work that is saved as one. */
export interface RatedPart {
  /** Position of the block. */
  block: number;
  /** Position of the cell in it. */
  cell: number;
  /** The operation of the first layer that is searched. */
  first: number;
  /** Loss of each path (eq. 8), in the order of path indices. */
  losses: number[];
  /** σ of the teacher's block, by which the losses were divided. */
  sigma: number;
}

/** Options of {@linkcode rate}. */
export interface RateOptions {
  /** The teacher. */
  teacher: Teacher;
  /** The images that rate the paths. */
  validation: Split;
  /** The images by which batch statistics are recalibrated for each path: training images. */
  calibration: Split;
  /** Images at once. Default 250. */
  batch?: number;
  /** Parts that compute at the same time. Default: one for each core. */
  lanes?: number;
  /** Parts that are there already. */
  parts?: readonly RatedPart[];
  /** Told of each part. */
  onPart?: (part: RatedPart) => Promise<void> | void;
  /** Told of each layer that was computed. */
  onProgress?: (event: ProgressEvent) => void;
  /** Stops between two layers. */
  signal?: AbortSignal;
}

/** How often layers were computed. */
export interface LayerCounts {
  /** Layers computed, each for all images. */
  computed: number;
  /** Layers that rating each path alone would compute. */
  alone: number;
}

/**
 * Rates every path of every cell by how well it imitates its block of the teacher.
 *
 * Depth first through each cell, as Algorithm 1: a layer's output is computed once and serves all
 * paths that go on from it. Batch statistics are those of the calibration images along the same path.
 * The loss is equation 8's |x − y|₁ / σ(y), as the mean over all elements instead of their sum, with
 * one σ for each block over all images, so that blocks of different size weigh alike.
 *
 * @param supernet A trained supernet.
 * @param options The teacher and the images.
 * @returns The ratings, complete and in the form of ratings.json; `layers` counts what was shared.
 * @throws {DOMException} `AbortError`, if the signal stops it.
 *
 * @example
 * ```ts
 * import {
 *   buildNetwork, createRandom, createSupernet, datasetFromArrays, defineSpace, defineTeacher,
 *   parseArchitecture, rate, useEngine,
 * } from "@dna/kernel";
 * import { assertEquals } from "@std/assert";
 *
 * await useEngine();
 * const space = defineSpace({
 *   name: "tiny", stem: { channels: 1, width: 8, stride: 2 }, head: 16,
 *   blocks: [{ stride: 1, cells: [{ width: 8, depth: 2 }] }],
 *   operations: [{ kernel: 3, expansion: 1 }, { kernel: 5, expansion: 1 }],
 * });
 * const architecture = parseArchitecture("stem_i1_c8 | ir_r1_k3_s1_e3_c12_se0.25 | head_c16");
 * const network = buildNetwork(architecture, { classes: 2, resolution: 8 });
 * const teacher = defineTeacher({ name: "tiny", network, cuts: [0], mean: [0.5], std: [0.25] });
 * const images = Uint8Array.from({ length: 32 * 64 }, (_, i) => (i * 37) % 256);
 * const { splits } = datasetFromArrays({
 *   name: "noise", classes: ["a", "b"], height: 8, width: 8, channels: 1,
 *   train: { images, labels: new Uint8Array(32) },
 * });
 * const supernet = createSupernet(space, teacher, { random: createRandom(1) });
 * const ratings = await rate(supernet, {
 *   teacher, validation: splits.train, calibration: splits.train,
 * });
 * assertEquals(ratings.blocks[0].cells[0].losses.length, 4);
 * assertEquals(ratings.layers, { computed: 7, alone: 12 });
 * ```
 */
export async function rate(
  supernet: Supernet,
  options: RateOptions,
): Promise<Ratings & { layers: LayerCounts }> {
  const { teacher, validation, calibration } = options;
  const { space } = supernet;
  const layers = layerCounts(supernet);
  const rater = new Rater(options, layers.computed);
  const blocks: Ratings["blocks"] = [];
  try {
    for (const cells of supernet.blocks) {
      const rated = await rater.rateBlock(cells);
      blocks.push({
        cells: cells.map(({ width, depth }, i) => ({
          width,
          depth,
          losses: rated[i].flatMap((part) => part.losses),
        })),
        sigma: rated[0][0].sigma,
      });
    }
  } finally {
    rater.dispose();
  }
  return {
    space: spaceRecord(space),
    resolution: teacher.resolution,
    classes: teacher.classes,
    blocks,
    teacher: teacher.name,
    images: validation.count,
    calibrationImages: calibration.count,
    layers,
  };
}

/** How often layers are computed for a supernet, and would be without sharing. */
export function layerCounts({ blocks, space }: Pick<Supernet, "blocks" | "space">): LayerCounts {
  const operations = space.operations.length;
  let computed = 0;
  let alone = 0;
  for (const { depth, stem } of blocks.flat()) {
    for (let layer = 1; layer <= depth; layer++) computed += operations ** layer;
    alone += operations ** depth * (depth + Number(stem));
    computed += Number(stem);
  }
  return { computed, alone };
}

/** A known space by its name, any other as its definition. */
function spaceRecord(space: Space): Ratings["space"] {
  if (SPACE_NAMES.includes(space.name) && searchSpace(space.name) === space) return space.name;
  const { size: _, ...definition } = space;
  return structuredClone(definition);
}

/** The state of one rating. */
class Rater {
  readonly #options: RateOptions;
  readonly #functions = new RatingFunctionCache();
  readonly #parts: Map<string, RatedPart>;
  readonly #total: number;
  #done = 0;

  constructor(options: RateOptions, total: number) {
    this.#options = options;
    this.#total = total;
    this.#parts = new Map(options.parts?.map((part) => [partKey(part), part]));
  }

  dispose(): void {
    this.#functions.dispose();
  }

  /** The parts of each cell of a block, those that were missing now computed. */
  async rateBlock(cells: SupernetCell[]): Promise<RatedPart[][]> {
    const places = cells.map((cell) => firstVariants(cell).map((_, first) => ({ ...cell, first })));
    const missing = places.flat().some((place) => !this.#parts.has(partKey(place)));
    for (const place of places.flat()) {
      const { depth } = place;
      if (!this.#parts.has(partKey(place))) continue;
      const operations = firstVariants(place).length;
      for (let layer = 0; layer < depth; layer++) this.#done += operations ** layer;
    }
    if (missing) {
      const maps = await blockMaps(this.#options, cells[0].block);
      try {
        for (const cell of cells) await this.#rateCell(cell, maps);
      } finally {
        tf.dispose([maps.calibration, maps.inputs, maps.targets]);
      }
    }
    return places.map((list) => list.map((place) => this.#parts.get(partKey(place))!));
  }

  async #rateCell(cell: SupernetCell, maps: BlockMaps): Promise<void> {
    const { block, cell: position } = cell;
    const open = firstVariants(cell).map((variant, first) => ({ variant, first }))
      .filter(({ first }) => !this.#parts.has(partKey({ block, cell: position, first })));
    if (open.length === 0) return;
    const start = cell.stem ? await this.#step(cell.layers[0][0], maps) : maps;
    const rest = cell.layers.slice(cell.stem ? 2 : 1);
    const lanes = this.#options.lanes ?? navigator.hardwareConcurrency;
    try {
      await mapConcurrent(open, lanes, async ({ variant, first }) => {
        const losses = await this.#descend([[variant], ...rest], start, maps);
        const part = { block, cell: position, first, losses, sigma: maps.sigma };
        this.#parts.set(partKey(part), part);
        await this.#options.onPart?.(part);
      });
    } finally {
      if (start !== maps) tf.dispose([start.calibration, start.inputs]);
    }
  }

  /** Losses of all paths through the layers, depth first. */
  async #descend(layers: TrainedVariant[][], from: Maps, block: BlockMaps): Promise<number[]> {
    const losses: number[] = [];
    const [variants, ...rest] = layers;
    for (const variant of variants) {
      this.#options.signal?.throwIfAborted();
      if (rest.length === 0) {
        losses.push(await this.#leaf(variant, from, block));
      } else {
        const next = await this.#step(variant, from);
        try {
          losses.push(...await this.#descend(rest, next, block));
        } finally {
          tf.dispose([next.calibration, next.inputs]);
        }
      }
    }
    return losses;
  }

  /** A layer for the calibration images, and with the statistics they give for all others. */
  async #step(variant: TrainedVariant, { calibration, inputs }: Maps): Promise<Maps> {
    const { calibrate, infer } = this.#functions.get(variant);
    const { weights } = variant.state;
    const { y, statistics } = await calibrate.async(weights, calibration);
    const outputs: Tensor[] = [];
    for (const input of inputs) outputs.push(await infer.async(weights, statistics, input));
    statistics.dispose();
    this.#report();
    return { calibration: y, inputs: outputs };
  }

  /** The last layer of a path: its loss. */
  async #leaf(variant: TrainedVariant, from: Maps, block: BlockMaps): Promise<number> {
    const { recalibrate, compare } = this.#functions.get(variant);
    const { weights } = variant.state;
    const statistics = await recalibrate.async(weights, from.calibration);
    let sum = 0;
    let elements = 0;
    for (const [i, input] of from.inputs.entries()) {
      const target = block.targets[i];
      const mean = await compare.async(weights, statistics, input, target);
      sum += mean.dataSync()[0] * target.size;
      elements += target.size;
      mean.dispose();
    }
    statistics.dispose();
    this.#report();
    return sum / elements / block.sigma;
  }

  #report(): void {
    this.#done++;
    this.#options.onProgress?.({
      stage: "rate",
      done: this.#done,
      total: this.#total,
      unit: "layers",
    });
  }
}

/** The variants of the first layer that is searched. */
function firstVariants({ layers, stem }: SupernetCell): TrainedVariant[] {
  return layers[stem ? 1 : 0];
}

function partKey({ block, cell, first }: Pick<RatedPart, "block" | "cell" | "first">): string {
  return `${block}.${cell}.${first}`;
}
