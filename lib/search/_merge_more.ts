import type { BlockChoice } from "../space/types.ts";
import { argsort } from "./_argsort.ts";
import { type Chain, choiceAt, compareChains } from "./_chain.ts";
import type { Stage } from "./_stages.ts";
import { costSlacks } from "./_bounds.ts";
import { leastSums } from "./_sums.ts";

/** Beginnings of one width, in columns. */
interface Cloud {
  loss: Float64Array;
  costs: Float64Array[];
  edge: Int32Array;
  before: Int32Array;
}

/** A front may have so many points; more would fill the memory, and nobody could look at them. */
export const MAX_FRONT = 1_000_000;

/** So many points are gathered before those that are beaten are dropped. */
const AT_ONCE = 2_000_000;

/**
 * Every network that none beats or equals in loss and in two costs or more, each as its choice; with three costs or more,
 * also a few that are beaten.
 *
 * @param stages The stages, for these costs.
 * @param budgets The greatest of each cost allowed.
 * @throws {Error} Where the front has more than a million points.
 */
export function mergeMoreCosts(
  stages: readonly Stage[],
  budgets: readonly number[],
): BlockChoice[][] {
  const leastCosts = budgets.map((_, k) => leastSums(stages, (edge) => edge.costs[k]));
  const slacks = costSlacks(stages, budgets);
  const last = stages.length - 1;
  const chain: Chain = [];
  let fronts: Cloud[] = [emptyCloud(budgets.length, 1)];
  stages.forEach(({ outputs, edges }, block) => {
    const compare = (cloud: Cloud, a: number, b: number) =>
      compareChains(
        chain,
        stages,
        block,
        cloud.edge[a],
        cloud.before[a],
        cloud.edge[b],
        cloud.before[b],
      );
    fronts = Array.from({ length: outputs }, (_, to) => {
      const room = budgets.map((budget, k) =>
        budget + (block < last ? slacks[k] : 0) - leastCosts[k][block + 1][to]
      );
      let gathered = emptyCloud(budgets.length, 0);
      let parts: Cloud[] = [];
      let count = 0;
      const drop = () => {
        gathered = frontOf(joined([gathered, ...parts], budgets.length), compare);
        parts = [];
        count = 0;
        if (gathered.loss.length > MAX_FRONT) throw tooMany(block);
      };
      edges.forEach((edge, number) => {
        if (edge.to !== to) return;
        const shifted = shift(fronts[edge.from], edge.loss, edge.costs, number, room);
        parts.push(shifted);
        count += shifted.loss.length;
        if (count > Math.max(AT_ONCE, 2 * gathered.loss.length)) drop();
      });
      drop();
      return gathered;
    });
    chain.push(fronts);
  });
  return fronts.flatMap(({ loss }, width) =>
    Array.from(loss, (_, i) => choiceAt(chain, stages, last, width, i))
  );
}

function emptyCloud(units: number, length: number): Cloud {
  return {
    loss: new Float64Array(length),
    costs: Array.from({ length: units }, () => new Float64Array(length)),
    edge: new Int32Array(length),
    before: new Int32Array(length),
  };
}

/** The cloud with a path added to each beginning, without those that leave too little room for any ending. */
function shift(
  { loss, costs }: Cloud,
  ownLoss: number,
  ownCosts: readonly number[],
  number: number,
  room: readonly number[],
): Cloud {
  const before = new Int32Array(loss.length);
  let count = 0;
  for (let i = 0; i < loss.length; i++) {
    let k = 0;
    while (k < room.length && costs[k][i] + ownCosts[k] <= room[k]) k++;
    if (k === room.length) before[count++] = i;
  }
  const kept = before.slice(0, count);
  return {
    loss: Float64Array.from(kept, (i) => loss[i] + ownLoss),
    costs: costs.map((column, k) => Float64Array.from(kept, (i) => column[i] + ownCosts[k])),
    edge: new Int32Array(count).fill(number),
    before: kept,
  };
}

function joined(clouds: readonly Cloud[], units: number): Cloud {
  const whole = emptyCloud(units, clouds.reduce((sum, { loss }) => sum + loss.length, 0));
  let at = 0;
  for (const { loss, costs, edge, before } of clouds) {
    whole.loss.set(loss, at);
    costs.forEach((column, k) => whole.costs[k].set(column, at));
    whole.edge.set(edge, at);
    whole.before.set(before, at);
    at += loss.length;
  }
  return whole;
}

/** The points that no other beats or equals in loss and in all costs; with three costs or more, some of those too. */
function frontOf(cloud: Cloud, compare: (cloud: Cloud, a: number, b: number) => number): Cloud {
  const { loss, costs } = cloud;
  const [first, second] = costs;
  const order = argsort(loss);
  sortTies(order, loss, (a, b) => {
    for (const column of costs) if (column[a] !== column[b]) return column[a] - column[b];
    return compare(cloud, a, b);
  });
  // A tree over the ranks of the first cost: each node holds the point of least second cost below it.
  const rank = new Uint32Array(loss.length);
  let ranks = 0;
  argsort(first).forEach((i, place, sorted) => {
    if (place === 0 || first[i] !== first[sorted[place - 1]]) ranks++;
    rank[i] = ranks;
  });
  const tree = new Int32Array(ranks + 1).fill(-1);
  const kept = order.filter((i) => {
    for (let node = rank[i]; node > 0; node -= node & -node) {
      const other = tree[node];
      if (other >= 0 && costs.every((column) => column[other] <= column[i])) return false;
    }
    for (let node = rank[i]; node <= ranks; node += node & -node) {
      if (tree[node] < 0 || second[i] < second[tree[node]]) tree[node] = i;
    }
    return true;
  });
  return {
    loss: Float64Array.from(kept, (i) => loss[i]),
    costs: costs.map((column) => Float64Array.from(kept, (i) => column[i])),
    edge: Int32Array.from(kept, (i) => cloud.edge[i]),
    before: Int32Array.from(kept, (i) => cloud.before[i]),
  };
}

/** Sorts each run of equal keys by `compare`. */
function sortTies(
  order: Uint32Array,
  keys: Float64Array,
  compare: (a: number, b: number) => number,
): void {
  for (let start = 0; start < order.length;) {
    let end = start + 1;
    while (end < order.length && keys[order[end]] === keys[order[start]]) end++;
    if (end - start > 1) order.subarray(start, end).sort(compare);
    start = end;
  }
}

function tooMany(block: number): Error {
  return new Error(
    `Cannot find the front: after block ${block} more than ${MAX_FRONT.toLocaleString("en-US")} ` +
      "partial networks are beaten by none; lower the budgets (maxParams, maxFlops, maxMacs, " +
      "costs), allow fewer cells or operations (cells, without), or ask for the front by one cost",
  );
}
