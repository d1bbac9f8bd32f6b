import { createRandom } from "../random.ts";
import { type Ratings, ratingsSpace } from "../ratings.ts";
import { sampleArchitectures, type SampledArchitecture } from "../search/sample.ts";
import type { SearchRecord } from "./types.ts";

/** Networks of each kind. */
const COUNT = 400;

/** Networks of the space, the same for the same run. */
export interface Sample {
  /** Each network of the space equally likely. */
  anywhere: SampledArchitecture[];
  /** Each network within the budgets equally likely; none where there are no budgets, or hardly any network is within. */
  within: SampledArchitecture[];
}

/** Draws the networks that the winner is shown among. */
export function sampleNetworks(ratings: Ratings, { budgets }: SearchRecord): Sample {
  const { maxParams, maxFlops } = budgets;
  const { resolution, classes } = ratings;
  const space = ratingsSpace(ratings);
  const sizes = { resolution, classes };
  const anywhere = sampleArchitectures(space, createRandom("report", "anywhere"), COUNT, sizes);
  if (maxParams === undefined && maxFlops === undefined) return { anywhere, within: [] };
  try {
    const within = sampleArchitectures(space, createRandom("report", "within"), COUNT, {
      ...sizes,
      ...(maxParams !== undefined && { params: [0, maxParams] }),
      ...(maxFlops !== undefined && { flops: [0, maxFlops] }),
    });
    return { anywhere, within };
  } catch (error) {
    if (error instanceof RangeError) return { anywhere, within: [] };
    throw error;
  }
}
