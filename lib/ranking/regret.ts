import { checkWhole } from "../space/_check.ts";
import { checkPairs } from "./_check.ts";

/**
 * Top-k regret: how much accuracy is lost by retraining only the k networks that a rater puts first and taking the best of
 * them, instead of the best of all.
 *
 * Where equal scores leave open which networks are the first k, it is the mean over all choices, exactly.
 *
 * @param scores A rater's scores, higher better.
 * @param accuracies The networks' accuracies, higher better.
 * @param k How many networks are retrained.
 * @returns The best accuracy minus that of the best of the first k, 0 or more, in the accuracies' unit.
 * @throws {TypeError | RangeError} Where the lists are not two or more finite numbers each, equally many, or k is none of their
 *   counts.
 *
 * @example
 * ```ts
 * import { topKRegret } from "@dna/kernel";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(topKRegret([3, 2, 1, 0], [70, 72, 75, 60], 2), 3);
 * assertEquals(topKRegret([3, 2, 1, 0], [70, 72, 75, 60], 3), 0);
 * // Equal scores: any of the four may be the first.
 * assertEquals(topKRegret([1, 1, 1, 1], [4, 3, 2, 1], 1), 1.5);
 * ```
 */
export function topKRegret(
  scores: ArrayLike<number>,
  accuracies: ArrayLike<number>,
  k: number,
): number {
  const start = "Cannot find a regret:";
  const [x, y] = checkPairs(scores, accuracies, start);
  return regretOf(x, y, checkWhole(k, `${start} k`, 1, x.length));
}

/** Regret of lists that are known to be sound. */
export function regretOf(x: readonly number[], y: readonly number[], k: number): number {
  const order = x.map((_, i) => i).sort((a, b) => x[b] - x[a]);
  const border = x[order[k - 1]];
  const sure = order.filter((i) => x[i] > border).map((i) => y[i]);
  const open = order.filter((i) => x[i] === border).map((i) => y[i]).sort((a, b) => b - a);
  const floor = Math.max(-Infinity, ...sure);
  const drawn = k - sure.length;
  // The best of those drawn is the j-th best if it is drawn and none before it is.
  let expected = 0;
  let noneBefore = 1;
  for (const [j, value] of open.entries()) {
    const share = Math.min(1, drawn / (open.length - j));
    expected += noneBefore * share * Math.max(floor, value);
    noneBefore *= 1 - share;
    if (noneBefore === 0) break;
  }
  return y.reduce((most, value) => Math.max(most, value), -Infinity) - expected;
}
