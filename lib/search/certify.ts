import { sha256 } from "../files.ts";
import { operationLabel } from "../space/paths.ts";
import type { BlockChoice, SpaceDefinition } from "../space/types.ts";
import { formatRatings, type Ratings } from "../ratings.ts";
import { lossBound } from "./_prices.ts";
import { OPTION_OF, searchProblem, searchResult } from "./_problem.ts";
import { type Edge, searchStages, type Stage } from "./_stages.ts";
import { leastSums } from "./_sums.ts";
import { UNITS } from "./_tables.ts";
import { verifyCertificate } from "./verify/verify.ts";
import type { SearchOptions, SearchResult } from "./types.ts";

/** So many partial networks at most are counted one by one. */
const MAX_COUNTED = 20_000_000;

/** What is claimed of a network, and why no other within the budgets has less loss: plain JSON data. */
export interface Certificate {
  /** What this is. */
  kind: "search certificate";
  /** The space's name, or its definition. */
  space: string | SpaceDefinition;
  /** Side of the images, in pixels. */
  resolution: number;
  /** Number of classes. */
  classes: number;
  /** SHA-256 of the ratings, as `formatRatings` writes them. */
  ratings: string;
  /** λ of each block. */
  lambda: number[];
  /** The greatest costs allowed. */
  budgets: { maxParams?: number; maxFlops?: number; maxMacs?: number };
  /** The greatest sums allowed of costs of one's own, by name. */
  ownBudgets: Record<string, number>;
  /** Positions of the cells that each block may take. */
  cells: number[][];
  /** Labels of the operations that no layer may take. */
  without: string[];
  /** The network, as text. */
  architecture: string;
  /** Cell and path of each block. */
  choice: BlockChoice[];
  /** Its loss. */
  loss: number;
  /** Its parameters. */
  params: number;
  /** Its multiply–adds. */
  macs: number;
  /** Its FLOPs. */
  flops: number;
  /** Its costs of one's own, by name. */
  costs: Record<string, number>;
  /** A price μ ≥ 0 for each constrained cost, by name. */
  prices: Record<string, number>;
  /** The least loss + μ·(costs − budgets) of all networks: none within the budgets has less loss. */
  bound: number;
  /**
   * For each block, the number of choices up to it that leave room for an ending and whose own such bound is below the loss, of
   * paths that none of the same widths equals or beats: all end in networks of no less loss, or above a budget. Zeros where the
   * bound is the loss; null where there are more than 20 million.
   */
  remaining: number[] | null;
}

/**
 * Writes down why a network that `search` found is the best one, so that it can be checked by other and simpler code.
 *
 * For any prices μ ≥ 0, a network within the budgets has at least its loss + μ·(costs − budgets), whose least value over all
 * networks is a sum over blocks that a few lines compute: a Lagrangian bound. Where it falls short of the loss, what is left is to
 * go through the choices whose own bound is below the loss, block by block; the certificate has their number.
 *
 * @param result What `search` gave.
 * @param ratings The ratings.
 * @param options The options of that search.
 * @returns The certificate, checked by `verifyCertificate`.
 * @throws {Error} Where the network is not the best one, or not what it is said to be.
 * @throws {TypeError | RangeError} Where ratings or options are wrong, naming the place.
 *
 * @example
 * ```ts
 * import { certify, search, verifyCertificate } from "@dna/kernel";
 * import { assert, assertEquals, assertThrows } from "@std/assert";
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
 * const options = { maxParams: search(ratings).params - 1 };
 * const certificate = certify(search(ratings, options), ratings, options);
 * assert(certificate.bound <= certificate.loss);
 * assertEquals(verifyCertificate(JSON.parse(JSON.stringify(certificate)), ratings).loss, 3);
 * const other = { ...certificate, loss: 2 };
 * assertThrows(() => verifyCertificate(other, ratings), Error, "its loss is 3");
 * ```
 */
