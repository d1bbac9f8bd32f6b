import { checkNumber, checkObject, checkWhole, grouped, show } from "../space/_check.ts";
import { assemble } from "../space/assemble.ts";
import { cost } from "../space/cost.ts";
import { formatArchitecture } from "../space/format.ts";
import type { BlockChoice, Cost, Space } from "../space/types.ts";
import { parseRatings, type Ratings, ratingsSpace } from "../ratings.ts";
import { allowedCells, allowedOperations, limitsOf } from "./_options.ts";
import { type BlockTable, costTables, type Unit, UNITS } from "./_tables.ts";
import type { CustomCost, SearchOptions, SearchResult } from "./types.ts";

/** A checked search: what to choose from, what it costs, and what is allowed. */
export interface Problem {
  /** The space. */
  space: Space;
  /** The checked ratings. */
  ratings: Ratings;
  /** Costs of all paths. */
  tables: BlockTable[];
  /** λ of each block. */
  weights: number[];
  /** The names of the constrained costs: units first, then one's own. */
  units: string[];
  /** The greatest sum allowed of each of these. */
  budgets: number[];
  /** All costs of one's own. */
  own: CustomCost[];
  /** Positions of the cells that each block may take. */
  cells: number[][];
  /** Positions of the operations that a layer may take. */
  operations: number[];
}

/** The option that limits each unit. */
export const OPTION_OF: Readonly<Record<Unit, "maxParams" | "maxFlops" | "maxMacs">> = {
  params: "maxParams",
  flops: "maxFlops",
  macs: "maxMacs",
};

/** The keys of `SearchOptions`. */
export const LIMIT_KEYS = [
  ...Object.values(OPTION_OF),
  "weights",
  "costs",
  "cells",
  "without",
];

/**
 * Checks what the caller of a search gave.
 *
 * @param extra Keys that the options may have beside those of `SearchOptions`.
 * @param more Costs of one's own that are needed beside those of the options.
 */
export function searchProblem(
  ratings: Ratings,
  options: SearchOptions,
  extra: readonly string[] = [],
  more: readonly CustomCost[] = [],
): Problem {
  const checked = parseRatings(ratings);
  const space = ratingsSpace(checked);
  const start = "Cannot search:";
  const given = checkObject(options, `${start} options`, [...LIMIT_KEYS, ...extra]);
  const units: string[] = UNITS.filter((unit) => given[OPTION_OF[unit]] !== undefined);
  const budgets = (units as Unit[]).map((unit) =>
    checkNumber(given[OPTION_OF[unit]], `${start} ${OPTION_OF[unit]}`, 0, Infinity)
  );
  const weights = checkWeights(given.weights, space.blocks.length);
  const limits = limitsOf(given.costs);
  for (const { cost, max } of limits) {
    if (max === undefined) continue;
    units.push(cost.name);
    budgets.push(max);
  }
  const own = limits.map(({ cost }) => cost);
  for (const cost of more) {
    const same = own.find(({ name }) => name === cost.name);
    if (!same) own.push(cost);
    else if (same.of !== cost.of) {
      throw new TypeError(`${start} two costs have the name ${show(cost.name)}`);
    }
  }
  checkSize(checked, weights);
  const { resolution, classes } = checked;
  return {
    space,
    ratings: checked,
    tables: costTables(space, { resolution, classes }, own),
    weights,
    units,
    budgets,
    own,
    cells: allowedCells(given.cells, space),
    operations: allowedOperations(given.without, space),
  };
}

function checkWeights(value: unknown, blocks: number): number[] {
  if (value === undefined) return new Array<number>(blocks).fill(1);
  if (!Array.isArray(value)) {
    throw new TypeError(
      `Cannot search: weights is ${show(value)}, must be an array of ${blocks} numbers`,
    );
  }
  if (value.length !== blocks) {
    throw new RangeError(
      `Cannot search: weights has ${value.length} entries, must have ${blocks}, one for each block`,
    );
  }
  return Array.from(
    value,
    (weight, i) => checkNumber(weight, `Cannot search: weights[${i}]`, 0, Number.MAX_VALUE),
  );
}

/** Sums of losses must be finite, or they could not be compared. */
function checkSize(ratings: Ratings, weights: readonly number[]): void {
  let sum = 0;
  ratings.blocks.forEach(({ cells }, i) => {
    let greatest = 0;
    for (const { losses } of cells) {
      for (const loss of losses) greatest = Math.max(greatest, Math.abs(loss));
    }
    sum += weights[i] * greatest;
    if (!(sum <= Number.MAX_VALUE / 1024)) {
      throw new RangeError(
        `Cannot search: blocks[${i}] has losses up to ${greatest}, too large to be added up`,
      );
    }
  });
}

