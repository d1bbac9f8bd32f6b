/**
 * How well raters rank networks, and which of two does it better.
 *
 * @module
 */

import { at, drawSamples, type Sample, type Samples } from "./_resample.ts";
import { type Interval, intervalOf } from "./bootstrap.ts";
import { rhoOf, rOf } from "./correlation.ts";
import { tauOf } from "./_kendall.ts";
import { partialTauOf } from "./partial.ts";
import { regretOf } from "./regret.ts";
import {
  type CheckedRanking,
  checkRanking,
  checkTable,
  type RankingOptions,
  type RankingTable,
} from "./table.ts";

/** How well a rater ranks. What is not defined, such as the tau of equal scores, is NaN. */
export interface RaterRanking {
  /** Kendall's tau-b between scores and accuracies. */
  tauB: number;
  /** Spearman's rho. */
  rho: number;
  /** Pearson's r. */
  r: number;
  /** Bootstrap interval of tau-b. */
  interval: Interval;
  /** Top-k regret, in the accuracies' unit. */
  regret: number;
  /** Tau with the table's costs held fixed. */
  partialTau: number;
  /** Bootstrap interval of the partial tau. */
  partialInterval: Interval;
}

/** How well raters rank. */
export interface Ranking {
  /** Number of networks. */
  networks: number;
  /** How many of the first networks the regret is of. */
  k: number;
  /** The raters by name. */
  raters: Record<string, RaterRanking>;
}

/** By how much one rater ranks better than another. */
export interface RaterDifference {
  /** The one's tau-b minus the other's. */
  difference: number;
  /** Bootstrap interval of the difference, both taken of the same resamples. */
  interval: Interval;
  /** Share of the resamples whose difference is above 0; one of exactly 0 counts half. */
  above: number;
}

/**
 * How well each rater of a table ranks its networks.
 *
 * @param table Accuracies, scores, and costs to hold fixed.
 * @param options What is drawn anew, how often, and where randomness comes from.
 * @returns For each rater tau-b, rho and r, regret and partial tau, with intervals.
 * @throws {TypeError | RangeError} Where table or options are wrong, naming the place.
 *
 * @example
 * ```ts
 * import { createRandom, rankRaters } from "@dna/kernel";
 * import { assert, assertAlmostEquals } from "@std/assert";
 *
 * const { raters } = rankRaters({
 *   accuracies: [70, 71, 72, 73, 74, 75, 76, 77],
 *   raters: { dna: [1, 2, 4, 3, 5, 6, 8, 7], flops: [5, 2, 7, 1, 8, 3, 4, 6] },
 * }, { random: createRandom(1) });
 * assertAlmostEquals(raters.dna.tauB, (26 - 2) / 28);
 * assert(raters.dna.interval[0] > 0 && raters.flops.interval[0] < 0);
 * ```
 */
export function rankRaters(table: RankingTable, options: RankingOptions): Ranking {
  const start = "Cannot rank:";
  const checked = checkTable(table, start);
  const settings = checkRanking(options, checked, start);
  const samples = drawSamples(checked, settings);
  const accuracies = samples.measured.accuracies;
  const entries = checked.raters.map(([name, scores]): [string, RaterRanking] => {
    const tau = measure(
      samples,
      settings,
      ({ positions, accuracies }) => tauOf(at(scores, positions), at(accuracies, positions)),
    );
    const partial = checked.costs.length === 0
      ? tau
      : measure(samples, settings, ({ positions, accuracies }) =>
        partialTauOf(
          at(scores, positions),
          at(accuracies, positions),
          checked.costs.map((values) => at(values, positions)),
        ));
    return [name, {
      tauB: tau.value,
      rho: rhoOf(scores, accuracies),
      r: rOf(scores, accuracies),
      interval: tau.interval,
      regret: regretOf(scores, accuracies, settings.k),
      partialTau: partial.value,
      partialInterval: partial.interval,
    }];
  });
  return { networks: checked.count, k: settings.k, raters: Object.fromEntries(entries) };
}

/**
 * By how much one rater's tau-b is above another's, on the same networks.
 *
 * The interval is paired: both taus are taken of the same resamples, so that what is easy or hard about the networks drawn
 * falls out of the difference.
 *
 * @param table Accuracies and scores.
 * @param one Name of a rater.
 * @param other Name of the rater that it is compared with.
 * @param options What is drawn anew, how often, and where randomness comes from.
 * @returns The difference, its interval, and how often it is above 0.
 * @throws {RangeError} Where a rater is not in the table.
 * @throws {TypeError | RangeError} Where table or options are wrong, naming the place.
 *
 * @example
 * ```ts
 * import { compareRaters, createRandom } from "@dna/kernel";
 * import { assert, assertAlmostEquals } from "@std/assert";
 *
 * const accuracies = Array.from({ length: 40 }, (_, i) => 70 + i / 10);
 * const dna = accuracies.map((value, i) => value + (i % 3) / 10);
 * const flops = accuracies.map((_, i) => i * 17 % 40);
 * const random = createRandom(1);
 * const { difference, interval } = compareRaters(
 *   { accuracies, raters: { dna, flops } }, "dna", "flops", { random },
 * );
 * assertAlmostEquals(difference, 0.96, 0.3);
 * assert(interval[0] > 0);
 * ```
 */
export function compareRaters(
  table: RankingTable,
  one: string,
  other: string,
  options: RankingOptions,
): RaterDifference {
  const start = "Cannot compare raters:";
  const checked = checkTable(table, start);
  const settings = checkRanking(options, checked, start);
  const known = new Map(checked.raters);
  const [first, second] = [one, other].map((name) => {
    const scores = known.get(name);
    if (!scores) {
      throw new RangeError(
        `${start} there is no rater ${JSON.stringify(name)}, known are ${
          [...known.keys()].join(", ")
        }`,
      );
    }
    return scores;
  });
  const samples = drawSamples(checked, settings);
  const { value, interval, resampled } = measure(samples, settings, (sample) => {
    const accuracies = at(sample.accuracies, sample.positions);
    return tauOf(at(first, sample.positions), accuracies) -
      tauOf(at(second, sample.positions), accuracies);
  });
  const sound = resampled.filter((value) => !Number.isNaN(value));
  const above = sound.reduce((sum, value) => sum + (value > 0 ? 1 : value === 0 ? 0.5 : 0), 0);
  return { difference: value, interval, above: above / sound.length };
}

/** A statistic of what was measured, with its interval. */
function measure(
  { measured, resamples, leftOut }: Samples,
  settings: CheckedRanking,
  statistic: (sample: Sample) => number,
): { value: number; interval: Interval; resampled: number[] } {
  const value = statistic(measured);
  const resampled = resamples.map(statistic);
  const interval = intervalOf(value, resampled, leftOut.map(statistic), settings);
  return { value, interval, resampled };
}
