/** The sum of numbers. */
export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** The mean of numbers. */
export function mean(values: readonly number[]): number {
  return sum(values) / values.length;
}
