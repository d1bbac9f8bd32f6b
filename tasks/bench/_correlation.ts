/**
 * How well one list of numbers foretells another.
 *
 * @module
 */

/** Pearson's r with its interval of 95 %. */
export interface Correlation {
  r: number;
  low: number;
  high: number;
}

/** Pearson's r; the interval is Fisher's, of ±1.96 / √(n − 3) around artanh r. */
export function correlation(xs: readonly number[], ys: readonly number[]): Correlation {
  const [meanX, meanY] = [mean(xs), mean(ys)];
  let [xy, xx, yy] = [0, 0, 0];
  xs.forEach((x, i) => {
    const [dx, dy] = [x - meanX, ys[i] - meanY];
    xy += dx * dy;
    xx += dx * dx;
    yy += dy * dy;
  });
  const r = Math.max(-1, Math.min(1, xy / Math.sqrt(xx * yy)));
  const half = xs.length > 3 ? 1.96 / Math.sqrt(xs.length - 3) : Infinity;
  return { r, low: Math.tanh(Math.atanh(r) - half), high: Math.tanh(Math.atanh(r) + half) };
}

/** The mean. */
export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
