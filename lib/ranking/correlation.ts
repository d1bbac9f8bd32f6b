/**
 * Rank and linear correlations of two lists of numbers.
 *
 * @module
 */

import { checkPairs } from "./_check.ts";
import { tauOf } from "./_kendall.ts";

/**
 * Kendall's tau-b (Kendall, 1945): of all pairs of networks, the share that both lists order alike minus the share that they
 * order contrarily, corrected for ties:
 *
 * τ_b = (C − D) / √((P − T_x)(P − T_y)),
 *
 * P = n(n − 1)/2 pairs, T_x and T_y of them tied in x and in y. Computed in O(n log n) (Knight, 1966).
 *
 * @param x The first list.
 * @param y The second list, as long.
 * @returns −1 to 1; NaN where a list has one value only, for which there is no order.
 * @throws {TypeError | RangeError} Where the lists are not two or more finite numbers each, equally many.
 *
 * @example
 * ```ts
 * import { kendallTau } from "@dna/kernel";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * assertAlmostEquals(kendallTau([1, 2, 3, 4], [1, 2, 4, 3]), 4 / 6);
 * assertAlmostEquals(kendallTau([1, 1, 2], [1, 2, 3]), 2 / Math.sqrt(2 * 3));
 * ```
 */
export function kendallTau(x: ArrayLike<number>, y: ArrayLike<number>): number {
  return tauOf(...checkPairs(x, y, "Cannot correlate:"));
}

/**
 * Spearman's rho: Pearson's r of the ranks, tied values sharing the mean of theirs.
 *
 * @param x The first list.
 * @param y The second list, as long.
 * @returns −1 to 1; NaN where a list has one value only.
 * @throws {TypeError | RangeError} Where the lists are not two or more finite numbers each, equally many.
 *
 * @example
 * ```ts
 * import { spearmanRho } from "@dna/kernel";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * assertAlmostEquals(spearmanRho([1, 2, 3, 4], [1, 4, 9, 16]), 1);
 * assertAlmostEquals(spearmanRho([1, 2, 3, 4], [1, 2, 4, 3]), 0.8);
 * ```
 */
export function spearmanRho(x: ArrayLike<number>, y: ArrayLike<number>): number {
  return rhoOf(...checkPairs(x, y, "Cannot correlate:"));
}

/**
 * Pearson's r: the covariance of two lists over the product of their standard deviations.
 *
 * @param x The first list.
 * @param y The second list, as long.
 * @returns −1 to 1; NaN where a list has one value only.
 * @throws {TypeError | RangeError} Where the lists are not two or more finite numbers each, equally many.
 *
 * @example
 * ```ts
 * import { pearsonR } from "@dna/kernel";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * assertAlmostEquals(pearsonR([1, 2, 3], [3, 5, 7]), 1);
 * assertAlmostEquals(pearsonR([1, 2, 3], [1, 0, 1]), 0);
 * ```
 */
export function pearsonR(x: ArrayLike<number>, y: ArrayLike<number>): number {
  return rOf(...checkPairs(x, y, "Cannot correlate:"));
}

/** Rho of lists that are known to be sound. */
export function rhoOf(x: readonly number[], y: readonly number[]): number {
  return rOf(ranks(x), ranks(y));
}

/** Pearson's r of lists that are known to be sound. */
export function rOf(x: readonly number[], y: readonly number[]): number {
  const [a, b] = [direction(x), direction(y)];
  if (!a || !b) return NaN;
  const r = a.reduce((sum, value, i) => sum + value * b[i], 0);
  return Math.max(-1, Math.min(1, r));
}

/** The list minus its mean, of length 1; nothing where all values are equal. */
function direction(values: readonly number[]): number[] | undefined {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  if (values.every((value) => value === values[0])) return undefined;
  const most = values.reduce((most, value) => Math.max(most, Math.abs(value - mean)), 0);
  // By the greatest first: squares of huge or tiny values would be out of range.
  const scaled = values.map((value) => (value - mean) / most);
  const norm = Math.sqrt(scaled.reduce((sum, value) => sum + value * value, 0));
  return scaled.map((value) => value / norm);
}

/**
 * Ranks from 1 for the least value; equal values share the mean of their ranks.
 *
 * @param values The values.
 * @returns A rank for each.
 *
 * @example
 * ```ts
 * import { ranks } from "@dna/kernel";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(ranks([30, 10, 30, 20]), [3.5, 1, 3.5, 2]);
 * ```
 */
export function ranks(values: ArrayLike<number>): number[] {
  const order = Array.from(values, (_, i) => i).sort((a, b) => values[a] - values[b]);
  const result = new Array<number>(values.length);
  for (let start = 0; start < order.length;) {
    let end = start + 1;
    while (end < order.length && values[order[end]] === values[order[start]]) end++;
    for (let i = start; i < end; i++) result[order[i]] = (start + 1 + end) / 2;
    start = end;
  }
  return result;
}
