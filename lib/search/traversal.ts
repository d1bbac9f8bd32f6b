import type { Ratings } from "../ratings.ts";
import { comparePoints } from "./_front.ts";
import { searchProblem, searchResult } from "./_problem.ts";
import { lossBound } from "./_prices.ts";
import { compareChoices, type Edge, searchStages } from "./_stages.ts";
import { leastSums } from "./_sums.ts";
import { feasibleChoice } from "./search.ts";
import type { SearchOptions, SearchResult } from "./types.ts";

/** The network that a traversal found, and how far it had to look. */
export interface TraversalResult extends SearchResult {
  /** Number of paths looked at, in all blocks together. */
  visited: number;
}

/**
 * Finds the network of least loss within the budgets by traversal (Algorithm 2 of the paper).
 *
 * The paths of each block are sorted by loss, their costs are looked up, and the blocks are gone through depth first. As the
 * paper's text says, a path is skipped where the network so far and its cheapest completion are above a budget, and the last
 * block is left at the first path that fits. Beyond the paper, the cost of a block's first layer is that for the width chosen
 * before it, so that the result is exact; and a list is left where the loss so far and the least losses of the blocks to come
 * are no better than the best network's. `search` finds the same loss faster.
 *
 * @param ratings Ratings of every path, checked strictly as by `parseRatings`.
 * @param options Budgets, each inclusive, and λ of each block.
 * @returns The network; of equal losses the one met first.
 * @throws {RangeError} Where no network fits, naming the cheapest one's cost.
 * @throws {TypeError | RangeError} Where ratings or options are wrong, naming the place.
 *
 * @example
 * ```ts
 * import { search, traversalSearch } from "@dna/kernel";
 * import { assert, assertEquals } from "@std/assert";
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
 * const found = traversalSearch(ratings, { maxParams: 90_000 });
 * assertEquals(found.loss, search(ratings, { maxParams: 90_000 }).loss);
 * assert(found.visited <= 6);
 * ```
 */
export function traversalSearch(ratings: Ratings, options: SearchOptions = {}): TraversalResult {
  const problem = searchProblem(ratings, options);
  const stages = searchStages(problem);
  const { budgets } = problem;
  const { priced, ends, allowance, rounding } = lossBound(
    stages,
    budgets,
    feasibleChoice(problem, stages),
  );
  const leastLosses = leastSums(stages, (edge) => edge.loss);
  const leastCosts = budgets.map((_, k) => leastSums(stages, (edge) => edge.costs[k]));
  const pool = stages.map(({ inputs, edges }) => {
    const sorted = edges.toSorted((a, b) => comparePoints(a, b) || compareChoices(a, b));
    return Array.from({ length: inputs }, (_, from) => sorted.filter((edge) => edge.from === from));
  });
  const last = pool.length - 1;
  const current = new Array<Edge>(pool.length);
  let best: Edge[] = [];
  let bestLoss = Infinity;
  let visited = 0;

  function searchBlock(
    block: number,
    input: number,
    costs: readonly number[],
    loss: number,
    pricedSum: number,
  ): void {
    const leastAfter = Math.min(...leastLosses[block + 1]);
    for (const edge of pool[block][input]) {
      visited++;
      const lossHere = loss + edge.loss;
      if (lossHere + leastAfter >= bestLoss) return;
      const costsHere = costs.map((cost, k) => cost + edge.costs[k]);
      const fits = (cost: number, k: number) =>
        cost + leastCosts[k][block + 1][edge.to] <= budgets[k];
      if (!costsHere.every(fits)) continue;
      const pricedHere = pricedSum + priced(edge);
      if (pricedHere + ends[block + 1][edge.to] - allowance > bestLoss + rounding) continue;
      current[block] = edge;
      if (block === last) {
        bestLoss = lossHere;
        best = current.slice();
        return;
      }
      searchBlock(block + 1, edge.to, costsHere, lossHere, pricedHere);
    }
  }
  searchBlock(0, 0, budgets.map(() => 0), 0, 0);
  return { ...searchResult(problem, best), visited };
}
