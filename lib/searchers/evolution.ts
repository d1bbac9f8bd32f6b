/**
 * SPOS's evolutionary search (Guo and others, 2020, Algorithm 1).
 *
 * @module
 */

import { type Candidate, candidateOf } from "../raters/types.ts";
import { createRandom } from "../random.ts";
import { sampleArchitectures } from "../search/sample.ts";
import { checkNumber, checkWhole } from "../space/_check.ts";
import { cost } from "../space/cost.ts";
import type { BlockChoice, Cost } from "../space/types.ts";
import { cross, mutate } from "./_genes.ts";
import { budgetsOf, checkScores, type Found, foundOf, samplingOf, type Searcher } from "./types.ts";

/** Options of {@linkcode evolutionSearcher}; the defaults are those of SPOS's section 3.3 and Algorithm 1. */
export interface EvolutionOptions {
  /** Networks in a generation. Default 50. */
  population?: number;
  /** Generations. Default 20. */
  generations?: number;
  /** The best networks so far, which the next generation comes from. Default 10. */
  parents?: number;
  /** Of a generation, networks with the genes of two parents. Default: half of the population. */
  crossovers?: number;
  /** Of a generation, networks with changed genes of one parent. Default: half of the population. */
  mutations?: number;
  /** Probability that a gene is changed: the cell of a block, or the operation of a layer. Default 0.1. */
  mutationRate?: number;
  /** At most so many different networks are rated. Default: population times generations. */
  evaluations?: number;
}

/** So many draws for each network that is wanted, as in the authors' code. */
const DRAWS = 10;

/**
 * Evolutionary search within budgets: each generation comes from the best networks so far, by crossover and by mutation.
 *
 * The first generation is drawn within the budgets, each network equally likely. A network over a budget, or one that was rated
 * before, is drawn again, up to ten times for each that is wanted; what then is missing is drawn as the first generation was.
 *
 * @param options Sizes and probabilities.
 * @returns The searcher "evolution".
 * @throws {TypeError | RangeError} Where an option is wrong.
 *
 * @example
 * ```ts
 * import { evolutionSearcher, flopsRater, searchSpace } from "@dna/kernel";
 * import { assert } from "@std/assert";
 *
 * const sizes = { resolution: 28, classes: 10 };
 * const searcher = evolutionSearcher({ population: 10, parents: 4, generations: 3 });
 * const task = { ...sizes, space: searchSpace("fashion"), rater: flopsRater(sizes), maxFlops: 5e6 };
 * const { flops, evaluations } = await searcher.find(task);
 * assert(flops <= 5e6 && evaluations <= 30);
 * ```
 */
export function evolutionSearcher(options: EvolutionOptions = {}): Searcher {
  const start = "Cannot search:";
  const whole = (name: keyof EvolutionOptions, usual: number, low = 1) =>
    checkWhole(options[name] ?? usual, `${start} ${name}`, low, 1_000_000);
  const population = whole("population", 50);
  const generations = whole("generations", 20);
  const parents = whole("parents", 10);
  const mutations = whole("mutations", Math.floor(population / 2), 0);
  const crossovers = whole("crossovers", population - Math.ceil(population / 2), 0);
  const most = whole("evaluations", population * generations);
  const rate = checkNumber(options.mutationRate ?? 0.1, `${start} mutationRate`, 0, 1);
  if (mutations + crossovers > population) {
    throw new RangeError(
      `${start} mutations and crossovers are ${mutations + crossovers}, ` +
        `must be at most the population, ${population}`,
    );
  }
  return {
    name: "evolution",
    async find(task): Promise<Found> {
      const { space, rater, resolution, classes, seed = 0, signal, onProgress } = task;
      const random = createRandom(seed, "evolution");
      const budgets = Object.entries(budgetsOf(task)) as [keyof Cost, number][];
      const sampling = samplingOf(task);
      const seen = new Set<string>();
      let best: { candidate: Candidate; score: number }[] = [];
      let evaluations = 0;

      /** Adds networks that are new and within the budgets, so many if that many are found. */
      const fill = (into: Candidate[], count: number, draw: () => readonly BlockChoice[]) => {
        for (let tries = DRAWS * count; tries > 0 && count > 0; tries--) {
          const choice = draw();
          const key = choice.map(({ cell, path }) => `${cell}.${path}`).join();
          if (seen.has(key)) continue;
          const candidate = candidateOf(space, choice);
          const costs = cost(candidate.architecture, { resolution, classes });
          if (budgets.some(([unit, limit]) => costs[unit] > limit)) continue;
          seen.add(key);
          into.push(candidate);
          count--;
        }
      };
      const parent = () => best[random.int(best.length)].candidate.choice;

      for (let generation = 0; generation < generations && evaluations < most; generation++) {
        signal?.throwIfAborted();
        const size = Math.min(population, most - evaluations);
        const networks: Candidate[] = [];
        if (best.length > 0) {
          fill(networks, Math.min(size, mutations), () => mutate(space, parent(), rate, random));
          fill(
            networks,
            Math.min(size - networks.length, crossovers),
            () => cross(space, parent(), parent(), random),
          );
        }
        const missing = size - networks.length;
        const drawn = sampleArchitectures(space, random, DRAWS * missing, sampling);
        fill(networks, missing, () => drawn.pop()!.choice);
        // Every network that fits has been rated, as far as drawing can tell.
        if (networks.length === 0) break;
        const scores = await rater.rate(networks, { signal, onProgress });
        checkScores(scores, networks.length, rater);
        evaluations += networks.length;
        best = [...best, ...networks.map((candidate, i) => ({ candidate, score: scores[i] }))]
          .sort((a, b) => b.score - a.score).slice(0, parents);
      }
      const [{ candidate, score }] = best;
      return foundOf(candidate, score, evaluations, task);
    },
  };
}
