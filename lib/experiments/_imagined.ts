/**
 * Ratings that no supernet gave, for what only needs some: the time of a search, and a plan of what follows from ratings.
 *
 * @module
 */

import type { Random } from "../random.ts";
import type { BlockRatings } from "../ratings.ts";
import { pathLosses } from "../ratings/_path_losses.ts";
import type { Space } from "../space/types.ts";

/** Losses that fall with kernel and expansion, and noise. */
export function imaginedRatings(space: Space, random: Pick<Random, "uniform">): BlockRatings[] {
  return pathLosses(space, (operations) =>
    operations.reduce(
      (loss, { kernel, expansion }) => loss * (1 - kernel / 100 - expansion / 30),
      1 + 0.1 * random.uniform(),
    ));
}
