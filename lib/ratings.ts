import { readJson, writeFile } from "./files.ts";
import {
  checkAnyObject,
  checkList,
  checkWhole,
  MAX_CLASSES,
  MAX_RESOLUTION,
  show,
} from "./space/_check.ts";
import { defineSpace } from "./space/define.ts";
import { pathCount } from "./space/paths.ts";
import { searchSpace } from "./space/spaces.ts";
import type { CellSpec, Space, SpaceDefinition } from "./space/types.ts";

/** The losses of every path of a cell. */
export interface CellRatings {
  /** Channels of the cell. */
  width: number;
  /** Number of layers of the cell. */
  depth: number;
  /** Loss of each path (eq. 8), in the order of path indices: operations^depth finite numbers. */
  losses: number[];
  /** What else is known of the cell. */
  [extra: string]: unknown;
}

/** The ratings of the cells of a block. */
export interface BlockRatings {
  /** The cells, in the order of the space's. */
  cells: CellRatings[];
  /** What else is known of the block. */
  [extra: string]: unknown;
}

/** The ratings of every path of a space (Algorithm 1): what `search` needs, and what ratings.json holds. */
export interface Ratings {
  /** A known space's name, or a definition. */
  space: string | SpaceDefinition;
  /** Side of the images that the networks are for, in pixels. */
  resolution: number;
  /** Number of classes that the networks are for. */
  classes: number;
  /** The blocks, in the order of the space's. */
  blocks: BlockRatings[];
  /** What else is known of the ratings. */
  [extra: string]: unknown;
}

/**
 * Gives the space that ratings are about.
 *
 * @param ratings The ratings, or any object with their `space`.
 * @returns The space.
 * @throws {TypeError | RangeError} Where `space` is neither a known name nor a definition.
 *
 * @example
 * ```ts
 * import { ratingsSpace } from "@dna/kernel";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(ratingsSpace({ space: "fashion" }).blocks.length, 4);
 * ```
 */
export function ratingsSpace(ratings: Pick<Ratings, "space">): Space {
  const { space } = ratings;
  return typeof space === "string" ? searchSpace(space) : defineSpace(space);
}

/**
 * Checks that a value is ratings, strictly, and gives a copy.
 *
 * What ratings hold beside space, resolution, classes, blocks, cells, width, depth and losses is kept as it is.
 *
 * @param value Any value, such as a JSON file's.
 * @param source What the value is called in messages, such as a file's name.
 * @returns The ratings.
 * @throws {TypeError | RangeError} Where something is missing, of the wrong type or shape, not finite, or not the space's; the
 *   message names block and cell (from 0) and place.
 *
 * @example
 * ```ts
 * import { parseRatings } from "@dna/kernel";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * const space = {
 *   name: "one cell",
 *   blocks: [{ stride: 2 as const, cells: [{ width: 8, depth: 1 }] }],
 *   operations: [{ kernel: 3, expansion: 3 }, { kernel: 3, expansion: 6 }],
 * };
 * const cell = { width: 8, depth: 1, losses: [0.5, 0.25] };
 * const value = { space, resolution: 32, classes: 10, blocks: [{ cells: [cell] }] };
 * assertEquals(parseRatings(value).blocks[0].cells[0].losses, [0.5, 0.25]);
 * assertThrows(
 *   () => parseRatings({ ...value, blocks: [{ cells: [{ ...cell, losses: [0.5, NaN] }] }] }),
 *   TypeError,
 *   "blocks[0].cells[0].losses[1] is NaN, must be a finite number",
 * );
 * ```
 */
