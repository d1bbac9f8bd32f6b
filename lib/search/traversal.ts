import type { Ratings } from "../ratings.ts";
import { show } from "../space/_check.ts";
import { comparePoints } from "./_front.ts";
import { searchProblem, searchResult } from "./_problem.ts";
import { costSlacks } from "./_bounds.ts";
import { lossBound } from "./_prices.ts";
import { compareChoices, type Edge, searchStages } from "./_stages.ts";
import { leastSums } from "./_sums.ts";
import { feasibleChoice } from "./search.ts";
import type { SearchOptions, SearchResult } from "./types.ts";

/** Options of a traversal. */
export interface TraversalOptions extends SearchOptions {
  /** `false` for the algorithm as printed, with its text's skip; for small spaces. True where left out. */
  bounds?: boolean;
}

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
 * before it, so that the result is exact; a list is left where the loss so far and the least losses of the blocks to come
 * are no better than the best network's; paths that another beats in loss and costs are not in the lists; and a path is skipped
 * where a Lagrangian bound rules it out. `{ bounds: false }` is the algorithm without these three. `search` finds the same loss
 * faster.
 *
 * @param ratings Ratings of every path, checked strictly as by `parseRatings`.
 * @param options As of `search`, without `top`; and `bounds`.
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
export function traversalSearch(
  ratings: Ratings,
  options: TraversalOptions = {},
): TraversalResult {
  const problem = searchProblem(ratings, options, ["bounds"]);
  const { bounds = true } = options;
  if (typeof bounds !== "boolean") {
    throw new TypeError(`Cannot search: bounds is ${show(bounds)}, must be true or false`);
  }
  const fronts = searchStages(problem);
  const feasible = feasibleChoice(problem, fronts);
  const stages = bounds ? fronts : searchStages(problem, problem.units, Infinity);
  const { budgets } = problem;
  const { priced, ends, allowance, rounding } = lossBound(fronts, budgets, feasible);
  const leastLosses = leastSums(stages, (edge) => edge.loss);
  const leastCosts = budgets.map((_, k) => leastSums(stages, (edge) => edge.costs[k]));
  const slacks = costSlacks(stages, budgets);
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
    const room = budgets.map((budget, k) => budget + (block < last ? slacks[k] : 0));
    for (const edge of pool[block][input]) {
      visited++;
      const lossHere = loss + edge.loss;
      if (bounds && lossHere + leastAfter >= bestLoss) return;
      const costsHere = costs.map((cost, k) => cost + edge.costs[k]);
      const fits = (cost: number, k: number) => cost + leastCosts[k][block + 1][edge.to] <= room[k];
      if (!costsHere.every(fits)) continue;
      const pricedHere = pricedSum + priced(edge);
      const bound = pricedHere + ends[block + 1][edge.to] - allowance;
      if (bounds && bound > bestLoss + rounding) continue;
      current[block] = edge;
      if (block === last) {
        if (lossHere < bestLoss) {
          bestLoss = lossHere;
          best = current.slice();
        }
        return;
      }
      searchBlock(block + 1, edge.to, costsHere, lossHere, pricedHere);
    }
  }
  searchBlock(0, 0, budgets.map(() => 0), 0, 0);
  return { ...searchResult(problem, best), visited };
}
