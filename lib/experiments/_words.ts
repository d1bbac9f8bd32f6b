/**
 * Numbers of experiments as words.
 *
 * @module
 */

import { short } from "../plots/_format.ts";
import type { Interval } from "../ranking/bootstrap.ts";

/** A tau, or any correlation. */
export function tauText(value: number): string {
  return Number.isFinite(value) ? fixed(value, 3) : "–";
}

/** A difference with its sign. */
export function signed(value: number, digits = 3): string {
  if (!Number.isFinite(value)) return "–";
  return `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(digits)}`;
}

/** An interval. */
export function intervalText([low, high]: Readonly<Interval>, digits = 3): string {
  if (!Number.isFinite(low)) return "–";
  return `[${fixed(low, digits)}, ${fixed(high, digits)}]`;
}

/** Digits behind the point, with the minus sign that prose has. */
function fixed(value: number, digits: number): string {
  return value.toFixed(digits).replace("-", "−");
}

/** The range of a cost. */
export function costText({ least, most }: { least: number; most: number }): string {
  return `${short(least)} to ${short(most)}`;
}
