/**
 * Random ratings for benches, the same on every machine.
 *
 * @module
 */

import { createRandom, pathCount, pathDigits, type Ratings, ratingsSpace } from "../../mod.ts";
import type { SpaceDefinition } from "../../mod.ts";

/** Ratings with noise, and a loss that falls with kernel and expansion by `slope` a layer. */
export function randomRatings(
  name: string | SpaceDefinition,
  seed: number,
  { slope = 0.5, resolution = 224, classes = 1000 } = {},
): Ratings {
  const space = ratingsSpace({ space: name });
  const random = createRandom(seed, "bench search");
  const blocks = space.blocks.map(({ cells }) => ({
    cells: cells.map(({ width, depth }) => ({
      width,
      depth,
      losses: Array.from(
        { length: pathCount(space, depth) },
        (_, path) =>
          pathDigits(space, depth, path).reduce((loss, digit) => {
            const { kernel, expansion } = space.operations[digit];
            return loss - slope * (kernel / 7 + expansion / 6);
          }, 10 + random.uniform()),
      ),
    })),
  }));
  return { space: name, resolution, classes, blocks };
}
