import { createRandom } from "../random.ts";
import { sampleArchitectures } from "../search/sample.ts";
import { checkWhole } from "../space/_check.ts";
import { checkScores, foundOf, samplingOf, type Searcher } from "./types.ts";

/** Options of {@linkcode randomSearcher}. */
export interface RandomSearcherOptions {
  /** Networks that are drawn. */
  evaluations: number;
}

/**
 * Random search: of so many networks drawn within the budgets, each network equally likely, that of the highest score.
 *
 * @param options How many networks are drawn.
 * @returns The searcher "random"; networks drawn twice are rated once.
 * @throws {TypeError | RangeError} Unless `evaluations` is a whole number from 1.
 *
 * @example
 * ```ts
 * import { paramsRater, randomSearcher, searchSpace } from "@dna/kernel";
 * import { assert } from "@std/assert";
 *
 * const sizes = { resolution: 28, classes: 10 };
 * const space = searchSpace("fashion");
 * const searcher = randomSearcher({ evaluations: 20 });
 * const found = await searcher.find({ ...sizes, space, rater: paramsRater(sizes), maxParams: 100e3 });
 * assert(found.params <= 100e3 && found.evaluations <= 20);
 * ```
 */
export function randomSearcher({ evaluations }: RandomSearcherOptions): Searcher {
  checkWhole(evaluations, "Cannot search: evaluations", 1, 1_000_000);
  return {
    name: "random",
    async find(task) {
      const { space, rater, seed = 0, signal, onProgress } = task;
      const random = createRandom(seed, "random search");
      const drawn = sampleArchitectures(space, random, evaluations, samplingOf(task));
      const networks = [...new Map(drawn.map((network) => [network.text, network])).values()];
      const scores = await rater.rate(networks, { signal, onProgress });
      checkScores(scores, networks.length, rater);
      let best = 0;
      scores.forEach((score, i) => {
        if (score > scores[best]) best = i;
      });
      return foundOf(networks[best], scores[best], networks.length, task);
    },
  };
}
