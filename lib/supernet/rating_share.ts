/**
 * Ratings of some paths, made by one process of several, and put together again.
 *
 * @module
 */

import { readJson, sha256 } from "../files.ts";
import type { Ratings } from "../ratings.ts";
import { ratingsSpace } from "../ratings.ts";
import { cellName, type CellPlace } from "./cell_names.ts";
import { cellHash, splitHash, teacherHash } from "./_hashes.ts";
import { chunkImages, chunkKey, chunkStarts, describePlace } from "./_rating_places.ts";
import {
  assembleRatings,
  type LayerCounts,
  type RatedPart,
  type RateOptions,
  spaceRecord,
} from "./rate.ts";
import type { StoppedCell } from "./stopped.ts";
import type { Supernet } from "./supernet.ts";

/** What one process rated: plain JSON data. */
export interface RatingShare {
  /** Says what the data are. */
  kind: "rating share";
  /** The space: its name, or its definition. */
  space: Ratings["space"];
  /** Side of the images, in pixels. */
  resolution: number;
  /** Number of classes that the ratings' networks will have. */
  classes: number;
  /** The teacher's name. */
  teacher: string;
  /** Number of images that rate. */
  images: number;
  /** Number of images that recalibrate batch statistics. */
  calibrationImages: number;
  /** Images at once. */
  batch: number;
  /** Images whose maps are held at the same time. */
  chunk: number;
  /** SHA-256 of the teacher and of both sets of images. */
  hashes: { teacher: string; validation: string; calibration: string };
  /** What the cells' training had in common, where they were trained apart. */
  origin?: string;
  /** SHA-256 of each cell's weights, by the cell's name as `3.1`. */
  cells: Record<string, string>;
  /** Cells whose training was stopped. */
  stopped: StoppedCell[];
  /** What was rated. */
  parts: RatedPart[];
}

/** What {@linkcode ratingShare} needs to know beside the options of a rating. */
export interface RatingShareOptions extends RateOptions {
  /**
   * Equal for supernets that were trained alike, each some cells of it. Then only the cells in `cells` are compared
   * with those of other shares; without it, all cells of the supernet.
   */
  origin?: string;
  /** The cells that are rated. Default: all. */
  cells?: readonly CellPlace[];
}

/**
 * A share without parts: what its parts belong to. {@linkcode rateParts} gives the parts.
 *
 * @param supernet The supernet.
 * @param options The teacher and the images.
 * @returns The share; its hashes keep parts of other weights, images or settings from being put together with it.
 */
export async function ratingShare(
  supernet: Supernet,
  options: RatingShareOptions,
): Promise<RatingShare> {
  const { teacher, validation, calibration, batch = 250, origin, cells } = options;
  const chosen = origin !== undefined && cells ? new Set(cells.map(cellName)) : undefined;
  const compared = supernet.blocks.flat().filter((cell) => chosen?.has(cellName(cell)) ?? true);
  return {
    kind: "rating share",
    space: spaceRecord(supernet.space),
    resolution: teacher.resolution,
    classes: options.classes ?? teacher.classes,
    teacher: teacher.name,
    images: validation.count,
    calibrationImages: calibration.count,
    batch,
    chunk: chunkImages(options),
    hashes: {
      teacher: teacherHash(teacher),
      validation: await splitHash(validation),
      calibration: await splitHash(calibration),
    },
    ...(origin !== undefined && { origin }),
    cells: Object.fromEntries(compared.map((cell) => [cellName(cell), cellHash(cell)])),
    stopped: compared.flatMap(({ stopped }) => stopped ?? []),
    parts: [],
  };
}

/** What must be equal for two shares to belong together, and what it is called. */
const CONTEXT: [keyof RatingShare, string][] = [
  ["space", "another space"],
  ["resolution", "images of another resolution"],
  ["classes", "another number of classes"],
  ["images", "other images that rate"],
  ["calibrationImages", "other calibration images"],
  ["batch", "another batch"],
  ["chunk", "another chunk"],
  ["origin", "a supernet that was trained otherwise"],
];

/** Why two shares do not belong together; undefined where they do. */
export function shareDifference(a: RatingShare, b: RatingShare): string | undefined {
  if (a.hashes.teacher !== b.hashes.teacher) return "another teacher";
  if (a.hashes.validation !== b.hashes.validation) return "other images that rate";
  if (a.hashes.calibration !== b.hashes.calibration) return "other calibration images";
  for (const [key, words] of CONTEXT) {
    if (JSON.stringify(a[key]) !== JSON.stringify(b[key])) return words;
  }
  for (const [name, hash] of Object.entries(a.cells)) {
    const other = b.cells[name];
    if (other === undefined ? a.origin === undefined : other !== hash) {
      return `another supernet: cell ${name} has other weights`;
    }
  }
  return undefined;
}

