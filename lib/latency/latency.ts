/**
 * A network's latency from a table of its layers'.
 *
 * @module
 */

import { customCost } from "../search/parts.ts";
import type { CustomCost, PlacedPart } from "../search/types.ts";
import type { CostOptions } from "../space/cost.ts";
import type { Architecture } from "../space/types.ts";
import { partKey } from "./_parts.ts";
import type { LatencyTable } from "./types.ts";

/**
 * Adds up the latencies of a network's layers: what a batch takes in inference, by the table's medians.
 *
 * A layer was measured as a function of its own, so a call that does nothing is taken off each; the network's one call is added.
 *
 * @param architecture The network, with the layers of the table's space.
 * @param table What {@linkcode measureLatency} measured; images and classes are the table's.
 * @returns Seconds for a batch, in whole nanoseconds.
 * @throws {Error} Where the table lacks a layer, naming it.
 * @throws {TypeError | RangeError} Where the architecture is wrong, naming the place.
 *
 * @example
 * ```ts
 * import { latency, type LatencyTable, parseArchitecture } from "@dna/kernel";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * const time = (median: number) => ({ low: median, median, high: median });
 * const table: LatencyTable = {
 *   space: "one layer", machine: "a laptop", device: "CPU:0", threads: null, versions: {},
 *   batch: 1, resolution: 32, classes: 10, rounds: 15, call: time(1e-5),
 *   parts: {
 *     "stem_s2_c32_nsw reads 3@32": time(11e-5),
 *     "ir_k3_s2_e3_c16_se0.25_nsw reads 32@16": time(41e-5),
 *     "head_c1280_nsw reads 16@8": time(21e-5),
 *     "classifier_c10 reads 1280@1": time(2e-5),
 *   },
 * };
 * assertEquals(latency(parseArchitecture("ir_r1_k3_s2_e3_c16_se0.25"), table), 72e-5);
 * assertThrows(
 *   () => latency(parseArchitecture("ir_r1_k5_s2_e3_c16_se0.25"), table),
 *   Error,
 *   "has no ir_k5_s2_e3_c16_se0.25_nsw reads 32@16",
 * );
 * ```
 */
export function latency(architecture: Architecture, table: LatencyTable): number {
  const { resolution, classes } = table;
  return customCost(architecture, latencyCost(table), { resolution, classes }) / 1e9;
}

/**
 * A latency table as a cost for `search` and `paretoFront`, in whole nanoseconds, whose sums are exact.
 *
 * @param table What {@linkcode measureLatency} measured.
 * @param sizes Image size and number of classes of what is searched, such as ratings, to be sure that the table is for them.
 * @returns The cost; its sum over a network is a billion times {@linkcode latency}.
 * @throws {RangeError} Where the table is for other images or another number of classes.
 * @throws {Error} When the cost of a part is asked that the table lacks, naming it.
 *
 * @example
 * ```ts
 * import { latencyCost, type LatencyTable } from "@dna/kernel";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * const time = (median: number) => ({ low: median, median, high: median });
 * const table: LatencyTable = {
 *   space: "one layer", machine: "a laptop", device: "CPU:0", threads: null, versions: {},
 *   batch: 1, resolution: 32, classes: 10, rounds: 15, call: time(1e-5),
 *   parts: { "classifier_c10 reads 1280@1": time(2e-5) },
 * };
 * const { unit, of } = latencyCost(table);
 * const sizes = { inputSize: 1, size: 1 };
 * assertEquals(unit, "ns");
 * assertEquals(of({ kind: "classifier", inputWidth: 1280, width: 10, ...sizes }), 10_000);
 * assertThrows(() => latencyCost(table, { resolution: 224, classes: 10 }), RangeError, "224");
 * ```
 */
export function latencyCost(table: LatencyTable, sizes?: CostOptions): CustomCost {
  if (sizes && (sizes.resolution !== table.resolution || sizes.classes !== table.classes)) {
    const about = ({ resolution, classes }: CostOptions) =>
      `${resolution} pixels and ${classes} classes`;
    throw new RangeError(
      `Cannot use a latency table for ${about(table)} where networks are for ${about(sizes)}`,
    );
  }
  const call = nanoseconds(table.call.median);
  return {
    name: "latency",
    unit: "ns",
    of(part: PlacedPart) {
      const key = partKey(part);
      if (!Object.hasOwn(table.parts, key)) throw lacks(table, key);
      const own = Math.max(0, nanoseconds(table.parts[key].median) - call);
      return part.kind === "stem" ? own + call : own;
    },
  };
}

function nanoseconds(seconds: number): number {
  return Math.round(seconds * 1e9);
}

function lacks({ space, resolution, classes }: LatencyTable, key: string): Error {
  return new Error(
    `Cannot tell a latency: the table of space "${space}" for ${resolution} pixels and ${classes} ` +
      `classes has no ${key}; measure a table for this space, resolution and number of classes`,
  );
}
