/**
 * Means over few trainings, and leads of one network over another, with Student's intervals.
 *
 * @module
 */

import type { Interval } from "../ranking/bootstrap.ts";
import { intervalText, signed } from "./_words.ts";
import type { Claim } from "./types.ts";
import { mean } from "./_sums.ts";

/** A mean with what it is known by. */
export interface Mean {
  /** How many values. */
  count: number;
  /** Their mean. */
  mean: number;
  /** Its 95 % interval; NaN where there is one value. */
  interval: Interval;
}

/** The mean of values from independent trainings, with Student's 95 % interval. */
export function meanOf(values: readonly number[]): Mean {
  const count = values.length;
  const centre = mean(values);
  const half = studentQuantile(count - 1) * Math.sqrt(variance(values) / count);
  return { count, mean: centre, interval: [centre - half, centre + half] };
}

/** By how much one's values are above the other's of the same seeds. */
export function pairedLead(one: readonly number[], other: readonly number[]): Mean {
  return meanOf(one.slice(0, other.length).map((value, i) => value - other[i]));
}

/** By how much one's values are above the other's, which have nothing in common with them: Welch's interval. */
export function lead(one: readonly number[], other: readonly number[]): Mean {
  const parts = [one, other].map((values) => variance(values) / values.length);
  const whole = parts[0] + parts[1];
  const freedom = whole ** 2 /
    (parts[0] ** 2 / (one.length - 1) + parts[1] ** 2 / (other.length - 1));
  const difference = mean(one) - mean(other);
  // Fewer degrees of freedom are the cautious side.
  const half = studentQuantile(Math.floor(freedom)) * Math.sqrt(whole);
  const interval: Interval = [difference - half, difference + half];
  return { count: one.length + other.length, mean: difference, interval };
}

/** A lead of accuracy in points, with its interval where there is one. */
export function pointsText(
  { mean, interval: [low, high] }: Pick<Mean, "mean" | "interval">,
): string {
  const points = `${signed(100 * mean, 2)} points`;
  return Number.isFinite(low) ? `${points} ${intervalText([100 * low, 100 * high], 2)}` : points;
}

/** Whether two are the same but for a margin. */
export function sameVerdict({ interval: [low, high] }: Mean, margin: number): Claim["verdict"] {
  if (low > -margin && high < margin) return "holds";
  return low > margin || high < -margin ? "does not hold" : "cannot tell";
}

/** The t that 97.5 % of Student's distribution lie below; NaN without a degree of freedom. */
export function studentQuantile(freedom: number): number {
  if (!(freedom >= 1)) return NaN;
  let [low, high] = [0, 13]; // 12.7 at one degree of freedom
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (within(middle, freedom) < 0.95) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** The share of Student's distribution between −t and t (Abramowitz and Stegun 26.7.3 and 26.7.4). */
function within(t: number, freedom: number): number {
  const angle = Math.atan(t / Math.sqrt(freedom));
  const [sin, cos] = [Math.sin(angle), Math.cos(angle)];
  const odd = freedom % 2 === 1;
  let term = odd ? cos : 1;
  let sum = 0;
  for (let k = odd ? 3 : 2; k <= freedom; k += 2) {
    sum += term;
    term *= (k - 1) / k * cos ** 2;
  }
  return odd ? 2 / Math.PI * (angle + sin * sum) : sin * sum;
}

/** Of the values' distribution, not of the values alone. */
function variance(values: readonly number[]): number {
  const centre = mean(values);
  return values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1);
}
