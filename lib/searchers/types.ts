import type { ProgressEvent } from "../progress.ts";
import type { Candidate, Rater } from "../raters/types.ts";
import { formatArchitecture } from "../space/format.ts";
import { checkCostOptions, cost, type CostOptions } from "../space/cost.ts";
import { checkNumber } from "../space/_check.ts";
import type { Cost, Space } from "../space/types.ts";

/** What a searcher shall find: a network that a rater puts high, within budgets. */
export interface SearchTask extends CostOptions {
  /** The search space. */
  space: Space;
  /** Scores networks. */
  rater: Rater;
  /** At most so many parameters. */
  maxParams?: number;
  /** At most so many FLOPs, as the paper counts them. */
  maxFlops?: number;
  /** At most so many multiply–adds. */
  maxMacs?: number;
  /** Decides what is drawn. Default 0. */
  seed?: number | string;
  /** Stops between two parts of the work. */
  signal?: AbortSignal;
  /** Told of the rater's work. */
  onProgress?: (event: ProgressEvent) => void;
}

/** The network that a searcher found. */
export interface Found extends Candidate, Cost {
  /** The network as text. */
  text: string;
  /** What the rater gives it. */
  score: number;
  /** How many different networks the rater was asked about. */
  evaluations: number;
}

/** Finds a network with a rater, within budgets. */
export interface Searcher {
  /** Its name, for tables. */
  readonly name: string;
  /**
   * Finds a network.
   *
   * @param task Space, rater and budgets.
   * @returns The network of the highest score that it came upon.
   * @throws {RangeError} Where no network fits the budgets.
   */
  find(task: SearchTask): Promise<Found>;
}

/** The budgets by unit, those that are there. */
export function budgetsOf(task: SearchTask): Partial<Cost> {
  const start = "Cannot search:";
  checkCostOptions({ resolution: task.resolution, classes: task.classes }, start);
  const budgets: Partial<Cost> = {};
  for (
    const [unit, name] of [["params", "maxParams"], ["flops", "maxFlops"], [
      "macs",
      "maxMacs",
    ]] as const
  ) {
    const value = task[name];
    if (value !== undefined) budgets[unit] = checkNumber(value, `${start} ${name}`, 0, Infinity);
  }
  return budgets;
}

/** The budgets as the ranges that `sampleArchitectures` takes. */
export function samplingOf(task: SearchTask): CostOptions & Record<string, unknown> {
  const ranges = Object.entries(budgetsOf(task)).map(([unit, most]) => [unit, [0, most]]);
  const { resolution, classes } = task;
  return { resolution, classes, ...Object.fromEntries(ranges) };
}

/** A candidate as it was found. */
export function foundOf(
  { choice, architecture }: Candidate,
  score: number,
  evaluations: number,
  { resolution, classes }: CostOptions,
): Found {
  return {
    choice: choice.map(({ cell, path }) => ({ cell, path })),
    architecture,
    text: formatArchitecture(architecture),
    ...cost(architecture, { resolution, classes }),
    score,
    evaluations,
  };
}

/** Checks what a rater gave. */
export function checkScores(scores: readonly number[], count: number, { name }: Rater): void {
  if (scores.length !== count) {
    throw new RangeError(
      `Cannot search with rater ${name}: it gave ${scores.length} scores for ${count} networks`,
    );
  }
  const bad = scores.findIndex((score) => Number.isNaN(score));
  if (bad >= 0) {
    throw new RangeError(`Cannot search with rater ${name}: score ${bad} of ${count} is NaN`);
  }
}
