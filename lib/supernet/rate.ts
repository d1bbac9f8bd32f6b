/**
 * Feature-sharing evaluation (Algorithm 1): every path of every cell rated, each shared prefix once.
 *
 * @module
 */

import type { Split } from "../data/types.ts";
import type { ProgressEvent } from "../progress.ts";
import type { Ratings } from "../ratings.ts";
import { searchSpace, SPACE_NAMES } from "../space/spaces.ts";
import type { Space } from "../space/types.ts";
import type { Teacher } from "../teacher/teacher.ts";
import type { FeatureCache } from "./features.ts";
import type { RatingPlace } from "./_rating_places.ts";
import { Rater } from "./_rater.ts";
import { RatingFunctionCache } from "./_rating_functions.ts";
import { deviationOf, type Moments } from "./_teacher_maps.ts";

export type { Moments } from "./_teacher_maps.ts";
import type { StoppedCell } from "./stopped.ts";
import type { Supernet } from "./supernet.ts";

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
  /**
   * The images by which batch statistics are recalibrated for each path: training images. A block uses so many
   * of them that they have 32,768 values of each channel of its output, at least 16.
   */
  calibration: Split;
  /** Number of classes that the ratings' networks will have. Default: the teacher's. */
  classes?: number;
  /** Images at once. Default 250. */
  batch?: number;
  /**
   * Rated images whose maps are held at the same time; where there are more, each path's batch statistics are
   * kept too. Default: as many as have 512 MiB of the teacher's maps.
   */
  chunk?: number;
  /** Parts that compute at the same time. Default: one for each core. */
  lanes?: number;
  /** The teacher's maps of `validation` and of `calibration`, kept from an earlier pass. Default: the teacher runs. */
  features?: { validation?: FeatureCache; calibration?: FeatureCache };
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
  return assembleRatings({
    space: supernet.space,
    spaceRecord: spaceRecord(supernet.space),
    resolution: teacher.resolution,
    classes: options.classes ?? teacher.classes,
    teacher: teacher.name,
    images: validation.count,
    calibrationImages: calibration.count,
    stopped: supernet.blocks.flat().flatMap(({ stopped }) => stopped ?? []),
    parts: await rateParts(supernet, options),
  });
}

/** Options of {@linkcode rateParts}. */
export interface RatePartsOptions extends RateOptions {
  /** Which paths are rated: by block, cell and first operation. Default: all. */
  only?: readonly RatingPlace[];
}

/**
 * Rates some paths, as one of several processes: {@linkcode planRating} says which, {@linkcode mergeRatings} puts
 * the parts together.
 *
 * @param supernet A trained supernet.
 * @param options The teacher, the images, and which paths.
 * @returns The parts in order, those given in `parts` included.
 * @throws {RangeError} if the supernet has no such paths.
 * @throws {DOMException} `AbortError`, if the signal stops it.
 */
export async function rateParts(
  supernet: Supernet,
  options: RatePartsOptions,
): Promise<RatedPart[]> {
  const functions = new RatingFunctionCache();
  const rater = new Rater(supernet, options, functions);
  try {
    return await rater.rateAll();
  } finally {
    rater.dispose();
    functions.dispose();
  }
}

/** All that ratings are made of. */
interface Assembly {
  space: Space;
  spaceRecord: Ratings["space"];
  resolution: number;
  classes: number;
  teacher: string;
  images: number;
  calibrationImages: number;
  stopped: readonly StoppedCell[];
  /** The parts of all paths, in order. */
  parts: readonly RatedPart[];
}

/** Ratings of sums: equation 8's means, with one σ for each block. */
export function assembleRatings(given: Assembly): Ratings & { layers: LayerCounts } {
  const { space, parts, stopped } = given;
  return {
    space: given.spaceRecord,
    resolution: given.resolution,
    classes: given.classes,
    blocks: space.blocks.map(({ cells }, block) => {
      const own = parts.filter((part) => part.block === block);
      const ofImages = own.filter(({ cell, first }) => cell === 0 && first === 0)
        .map(({ moments }) => moments);
      const elements = ofImages.reduce((sum, { count }) => sum + count, 0);
      const sigma = deviationOf(ofImages);
      return {
        cells: cells.map(({ width, depth }, cell) => {
          const mark = stopped.find((each) => each.block === block && each.cell === cell);
          return {
            width,
            depth,
            ...(mark && { stopped: stoppedRecord(mark) }),
            losses: sumsOf(own.filter((part) => part.cell === cell))
              .map((sum) => sum / elements / sigma),
          };
        }),
        sigma,
      };
    }),
    teacher: given.teacher,
    images: given.images,
    calibrationImages: given.calibrationImages,
    layers: layerCounts(space),
  };
}

/** What ratings.json says of a cell that was stopped: its ratings are those of its last weights. */
function stoppedRecord({ epoch, step, reason }: StoppedCell): Omit<StoppedCell, "block" | "cell"> {
  return { epoch, step, reason };
}

/** The sums of all paths of a cell over all chunks, in the order of path indices. */
function sumsOf(parts: readonly RatedPart[]): number[] {
  const byFirst = Map.groupBy(parts, ({ first }) => first);
  return [...byFirst.keys()].sort((a, b) => a - b).flatMap((first) => {
    const chunks = byFirst.get(first)!;
    return chunks[0].sums.map((_, path) => chunks.reduce((sum, { sums }) => sum + sums[path], 0));
  });
}

/** How often layers are computed for a supernet of a space, and would be without sharing; block 1's cells have a stem. */
export function layerCounts({ blocks, operations: { length } }: Space): LayerCounts {
  let computed = 0;
  let alone = 0;
  blocks.forEach(({ cells }, block) => {
    const stem = Number(block === 0);
    for (const { depth } of cells) {
      for (let layer = 1; layer <= depth; layer++) computed += length ** layer;
      alone += length ** depth * (depth + stem);
      computed += stem;
    }
  });
  return { computed, alone };
}

/** A known space by its name, any other as its definition. */
export function spaceRecord(space: Space): Ratings["space"] {
  if (SPACE_NAMES.includes(space.name) && searchSpace(space.name) === space) return space.name;
  const { size: _, ...definition } = space;
  return structuredClone(definition);
}
