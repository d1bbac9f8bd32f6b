/**
 * Bootstrap intervals.
 *
 * @module
 */

import type { Random } from "../random.ts";
import { checkNumber, checkOneOf, checkWhole } from "../space/_check.ts";
import { normalQuantile, normalShare } from "./normal.ts";

/** How an interval is made of resamples. */
export interface BootstrapOptions {
  /** Draws the resamples. */
  random: Random;
  /** Number of resamples. Default 2,000. */
  samples?: number;
  /** The share of such intervals that hold the true value. Default 0.95. */
  level?: number;
  /**
   * `percentile` takes the quantiles of the resamples' values as they are; `bca` (Efron, 1987) corrects them for bias and for a
   * variance that moves with the value. Default `bca`.
   */
  method?: "percentile" | "bca";
}

/** The lower and the upper end of an interval. */
export type Interval = [low: number, high: number];

/** The options with nothing left out. */
export type CheckedBootstrap = Required<BootstrapOptions>;

/** Checks options. */
export function checkBootstrap(options: BootstrapOptions, start: string): CheckedBootstrap {
  const { random, samples = 2000, level = 0.95, method = "bca" } = options;
  if (typeof random?.int !== "function") {
    throw new TypeError(`${start} random is missing, must be a generator such as createRandom(1)`);
  }
  return {
    random,
    samples: checkWhole(samples, `${start} samples`, 1, 10_000_000),
    level: checkNumber(level, `${start} level`, 0.01, 0.9999),
    method: checkOneOf(method, `${start} method`, ["percentile", "bca"] as const),
  };
}

/**
 * A bootstrap interval of any statistic of independent units, such as networks.
 *
 * Units are drawn with replacement, as many as there are, and the statistic is taken of each such resample (Efron and
 * Tibshirani, 1993). Resamples whose statistic is NaN, such as a tau of one network drawn n times, are left out.
 *
 * @param units Number of units.
 * @param statistic The statistic of the units at these positions, some of them several times.
 * @param options Resamples, level, method, and where randomness comes from.
 * @returns The interval; NaN ends where the statistic of all units is NaN, or that of most resamples.
 * @throws {TypeError | RangeError} Where an option is wrong.
 *
 * @example The mean of ten numbers
 * ```ts
 * import { bootstrapInterval, createRandom } from "@dna/kernel";
 * import { assert } from "@std/assert";
 *
 * const values = [3, 1, 4, 1, 5, 9, 2, 6, 5, 3];
 * const mean = (at: readonly number[]) => at.reduce((sum, i) => sum + values[i], 0) / at.length;
 * const [low, high] = bootstrapInterval(10, mean, { random: createRandom(1) });
 * assert(low > 2 && low < 3.9 && high > 3.9 && high < 6);
 * ```
 */
export function bootstrapInterval(
  units: number,
  statistic: (positions: readonly number[]) => number,
  options: BootstrapOptions,
): Interval {
  const start = "Cannot bootstrap:";
  const checked = checkBootstrap(options, start);
  const n = checkWhole(units, `${start} units`, 2, 10_000_000);
  const values = Array.from({ length: checked.samples }, () => {
    return statistic(drawPositions(n, checked.random));
  });
  const all = Array.from({ length: n }, (_, i) => i);
  const leftOut = checked.method === "bca"
    ? all.map((unit) => statistic(all.filter((i) => i !== unit)))
    : [];
  return intervalOf(statistic(all), values, leftOut, checked);
}

/** So many positions below n, drawn with replacement. */
export function drawPositions(n: number, random: Pick<Random, "int">): number[] {
  return Array.from({ length: n }, () => random.int(n));
}

/**
 * The interval of a statistic.
 *
 * @param estimate The statistic of what was measured.
 * @param resampled Its values for resamples.
 * @param leftOut Its values with one unit left out each; none where the variance is taken as steady.
 */
export function intervalOf(
  estimate: number,
  resampled: readonly number[],
  leftOut: readonly number[],
  { level, method }: Pick<CheckedBootstrap, "level" | "method">,
): Interval {
  const values = resampled.filter((value) => !Number.isNaN(value)).sort((a, b) => a - b);
  if (Number.isNaN(estimate) || values.length * 2 < resampled.length) return [NaN, NaN];
  const tails = [(1 - level) / 2, (1 + level) / 2];
  const corrected = method === "bca" ? tails.map(correction(estimate, values, leftOut)) : tails;
  return [quantile(values, corrected[0]), quantile(values, corrected[1])];
}

/** Which quantile of the resampled values stands for a wanted one (Efron, 1987, equations 2.3 and 6.6). */
function correction(
  estimate: number,
  values: readonly number[],
  leftOut: readonly number[],
): (tail: number) => number {
  const below = values.filter((value) => value < estimate).length;
  const equal = values.filter((value) => value === estimate).length;
  const bias = normalQuantile((below + equal / 2) / values.length);
  const known = leftOut.filter((value) => !Number.isNaN(value));
  const mean = known.reduce((sum, value) => sum + value, 0) / known.length;
  const power = (p: number) => known.reduce((sum, value) => sum + (mean - value) ** p, 0);
  const squares = power(2);
  const acceleration = squares > 0 ? power(3) / (6 * squares ** 1.5) : 0;
  return (tail) => {
    if (!Number.isFinite(bias)) return tail;
    const z = bias + normalQuantile(tail);
    return normalShare(bias + z / (1 - acceleration * z));
  };
}

/** A quantile of sorted values, between neighbours in proportion. */
function quantile(sorted: readonly number[], share: number): number {
  const at = share * (sorted.length - 1);
  const low = Math.floor(at);
  const high = Math.min(low + 1, sorted.length - 1);
  return sorted[low] + (at - low) * (sorted[high] - sorted[low]);
}
