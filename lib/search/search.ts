import type { Ratings } from "../ratings.ts";
import { checkTop, nothingFits, type Problem, searchProblem, searchResult } from "./_problem.ts";
import { solve } from "./_solve.ts";
import { leastChoice, total } from "./_sums.ts";
import { type Edge, searchStages, type Stage } from "./_stages.ts";
import type { SearchOptions, SearchResult, TopOptions } from "./types.ts";

/**
 * Finds the network of least loss within the budgets, exactly (section 3.4 and eq. 5 of the paper), or the best few.
 *
 * Losses and costs are sums over blocks, except that the cost of a block's first layer depends on the width chosen before it.
 * So the fronts of the blocks are merged one after the other, one front for each width, dominated partial networks dropped,
 * and those too that a Lagrangian bound rules out. Equal losses: the network with the smaller cost wins, in the constrained
 * units params, flops, macs and costs of one's own in this order; equal costs too: the one whose choice of cell and path comes
 * first.
 *
 * @param ratings Ratings of every path, checked strictly as by `parseRatings`.
 * @param options Budgets, each inclusive, of any kinds at once; λ of each block; allowed cells and forbidden operations; `top`,
 *   for the best so many networks in an array, in order, fewer where no more fit.
 * @returns The network, its loss and its costs; an array of them with `top`.
 * @throws {RangeError} Where no network fits, naming the cheapest one's cost.
 * @throws {TypeError | RangeError} Where ratings or options are wrong, naming the place.
 * @throws {Error} Where no end is in sight after a billion partial networks.
 *
 * @example
 * ```ts
 * import { search } from "@dna/kernel";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * const ratings = {
 *   space: {
 *     name: "two blocks",
 *     blocks: [
 *       { stride: 2 as const, cells: [{ width: 16, depth: 1 }, { width: 24, depth: 1 }] },
 *       { stride: 2 as const, cells: [{ width: 40, depth: 1 }] },
 *     ],
 *     operations: [{ kernel: 3, expansion: 3 }, { kernel: 5, expansion: 6 }],
 *   },
 *   resolution: 32,
 *   classes: 10,
 *   blocks: [
 *     { cells: [{ width: 16, depth: 1, losses: [3, 2] }, { width: 24, depth: 1, losses: [2, 1] }] },
 *     { cells: [{ width: 40, depth: 1, losses: [2, 1] }] },
 *   ],
 * };
 * const best = search(ratings);
 * assertEquals(best.choice, [{ cell: 1, path: 1, loss: 1 }, { cell: 0, path: 1, loss: 1 }]);
 * assertEquals(best.loss, 2);
 *
 * const smaller = search(ratings, { maxParams: best.params - 1, weights: [1, 3] });
 * assertEquals(smaller.loss, 1 * 2 + 3 * 1);
 * assertThrows(() => search(ratings, { maxParams: 1000 }), RangeError, "the cheapest has");
 *
 * const narrow = search(ratings, { cells: { 0: [0] }, without: ["k5e6"], top: 5 });
 * assertEquals(narrow.map(({ loss }) => loss), [5]);
 * ```
 *
 * @example A cost of one's own: the number of layers with a wide kernel
 * ```ts
 * import { type CustomCost, type PlacedPart, search, searchSpace } from "@dna/kernel";
 * import { assertEquals } from "@std/assert";
 *
 * const wide: CustomCost = {
 *   name: "wide layers",
 *   of: ({ layer }: PlacedPart) => layer && layer.kernel > 3 ? 1 : 0,
 * };
 * const blocks = searchSpace("fashion").blocks.map(({ cells }) => ({
 *   cells: cells.map((cell) => ({
 *     ...cell,
 *     losses: Array.from({ length: 6 ** cell.depth }, (_, path) => 1 / (1 + path)),
 *   })),
 * }));
 * const ratings = { space: "fashion", resolution: 28, classes: 10, blocks };
 * const found = search(ratings, { maxParams: 100e3, costs: [{ cost: wide, max: 3 }] });
 * assertEquals(found.costs, { "wide layers": 3 });
 * ```
 */
export function search(ratings: Ratings, options?: SearchOptions): SearchResult;
/**
 * Finds the best few networks within the budgets, exactly: with `top`.
 *
 * @param ratings Ratings of every path, checked strictly as by `parseRatings`.
 * @param options The options of a search for one network, and `top`, how many to give.
 * @returns The networks, the best first; fewer where no more fit.
 * @throws {TypeError | RangeError | Error} As the search for one network.
 */
export function search(ratings: Ratings, options: TopOptions): SearchResult[];
export function search(
  ratings: Ratings,
  options: SearchOptions & { top?: number } = {},
): SearchResult | SearchResult[] {
  const problem = searchProblem(ratings, options, ["top"]);
  const top = checkTop(options.top);
  const fronts = searchStages(problem);
  const feasible = feasibleChoice(problem, fronts);
  const stages = top === undefined ? fronts : searchStages(problem, problem.units, top);
  const found = solve(fronts, problem.budgets, feasible, stages, top);
  const results = found.map((edges) => searchResult(problem, edges));
  return top === undefined ? results[0] : results;
}

/** A choice within the budgets; throws the error to show where there is none. */
export function feasibleChoice(problem: Problem, stages: Stage[]): Edge[] {
  const { units, budgets } = problem;
  units.forEach((unit, k) => {
    const cheapest = total(leastChoice(stages, (edge) => edge.costs[k])).costs[k];
    if (cheapest > budgets[k]) throw nothingFits(problem, unit, cheapest, []);
  });
  return cheapestWithin(problem, stages, 0);
}

/** The cheapest choice in unit k within the budgets of the later units; throws where unit k's budget is below it. */
function cheapestWithin(problem: Problem, stages: Stage[], k: number): Edge[] {
  const { units, budgets } = problem;
  if (units.length === 0) return leastChoice(stages, (edge) => edge.loss);
  const cheapest = leastChoice(stages, (edge) => edge.costs[k]);
  if (total(cheapest).costs.every((cost, other) => other < k || cost <= budgets[other])) {
    return cheapest;
  }
  const originals = new Map<Edge, Edge>();
  const byCost = stages.map((stage) => ({
    ...stage,
    edges: stage.edges.map((edge) => {
      const priced = asCost(edge, k);
      originals.set(priced, edge);
      return priced;
    }),
  }));
  const feasible = cheapestWithin(problem, stages, k + 1);
  const [found] = solve(byCost, budgets.slice(k + 1), feasible.map((edge) => asCost(edge, k)));
  const within = found.map((edge) => originals.get(edge)!);
  const cost = total(within).costs[k];
  if (cost > budgets[k]) throw nothingFits(problem, units[k], cost, units.slice(k + 1));
  return within;
}

/** The edge with its cost in unit k as its loss, and only the later units' costs. */
function asCost(edge: Edge, k: number): Edge {
  return { ...edge, loss: edge.costs[k], costs: edge.costs.slice(k + 1) };
}
