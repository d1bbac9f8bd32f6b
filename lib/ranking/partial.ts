import { checkList } from "../space/_check.ts";
import { checkPairs, checkValues } from "./_check.ts";
import { tauOf } from "./_kendall.ts";

/** What is left of a variance of 1 below this is rounding alone. */
const NOTHING = 1e-9;

/**
 * Kendall's partial rank correlation: how far x and y order networks alike where other quantities are held fixed, such as
 * parameters and FLOPs.
 *
 * With one quantity z (Kendall, 1942) it is (τ_xy − τ_xz τ_yz) / √((1 − τ_xz²)(1 − τ_yz²)); with several, the same step once for
 * each. It is computed at once, as by Kim (2015, "ppcor"): from the matrix of tau-b the part that the held quantities explain
 * is subtracted, S = T_aa − T_ac T_cc⁻¹ T_ca for a = (x, y), and the result is S_xy / √(S_xx S_yy). A held quantity that orders
 * the networks just as others do adds nothing and is left out.
 *
 * @param x The first list, such as a rater's scores.
 * @param y The second list, such as accuracies.
 * @param held Lists of what is held fixed, each as long; with none this is tau-b.
 * @returns −1 to 1; NaN where the held quantities alone decide the order of x or y, or a list has one value only.
 * @throws {TypeError | RangeError} Where the lists are not two or more finite numbers each, equally many.
 *
 * @example
 * ```ts
 * import { kendallTau, partialTau } from "@dna/kernel";
 * import { assertAlmostEquals, assertEquals } from "@std/assert";
 *
 * const [accuracy, score, flops] = [[1, 2, 4, 3, 5], [1, 3, 2, 4, 5], [1, 2, 3, 5, 4]];
 * const [xy, xz, yz] = [[score, accuracy], [score, flops], [accuracy, flops]]
 *   .map(([a, b]) => kendallTau(a, b));
 * assertAlmostEquals(
 *   partialTau(score, accuracy, [flops]),
 *   (xy - xz * yz) / Math.sqrt((1 - xz ** 2) * (1 - yz ** 2)),
 * );
 * assertEquals(partialTau(flops, accuracy, [flops]), NaN);
 * ```
 */
export function partialTau(
  x: ArrayLike<number>,
  y: ArrayLike<number>,
  held: readonly ArrayLike<number>[],
): number {
  const start = "Cannot correlate:";
  const [first, second] = checkPairs(x, y, start);
  const others = checkList(held, `${start} held`, "lists", 0, 16)
    .map((list, i) => checkValues(list, `${start} held[${i}]`, first.length));
  return partialTauOf(first, second, others);
}

/** Partial tau of lists that are known to be sound. */
export function partialTauOf(
  x: readonly number[],
  y: readonly number[],
  held: readonly (readonly number[])[],
): number {
  // A quantity of one value is fixed already.
  const varied = held.filter((list) => list.some((value) => value !== list[0]));
  const lists = [...varied, x, y];
  const matrix = lists.map((a, i) => lists.map((b, j) => i === j ? 1 : tauOf(a, b)));
  for (let pivot = 0; pivot < varied.length; pivot++) {
    const own = matrix[pivot][pivot];
    if (own < NOTHING) continue;
    for (let i = pivot + 1; i < lists.length; i++) {
      const factor = matrix[i][pivot] / own;
      for (let j = pivot + 1; j < lists.length; j++) matrix[i][j] -= factor * matrix[pivot][j];
    }
  }
  const [a, b] = [lists.length - 2, lists.length - 1];
  const [left, right] = [matrix[a][a], matrix[b][b]];
  if (!(left > NOTHING && right > NOTHING)) return NaN;
  return Math.max(-1, Math.min(1, matrix[a][b] / Math.sqrt(left * right)));
}
