import { createRandom } from "../random.ts";
import { sampleArchitectures, type SampledArchitecture } from "../search/sample.ts";
import { spaceOf } from "./_inputs.ts";
import type { ExperimentScale } from "./scales.ts";

/** The networks whose ranking is looked at: drawn uniformly from the space, each once. */
export function rankedNetworks(
  { space, networks, seed, data: { resolution, classes } }: Pick<
    ExperimentScale,
    "space" | "networks" | "seed" | "data"
  >,
): SampledArchitecture[] {
  const random = createRandom(seed, "ranked networks");
  const own = spaceOf(space);
  if (own.size < BigInt(networks)) {
    throw new RangeError(
      `Cannot rank ${networks} networks: space "${own.name}" has ${own.size}`,
    );
  }
  const found = new Map<string, SampledArchitecture>();
  while (found.size < networks) {
    const [next] = sampleArchitectures(own, random, 1, { resolution, classes });
    if (!found.has(next.text)) found.set(next.text, next);
  }
  return [...found.values()];
}
