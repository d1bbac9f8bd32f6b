import { argsort } from "./_argsort.ts";
import type { Endings } from "./_pairs.ts";
import type { Part } from "./_parts.ts";
import { countUpTo } from "./_sorted.ts";

/**
 * The least loss of an ending that each beginning has room for, under one or two budgets; Infinity where there is none.
 *
 * Beginnings are gone through by the room that they leave in the first cost, and endings join a tree over the ranks of the second
 * cost as they fit; each of its nodes holds the least loss below it.
 */
export function leastEndings(
  beginnings: readonly Part[],
  { loss, costs }: Endings,
  budgets: readonly number[],
): Float64Array {
  const [first, second = new Float64Array(loss.length)] = costs;
  const [firstBudget, secondBudget = 0] = budgets;
  const seconds = Float64Array.from(new Set(second)).sort();
  const tree = new Float64Array(seconds.length + 1).fill(Infinity);
  const byFirst = argsort(first);
  const rooms = Float64Array.from(beginnings, ({ costs }) => firstBudget - costs[0]);
  const least = new Float64Array(beginnings.length);
  let joined = 0;
  for (const i of argsort(rooms)) {
    for (; joined < byFirst.length && first[byFirst[joined]] <= rooms[i]; joined++) {
      const ending = byFirst[joined];
      for (
        let node = countUpTo(seconds, second[ending]);
        node < tree.length;
        node += node & -node
      ) {
        if (loss[ending] < tree[node]) tree[node] = loss[ending];
      }
    }
    let found = Infinity;
    const room = secondBudget - (beginnings[i].costs[1] ?? 0);
    for (let node = countUpTo(seconds, room); node > 0; node -= node & -node) {
      if (tree[node] < found) found = tree[node];
    }
    least[i] = found;
  }
  return least;
}