/**
 * Puts the shares of several processes together.
 *
 * @param shares All shares of one rating, in any order.
 * @param names What they are called in messages, such as their files' names.
 * @returns The ratings that one process would have given, to the byte.
 * @throws {RangeError} where shares are of different supernets, teachers, images or settings, where two rate the same
 *   paths, or where some paths are missing; the message names block, cell (from 0) and prefix.
 *
 * @example
 * ```ts
 * import {
 *   buildNetwork, createRandom, createSupernet, datasetFromArrays, defineSpace, defineTeacher,
 *   formatRatings, mergeRatings, parseArchitecture, planRating, rate, rateParts, ratingShare, useEngine,
 * } from "@dna/kernel";
 * import { assertEquals, assertThrows } from "@std/assert";
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
 * const options = { teacher, validation: splits.train, calibration: splits.train };
 * const shares = [];
 * for (const { places } of planRating(supernet, teacher, 2)) {
 *   const parts = await rateParts(supernet, { ...options, only: places });
 *   shares.push({ ...await ratingShare(supernet, options), parts });
 * }
 * const whole = await rate(supernet, options);
 * assertEquals(formatRatings(mergeRatings(shares)), formatRatings(whole));
 * assertThrows(() => mergeRatings([shares[0]]), RangeError, "block 0, cell 0, prefix k3e1 is missing");
 * ```
 */
export function mergeRatings(
  shares: readonly RatingShare[],
  names: readonly string[] = shares.map((_, i) => `share ${i + 1}`),
): Ratings & { layers: LayerCounts } {
  const refuse = (reason: string): never => {
    throw new RangeError(`Cannot merge ratings: ${reason}`);
  };
  const [first] = shares;
  if (!first) refuse("there are no shares");
  shares.forEach((share, i) => {
    for (let j = 0; j < i; j++) {
      const difference = shareDifference(shares[j], share);
      if (difference) refuse(`${names[i]} and ${names[j]} differ: ${difference}`);
    }
  });
  const space = ratingsSpace(first);
  const parts = new Map<string, { part: RatedPart; from: number }>();
  shares.forEach((share, from) => {
    for (const part of share.parts) {
      const key = chunkKey(part);
      const there = parts.get(key);
      if (there) {
        const twice = there.from === from
          ? `twice in ${names[from]}`
          : `in ${names[there.from]} and in ${names[from]}`;
        refuse(`${describePlace(space, part)} is rated ${twice}`);
      }
      parts.set(key, { part, from });
    }
  });
  const starts = chunkStarts(first.images, first.chunk);
  const ordered = starts.flatMap((start) =>
    space.blocks.flatMap(({ cells }, block) =>
      cells.flatMap((_, cell) =>
        space.operations.map((_, first) => {
          const place = { start, block, cell, first };
          const there = parts.get(chunkKey(place));
          const images = starts.length > 1 ? `, images from ${start},` : "";
          return there?.part ?? refuse(`${describePlace(space, place)}${images} is missing`);
        })
      )
    )
  );
  if (parts.size > ordered.length) {
    refuse(`they have ${parts.size} parts, where ${ordered.length} are to be had`);
  }
  // Two shares may tell of the same cell.
  const stopped = shares.flatMap((share) => share.stopped);
  return assembleRatings({ ...first, space, spaceRecord: first.space, stopped, parts: ordered });
}

/**
 * Reads a share from a JSON file.
 *
 * @param path The file.
 * @returns The share.
 * @throws {SyntaxError} if the file is no JSON, or no share.
 * @throws {Error} if it cannot be read.
 */
export async function readRatingShare(path: string): Promise<RatingShare> {
  const value = await readJson(path) as Partial<RatingShare> | null;
  const refuse = (what: string): never => {
    throw new SyntaxError(`Cannot read ${path}: ${what}`);
  };
  if (value?.kind !== "rating share") refuse("it is no share of a rating");
  const share = value as RatingShare;
  const whole = (...values: unknown[]) => values.every((each) => Number.isSafeInteger(each));
  const { images, calibrationImages, batch, chunk, resolution, classes, hashes } = share;
  const isHash = (text: unknown) => typeof text === "string" && /^[0-9a-f]{64}$/.test(text);
  if (!whole(images, calibrationImages, batch, chunk, resolution, classes) || !(chunk > 0)) {
    refuse("images, batch, chunk, resolution or classes are no whole numbers");
  }
  if (![hashes?.teacher, hashes?.validation, hashes?.calibration].every(isHash)) {
    refuse("its hashes are not those of a share");
  }
  if (typeof share.cells !== "object" || !Object.values(share.cells ?? {}).every(isHash)) {
    refuse("its cells have no hashes");
  }
  if (!Array.isArray(share.parts) || !Array.isArray(share.stopped)) refuse("it has no parts");
  const space = ratingsSpace(share);
  share.parts.forEach(({ start, block, cell, first, sums, moments }, i) => {
    const spec = space.blocks[block]?.cells[cell];
    const paths = spec && space.operations.length ** (spec.depth - 1);
    const { count, sum, squares } = moments ?? {};
    const numbers = Array.isArray(sums) ? [...sums, count, sum, squares] : [NaN];
    const fits = whole(start, block, cell, first) && sums?.length === paths &&
      space.operations[first] !== undefined && numbers.every(Number.isFinite);
    if (!fits) refuse(`parts[${i}] is no part of space ${space.name}`);
  });
  return share;
}

/** The hash of what cells of one supernet had in common when they were trained. */
export function originOf(...facts: unknown[]): string {
  return sha256(JSON.stringify(facts));
}
