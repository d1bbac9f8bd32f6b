import type { Bounds } from "./_bounds.ts";
import type { Part } from "./_parts.ts";
import { leastEndings } from "./_sweep.ts";

/** Endings from one width, sorted by their priced loss, in columns. */
export interface Endings {
  priced: Float64Array;
  loss: Float64Array;
  costs: Float64Array[];
}

/** Puts endings into columns. */
export function endingColumns(endings: readonly Part[], units: number): Endings {
  const sorted = endings.toSorted((a, b) => a.priced - b.priced);
  return {
    priced: Float64Array.from(sorted, ({ priced }) => priced),
    loss: Float64Array.from(sorted, ({ loss }) => loss),
    costs: Array.from(
      { length: units },
      (_, k) => Float64Array.from(sorted, ({ costs }) => costs[k]),
    ),
  };
}

/**
 * Finds the beginnings that some ending makes one of the `top` best networks within the budgets, up to rounding.
 *
 * @param beginnings Beginnings by width, each with its endings.
 * @param limit No network of greater loss counts.
 * @param spend Called with the number of pairs looked at.
 */
export function promisingBeginnings(
  beginnings: readonly (readonly Part[])[],
  endings: readonly Endings[],
  { allowance, rounding, budgets, slacks }: Bounds,
  limit: number,
  top: number,
  spend: (count: number) => void,
): Part[][] {
  const units = budgets.length;
  const isWhole = slacks.every((slack) => slack === 0);
  if (top === 1 && isWhole && (units === 1 || units === 2)) {
    const sums = beginnings.map((parts, width) =>
      leastEndings(parts, endings[width], budgets).map((least, i) => parts[i].loss + least)
    );
    const best = sums.reduce(
      (least, column) => column.reduce((a, b) => Math.min(a, b), least),
      limit,
    );
    spend(beginnings.reduce((count, parts) => count + parts.length, 0));
    return beginnings.map((parts, width) =>
      parts.filter((_, i) => sums[width][i] <= best + rounding)
    );
  }
  const rooms = new Float64Array(units);
  const least = beginnings.map((parts) => new Float64Array(parts.length).fill(Infinity));
  const best: number[] = [];
  const queue = beginnings
    .flatMap((parts, width) => parts.map((part, i) => ({ part, width, i })))
    .sort((a, b) => a.part.priced - b.part.priced);
  for (const { part, width, i } of queue) {
    const { priced, loss, costs } = endings[width];
    for (let k = 0; k < units; k++) rooms[k] = budgets[k] + slacks[k] - part.costs[k];
    let most = limit + allowance + rounding - part.priced;
    let e = 0;
    for (; e < priced.length && priced[e] <= most; e++) {
      const sum = part.loss + loss[e];
      if (sum > limit + rounding) continue;
      let k = 0;
      while (k < units && costs[k][e] <= rooms[k]) k++;
      if (k < units) continue;
      if (sum < least[width][i]) least[width][i] = sum;
      if (!costs.every((cost, k) => cost[e] <= rooms[k] - 2 * slacks[k])) continue;
      insert(best, sum, top);
      if (best.length < top || best[top - 1] >= limit) continue;
      limit = best[top - 1];
      most = limit + allowance + rounding - part.priced;
    }
    spend(e);
  }
  return beginnings.map((parts, width) =>
    parts.filter((_, i) => least[width][i] <= limit + rounding)
  );
}

/** Puts a value into a sorted list of the least `size` values. */
function insert(sorted: number[], value: number, size: number): void {
  if (sorted.length === size && value >= sorted[size - 1]) return;
  let at = sorted.length;
  while (at > 0 && sorted[at - 1] > value) at--;
  sorted.splice(at, 0, value);
  sorted.length = Math.min(sorted.length, size);
}
