import { checkAnyObject, checkOneOf, checkWhole } from "../space/_check.ts";
import { type BootstrapOptions, checkBootstrap, type CheckedBootstrap } from "./bootstrap.ts";
import { checkSeeds, checkValues } from "./_check.ts";

/** What is known of some networks: how good they are, and what raters say of them. */
export interface RankingTable {
  /** The networks' names. */
  networks?: readonly string[];
  /** Accuracy of each network, or any measure of which more is better; a list for each where there are several seeds. */
  accuracies: readonly (number | readonly number[])[];
  /** Scores by rater, one for each network, higher better. */
  raters: Readonly<Record<string, readonly number[]>>;
  /** What partial tau holds fixed, such as parameters and FLOPs: by name, one for each network. Default: nothing. */
  costs?: Readonly<Record<string, readonly number[]>>;
}

/** What is drawn anew for an interval. */
export interface RankingOptions extends BootstrapOptions {
  /**
   * What is drawn with replacement: `networks` says how the result would vary with other networks of the space, `seeds` how
   * it would with other trainings of these networks, `both` how it would with both. Default `networks`.
   */
  over?: "networks" | "seeds" | "both";
  /** How many networks are retrained in {@linkcode topKRegret}. Default: a tenth of them, at least 1. */
  k?: number;
}

/** A table that was checked: equally many of everything. */
export interface CheckedTable {
  count: number;
  seeds: number[][];
  raters: [name: string, scores: number[]][];
  costs: number[][];
}

/** Checked options. */
export type CheckedRanking = CheckedBootstrap & { over: "networks" | "seeds" | "both"; k: number };

/** Checks a table. */
export function checkTable(table: RankingTable, start: string): CheckedTable {
  const given = checkAnyObject(table, `${start} the table`);
  const seeds = checkSeeds(given.accuracies, `${start} accuracies`);
  const count = seeds.length;
  if (given.networks !== undefined) {
    if (!Array.isArray(given.networks) || given.networks.length !== count) {
      throw new RangeError(`${start} networks must be the names of ${count} networks`);
    }
  }
  const lists = (value: unknown, place: string) =>
    Object.entries(checkAnyObject(value, place)).map(
      ([name, scores]): [string, number[]] => [
        name,
        checkValues(scores, `${place}[${JSON.stringify(name)}]`, count),
      ],
    );
  return {
    count,
    seeds,
    raters: lists(given.raters, `${start} raters`),
    costs: lists(given.costs ?? {}, `${start} costs`).map(([, values]) => values),
  };
}

/** Checks options. */
export function checkRanking(
  options: RankingOptions,
  { count, seeds }: CheckedTable,
  start: string,
): CheckedRanking {
  const { over = "networks", k = Math.max(1, Math.round(count / 10)), ...rest } = options;
  const checked = checkOneOf(over, `${start} over`, ["networks", "seeds", "both"] as const);
  if (checked !== "networks" && seeds.every(({ length }) => length === 1)) {
    throw new RangeError(
      `${start} over is "${checked}", but no network has two or more seeds: "networks" fits`,
    );
  }
  return {
    ...checkBootstrap(rest, start),
    over: checked,
    k: checkWhole(k, `${start} k`, 1, count),
  };
}

/** The mean over seeds for each network. */
export function means(seeds: readonly (readonly number[])[]): number[] {
  return seeds.map((own) => own.reduce((sum, value) => sum + value, 0) / own.length);
}
