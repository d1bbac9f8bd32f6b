import { createRandom } from "../random.ts";
import { cost, type CostOptions } from "../space/cost.ts";
import { formatArchitecture } from "../space/format.ts";
import type { Rater } from "./types.ts";

/**
 * The rater that takes more parameters for better: a base line.
 *
 * @param options Side of the images, and number of classes.
 * @returns The rater "params"; a score is a number of parameters.
 *
 * @example
 * ```ts
 * import { candidateOf, cost, paramsRater, searchSpace } from "@dna/kernel";
 * import { assertEquals } from "@std/assert";
 *
 * const space = searchSpace("fashion");
 * const candidate = candidateOf(space, space.blocks.map(() => ({ cell: 0, path: 0 })));
 * const sizes = { resolution: 28, classes: 10 };
 * const [score] = await paramsRater(sizes).rate([candidate]);
 * assertEquals(score, cost(candidate.architecture, sizes).params);
 * ```
 */
export function paramsRater(options: CostOptions): Rater {
  return costRater("params", options);
}

/**
 * The rater that takes more FLOPs for better: the base line that any rater has to beat.
 *
 * @param options Side of the images, and number of classes.
 * @returns The rater "flops"; a score is a number of FLOPs, as the paper counts them.
 *
 * @example
 * ```ts
 * import { candidateOf, cost, flopsRater, searchSpace } from "@dna/kernel";
 * import { assertEquals } from "@std/assert";
 *
 * const space = searchSpace("fashion");
 * const candidate = candidateOf(space, space.blocks.map(() => ({ cell: 0, path: 0 })));
 * const sizes = { resolution: 28, classes: 10 };
 * const [score] = await flopsRater(sizes).rate([candidate]);
 * assertEquals(score, cost(candidate.architecture, sizes).flops);
 * ```
 */
export function flopsRater(options: CostOptions): Rater {
  return costRater("flops", options);
}

function costRater(unit: "params" | "flops", options: CostOptions): Rater {
  return {
    name: unit,
    rate: (candidates) =>
      Promise.resolve(candidates.map(({ architecture }) => cost(architecture, options)[unit])),
  };
}

/**
 * The rater that knows nothing: each network has a score of chance, its own for each seed.
 *
 * @param seed Decides the scores.
 * @returns The rater "random"; scores are of [0, 1).
 *
 * @example
 * ```ts
 * import { candidateOf, randomRater, searchSpace } from "@dna/kernel";
 * import { assertEquals, assertNotEquals } from "@std/assert";
 *
 * const space = searchSpace("fashion");
 * const [a, b] = [0, 1].map((path) => candidateOf(space, space.blocks.map(() => ({ cell: 0, path }))));
 * const [first, second] = await randomRater(1).rate([a, b]);
 * assertNotEquals(first, second);
 * assertEquals(await randomRater(1).rate([b]), [second]);
 * ```
 */
export function randomRater(seed: number | string): Rater {
  return {
    name: "random",
    rate: (candidates) =>
      Promise.resolve(
        candidates.map(({ architecture }) =>
          createRandom(seed, "rater", formatArchitecture(architecture)).uniform()
        ),
      ),
  };
}
