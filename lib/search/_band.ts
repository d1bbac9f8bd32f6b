import type { Point } from "./_front.ts";
import { countUpTo } from "./_sorted.ts";

/** Of points sorted by loss, those that fewer than `keep` earlier ones equal or beat in every cost. */
export function band<T extends Point>(points: readonly T[], keep: number): T[] {
  const units = points[0]?.costs.length ?? 0;
  if (units === 0) return points.slice(0, keep);
  return units <= 2 ? flatBand(points, keep) : plainBand(points, keep);
}

function plainBand<T extends Point>(points: readonly T[], keep: number): T[] {
  const kept: T[] = [];
  for (const point of points) {
    let better = 0;
    for (let i = 0; i < kept.length && better < keep; i++) {
      const { costs } = kept[i];
      let k = 0;
      while (k < costs.length && costs[k] <= point.costs[k]) k++;
      if (k === costs.length) better++;
    }
    if (better < keep) kept.push(point);
  }
  return kept;
}

/**
 * The same for one or two costs, by a tree over the ranks of the first cost: each of its nodes holds the least second costs of
 * the points kept below it, as many as can matter.
 */
function flatBand<T extends Point>(points: readonly T[], keep: number): T[] {
  const firsts = Float64Array.from(new Set(points.map(({ costs }) => costs[0]))).sort();
  const rank = new Map(Array.from(firsts, (cost, i) => [cost, i + 1]));
  const tree: number[][] = Array.from({ length: firsts.length + 1 }, () => []);
  return points.filter(({ costs: [first, second = 0] }) => {
    const place = rank.get(first)!;
    let better = 0;
    for (let i = place; i > 0 && better < keep; i -= i & -i) better += countUpTo(tree[i], second);
    if (better >= keep) return false;
    for (let i = place; i < tree.length; i += i & -i) {
      const least = tree[i];
      const at = countUpTo(least, second);
      if (at >= keep) continue;
      least.splice(at, 0, second);
      if (least.length > keep) least.pop();
    }
    return true;
  });
}
