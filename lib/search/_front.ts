import { band } from "./_band.ts";

/** What has a loss and costs in some units. */
export interface Point {
  /** The loss. */
  loss: number;
  /** The cost in each unit. */
  costs: readonly number[];
}

/** Orders by loss, then by the costs in turn; 0 where all are equal. */
export function comparePoints(a: Point, b: Point): number {
  if (a.loss !== b.loss) return a.loss - b.loss;
  for (let k = 0; k < a.costs.length; k++) {
    if (a.costs[k] !== b.costs[k]) return a.costs[k] - b.costs[k];
  }
  return 0;
}

/**
 * Drops points that `keep` other points equal or beat in loss and in every cost; of equal points those that `tie` puts first
 * come first. All such points go where there are up to two costs; with three, a few may stay. What stays is sorted by loss.
 */
export function front<T extends Point>(
  points: T[],
  tie: (a: T, b: T) => number,
  keep = 1,
): T[] {
  points.sort((a, b) => comparePoints(a, b) || tie(a, b));
  return keep > 1 ? band(points, keep) : stairs(points);
}

function stairs<T extends Point>(points: readonly T[]): T[] {
  const kept: T[] = [];
  // Of the points so far, those that none beats in the first two costs: the first cost rises, the second falls.
  const stairs: T[] = [];
  for (const point of points) {
    const [first = 0, second = 0] = point.costs;
    let low = 0;
    for (let high = stairs.length; low < high;) {
      const middle = (low + high) >> 1;
      if ((stairs[middle].costs[0] ?? 0) <= first) low = middle + 1;
      else high = middle;
    }
    const other = stairs[low - 1];
    if (other && other.costs.every((cost, k) => cost <= point.costs[k])) continue;
    kept.push(point);
    if (other && other.costs[1] <= second) continue;
    let end = low;
    while (end < stairs.length && stairs[end].costs[1] >= second) end++;
    const start = other && other.costs[0] === first ? low - 1 : low;
    stairs.splice(start, end - start, point);
  }
  return kept;
}
