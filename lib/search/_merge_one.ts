import { type Chain, choiceAt, compareChains } from "./_chain.ts";
import type { BlockChoice } from "../space/types.ts";
import type { Stage } from "./_stages.ts";
import { costSlacks } from "./_bounds.ts";
import { leastSums } from "./_sums.ts";

/** Beginnings of one width that none beats: costs rise, losses fall. */
interface Stairs {
  cost: Float64Array;
  loss: Float64Array;
  edge: Int32Array;
  before: Int32Array;
}

/**
 * Every network that none beats or equals in loss and in the one cost, cheapest first, each as its choice.
 *
 * Front after front: that of the beginnings up to a block is what is left of the former block's front, shifted by each path's
 * cost and loss, when these lists have been merged two by two and what is beaten dropped. Adding up rounds, but never
 * changes the order of two sums with a summand in common: what is dropped stays beaten.
 *
 * @param stages The stages, for the one cost.
 * @param budget The greatest cost allowed.
 */
export function mergeOneCost(stages: readonly Stage[], budget: number): BlockChoice[][] {
  const leastCosts = leastSums(stages, (edge) => edge.costs[0]);
  const [slack] = costSlacks(stages, [budget]);
  const chain: Chain = [];
  let fronts: Stairs[] = [{
    cost: Float64Array.of(0),
    loss: Float64Array.of(0),
    edge: Int32Array.of(-1),
    before: Int32Array.of(-1),
  }];
  const last = stages.length - 1;
  stages.forEach(({ outputs, edges }, block) => {
    const compare = (a: Stairs, i: number, b: Stairs, j: number) =>
      compareChains(chain, stages, block, a.edge[i], a.before[i], b.edge[j], b.before[j]);
    const lists: Stairs[][] = Array.from({ length: outputs }, () => []);
    edges.forEach(({ from, to, loss, costs: [cost] }, number) => {
      const room = budget + (block < last ? slack : 0) - leastCosts[block + 1][to];
      const shifted = shift(fronts[from], cost, loss, number, room);
      if (shifted.cost.length > 0) lists[to].push(shifted);
    });
    fronts = lists.map((stairs) => mergeAll(stairs, compare));
    chain.push(fronts);
  });
  const at = new Map(fronts.map((stairs, width) => [stairs, width]));
  const ends = fronts.flatMap((stairs) =>
    Array.from(stairs.cost, (_, i) => ({ stairs, i, cost: stairs.cost[i], loss: stairs.loss[i] }))
  );
  ends.sort((a, b) =>
    a.cost - b.cost || a.loss - b.loss ||
    compareChains(
      chain,
      stages,
      last,
      a.stairs.edge[a.i],
      a.stairs.before[a.i],
      b.stairs.edge[b.i],
      b.stairs.before[b.i],
    )
  );
  let least = Infinity;
  return ends
    .filter(({ loss }) => {
      const isKept = loss < least;
      if (isKept) least = loss;
      return isKept;
    })
    .map(({ stairs, i }) => choiceAt(chain, stages, last, at.get(stairs)!, i));
}

/** The front with a path added to each beginning, up to a cost of `room`. */
function shift(stairs: Stairs, cost: number, loss: number, number: number, room: number): Stairs {
  let end = stairs.cost.length;
  while (end > 0 && !(stairs.cost[end - 1] + cost <= room)) end--;
  const costs = new Float64Array(end);
  const losses = new Float64Array(end);
  const before = new Int32Array(end);
  for (let i = 0; i < end; i++) {
    costs[i] = stairs.cost[i] + cost;
    losses[i] = stairs.loss[i] + loss;
    before[i] = i;
  }
  return { cost: costs, loss: losses, edge: new Int32Array(end).fill(number), before };
}

type Compare = (a: Stairs, i: number, b: Stairs, j: number) => number;

function mergeAll(lists: Stairs[], compare: Compare): Stairs {
  const empty = new Float64Array(0);
  if (lists.length === 0) {
    return { cost: empty, loss: empty, edge: new Int32Array(0), before: new Int32Array(0) };
  }
  while (lists.length > 1) {
    const half: Stairs[] = [];
    for (let i = 0; i < lists.length; i += 2) {
      half.push(i + 1 < lists.length ? mergeTwo(lists[i], lists[i + 1], compare) : lists[i]);
    }
    lists = half;
  }
  return mergeTwo(lists[0], { ...lists[0], cost: empty }, compare);
}

function mergeTwo(a: Stairs, b: Stairs, compare: Compare): Stairs {
  const [lengthA, lengthB] = [a.cost.length, b.cost.length];
  const length = lengthA + lengthB;
  const cost = new Float64Array(length);
  const loss = new Float64Array(length);
  const edge = new Int32Array(length);
  const before = new Int32Array(length);
  let count = 0;
  let least = Infinity;
  for (let i = 0, j = 0; i < lengthA || j < lengthB;) {
    const isA = j >= lengthB || (i < lengthA && (
      a.cost[i] < b.cost[j] || (a.cost[i] === b.cost[j] && (
        a.loss[i] < b.loss[j] || (a.loss[i] === b.loss[j] && compare(a, i, b, j) < 0)
      ))
    ));
    const from = isA ? a : b;
    const at = isA ? i++ : j++;
    if (!(from.loss[at] < least)) continue;
    least = from.loss[at];
    cost[count] = from.cost[at];
    loss[count] = least;
    edge[count] = from.edge[at];
    before[count++] = from.before[at];
  }
  return {
    cost: cost.slice(0, count),
    loss: loss.slice(0, count),
    edge: edge.slice(0, count),
    before: before.slice(0, count),
  };
}
