import type { BlockRatings } from "../ratings.ts";
import { pathCount, pathOperations } from "../space/paths.ts";
import type { Operation, Space } from "../space/types.ts";

/** Where a path is. */
interface PathPlace {
  block: number;
  cell: number;
  path: number;
}

/**
 * A loss for every path of a space, in the form of ratings' blocks.
 *
 * @param lossOf Gives a path's loss from its operations; asked in the order of blocks, cells and paths.
 */
export function pathLosses(
  space: Space,
  lossOf: (operations: readonly Operation[], place: PathPlace) => number,
): BlockRatings[] {
  return space.blocks.map(({ cells }, block) => ({
    cells: cells.map(({ width, depth }, cell) => ({
      width,
      depth,
      losses: Array.from(
        { length: pathCount(space, depth) },
        (_, path) => lossOf(pathOperations(space, depth, path), { block, cell, path }),
      ),
    })),
  }));
}
