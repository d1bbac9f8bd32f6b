/**
 * The normal distribution, and what it says of taus.
 *
 * @module
 */

import { checkNumber } from "../space/_check.ts";

/** The share of a standard normal distribution below z (Abramowitz and Stegun 7.1.5 and 7.1.14: a series, and a fraction). */
export function normalShare(z: number): number {
  const x = Math.abs(z) / Math.SQRT2;
  let tail: number;
  if (x < 2.5) {
    let [term, sum] = [x, x];
    for (let n = 1; Math.abs(term) > 1e-17 * sum && n < 200; n++) {
      term *= -x * x / n;
      sum += term / (2 * n + 1);
    }
    tail = (1 - 2 / Math.sqrt(Math.PI) * sum) / 2;
  } else {
    let fraction = x;
    for (let n = 80; n > 0; n--) fraction = x + n / 2 / fraction;
    tail = Math.exp(-x * x) / Math.sqrt(Math.PI) / fraction / 2;
  }
  return z > 0 ? 1 - tail : tail;
}

/** The z that a share of a standard normal distribution lies below; the inverse of {@linkcode normalShare}. */
export function normalQuantile(share: number): number {
  if (share <= 0) return -Infinity;
  if (share >= 1) return Infinity;
  let [low, high] = [-40, 40];
  for (let i = 0; i < 80; i++) {
    const middle = (low + high) / 2;
    if (normalShare(middle) < share) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/**
 * Kendall's tau of two normally distributed quantities with Pearson's r between them: 2/π · asin r (Greiner, 1909).
 *
 * @param r Pearson's r, −1 to 1.
 * @returns Tau; its inverse is sin(π τ / 2).
 * @throws {TypeError | RangeError} Unless r is a number from −1 to 1.
 *
 * @example
 * ```ts
 * import { normalTau } from "@dna/kernel";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * assertAlmostEquals(normalTau(0.5), 1 / 3);
 * ```
 */
export function normalTau(r: number): number {
  return 2 / Math.PI * Math.asin(checkNumber(r, "Cannot give a tau: r", -1, 1));
}