export function certify(
  result: SearchResult,
  ratings: Ratings,
  options: SearchOptions = {},
): Certificate {
  const problem = searchProblem(ratings, options, ["top"]);
  const { space, weights, units, budgets, own, cells, operations } = problem;
  const { resolution, classes } = problem.ratings;
  const choice = result.choice.map(({ cell, path }) => ({ cell, path }));
  const { text, loss, params, macs, flops, costs = {} } = searchResult(problem, choice);
  const stages = searchStages(problem);
  const edges = edgesOfChoice(searchStages(problem, units, Infinity), choice);
  const { prices, ends, allowance } = lossBound(stages, budgets, edges);
  const limits = new Map(units.map((unit, k) => [unit, budgets[k]]));
  const certificate: Certificate = {
    kind: "search certificate",
    space: problem.ratings.space,
    resolution,
    classes,
    ratings: sha256(formatRatings(ratings)),
    lambda: weights,
    budgets: Object.fromEntries(
      UNITS.filter((unit) => limits.get(unit)! < Infinity)
        .map((unit) => [OPTION_OF[unit], limits.get(unit)]),
    ),
    ownBudgets: Object.fromEntries(
      own.filter(({ name }) => limits.get(name)! < Infinity)
        .map(({ name }) => [name, limits.get(name)!]),
    ),
    cells,
    without: space.operations.filter((_, i) => !operations.includes(i)).map(operationLabel),
    architecture: text,
    choice,
    loss,
    params,
    macs,
    flops,
    costs,
    prices: Object.fromEntries(units.map((unit, k) => [unit, prices[k]])),
    bound: Math.min(loss, ends[0][0] - allowance),
    remaining: countRemaining(stages, budgets, prices, loss),
  };
  verifyCertificate(certificate, ratings, { costs: own });
  return certificate;
}

function edgesOfChoice(stages: readonly Stage[], choice: readonly BlockChoice[]): Edge[] {
  let from = 0;
  return stages.map(({ edges }, block) => {
    const { cell, path } = choice[block];
    const edge = edges.find((edge) =>
      edge.from === from && edge.cell === cell && edge.path === path
    );
    if (!edge) {
      throw new RangeError(
        `Cannot certify the network: cell ${cell}, path ${path} of block ${block} is not allowed`,
      );
    }
    from = edge.to;
    return edge;
  });
}

/** How many choices of the first blocks the bound alone does not rule out, for each block. */
function countRemaining(
  stages: readonly Stage[],
  budgets: readonly number[],
  prices: readonly number[],
  best: number,
): number[] | null {
  const priced = (edge: Edge) =>
    edge.costs.reduce((sum, cost, k) => sum + prices[k] * cost, edge.loss);
  const ends = leastSums(stages, priced);
  const room = budgets.map((_, k) => leastSums(stages, (edge) => edge.costs[k]));
  const allowance = budgets.reduce(
    (sum, budget, k) => sum + (prices[k] > 0 ? prices[k] * budget : 0),
    0,
  );
  const below = best - 1e-12 * (Math.abs(best) + allowance);
  const counts = stages.map(() => 0);
  const sorted = stages.map(({ inputs, edges }, block) =>
    Array.from({ length: inputs }, (_, from) =>
      edges.filter((edge) => edge.from === from)
        .map((edge) => ({
          edge,
          own: priced(edge),
          bound: priced(edge) + ends[block + 1][edge.to],
        }))
        .sort((a, b) => a.bound - b.bound))
  );
  let counted = 0;
  function count(block: number, from: number, before: number, costs: readonly number[]): boolean {
    for (const { edge, own, bound } of sorted[block][from]) {
      if (before + bound - allowance >= below) return true;
      const sums = costs.map((cost, k) => cost + edge.costs[k]);
      if (sums.some((sum, k) => sum + room[k][block + 1][edge.to] > budgets[k])) continue;
      counts[block]++;
      if (++counted > MAX_COUNTED) return false;
      if (block + 1 < stages.length && !count(block + 1, edge.to, before + own, sums)) return false;
    }
    return true;
  }
  return count(0, 0, 0, budgets.map(() => 0)) ? counts : null;
}
