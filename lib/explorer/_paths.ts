/**
 * The paths of a space that the explorer's page must know.
 *
 * @module
 */

import type { Ratings } from "../ratings.ts";
import { type BlockTable, pathCost } from "../search/_tables.ts";
import { pathDigits } from "../space/paths.ts";
import type { Space } from "../space/types.ts";
import type { ExplorerPaths } from "./types.ts";

/** What may be chosen. */
export interface Allowed {
  /** Positions of the cells that each block may take. */
  cells: readonly (readonly number[])[];
  /** Positions of the operations that a layer may take. */
  operations: readonly number[];
}

interface Path {
  cell: number;
  path: number;
  loss: number;
  costs: number[];
}

/**
 * The paths of a block that some best network can need, for each input and output width that it can have.
 *
 * @param names The costs that count.
 */
export function neededPaths(
  space: Space,
  ratings: Ratings,
  tables: readonly BlockTable[],
  block: number,
  names: readonly string[],
  { cells, operations }: Allowed,
): ExplorerPaths[] {
  const { inputs, outputs, cells: cellTables } = tables[block];
  const isAllowed = space.operations.map((_, operation) => operations.includes(operation));
  const groups: Path[][] = Array.from({ length: inputs.length * outputs.length }, () => []);
  for (const cell of cells[block]) {
    const table = cellTables[cell];
    const { depth, losses } = ratings.blocks[block].cells[cell];
    losses.forEach((loss, path) => {
      const digits = pathDigits(space, depth, path);
      if (!digits.every((digit) => isAllowed[digit])) return;
      for (let from = 0; from < inputs.length; from++) {
        const costs = names.map((name) => pathCost(table, name, from, digits));
        groups[from * outputs.length + table.output].push({ cell, path, loss, costs });
      }
    });
  }
  return groups.flatMap((paths, i): ExplorerPaths[] => {
    if (paths.length === 0) return [];
    const needed = [...new Set([...undominated(paths, true), ...undominated(paths, false)])];
    return [{
      from: Math.floor(i / outputs.length),
      to: i % outputs.length,
      cells: needed.map(({ cell }) => cell),
      paths: needed.map(({ path }) => path),
      losses: needed.map(({ loss }) => loss),
      costs: names.map((_, k) => needed.map(({ costs }) => costs[k])),
    }];
  });
}

/**
 * The paths that no other equals or beats in every cost, and in loss where it counts; of equal ones the first choice stays.
 */
function undominated(paths: readonly Path[], lossCounts: boolean): Path[] {
  const sorted = paths.toSorted((a, b) =>
    (lossCounts ? a.loss - b.loss : 0) || compareCosts(a.costs, b.costs) ||
    a.cell - b.cell || a.path - b.path
  );
  const kept: Path[] = [];
  for (const path of sorted) {
    const isBeaten = kept.some(({ costs }) => costs.every((cost, k) => cost <= path.costs[k]));
    if (!isBeaten) kept.push(path);
  }
  return kept;
}

function compareCosts(a: readonly number[], b: readonly number[]): number {
  for (let k = 0; k < a.length; k++) if (a[k] !== b[k]) return a[k] - b[k];
  return 0;
}
