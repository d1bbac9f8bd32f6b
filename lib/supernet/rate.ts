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
import { RatingFunctionCache } from "./_rating_functions.ts";
import { deviationOf, mapBytes, type Moments, momentsOf, teacherMaps } from "./_teacher_maps.ts";
import type { Supernet, SupernetCell, TrainedVariant } from "./supernet.ts";

/**
 * What some images say of the paths that begin with one operation: a part of the work that is saved as one.
 */
export interface RatedPart {
  /** Which images: the first of them. */
  start: number;
  /** Position of the block. */
  block: number;
  /** Position of the cell in it. */
  cell: number;
  /** The operation of the first layer that is searched. */
  first: number;
  /** Sum of |x − y| over the images' elements for each path, in the order of path indices. */
  sums: number[];
  /** Moments of the teacher's maps of these images after the block. */
  moments: Moments;
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
  /**
   * Rated images whose maps are held at the same time; the calibration images are computed anew for each such
   * chunk. Default: as many as have 512 MiB of maps.
   */
  chunk?: number;
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
  const rater = new Rater(supernet, options);
  try {
    const parts = await rater.rateAll();
    return {
      space: spaceRecord(space),
      resolution: teacher.resolution,
      classes: teacher.classes,
      blocks: supernet.blocks.map((cells, block) => {
        const own = parts.filter((part) => part.block === block);
        const ofImages = own.filter(({ cell, first }) => cell === 0 && first === 0)
          .map(({ moments }) => moments);
        const elements = ofImages.reduce((sum, { count }) => sum + count, 0);
        const sigma = deviationOf(ofImages);
        return {
          cells: cells.map(({ width, depth, cell }) => ({
            width,
            depth,
            losses: sumsOf(own.filter((part) => part.cell === cell))
              .map((sum) => sum / elements / sigma),
          })),
          sigma,
        };
      }),
      teacher: teacher.name,
      images: validation.count,
      calibrationImages: calibration.count,
      layers,
    };
  } finally {
    rater.dispose();
  }
}

