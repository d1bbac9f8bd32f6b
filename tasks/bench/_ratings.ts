/**
 * Random ratings for benches, the same on every machine.
 *
 * @module
 */

import { createRandom, type Ratings, ratingsSpace } from "../../mod.ts";
import { pathLosses } from "../../lib/ratings/_path_losses.ts";
import type { SpaceDefinition } from "../../mod.ts";

/** Ratings with noise, and a loss that falls with kernel and expansion by `slope` a layer. */
export function randomRatings(
  name: string | SpaceDefinition,
  seed: number,
  { slope = 0.5, resolution = 224, classes = 1000 } = {},
): Ratings {
  const space = ratingsSpace({ space: name });
  const random = createRandom(seed, "bench search");
  const blocks = pathLosses(space, (operations) =>
    operations.reduce(
      (loss, { kernel, expansion }) => loss - slope * (kernel / 7 + expansion / 6),
      10 + random.uniform(),
    ));
  return { space: name, resolution, classes, blocks };
}