export function parseRatings(value: unknown, source = "ratings"): Ratings {
  const start = `Cannot use ${source}:`;
  const given = checkAnyObject(value, `Cannot use ${source}: it`);
  const { name, space } = parseSpace(given.space, start);
  const blocks = checkList(given.blocks, `${start} blocks`, "blocks", 0, Infinity);
  checkCount(blocks.length, space.blocks.length, `${start} blocks`, "blocks", space);
  return {
    ...given,
    space: name,
    resolution: checkWhole(given.resolution, `${start} resolution`, 1, MAX_RESOLUTION),
    classes: checkWhole(given.classes, `${start} classes`, 1, MAX_CLASSES),
    blocks: blocks.map((value, i) => {
      const block = checkAnyObject(value, `${start} blocks[${i}]`);
      const place = `${start} blocks[${i}].cells`;
      const cells = checkList(block.cells, place, "cells", 0, Infinity);
      const specs = space.blocks[i].cells;
      checkCount(cells.length, specs.length, place, "cells", space);
      return {
        ...block,
        cells: cells.map((cell, j) => parseCell(cell, specs[j], `${place}[${j}]`, space)),
      };
    }),
  };
}

function parseSpace(
  value: unknown,
  start: string,
): { name: string | SpaceDefinition; space: Space } {
  if (typeof value !== "string" && (typeof value !== "object" || value === null)) {
    throw new TypeError(`${start} space is ${show(value)}, must be a known name or a definition`);
  }
  try {
    const space = ratingsSpace({ space: value as string | SpaceDefinition });
    const { size: _, ...definition } = space;
    return { name: typeof value === "string" ? value : definition, space };
  } catch (error) {
    const { name, message } = error as Error;
    throw new (name === "TypeError" ? TypeError : RangeError)(`${start} space: ${message}`);
  }
}

function parseCell(value: unknown, spec: CellSpec, place: string, space: Space): CellRatings {
  const cell = checkAnyObject(value, place);
  for (const key of ["width", "depth"] as const) {
    if (cell[key] !== spec[key]) {
      const Kind = typeof cell[key] === "number" ? RangeError : TypeError;
      throw new Kind(
        `${place}.${key} is ${show(cell[key])}, must be ${spec[key]} as in space "${space.name}"`,
      );
    }
  }
  const given = checkList(cell.losses, `${place}.losses`, "numbers", 0, Infinity);
  const count = pathCount(space, spec.depth);
  if (given.length !== count) {
    throw new RangeError(
      `${place}.losses has ${given.length} numbers, must have ${count}: ` +
        `${space.operations.length} operations in ${spec.depth} layers`,
    );
  }
  const losses = new Array<number>(count);
  for (let path = 0; path < count; path++) {
    const loss = given[path];
    if (typeof loss !== "number" || !Number.isFinite(loss)) {
      throw new TypeError(`${place}.losses[${path}] is ${show(loss)}, must be a finite number`);
    }
    losses[path] = loss;
  }
  return { ...cell, width: spec.width, depth: spec.depth, losses };
}

function checkCount(given: number, wanted: number, place: string, of: string, space: Space): void {
  if (given === wanted) return;
  throw new RangeError(
    `${place} has ${given} ${of}, must have ${wanted} as space "${space.name}"`,
  );
}

/**
 * Reads ratings from a JSON file and checks them strictly.
 *
 * @param path The file.
 * @returns The ratings.
 * @throws {Error} "Cannot read PATH: …" where the file cannot be read.
 * @throws {SyntaxError} Where it is no JSON.
 * @throws {TypeError | RangeError} As `parseRatings`, the file named.
 *
 * @example
 * ```ts
 * import { readRatings, writeRatings } from "@dna/kernel";
 * import { assertEquals } from "@std/assert";
 *
 * const path = await Deno.makeTempFile({ suffix: ".json" });
 * const space = { name: "one", blocks: [{ stride: 1 as const, cells: [{ width: 8, depth: 1 }] }] };
 * const cells = [{ width: 8, depth: 1, losses: [6, 5, 4, 3, 2, 1] }];
 * await writeRatings(path, { space, resolution: 32, classes: 10, blocks: [{ cells }] });
 * assertEquals((await readRatings(path)).blocks[0].cells, cells);
 * await Deno.remove(path);
 * ```
 */
