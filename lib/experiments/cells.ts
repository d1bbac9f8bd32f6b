/**
 * A space of several cells a block, trained in columns of one cell a block: cells learn independently of each other (section 3.3),
 * so that columns need not wait for each other, and the first one is the single-cell space itself.
 *
 * @module
 */

import type { BlockRatings } from "../ratings.ts";
import type { CellSpec, Space, SpaceDefinition } from "../space/types.ts";

/** A space of one cell a block, and which of all cells these are. */
export interface CellColumn {
  /** The space. */
  space: SpaceDefinition;
  /** Position of each block's cell among the block's. */
  cells: number[];
}

/**
 * Splits a space into columns. A block of fewer cells than others gives its first one again; what that column says of it is not used.
 *
 * @param all The space of several cells.
 * @param single A space of one of these cells a block, which becomes the first column.
 * @returns The columns.
 * @throws {RangeError} Where a cell of the single-cell space is none of the other's.
 */
export function cellColumns(all: Space, single: Space): CellColumn[] {
  const orders = all.blocks.map(({ cells }, block) => {
    const [wanted] = single.blocks[block]?.cells ?? [];
    const own = cells.findIndex((cell) => wanted && isSame(cell, wanted));
    if (own < 0) {
      throw new RangeError(
        `Cannot compare space "${single.name}" with "${all.name}": block ${
          block + 1
        }'s cell is none ` +
          "of the other's",
      );
    }
    return [own, ...cells.map((_, i) => i).filter((i) => i !== own)];
  });
  const count = Math.max(...orders.map(({ length }) => length));
  const { size: _, ...definition } = all;
  return Array.from({ length: count }, (_, column) => {
    const cells = orders.map((order) => order[column] ?? order[0]);
    const blocks = all.blocks.map((block, i) => ({ ...block, cells: [block.cells[cells[i]]] }));
    return {
      space: structuredClone({ ...definition, name: `${all.name}-${column + 1}`, blocks }),
      cells,
    };
  });
}

/** Puts the ratings of the columns together: each cell's are those of the first column that has it. */
export function mergeColumns(
  all: Space,
  columns: readonly CellColumn[],
  ratings: readonly BlockRatings[][],
): BlockRatings[] {
  return all.blocks.map(({ cells }, block) => ({
    cells: cells.map((_, cell) => {
      const column = columns.findIndex((column) => column.cells[block] === cell);
      return ratings[column][block].cells[0];
    }),
  }));
}

function isSame(a: CellSpec, b: CellSpec): boolean {
  return a.width === b.width && a.depth === b.depth;
}
