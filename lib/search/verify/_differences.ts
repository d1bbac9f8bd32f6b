/**
 * What each path of a block adds to a network's costs, from the costs of whole networks.
 *
 * @module
 */

import { assemble } from "../../space/assemble.ts";
import type { Architecture, Space } from "../../space/types.ts";

/** The costs of a whole network, in a fixed order. */
export type CostsOf = (architecture: Architecture) => number[];

/** Costs as differences: those of a network are `base`, and for each block what its cell and its path add. */
export interface Differences {
  /** The network with the first path of the first cell in every block. */
  base: number[];
  /** What a cell adds in place of the first one, by block, cell of the block before and cell. */
  cells: number[][][][];
  /** What each operation in the first layer adds, by block, cell of the block before and cell. */
  first: number[][][][][];
  /** What each operation in each later layer adds, by block and cell. */
  rest: number[][][][][];
}

/**
 * Takes the differences. A network's cost is not a sum over blocks, since a block's first layer reads the width of the block
 * before; but which cell comes in place of the first one, and which operation in place of the first one, adds what depends on this
 * cell and the one before alone.
 */
export function costDifferences(space: Space, costsOf: CostsOf): Differences {
  const operations = space.operations.length;
  const cost = (choice: Map<number, { cell: number; path: number }>) =>
    costsOf(assemble(space, space.blocks.map((_, i) => choice.get(i) ?? { cell: 0, path: 0 })));
  const minus = (a: number[], b: number[]) => a.map((value, k) => value - b[k]);
  const befores = (block: number) => block === 0 ? 1 : space.blocks[block - 1].cells.length;
  /** The costs with a path in a block, behind a cell. */
  const placed = (block: number, before: number, cell: number, path: number) =>
    cost(
      new Map([
        ...(block > 0 ? [[block - 1, { cell: before, path: 0 }] as const] : []),
        [block, { cell, path }],
      ]),
    );
  const over = <T>(block: number, value: (before: number, cell: number) => T) =>
    Array.from(
      { length: befores(block) },
      (_, before) => space.blocks[block].cells.map((_, cell) => value(before, cell)),
    );
  return {
    base: cost(new Map()),
    cells: space.blocks.map((_, block) =>
      over(
        block,
        (before, cell) => minus(placed(block, before, cell, 0), placed(block, before, 0, 0)),
      )
    ),
    first: space.blocks.map(({ cells }, block) =>
      over(block, (before, cell) => {
        const place = operations ** (cells[cell].depth - 1);
        const without = placed(block, before, cell, 0);
        return space.operations.map((_, digit) =>
          minus(placed(block, before, cell, digit * place), without)
        );
      })
    ),
    rest: space.blocks.map(({ cells }, block) =>
      cells.map(({ depth }, cell) => {
        const without = placed(block, 0, cell, 0);
        return Array.from({ length: depth - 1 }, (_, layer) =>
          space.operations.map((_, digit) =>
            minus(placed(block, 0, cell, digit * operations ** (depth - 2 - layer)), without)
          ));
      })
    ),
  };
}