export async function readRatings(path: string): Promise<Ratings> {
  return parseRatings(await readJson(path), path);
}

/**
 * Writes ratings as a JSON file; equal ratings give equal bytes.
 *
 * The file is written beside and renamed, so that a reader finds the old one or the whole new one.
 *
 * @param path The file.
 * @param ratings The ratings; they are checked first.
 * @throws {TypeError | RangeError} As `parseRatings`.
 * @throws {Error} "Cannot write PATH: …" where the file cannot be written.
 *
 * @example
 * ```ts
 * import { writeRatings } from "@dna/kernel";
 * import { assertEquals } from "@std/assert";
 *
 * const path = await Deno.makeTempFile({ suffix: ".json" });
 * const space = { name: "one", blocks: [{ stride: 1 as const, cells: [{ width: 8, depth: 1 }] }] };
 * const cells = [{ losses: [6, 5, 4, 3, 2, 1], depth: 1, width: 8 }];
 * await writeRatings(path, { blocks: [{ cells }], classes: 10, resolution: 32, space });
 * const keys = Object.keys(JSON.parse(await Deno.readTextFile(path)));
 * assertEquals(keys, ["space", "resolution", "classes", "blocks"]);
 * await Deno.remove(path);
 * ```
 */
export async function writeRatings(path: string, ratings: Ratings): Promise<void> {
  await writeFile(path, formatRatings(ratings));
}

/** Keys that come before a record's others, and the list of losses at its end. */
const FIRST_KEYS = ["space", "resolution", "classes", "width", "depth", "name"];
const LAST_KEYS = ["losses", "cells", "blocks"];

/**
 * Writes ratings as JSON text, keys in a fixed order and each cell on one line.
 *
 * @param ratings The ratings; they are checked first.
 * @returns The text of ratings.json; equal ratings give equal texts.
 * @throws {TypeError | RangeError} As `parseRatings`.
 *
 * @example
 * ```ts
 * import { formatRatings, parseRatings } from "@dna/kernel";
 * import { assertEquals } from "@std/assert";
 *
 * const space = { name: "one", blocks: [{ stride: 1 as const, cells: [{ width: 8, depth: 1 }] }] };
 * const cells = [{ width: 8, depth: 1, losses: [6, 5, 4, 3, 2, 1] }];
 * const text = formatRatings({ space, resolution: 32, classes: 10, blocks: [{ cells }] });
 * assertEquals(formatRatings(parseRatings(JSON.parse(text))), text);
 * ```
 */
export function formatRatings(ratings: Ratings): string {
  const { blocks, ...rest } = ordered(parseRatings(ratings)) as Ratings;
  const head = Object.entries(rest)
    .filter(([, value]) => JSON.stringify(value) !== undefined)
    .map(([key, value]) => ` ${JSON.stringify(key)}: ${JSON.stringify(value)},\n`);
  const body = blocks.map(({ cells, ...rest }) => {
    const extras = JSON.stringify(rest).slice(0, -1);
    const lines = cells.map((cell) => `   ${JSON.stringify(cell)}`).join(",\n");
    return `  ${extras}${extras === "{" ? "" : ","}"cells": [\n${lines}\n  ]}`;
  });
  return `{\n${head.join("")} "blocks": [\n${body.join(",\n")}\n ]\n}\n`;
}

/** The value with every record's keys in one order. */
function ordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(ordered);
  if (typeof value !== "object" || value === null) return value;
  const rank = (key: string) => FIRST_KEYS.includes(key) ? 0 : LAST_KEYS.includes(key) ? 2 : 1;
  const order = (key: string) => [...FIRST_KEYS, ...LAST_KEYS].indexOf(key);
  const keys = Object.keys(value).sort((a, b) =>
    rank(a) - rank(b) || order(a) - order(b) || (a < b ? -1 : 1)
  );
  return Object.fromEntries(
    keys.map((key) => [key, ordered((value as Record<string, unknown>)[key])]),
  );
}
