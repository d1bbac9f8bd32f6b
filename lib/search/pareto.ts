import { checkList, show } from "../space/_check.ts";
import type { BlockChoice } from "../space/types.ts";
import type { Ratings } from "../ratings.ts";
import { mergeMoreCosts } from "./_merge_more.ts";
import { mergeOneCost } from "./_merge_one.ts";
import { checkOwnCost } from "./_options.ts";
import { lazyResult, type Problem, searchProblem } from "./_problem.ts";
import { feasibleChoice } from "./search.ts";
import { searchStages } from "./_stages.ts";
import { type Unit, UNITS } from "./_tables.ts";
import type { CustomCost, SearchOptions, SearchResult } from "./types.ts";

/** What a front is by: a unit, or a cost of one's own. */
export type FrontCost = "params" | "flops" | "macs" | CustomCost;

/** Networks that no other beats, cheapest first, and what they are compared by. */
export type ParetoFront = SearchResult[] & {
  /** The names of the costs, one or two. */
  readonly by: readonly string[];
};

/**
 * Finds every network that no other of the space beats or equals in loss and cost: the whole Pareto front, exactly.
 *
 * Losses and costs are sums over blocks, except that the cost of a block's first layer depends on the width chosen before it.
 * So the fronts of the blocks are merged, first block to last, one front for each width, and dominated partial networks are
 * dropped: whatever follows, they stay dominated. Of equal networks that with less of the other constrained costs stays, and of
 * these the one whose choice of cell and path comes first.
 *
 * By two costs a front may have hundreds of thousands of networks, and budgets keep it small; a constrained cost that the
 * front is not by is a third one to keep apart in the merge.
 *
 * @param ratings Ratings of every path, checked strictly as by `parseRatings`.
 * @param by "params", "flops", "macs" or a cost of one's own, or two of them.
 * @param options Budgets, λ, allowed cells and forbidden operations, as of `search`.
 * @returns The networks, by rising cost (by two: the first one, then the second one); by one cost, losses fall strictly. An entry
 *   builds its `architecture` and `text` when they are first asked for.
 * @throws {RangeError} Where no network fits, naming the cheapest one's cost.
 * @throws {TypeError | RangeError} Where ratings or options are wrong, naming the place.
 * @throws {Error} Where more than a million partial networks stay, with what to do about it.
 *
 * @example
 * ```ts
 * import { bestWithin, paretoFront, search } from "@dna/kernel";
 * import { assertEquals } from "@std/assert";
 *
 * const space = {
 *   name: "two blocks",
 *   blocks: [16, 24].map((width) => ({ stride: 2 as const, cells: [{ width, depth: 1 }] })),
 *   operations: [{ kernel: 3, expansion: 3 }, { kernel: 5, expansion: 6 }],
 * };
 * const blocks = space.blocks.map(({ cells }) => ({
 *   cells: cells.map((cell) => ({ ...cell, losses: [2, 1] })),
 * }));
 * const ratings = { space, resolution: 32, classes: 10, blocks };
 * const front = paretoFront(ratings, "params");
 * assertEquals(front.map(({ loss }) => loss), [4, 3, 2]);
 * for (const { params, loss } of front) {
 *   assertEquals(search(ratings, { maxParams: params }).loss, loss);
 *   assertEquals(bestWithin(front, params)?.loss, loss);
 * }
 * ```
 */
export function paretoFront(
  ratings: Ratings,
  by: FrontCost | readonly FrontCost[],
  options: SearchOptions = {},
): ParetoFront {
  const costs = checkBy(by);
  const own = costs.filter((cost) => typeof cost !== "string");
  const problem = searchProblem(ratings, options, [], own);
  const names = costs.map((cost) => typeof cost === "string" ? cost : cost.name);
  const tracked = [...names, ...problem.units.filter((unit) => !names.includes(unit))];
  const stages = searchStages(problem, tracked);
  const budgets = tracked.map((name) => problem.budgets[problem.units.indexOf(name)] ?? Infinity);
  const networks = tracked.length === 1
    ? mergeOneCost(stages, budgets[0]).map((choice) => lazyResult(problem, choice))
    : strictFront(problem, mergeMoreCosts(stages, budgets), names, tracked);
  if (networks.length === 0) feasibleChoice(problem, searchStages(problem));
  return Object.defineProperty(networks, "by", { value: Object.freeze(names) }) as ParetoFront;
}

function checkBy(by: unknown): FrontCost[] {
  const place = "Cannot find the front: by";
  const list = Array.isArray(by) ? checkList(by, place, "costs", 1, 2) : [by];
  const costs = list.map((cost, i): FrontCost => {
    const here = Array.isArray(by) ? `${place}[${i}]` : place;
    if (typeof cost === "object" && cost !== null) return checkOwnCost(cost, here);
    if ((UNITS as readonly unknown[]).includes(cost)) return cost as Unit;
    const Kind = typeof cost === "string" ? RangeError : TypeError;
    throw new Kind(
      `${here} is ${show(cost)}, must be ${
        UNITS.map((unit) => `"${unit}"`).join(", ")
      } or a cost ` +
        "{ name, of }",
    );
  });
  if (costs.length === 2 && costs[0] === costs[1]) {
    throw new RangeError(`${place} has the same cost twice`);
  }
  return costs;
}