/** Checks `top`. */
export function checkTop(value: unknown): number | undefined {
  return value === undefined ? undefined : checkWhole(value, "Cannot search: top", 1, 10_000);
}

/** The error of a search in which nothing fits, given the cheapest network's sum of a cost within the other budgets. */
export function nothingFits(
  problem: Problem,
  unit: string,
  cheapest: number,
  within: readonly string[],
): RangeError {
  const inUnit = (value: number, name: string) => {
    const own = problem.own.find((cost) => cost.name === name);
    return `${grouped(value)} ${own ? [own.unit, own.name].filter(Boolean).join(" ") : name}`;
  };
  const limit = (name: string) =>
    inUnit(problem.budgets[problem.units.indexOf(name)], name) +
    ` (${OPTION_OF[name as Unit] ?? "costs"})`;
  const { space, cells, operations } = problem;
  const isNarrowed = operations.length < space.operations.length ||
    cells.some((list, i) => list.length < space.blocks[i].cells.length);
  return new RangeError(
    `Cannot search: no network of space "${space.name}"` +
      `${isNarrowed ? " of the allowed cells and operations" : ""} has at most ` +
      [unit, ...within].map(limit).join(" and ") +
      `; the cheapest${within.length ? ` within ${within.map(limit).join(" and ")}` : ""} has ` +
      inUnit(cheapest, unit),
  );
}

/** The network of a choice, with all that is known of it. */
export function searchResult(problem: Problem, choice: readonly BlockChoice[]): SearchResult {
  const { space, ratings, own } = problem;
  const { resolution, classes } = ratings;
  const architecture = assemble(space, choice);
  const rated = ratedChoice(problem, choice);
  return {
    architecture,
    text: formatArchitecture(architecture),
    loss: lossOf(problem, rated),
    ...cost(architecture, { resolution, classes }),
    choice: rated,
    ...(own.length > 0 && {
      costs: Object.fromEntries(own.map(({ name }) => [name, costOf(problem, choice, name)])),
    }),
  };
}

/**
 * As `searchResult`, but the network is put together when it is first asked for: among thousands, few are looked at.
 */
export function lazyResult(problem: Problem, choice: readonly BlockChoice[]): SearchResult {
  const { own } = problem;
  const [params, macs, flops] = (["params", "macs", "flops"] as const)
    .map((unit) => costOf(problem, choice, unit));
  const rated = ratedChoice(problem, choice);
  let found: Pick<SearchResult, "architecture" | "text"> | undefined;
  const built = () => {
    if (found) return found;
    const architecture = assemble(problem.space, choice);
    return found = { architecture, text: formatArchitecture(architecture) };
  };
  return {
    get architecture() {
      return built().architecture;
    },
    get text() {
      return built().text;
    },
    loss: lossOf(problem, rated),
    ...({ params, macs, flops } satisfies Cost),
    choice: rated,
    ...(own.length > 0 && {
      costs: Object.fromEntries(own.map(({ name }) => [name, costOf(problem, choice, name)])),
    }),
  };
}

function ratedChoice({ ratings }: Problem, choice: readonly BlockChoice[]) {
  return choice.map(({ cell, path }, i) => ({
    cell,
    path,
    loss: ratings.blocks[i].cells[cell].losses[path],
  }));
}

function lossOf({ weights }: Problem, choice: readonly { loss: number }[]): number {
  return choice.reduce((sum, { loss }, i) => sum + weights[i] * loss, 0);
}

/** A cost of a choice, by the look-up tables. */
export function costOf(
  { space, tables }: Problem,
  choice: readonly BlockChoice[],
  name: string,
): number {
  const operations = space.operations.length;
  let input = 0;
  let total = 0;
  for (let block = 0; block < choice.length; block++) {
    const { cell, path } = choice[block];
    const table = tables[block].cells[cell];
    const rest = table.rest[name];
    let place = operations ** (space.blocks[block].cells[cell].depth - 1);
    const first = Math.floor(path / place);
    let digits = path - first * place;
    let sum = 0;
    for (let at = 0; at < rest.length; at += operations) {
      place /= operations;
      const digit = Math.floor(digits / place);
      digits -= digit * place;
      sum += rest[at + digit];
    }
    total += table.first[name][input * operations + first] + sum;
    input = table.output;
  }
  return total;
}
