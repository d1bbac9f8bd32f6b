import { pathDigits } from "../space/paths.ts";
import { front, type Point } from "./_front.ts";
import { type PathGroups, pathGroups, singleGroups } from "./_groups.ts";
import type { Problem } from "./_problem.ts";
import { pathCost } from "./_tables.ts";

/** A path of a block, for one width of the block's input. */
export interface Edge extends Point {
  /** Position of the input width among the block's inputs. */
  from: number;
  /** Position of the output width among the block's outputs. */
  to: number;
  /** Position of the cell. */
  cell: number;
  /** Index of the path. */
  path: number;
}

/** The paths of a block that an optimum can need. */
export interface Stage {
  /** Number of input widths. */
  inputs: number;
  /** Number of output widths. */
  outputs: number;
  /** The paths, without those that so many others of the same input and output width beat as no search needs. */
  edges: Edge[];
}

/**
 * The paths of every block, without those that no optimum needs: with `keep` 1, those that another of the same input and
 * output width equals or beats in loss and in every cost; with more, those that `keep` others of equal cost equal or beat.
 *
 * @param names The costs that count.
 * @param keep How many of the best networks are looked for; Infinity keeps every path.
 */
export function searchStages(
  problem: Problem,
  names: readonly string[] = problem.units,
  keep = 1,
): Stage[] {
  const { space, ratings, tables, weights, operations } = problem;
  const groups = new Map<number, PathGroups>();
  const isGrouped = keep < Infinity && layersAlike(problem, names);
  const makeGroups = isGrouped ? pathGroups : singleGroups;
  const isAllowed = space.operations.map((_, operation) => operations.includes(operation));
  return tables.map(({ inputs, outputs, cells }, block) => {
    const edges: Edge[][] = Array.from({ length: inputs.length * outputs.length }, () => []);
    for (const cell of problem.cells[block]) {
      const table = cells[cell];
      const { depth, losses } = ratings.blocks[block].cells[cell];
      if (!groups.has(depth)) groups.set(depth, makeGroups(space.operations.length, depth));
      const weighted = losses.map((loss) => weights[block] * loss);
      for (const path of bestPaths(groups.get(depth)!, weighted, keep)) {
        const digits = pathDigits(space, depth, path);
        if (!digits.every((digit) => isAllowed[digit])) continue;
        for (let from = 0; from < inputs.length; from++) {
          edges[from * outputs.length + table.output].push({
            from,
            to: table.output,
            cell,
            path,
            loss: weighted[path],
            costs: names.map((name) => pathCost(table, name, from, digits)),
          });
        }
      }
    }
    return {
      inputs: inputs.length,
      outputs: outputs.length,
      edges: keep > 1 ? edges.flat() : edges.flatMap((points) => front(points, compareChoices)),
    };
  });
}

/**
 * Whether costs are whole numbers that do not tell a cell's layers after the first apart, so that the order of these layers'
 * operations makes no difference, not even by rounding.
 */
function layersAlike({ tables, space }: Problem, names: readonly string[]): boolean {
  const { length } = space.operations;
  return tables.every(({ cells }) =>
    cells.every(({ first, rest }) =>
      names.every((name) =>
        first[name].every(Number.isSafeInteger) &&
        rest[name].every((cost, i) => Number.isSafeInteger(cost) && cost === rest[name][i % length])
      )
    )
  );
}

/** The paths of least loss in each group of equal cost, the first of equal ones. */
function bestPaths(groups: PathGroups, losses: readonly number[], keep: number): number[] {
  if (groups.first.length === losses.length) return groups.first;
  if (keep > 1) {
    const members: number[][] = groups.first.map(() => []);
    groups.of.forEach((group, path) => members[group].push(path));
    return members.flatMap((paths) =>
      paths.sort((a, b) => losses[a] - losses[b] || a - b).slice(0, keep)
    );
  }
  const best = groups.first.slice();
  for (let path = 0; path < losses.length; path++) {
    const group = groups.of[path];
    if (losses[path] < losses[best[group]]) best[group] = path;
  }
  return best;
}

/** Orders paths of a block by cell, then by index. */
export function compareChoices(a: Edge, b: Edge): number {
  return a.cell - b.cell || a.path - b.path;
}
