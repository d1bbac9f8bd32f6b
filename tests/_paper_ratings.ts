import type { Ratings } from "../lib/ratings.ts";
import { pathDigits } from "../lib/space/paths.ts";
import { searchSpace } from "../lib/space/spaces.ts";
import { generator, ratingsOf } from "./_spaces.ts";

/** Ratings of the paper's space: noise, and a loss that falls with kernel and expansion by `slope`. */
export function paperRatings(seed: number, slope: number): Ratings {
  const space = searchSpace("dna");
  const ratings = ratingsOf("dna", space, generator(seed), 224, 1000);
  ratings.blocks.forEach(({ cells }) =>
    cells.forEach((cell) => {
      cell.losses = cell.losses.map((noise, path) =>
        pathDigits(space, cell.depth, path).reduce((loss, digit) => {
          const { kernel, expansion } = space.operations[digit];
          return loss - slope * (kernel / 7 + expansion / 6);
        }, 10 + noise)
      );
    })
  );
  return ratings;
}
