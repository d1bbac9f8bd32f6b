import { pathDigits } from "../space/paths.ts";
import { front, type Point } from "./_front.ts";
import { type PathGroups, pathGroups } from "./_groups.ts";
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
  /** The paths that none of the same input and output width beats or equals in loss and in every constrained cost. */
  edges: Edge[];
}

/** The paths of every block, without those that no optimum needs. */
export function searchStages(problem: Problem): Stage[] {
  const { space, ratings, tables, weights, units } = problem;
  const operations = space.operations.length;
  const groups = new Map<number, PathGroups>();
  return tables.map(({ inputs, outputs, cells }, block) => {
    const edges: Edge[][] = Array.from({ length: inputs.length * outputs.length }, () => []);
    cells.forEach((table, cell) => {
      const { depth, losses } = ratings.blocks[block].cells[cell];
      if (!groups.has(depth)) groups.set(depth, pathGroups(operations, depth));
      const weighted = losses.map((loss) => weights[block] * loss);
      for (const path of bestPaths(groups.get(depth)!, weighted)) {
        const digits = pathDigits(space, depth, path);
        for (let from = 0; from < inputs.length; from++) {
          edges[from * outputs.length + table.output].push({
            from,
            to: table.output,
            cell,
            path,
            loss: weighted[path],
            costs: units.map((unit) => pathCost(table, unit, from, digits)),
          });
        }
      }
    });
    return {
      inputs: inputs.length,
      outputs: outputs.length,
      edges: edges.flatMap((points) => front(points, compareChoices)),
    };
  });
}

/** The path of least loss in each group of equal cost, the first of equal ones. */
function bestPaths(groups: PathGroups, losses: readonly number[]): number[] {
  const best = groups.first.slice();
  losses.forEach((loss, path) => {
    const group = groups.of[path];
    if (loss < losses[best[group]]) best[group] = path;
  });
  return best;
}

/** Orders paths of a block by cell, then by index. */
export function compareChoices(a: Edge, b: Edge): number {
  return a.cell - b.cell || a.path - b.path;
}
