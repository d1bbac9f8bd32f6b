import type { Ratings } from "../ratings.ts";
import { pathDigits } from "../space/paths.ts";
import type { BlockChoice, Space } from "../space/types.ts";
import { searchProblem, searchResult } from "./_problem.ts";
import { type BlockTable, costTables, pathCost } from "./_tables.ts";
import type { TraversalResult } from "./traversal.ts";
import type { SearchOptions } from "./types.ts";

/** The one budget of the authors' search, and λ of each block. */
export type AuthorsOptions = Pick<
  SearchOptions,
  "maxParams" | "maxFlops" | "maxMacs" | "weights"
>;

/** A path of a block, as the authors' search sees it. */
interface Candidate extends BlockChoice {
  loss: number;
  cost: number;
}

/**
 * Searches as the code does that the paper's authors released, re-implemented from what it does; for comparison only.
 *
 * It is Algorithm 2 with short cuts that are not valid, so that it often misses the best network, and may exceed the budget:
 * losses are rounded to half precision; a layer costs what it does in a block of the first cell's width behind a block of the first
 * cell's width, whatever the cells; the budget left for the blocks to come is that of their deepest cells; and once a network is
 * found, a block's later paths are never looked at again, until the block before has moved on.
 *
 * @param ratings Ratings of every path, checked strictly as by `parseRatings`.
 * @param options One of `maxParams`, `maxFlops` and `maxMacs`, and λ of each block.
 * @returns What it found, with the costs and the loss that this network really has.
 * @throws {RangeError} Where it finds no network, even if there is one.
 * @throws {TypeError | RangeError} Where ratings or options are wrong, naming the place.
 *
 * @example
 * ```ts
 * import { authorsSearch, search } from "@dna/kernel";
 * import { assert } from "@std/assert";
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
 * const found = authorsSearch(ratings, { maxParams: 90_000 });
 * assert(found.params > 90_000 || found.loss >= search(ratings, { maxParams: 90_000 }).loss);
 * ```
 */
export function authorsSearch(ratings: Ratings, options: AuthorsOptions): TraversalResult {
  const problem = searchProblem(ratings, options);
  const { space, weights, units, budgets } = problem;
  if (units.length !== 1 || problem.own.length > 0) {
    throw new TypeError(
      "Cannot search: the authors' search needs exactly one of maxParams, maxFlops and maxMacs",
    );
  }
  const [unit] = units;
  const [budget] = budgets;
  const { resolution, classes } = problem.ratings;
  const tables = costTables(nominalSpace(space), { resolution, classes });
  const pool = problem.ratings.blocks.map(({ cells }, block): Candidate[] =>
    cells.flatMap(({ losses, depth }, cell) =>
      losses.map((loss, path) => ({
        cell,
        path,
        loss: weights[block] * loss,
        cost: pathCost(tables[block].cells[cell], unit, 0, pathDigits(space, depth, path)),
      }))
    )
      .sort((a, b) => a.loss - b.loss)
      .map((candidate) => ({ ...candidate, loss: Math.f16round(candidate.loss) }))
  );
  const rooms = space.blocks.map((_, block) =>
    tables.slice(block + 1).reduce((room, table) => room - deepestCost(table, unit), budget)
  );
  const last = pool.length - 1;
  const ends = pool.map((candidates) => candidates.length);
  const at = pool.map(() => 0);
  let best: BlockChoice[] | undefined;
  let bestLoss = Infinity;
  let visited = 0;

  /** The block is done with for now: the one before shall not go beyond where it is. */
  function closeBefore(block: number): void {
    if (ends[block] !== 0 || block === 0) return;
    ends[block - 1] = at[block - 1];
    ends[block] = pool[block].length;
  }

  function searchBlock(block: number, costBefore: number, lossBefore: number): void {
    const end = ends[block];
    for (let i = 0; i < end; i++) {
      at[block] = i;
      if (block > 0 && i >= ends[block]) return closeBefore(block);
      visited++;
      const cost = costBefore + pool[block][i].cost;
      const loss = lossBefore + pool[block][i].loss;
      if (block < last) {
        if (cost <= rooms[block]) searchBlock(block + 1, cost, loss);
        continue;
      }
      if (!(cost < budget)) continue;
      if (loss < bestLoss) {
        bestLoss = loss;
        best = at.map((place, b) => pool[b][place]);
      }
      ends[block] = i;
      return closeBefore(block);
    }
  }
  searchBlock(0, 0, 0);
  if (!best) {
    throw new RangeError(
      `Cannot search: the authors' search finds no network with ${unit} under ${budget}`,
    );
  }
  return { ...searchResult(problem, best), visited };
}

/** The space with every cell as wide as the first of its block. */
function nominalSpace(space: Space): Space {
  return {
    ...space,
    blocks: space.blocks.map(({ stride, cells }) => ({
      stride,
      cells: cells.map(({ depth }) => ({ width: cells[0].width, depth })),
    })),
  };
}

/** What the cheapest path of a block's deepest cell costs. */
function deepestCost({ cells }: BlockTable, unit: string): number {
  const [deepest] = cells.toSorted((a, b) => b.rest[unit].length - a.rest[unit].length);
  const { operations } = deepest;
  let sum = Math.min(...deepest.first[unit].slice(0, operations));
  for (let at = 0; at < deepest.rest[unit].length; at += operations) {
    sum += Math.min(...deepest.rest[unit].slice(at, at + operations));
  }
  return sum;
}
