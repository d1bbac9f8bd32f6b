import { checkNumber, checkObject, grouped, show } from "../space/_check.ts";
import { assemble } from "../space/assemble.ts";
import { cost } from "../space/cost.ts";
import { formatArchitecture } from "../space/format.ts";
import type { BlockChoice, Space } from "../space/types.ts";
import { parseRatings, type Ratings, ratingsSpace } from "../ratings.ts";
import { type BlockTable, costTables, type Unit, UNITS } from "./_tables.ts";
import type { SearchOptions, SearchResult } from "./types.ts";

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
  /** The constrained units. */
  units: Unit[];
  /** The greatest cost allowed in each of these units. */
  budgets: number[];
}

const OPTION_OF: Readonly<Record<Unit, "maxParams" | "maxFlops" | "maxMacs">> = {
  params: "maxParams",
  flops: "maxFlops",
  macs: "maxMacs",
};

/** Checks what the caller of a search gave. */
export function searchProblem(ratings: Ratings, options: SearchOptions): Problem {
  const checked = parseRatings(ratings);
  const space = ratingsSpace(checked);
  const known = [...Object.values(OPTION_OF), "weights"];
  const given = checkObject(options, "Cannot search: options", known);
  const units = UNITS.filter((unit) => given[OPTION_OF[unit]] !== undefined);
  const budgets = units.map((unit) =>
    checkNumber(given[OPTION_OF[unit]], `Cannot search: ${OPTION_OF[unit]}`, 0, Infinity)
  );
  const weights = checkWeights(given.weights, space.blocks.length);
  checkSize(checked, weights);
  const { resolution, classes } = checked;
  return {
    space,
    ratings: checked,
    tables: costTables(space, { resolution, classes }),
    weights,
    units,
    budgets,
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

/** The error of a search in which nothing fits, given the cheapest network's cost in `unit` within the other budgets. */
export function nothingFits(
  problem: Problem,
  unit: Unit,
  cheapest: number,
  within: readonly Unit[],
): RangeError {
  const limit = (unit: Unit) =>
    `${grouped(problem.budgets[problem.units.indexOf(unit)])} ${unit} (${OPTION_OF[unit]})`;
  return new RangeError(
    `Cannot search: no network of space "${problem.space.name}" has at most ` +
      [unit, ...within].map(limit).join(" and ") +
      `; the cheapest${within.length ? ` within ${within.map(limit).join(" and ")}` : ""} has ` +
      `${grouped(cheapest)} ${unit}`,
  );
}

/** The network of a choice, with all that is known of it. */
export function searchResult(problem: Problem, choice: readonly BlockChoice[]): SearchResult {
  const { space, ratings, weights } = problem;
  const { resolution, classes } = ratings;
  const architecture = assemble(space, choice);
  const rated = choice.map(({ cell, path }, i) => ({
    cell,
    path,
    loss: ratings.blocks[i].cells[cell].losses[path],
  }));
  return {
    architecture,
    text: formatArchitecture(architecture),
    loss: rated.reduce((sum, { loss }, i) => sum + weights[i] * loss, 0),
    ...cost(architecture, { resolution, classes }),
    choice: rated,
  };
}
