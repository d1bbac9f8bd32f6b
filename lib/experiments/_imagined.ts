/**
 * Ratings that no supernet gave, for what only needs some: the time of a search, and a plan of what follows from ratings.
 *
 * @module
 */

import type { Random } from "../random.ts";
import type { BlockRatings } from "../ratings.ts";
import { pathCount, pathDigits } from "../space/paths.ts";
import type { Space } from "../space/types.ts";

/** Losses that fall with kernel and expansion, and noise. */
export function imaginedRatings(space: Space, random: Pick<Random, "uniform">): BlockRatings[] {
  return space.blocks.map(({ cells }) => ({
    cells: cells.map(({ width, depth }) => ({
      width,
      depth,
      losses: Array.from(
        { length: pathCount(space, depth) },
        (_, path) =>
          pathDigits(space, depth, path).reduce((loss, digit) => {
            const { kernel, expansion } = space.operations[digit];
            return loss * (1 - kernel / 100 - expansion / 30);
          }, 1 + 0.1 * random.uniform()),
      ),
    })),
  }));
}