/** The sums of all paths of a cell over all chunks, in the order of path indices. */
function sumsOf(parts: readonly RatedPart[]): number[] {
  const byFirst = Map.groupBy(parts, ({ first }) => first);
  return [...byFirst.keys()].sort((a, b) => a - b).flatMap((first) => {
    const chunks = byFirst.get(first)!;
    return chunks[0].sums.map((_, path) => chunks.reduce((sum, { sums }) => sum + sums[path], 0));
  });
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

/** What layers read: maps of the calibration images, and of the rated images batch by batch. */
interface Maps {
  calibration: Tensor;
  inputs: Tensor[];
}

/** The maps around a block, for the images of one chunk. */
interface BlockMaps extends Maps {
  /** The teacher's output of the block for each batch of rated images. */
  targets: Tensor[];
}

/** Bytes of maps that a chunk holds unless `chunk` says otherwise. */
const CHUNK_BYTES = 512 * 2 ** 20;

/** The state of one rating. */
class Rater {
  readonly #supernet: Supernet;
  readonly #options: RateOptions;
  readonly #functions = new RatingFunctionCache();
  readonly #parts: Map<string, RatedPart>;
  readonly #batch: number;
  readonly #starts: number[];
  readonly #chunk: number;
  readonly #total: number;
  #done = 0;

  constructor(supernet: Supernet, options: RateOptions) {
    const { batch = 250, validation, teacher } = options;
    const wanted = options.chunk ?? CHUNK_BYTES / mapBytes(teacher);
    this.#supernet = supernet;
    this.#options = options;
    this.#batch = batch;
    // Whole batches, so that a chunk does not change what is computed together.
    this.#chunk = Math.max(1, Math.floor(wanted / batch)) * batch;
    const chunks = Math.ceil(validation.count / this.#chunk);
    this.#starts = Array.from({ length: chunks }, (_, i) => i * this.#chunk);
    this.#total = chunks * layerCounts(supernet).computed;
    this.#parts = new Map(options.parts?.map((part) => [partKey(part), part]));
  }

  dispose(): void {
    this.#functions.dispose();
  }

  /** All parts, chunk by chunk in order, those that were missing now computed. */
  async rateAll(): Promise<RatedPart[]> {
    const cells = this.#supernet.blocks.flat();
    const places = (start: number) =>
      cells.flatMap((cell) =>
        firstVariants(cell).map((_, first) => ({
          start,
          block: cell.block,
          cell: cell.cell,
          first,
        }))
      );
    const isThere = (place: Place) => this.#parts.has(partKey(place));
    const all = this.#starts.flatMap(places);
    for (const place of all.filter(isThere)) {
      const { layers, stem, depth } = this.#supernet.blocks[place.block][place.cell];
      const operations = layers[stem ? 1 : 0].length;
      for (let layer = 0; layer < depth; layer++) this.#done += operations ** layer;
    }
    const missing = this.#starts.filter((start) => !places(start).every(isThere));
    if (missing.length > 0) {
      const { teacher, calibration, signal } = this.#options;
      const maps = await teacherMaps({ teacher, split: calibration, batch: this.#batch, signal });
      const calibrations = maps.map((batches) => tf.concat(batches));
      tf.dispose(maps);
      try {
        for (const start of missing) await this.#rateChunk(start, calibrations);
      } finally {
        tf.dispose(calibrations);
      }
    }
    return all.map((place) => this.#parts.get(partKey(place))!);
  }

  async #rateChunk(start: number, calibrations: Tensor[]): Promise<void> {
    const { teacher, validation: split, signal } = this.#options;
    const end = Math.min(start + this.#chunk, split.count);
    const maps = await teacherMaps({ teacher, split, batch: this.#batch, start, end, signal });
    try {
      for (const [block, cells] of this.#supernet.blocks.entries()) {
        const moments = await momentsOf(maps[block + 1]);
        const around = {
          calibration: calibrations[block],
          inputs: maps[block],
          targets: maps[block + 1],
        };
        for (const cell of cells) await this.#rateCell(cell, start, around, moments);
      }
    } finally {
      tf.dispose(maps);
    }
  }

  async #rateCell(
    cell: SupernetCell,
    start: number,
    maps: BlockMaps,
    moments: Moments,
  ): Promise<void> {
    const { block, cell: position } = cell;
    const open = firstVariants(cell)
      .map((variant, first) => ({ variant, place: { start, block, cell: position, first } }))
      .filter(({ place }) => !this.#parts.has(partKey(place)));
    if (open.length === 0) return;
    const begin = cell.stem ? await this.#step(cell.layers[0][0], maps) : maps;
    const rest = cell.layers.slice(cell.stem ? 2 : 1);
    const lanes = this.#options.lanes ?? navigator.hardwareConcurrency;
    try {
      await mapConcurrent(open, lanes, async ({ variant, place }) => {
        const sums = await this.#descend([[variant], ...rest], begin, maps);
        const part = { ...place, sums, moments };
        this.#parts.set(partKey(place), part);
        await this.#options.onPart?.(part);
      });
    } finally {
      if (begin !== maps) tf.dispose([begin.calibration, begin.inputs]);
    }
  }

  /** Sums of |x − y| of all paths through the layers, depth first. */
  async #descend(layers: TrainedVariant[][], from: Maps, block: BlockMaps): Promise<number[]> {
    const sums: number[] = [];
    const [variants, ...rest] = layers;
    for (const variant of variants) {
      this.#options.signal?.throwIfAborted();
      if (rest.length === 0) {
        sums.push(await this.#leaf(variant, from, block));
      } else {
        const next = await this.#step(variant, from);
        try {
          sums.push(...await this.#descend(rest, next, block));
        } finally {
          tf.dispose([next.calibration, next.inputs]);
        }
      }
    }
    return sums;
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

  /** The last layer of a path: its sum of |x − y|. */
  async #leaf(variant: TrainedVariant, from: Maps, block: BlockMaps): Promise<number> {
    const { recalibrate, compare } = this.#functions.get(variant);
    const { weights } = variant.state;
    const statistics = await recalibrate.async(weights, from.calibration);
    let sum = 0;
    for (const [i, input] of from.inputs.entries()) {
      const target = block.targets[i];
      const mean = await compare.async(weights, statistics, input, target);
      sum += mean.dataSync()[0] * target.size;
      mean.dispose();
    }
    statistics.dispose();
    this.#report();
    return sum;
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

/** Where a part belongs. */
type Place = Pick<RatedPart, "start" | "block" | "cell" | "first">;

function partKey({ start, block, cell, first }: Place): string {
  return `${start}.${block}.${cell}.${first}`;
}
