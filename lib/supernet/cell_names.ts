/**
 * Cells by name: `3.1` is block 3, cell 1, both from 0 as in a run's files.
 *
 * @module
 */

import type { Space } from "../space/types.ts";

/** Where a cell is. */
export interface CellPlace {
  /** Position of the block, from 0. */
  block: number;
  /** Position of the cell in it, from 0. */
  cell: number;
}

/**
 * Reads names of cells, as `--cells 3.1,5.0` gives them.
 *
 * @param text Names joined by commas; block and cell count from 0.
 * @param space The space that has the cells; without it only the form is checked.
 * @returns The cells, in the order of the space, each once.
 * @throws {SyntaxError} where a name is not of the form `3.1`.
 * @throws {RangeError} where the space has no such cell; the message lists those that it has.
 *
 * @example
 * ```ts
 * import { parseCells, searchSpace } from "@dna/kernel";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * const cells = parseCells("3.1,1.0", searchSpace("fashion"));
 * assertEquals(cells, [{ block: 1, cell: 0 }, { block: 3, cell: 1 }]);
 * assertThrows(() => parseCells("0.1", searchSpace("fashion")), RangeError, "0.0, 1.0, 1.1");
 * ```
 */
export function parseCells(text: string, space?: Pick<Space, "blocks" | "name">): CellPlace[] {
  const places = text.split(",").map((name): CellPlace => {
    const match = /^\s*(\d{1,4})\.(\d{1,4})\s*$/.exec(name);
    if (!match) {
      throw new SyntaxError(
        `Cannot read cells ${JSON.stringify(text)}: ${JSON.stringify(name)} is not of the form ` +
          "3.1, block and cell from 0",
      );
    }
    return { block: Number(match[1]), cell: Number(match[2]) };
  });
  for (const { block, cell } of places) {
    if (!space || space.blocks[block]?.cells[cell]) continue;
    const known = space.blocks.flatMap(({ cells }, block) => cells.map((_, i) => `${block}.${i}`));
    throw new RangeError(
      `Cannot use cell ${block}.${cell}: space ${space.name} has ${known.join(", ")}`,
    );
  }
  const once = new Map(places.map((place) => [cellName(place), place]));
  return [...once.values()].sort((a, b) => a.block - b.block || a.cell - b.cell);
}

/** A cell's name, `3.1`. */
export function cellName({ block, cell }: CellPlace): string {
  return `${block}.${cell}`;
}
