/**
 * The options of `deno task pareto`.
 *
 * @module
 */

import { join } from "node:path";
import {
  type CustomCost,
  type FrontCost,
  latencyCost,
  type LatencyTable,
  type Ratings,
  readLatencyTable,
  readRatings,
  type SearchOptions,
} from "../../mod.ts";
import { lambdaOf, maxLatencyOf } from "../_common_options.ts";
import { type Given, number, type OptionSpecs, UsageError, wholeNumber } from "../_options.ts";

const MOST = Number.MAX_SAFE_INTEGER;
const COSTS = ["params", "flops", "macs", "latency"] as const;

/** What each option means. */
export const OPTIONS: OptionSpecs = {
  by: {
    value: "COST",
    help: `what loss is weighed against: ${COSTS.join(", ")}, or two of them`,
    default: "params",
  },
  "max-params": { value: "N", help: "at most so many parameters; k, M and G may follow" },
  "max-flops": {
    value: "N",
    help: "at most so many FLOPs (multiply-adds, and 2 a normalised element)",
  },
  "max-macs": { value: "N", help: "at most so many multiply-adds" },
  "max-latency": { value: "TIME", help: "at most so long for a batch, as 12ms; needs --latency" },
  latency: { value: "FILE", help: "a table of `deno task latency`" },
  lambda: { value: "L1,L2,…", help: "weight of each block's loss (equation 5)", default: "1,1,…" },
  cells: {
    value: "B:C,C/…",
    help: "cells that a block may take, counted from 0: 3:0,2/5:1",
    default: "all",
  },
  without: { value: "OP,OP", help: "operations that no layer may take, as k7e6,k7e3" },
  top: { value: "K", help: "the K best networks in order, not the front" },
  out: { value: "DIR", help: "write front.json, front.csv and explorer.html there" },
  json: { help: "everything as JSON" },
  csv: { help: "everything as comma-separated values" },
  quiet: { help: "print nothing" },
  help: { help: "this text" },
};

/** What was asked for. */
export interface Request {
  /** The ratings' file. */
  path: string;
  ratings: Ratings;
  /** The costs of the front, by name, and as `paretoFront` takes them. */
  names: string[];
  by: FrontCost[];
  options: SearchOptions;
  table?: LatencyTable;
  /** The latency budget in seconds. */
  maxLatency?: number;
  top?: number;
}

/**
 * Reads what was asked for, ratings and latency table included.
 *
 * @throws {UsageError} for options that cannot be.
 * @throws {Error} for files that cannot be read or are no such files.
 */
export async function readRequest(given: Given, word: string | undefined): Promise<Request> {
  if (word === undefined) {
    throw new UsageError("Which ratings? A ratings.json, or the folder of a run that has one");
  }
  const names = namesGiven(given.by as string | undefined);
  const maxLatency = maxLatencyOf(given);
  if (given.latency === undefined && (maxLatency !== undefined || names.includes("latency"))) {
    const option = maxLatency === undefined ? "--by latency" : "--max-latency";
    throw new UsageError(
      `${option} needs --latency FILE, a table that \`deno task latency\` writes`,
    );
  }
  if (given.json && given.csv) throw new UsageError("--json and --csv cannot both be given");
  const plain = {
    maxParams: number(given, "max-params", 0, MOST),
    maxFlops: number(given, "max-flops", 0, MOST),
    maxMacs: number(given, "max-macs", 0, MOST),
    weights: lambdaOf(given),
    cells: cellsGiven(given.cells as string | undefined),
    without: (given.without as string | undefined)?.split(",").map((label) => label.trim()),
  };
  const top = wholeNumber(given, "top", 1, 10_000);
  const isFolder = (await Deno.stat(word).catch(() => undefined))?.isDirectory;
  const path = isFolder ? join(word, "ratings.json") : word;
  const ratings = await readRatings(path);
  const table = given.latency === undefined
    ? undefined
    : await readLatencyTable(given.latency as string);
  const cost = table && latencyCost(table, ratings);
  return {
    path,
    ratings,
    names,
    by: names.map((name) => name === "latency" ? cost! : name as FrontCost),
    options: { ...plain, ...(cost && { costs: [limit(cost, maxLatency)] }) },
    table,
    maxLatency,
    top,
  };
}

/** A latency in whole nanoseconds; 12ms are 12,000,000, whatever a sum of doubles says. */
function limit(cost: CustomCost, seconds: number | undefined) {
  return { cost, max: seconds === undefined ? undefined : Math.floor(seconds * 1e9 + 1e-6) };
}

function namesGiven(text = "params"): string[] {
  const names = text.split(",").map((name) => name.trim());
  const isKnown = names.every((name) => (COSTS as readonly string[]).includes(name));
  if (!isKnown || names.length > 2 || new Set(names).size < names.length) {
    throw new UsageError(
      `--by is ${JSON.stringify(text)}: known are ${
        COSTS.join(", ")
      }, or two of them as params,flops`,
    );
  }
  return names;
}

function cellsGiven(text: string | undefined): Record<number, number[]> | undefined {
  if (text === undefined) return undefined;
  const cells: Record<number, number[]> = {};
  for (const part of text.split("/")) {
    const match = /^\s*(\d+):(\d+(?:,\d+)*)\s*$/.exec(part);
    if (!match || Object.hasOwn(cells, match[1])) {
      throw new UsageError(
        `--cells is ${JSON.stringify(text)}: each block once and its cells, counted from 0, are ` +
          "needed, as 3:0,2/5:1",
      );
    }
    cells[Number(match[1])] = match[2].split(",").map(Number);
  }
  return cells;
}
