/**
 * What repeated measurements say.
 *
 * @module
 */

/** Median and quartiles. */
export interface Spread {
  low: number;
  median: number;
  high: number;
}

/** Median and quartiles of some numbers. */
export function spread(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.round(share * (sorted.length - 1))];
  return { low: at(0.25), median: at(0.5), high: at(0.75) };
}