/** The value of a network that a cost's name stands for. */
export function costNamed(network: SearchResult, name: string): number {
  return network.costs?.[name] ?? network[name as Unit];
}

/**
 * Of networks, those that none beats or equals in loss and the costs that the front is by, in rising order of these costs.
 *
 * @param tracked These costs, and the others that are constrained, which decide ties.
 */
function strictFront(
  problem: Problem,
  choices: readonly BlockChoice[][],
  names: readonly string[],
  tracked: readonly string[],
): SearchResult[] {
  const all = choices.map((choice) => lazyResult(problem, choice));
  const keys = all.map((network) => {
    const values = tracked.map((name) => costNamed(network, name));
    return values.toSpliced(names.length, 0, network.loss);
  });
  const order = all.map((_, i) => i).sort((a, b) => {
    for (let k = 0; k <= tracked.length; k++) {
      if (keys[a][k] !== keys[b][k]) return keys[a][k] - keys[b][k];
    }
    return compareNetworks(all[a], all[b]);
  });
  // By rising first cost, the least loss so far for each second cost: the second rises, losses fall.
  const stairs: { second: number; loss: number }[] = [];
  return order.filter((i) => {
    const second = names.length > 1 ? keys[i][1] : 0;
    const { loss } = all[i];
    let low = 0;
    for (let high = stairs.length; low < high;) {
      const middle = (low + high) >> 1;
      if (stairs[middle].second <= second) low = middle + 1;
      else high = middle;
    }
    if (low > 0 && stairs[low - 1].loss <= loss) return false;
    const start = low > 0 && stairs[low - 1].second === second ? low - 1 : low;
    let end = low;
    while (end < stairs.length && stairs[end].loss >= loss) end++;
    stairs.splice(start, end - start, { second, loss });
    return true;
  }).map((i) => all[i]);
}

function compareNetworks(a: SearchResult, b: SearchResult): number {
  for (let block = 0; block < a.choice.length; block++) {
    const [first, second] = [a.choice[block], b.choice[block]];
    const order = first.cell - second.cell || first.path - second.path;
    if (order) return order;
  }
  return 0;
}

/**
 * Looks up the best network of a front within a budget: what `search` would find.
 *
 * By one cost this is a binary search; by two, also a walk over the networks within the first budget.
 *
 * @param front What `paretoFront` gave.
 * @param budget The greatest cost allowed; for a front by two costs, both.
 * @returns The network of least loss within the budget; undefined where none is.
 * @throws {TypeError} Where `front` is no front, or `budget` not a number for each of its costs.
 *
 * @example
 * ```ts
 * import { bestWithin, paretoFront } from "@dna/kernel";
 * import { assertEquals } from "@std/assert";
 *
 * const space = { name: "one", blocks: [{ stride: 1 as const, cells: [{ width: 8, depth: 1 }] }] };
 * const cells = [{ width: 8, depth: 1, losses: [6, 5, 4, 3, 2, 1] }];
 * const ratings = { space, resolution: 32, classes: 10, blocks: [{ cells }] };
 * const front = paretoFront(ratings, ["params", "flops"]);
 * const [{ params, flops }] = front;
 * assertEquals(bestWithin(front, [params, flops])?.params, params);
 * assertEquals(bestWithin(front, [params - 1, flops]), undefined);
 * ```
 */
export function bestWithin(
  front: ParetoFront,
  budget: number | readonly number[],
): SearchResult | undefined {
  const { by } = front ?? {};
  if (!Array.isArray(front) || !by) {
    throw new TypeError("Cannot look up a network: the front must be what paretoFront gave");
  }
  const budgets = typeof budget === "number" ? [budget] : budget;
  if (
    !Array.isArray(budgets) || budgets.length !== by.length ||
    !budgets.every((value) => typeof value === "number" && !Number.isNaN(value))
  ) {
    throw new TypeError(
      `Cannot look up a network: the budget is ${show(budget)}, must be a number for each of ` +
        by.join(", "),
    );
  }
  let end = 0;
  for (let high = front.length; end < high;) {
    const middle = (end + high) >> 1;
    if (costNamed(front[middle], by[0]) <= budgets[0]) end = middle + 1;
    else high = middle;
  }
  if (by.length === 1) return front[end - 1];
  let best: SearchResult | undefined;
  for (let i = 0; i < end; i++) {
    if (costNamed(front[i], by[1]) > budgets[1]) continue;
    if (!best || front[i].loss < best.loss) best = front[i];
  }
  return best;
}
