/**
 * Latency tables as files.
 *
 * @module
 */

import { readJson, writeFile } from "../files.ts";
import {
  checkAnyObject,
  checkNumber,
  checkObject,
  checkOneOf,
  checkWhole,
  MAX_CLASSES,
  MAX_RESOLUTION,
  show,
} from "../space/_check.ts";
import type { LatencySpread, LatencyTable } from "./types.ts";

/** What a file says that it is. */
const FORMAT = "DNA latency table 1";

const KEYS = [
  "format",
  "space",
  "machine",
  "device",
  "threads",
  "versions",
  "batch",
  "resolution",
  "classes",
  "rounds",
  "call",
  "parts",
];

/**
 * Checks that a value is a latency table, strictly, and gives a copy.
 *
 * @param value Any value, such as a JSON file's.
 * @param source What the value is called in messages, such as a file's name.
 * @returns The table.
 * @throws {TypeError | RangeError} Where something is missing, unknown, of the wrong type or out of range, naming the place.
 *
 * @example
 * ```ts
 * import { parseLatencyTable } from "@dna/kernel";
 * import { assertThrows } from "@std/assert";
 *
 * assertThrows(() => parseLatencyTable({ space: "dna" }, "x.json"), TypeError, "x.json: format");
 * ```
 */
export function parseLatencyTable(value: unknown, source = "a latency table"): LatencyTable {
  const start = `Cannot use ${source}:`;
  const given = checkObject(value, `${start} it`, KEYS);
  checkOneOf(given.format, `${start} format`, [FORMAT]);
  const versions = checkAnyObject(given.versions, `${start} versions`);
  const parts = checkAnyObject(given.parts, `${start} parts`);
  if (Object.keys(parts).length === 0) throw new RangeError(`${start} parts is empty`);
  return {
    space: checkText(given.space, `${start} space`),
    machine: checkText(given.machine, `${start} machine`),
    device: checkText(given.device, `${start} device`),
    threads: given.threads === null ? null : checkWhole(given.threads, `${start} threads`, 1, 4096),
    versions: mapValues(versions, (text, name) => checkText(text, `${start} versions.${name}`)),
    batch: checkWhole(given.batch, `${start} batch`, 1, 65_536),
    resolution: checkWhole(given.resolution, `${start} resolution`, 1, MAX_RESOLUTION),
    classes: checkWhole(given.classes, `${start} classes`, 1, MAX_CLASSES),
    rounds: checkWhole(given.rounds, `${start} rounds`, 1, 1_000_000),
    call: checkSpread(given.call, `${start} call`),
    parts: mapValues(parts, (part, key) => checkSpread(part, `${start} parts[${show(key)}]`)),
  };
}

/**
 * Reads a latency table from a JSON file and checks it strictly.
 *
 * @param path The file.
 * @returns The table.
 * @throws {Error} "Cannot read PATH: …" where the file cannot be read.
 * @throws {SyntaxError} Where it is no JSON.
 * @throws {TypeError | RangeError} As {@linkcode parseLatencyTable}, the file named.
 *
 * @example
 * ```ts
 * import { readLatencyTable } from "@dna/kernel";
 * import { assertRejects } from "@std/assert";
 *
 * await assertRejects(() => readLatencyTable("/no/such/file"), Error, "it does not exist");
 * ```
 */
export async function readLatencyTable(path: string): Promise<LatencyTable> {
  return parseLatencyTable(await readJson(path), path);
}

/**
 * Writes a latency table as a JSON file, a part on each line.
 *
 * The file is written beside and renamed, so that a reader finds the old one or the whole new one.
 *
 * @param path The file.
 * @param table The table; it is checked first.
 * @throws {TypeError | RangeError} As {@linkcode parseLatencyTable}.
 * @throws {Error} "Cannot write PATH: …" where the file cannot be written.
 *
 * @example
 * ```ts
 * import { type LatencyTable, readLatencyTable, writeLatencyTable } from "@dna/kernel";
 * import { assertEquals } from "@std/assert";
 *
 * const time = (median: number) => ({ low: median, median, high: median });
 * const table: LatencyTable = {
 *   space: "one layer", machine: "a laptop", device: "CPU:0", threads: null, versions: {},
 *   batch: 1, resolution: 32, classes: 10, rounds: 15, call: time(1e-5),
 *   parts: { "classifier_c10 reads 1280@1": time(2e-5) },
 * };
 * const path = await Deno.makeTempFile({ suffix: ".json" });
 * await writeLatencyTable(path, table);
 * assertEquals(await readLatencyTable(path), table);
 * await Deno.remove(path);
 * ```
 */
export async function writeLatencyTable(path: string, table: LatencyTable): Promise<void> {
  const { parts, ...rest } = parseLatencyTable({ format: FORMAT, ...table });
  const head = Object.entries({ format: FORMAT, ...rest })
    .map(([key, value]) => ` ${JSON.stringify(key)}: ${JSON.stringify(value)},\n`);
  const lines = Object.entries(parts)
    .map(([key, part]) => `  ${JSON.stringify(key)}: ${JSON.stringify(part)}`);
  await writeFile(path, `{\n${head.join("")} "parts": {\n${lines.join(",\n")}\n }\n}\n`);
}

function checkText(value: unknown, place: string): string {
  if (typeof value === "string" && value.length > 0 && value.length <= 1000) return value;
  throw new TypeError(`${place} is ${show(value)}, must be a text of 1 to 1000 characters`);
}

function checkSpread(value: unknown, place: string): LatencySpread {
  const { low, median, high } = checkObject(value, place, ["low", "median", "high"]);
  const least = checkNumber(low, `${place}.low`, 0, 86_400);
  const middle = checkNumber(median, `${place}.median`, least, 86_400);
  return { low: least, median: middle, high: checkNumber(high, `${place}.high`, middle, 86_400) };
}

function mapValues<T>(
  record: Record<string, unknown>,
  of: (value: unknown, key: string) => T,
): Record<string, T> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, of(value, key)]));
}
