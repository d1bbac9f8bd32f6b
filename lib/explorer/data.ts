/**
 * What the explorer's page carries, from ratings.
 *
 * @module
 */

import { latencyCost } from "../latency/latency.ts";
import type { LatencyTable } from "../latency/types.ts";
import { createRandom } from "../random.ts";
import type { Ratings } from "../ratings.ts";
import { costOf, type Problem, searchProblem } from "../search/_problem.ts";
import { sampleArchitectures } from "../search/sample.ts";
import type { SearchOptions } from "../search/types.ts";
import { ACTIVATION_CODES } from "../space/_layers.ts";
import { checkNumber, checkObject, checkWhole } from "../space/_check.ts";
import { strided } from "../space/_layer_cost.ts";
import { assemble } from "../space/assemble.ts";
import { formatArchitecture } from "../space/format.ts";
import { operationLabel } from "../space/paths.ts";
import type { Operation, Space } from "../space/types.ts";
import { formatLatency } from "../latency/duration.ts";
import { neededPaths } from "./_paths.ts";
import type { ExplorerCost, ExplorerData, ExplorerOperation } from "./types.ts";

/** Options of {@linkcode explorerData} and {@linkcode explorerHtml}. */
export interface ExplorerOptions
  extends Pick<SearchOptions, "maxParams" | "maxFlops" | "weights" | "cells" | "without"> {
  /** Measured latencies, for a third budget; without it there is none. */
  latency?: LatencyTable;
  /** The latency budget that the page begins with, in seconds for the table's batch. */
  maxLatency?: number;
  /** How many networks are drawn from the space, to be shown beside the best ones. Default: 600. */
  sample?: number;
  /** Decides which networks are drawn. Default: 0. */
  seed?: number | string;
}

const KEYS = [
  "maxParams",
  "maxFlops",
  "maxLatency",
  "weights",
  "cells",
  "without",
  "latency",
  "sample",
  "seed",
];

/**
 * Puts together what the explorer's page carries: of each block the paths that some best network can need, whatever the budgets
 * and λ, a sample of the space, and where the page begins.
 *
 * @param ratings Ratings of every path.
 * @param options Latencies, budgets and λ to begin with, allowed cells and operations, and the sample.
 * @returns Plain data; equal arguments give equal data.
 * @throws {TypeError | RangeError} Where ratings or options are wrong, naming the place.
 * @throws {Error} Where the latency table lacks a layer of the space.
 *
 * @example
 * ```ts
 * import { explorerData, searchSpace } from "@dna/kernel";
 * import { assertEquals } from "@std/assert";
 *
 * const blocks = searchSpace("fashion").blocks.map(({ cells }) => ({
 *   cells: cells.map((cell) => ({
 *     ...cell,
 *     losses: Array.from({ length: 6 ** cell.depth }, (_, path) => 1 / (1 + path)),
 *   })),
 * }));
 * const ratings = { space: "fashion", resolution: 28, classes: 10, blocks };
 * const data = explorerData(ratings, { maxParams: 100e3, sample: 50 });
 * assertEquals(data.costs.map(({ title }) => title), ["parameters", "FLOPs"]);
 * assertEquals([data.sample.length, data.start.budgets], [50, [100e3, null]]);
 * ```
 */
export function explorerData(ratings: Ratings, options: ExplorerOptions = {}): ExplorerData {
  const start = "Cannot make an explorer:";
  const given = checkObject(options, `${start} options`, KEYS);
  const sample = checkWhole(given.sample ?? 600, `${start} sample`, 0, 10_000);
  const { latency, maxLatency, seed = 0, maxParams, maxFlops, weights, cells, without } = options;
  if (maxLatency !== undefined) {
    checkNumber(maxLatency, `${start} maxLatency`, 0, Infinity);
    if (!latency) throw new TypeError(`${start} maxLatency needs latency, a table of latencies`);
  }
  const own = latency ? [latencyCost(latency, ratings)] : [];
  const problem = searchProblem(ratings, {
    weights,
    cells,
    without,
    maxParams: maxParams ?? Infinity,
    maxFlops: maxFlops ?? Infinity,
    costs: own.map((cost) => ({
      cost,
      max: maxLatency === undefined ? Infinity : Math.floor(maxLatency * 1e9 + 1e-6),
    })),
  });
  const { space, tables, budgets, units } = problem;
  const { resolution, classes } = problem.ratings;
  const { sizes, ...around } = layoutOf(space, resolution);
  return {
    space: space.name,
    size: `${space.size}`,
    resolution,
    classes,
    measured: latency ? measuredOn(latency) : null,
    costs: units.map(costWords),
    operations: space.operations.map((operation) => operationWords(space, operation)),
    words: wordsAround(space),
    ...around,
    head: space.head,
    blocks: space.blocks.map(({ stride, cells }, block) => ({
      stride,
      size: sizes[block],
      cells: cells.map(({ width, depth }) => ({ width, depth })),
      inputs: tables[block].inputs,
      outputs: tables[block].outputs,
      groups: neededPaths(space, problem.ratings, tables, block, units, problem),
    })),
    sample: sampleArchitectures(space, createRandom(seed, "explorer"), sample, {
      resolution,
      classes,
    }).map(({ choice }) => sampled(problem, choice)),
    start: {
      budgets: budgets.map((budget) => budget === Infinity ? null : budget),
      weights: problem.weights,
    },
  };
}

function sampled(problem: Problem, choice: readonly { cell: number; path: number }[]) {
  const { ratings, units } = problem;
  return {
    // Six digits are more than the picture shows.
    losses: choice.map(({ cell, path }, block) =>
      Number(ratings.blocks[block].cells[cell].losses[path].toPrecision(6))
    ),
    costs: units.map((name) => costOf(problem, choice, name)),
  };
}

function costWords(key: string): ExplorerCost {
  if (key === "latency") return { key, title: "latency", unit: "ns" };
  return { key, title: key === "params" ? "parameters" : "FLOPs", unit: "count" };
}

function measuredOn({ machine, device, threads, batch, call }: LatencyTable): string {
  return `${machine}; ${device}; threads: ${threads ?? "TensorFlow’s choice"}; batch ${batch}; ` +
    `a call ${formatLatency(call.median)}`;
}

function operationWords(space: Space, operation: Operation): ExplorerOperation {
  const { kernel, expansion, activation } = operation;
  const se = operation.se ?? space.se;
  return {
    label: operationLabel(operation),
    kernel,
    expansion,
    se: se > 0,
    tail: (se > 0 ? `_se${se}` : "") + (activation ? `_n${ACTIVATION_CODES[activation]}` : ""),
  };
}

/** What an architecture's text has before and after its blocks. */
function wordsAround(space: Space): ExplorerData["words"] {
  const text = formatArchitecture(assemble(space, space.blocks.map(() => ({ cell: 0, path: 0 }))));
  const words = text.split(" | ");
  const after = words.at(-1)!.startsWith("head_") ? words.slice(-1) : [];
  return { before: words.slice(0, words.length - after.length - space.blocks.length), after };
}

/** Stem and first layer, and the sizes of the blocks' maps. */
function layoutOf({ stem, first, blocks }: Space, resolution: number) {
  let size = strided(resolution, stem.stride);
  const stemLayout = { ...stem, size };
  if (first) size = strided(size, first.stride);
  const firstLayout = first && {
    kernel: first.kernel,
    expansion: first.expansion,
    width: first.width,
    size,
    se: first.se > 0,
  };
  const sizes = blocks.map(({ stride }) => size = strided(size, stride));
  return { stem: stemLayout, first: firstLayout, sizes };
}
