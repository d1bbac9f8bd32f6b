/**
 * What repeated measurements say.
 *
 * @module
 */

/** The least value, the median and the quartiles. */
export interface Spread {
  least: number;
  low: number;
  median: number;
  high: number;
}

/** What some numbers say. */
export function spread(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.round(share * (sorted.length - 1))];
  return { least: sorted[0], low: at(0.25), median: at(0.5), high: at(0.75) };
}
