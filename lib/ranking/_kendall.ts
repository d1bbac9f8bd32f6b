/**
 * Kendall's tau-b in O(n log n).
 *
 * @module
 */

/** Tau-b of lists that are known to be sound; NaN where a list has one value only. */
export function tauOf(x: readonly number[], y: readonly number[]): number {
  const n = x.length;
  const order = Array.from({ length: n }, (_, i) => i).sort((a, b) => x[a] - x[b] || y[a] - y[b]);
  let [tiesX, tiesBoth] = [0, 0];
  for (let i = 1, runX = 1, runBoth = 1; i <= n; i++) {
    const sameX = i < n && x[order[i]] === x[order[i - 1]];
    const sameBoth = sameX && y[order[i]] === y[order[i - 1]];
    if (!sameBoth) tiesBoth += pairs(runBoth);
    if (!sameX) tiesX += pairs(runX);
    runBoth = sameBoth ? runBoth + 1 : 1;
    runX = sameX ? runX + 1 : 1;
  }
  // In the order of x (and of y where x is tied) each exchange that sorts y is a pair that the lists order contrarily.
  const sorted = Float64Array.from(order, (i) => y[i]);
  const discordant = sortCounting(sorted);
  let tiesY = 0;
  for (let i = 1, run = 1; i <= n; i++) {
    const same = i < n && sorted[i] === sorted[i - 1];
    if (!same) tiesY += pairs(run);
    run = same ? run + 1 : 1;
  }
  const all = pairs(n);
  if (tiesX === all || tiesY === all) return NaN;
  const difference = all - tiesX - tiesY + tiesBoth - 2 * discordant;
  const tau = difference / Math.sqrt(all - tiesX) / Math.sqrt(all - tiesY);
  return Math.max(-1, Math.min(1, tau));
}

function pairs(count: number): number {
  return count * (count - 1) / 2;
}

/** Sorts the values by merging, and counts the exchanges of neighbours that this would take. */
function sortCounting(values: Float64Array<ArrayBuffer>): number {
  const n = values.length;
  let exchanges = 0;
  let from = values;
  let to = new Float64Array(n);
  for (let width = 1; width < n; width *= 2) {
    for (let start = 0; start < n; start += 2 * width) {
      const middle = Math.min(start + width, n);
      const end = Math.min(start + 2 * width, n);
      for (let left = start, right = middle, at = start; at < end; at++) {
        if (left < middle && (right >= end || from[left] <= from[right])) {
          to[at] = from[left++];
        } else {
          to[at] = from[right++];
          exchanges += middle - left;
        }
      }
    }
    [from, to] = [to, from];
  }
  if (from !== values) values.set(from);
  return exchanges;
}
