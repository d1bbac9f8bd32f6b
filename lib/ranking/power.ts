/**
 * What a design of an experiment can see, before it is run.
 *
 * @module
 */

import type { Random } from "../random.ts";
import { checkNumber, checkWhole } from "../space/_check.ts";
import { tauOf } from "./_kendall.ts";
import { normalQuantile, normalShare, normalTau } from "./normal.ts";

/** A ranking experiment that is planned. */
export interface Design {
  /** Networks that are retrained. */
  networks: number;
  /** Seeds that each is retrained with. */
  seeds: number;
  /** Standard deviation of a network's accuracy between seeds. */
  noise: number;
  /** Standard deviation of true accuracies between networks, in the same unit. */
  spread: number;
  /** True tau of the weaker rater of a comparison. Default 0.3. */
  tau?: number;
  /** Correlation between the errors of the two raters. Default 0. */
  similarity?: number;
  /** Level of the intervals. Default 0.95. */
  level?: number;
  /** How often an effect shall be seen. Default 0.8. */
  power?: number;
  /** A difference of true taus whose power is asked for. */
  difference?: number;
}

/** How {@linkcode designPower} computes. */
export interface PowerOptions {
  /** Draws the experiments. */
  random: Random;
  /** Experiments drawn. Default: 1,000, fewer from 300 networks on, at least 100. */
  simulations?: number;
}

/** A tau as it is, and as it shows on average against accuracies with noise. */
export interface SeenTau {
  /** Against true accuracies. */
  true: number;
  /** Against measured ones. */
  measured: number;
}

/** What a design can see. */
export interface DesignPower {
  /** Expected tau of a perfect rater. */
  ceiling: number;
  /** The least tau of a rater that is told from 0; undefined where even a perfect rater's is not. */
  smallestTau?: SeenTau;
  /** The least difference of taus that is told from 0; undefined where even a perfect rater's lead is not. */
  smallestDifference?: SeenTau;
  /** How often the asked difference is seen, where one was asked for. */
  power?: number;
}

/**
 * The smallest difference that a design can see: that for which the interval lies above 0 in 80 % of experiments.
 *
 * True accuracies, noise and raters' errors are taken as normally distributed; a rater of true tau τ has Pearson's r of
 * sin(π τ / 2) with true accuracy. Experiments are drawn, and mean and standard deviation of the measured tau, or of the difference
 * of two raters' taus on the same networks, give the power Φ(mean / deviation − z) at the level's z.
 *
 * @param design Networks, seeds, noise, spread, and the weaker rater.
 * @param options Where randomness comes from; the same draws serve all differences.
 * @returns The ceiling, the smallest tau and the smallest difference of taus.
 * @throws {TypeError | RangeError} Where the design is wrong, naming the place.
 *
 * @example More networks see smaller differences
 * ```ts
 * import { createRandom, designPower } from "@dna/kernel";
 * import { assert } from "@std/assert";
 *
 * const design = { seeds: 1, noise: 0.3, spread: 0.7 };
 * const random = () => createRandom(1);
 * const few = designPower({ ...design, networks: 40 }, { random: random(), simulations: 200 });
 * const many = designPower({ ...design, networks: 150 }, { random: random(), simulations: 200 });
 * assert(many.smallestDifference!.true < few.smallestDifference!.true);
 * ```
 */
export function designPower(design: Design, options: PowerOptions): DesignPower {
  const start = "Cannot find the power of the design:";
  const networks = checkWhole(design.networks, `${start} networks`, 4, 100_000);
  const seeds = checkWhole(design.seeds, `${start} seeds`, 1, 100_000);
  const noise = checkNumber(design.noise, `${start} noise`, 0, 1e12);
  const spread = checkNumber(design.spread, `${start} spread`, 1e-12, 1e12);
  const tau = checkNumber(design.tau ?? 0.3, `${start} tau`, -1, 0.999);
  const similarity = checkNumber(design.similarity ?? 0, `${start} similarity`, -1, 1);
  const level = checkNumber(design.level ?? 0.95, `${start} level`, 0.5, 0.9999);
  const wanted = checkNumber(design.power ?? 0.8, `${start} power`, 0.05, 0.999);
  const simulations = checkWhole(
    options.simulations ?? Math.min(1000, Math.max(100, Math.floor(300_000 / networks))),
    `${start} simulations`,
    2,
    1_000_000,
  );
  const relative = noise / spread / Math.sqrt(seeds);
  const experiments = drawExperiments(networks, simulations, relative, similarity, options.random);
  const z = normalQuantile((1 + level) / 2);
  const single = (tau: number) =>
    experiments.map((experiment) => measuredTau(experiment, "one", tau));
  const weaker = experiments.map((experiment) => measuredTau(experiment, "other", tau));
  const lead = (difference: number) =>
    single(tau + difference).map((value, i) => value - weaker[i]);
  const least = (most: number, values: (effect: number) => number[]): SeenTau | undefined => {
    if (seenShare(values(most), z) < wanted) return undefined;
    let [low, high] = [0, most];
    for (let step = 0; step < 10; step++) {
      const middle = (low + high) / 2;
      if (seenShare(values(middle), z) < wanted) low = middle;
      else high = middle;
    }
    return { true: high, measured: moments(values(high)).mean };
  };
  const smallestTau = least(1, single);
  const smallestDifference = least(1 - tau, lead);
  const asked = design.difference;
  return {
    ceiling: normalTau(1 / Math.sqrt(1 + relative ** 2)),
    ...(smallestTau && { smallestTau }),
    ...(smallestDifference && { smallestDifference }),
    ...(asked !== undefined && {
      power: seenShare(lead(checkNumber(asked, `${start} difference`, 0, 1 - tau)), z),
    }),
  };
}

/** Networks with their measured accuracies, and what the errors of two raters are made of. */
interface Experiment {
  truth: Float64Array;
  measured: number[];
  one: Float64Array;
  other: Float64Array;
}

function drawExperiments(
  networks: number,
  count: number,
  noise: number,
  similarity: number,
  random: Random,
): Experiment[] {
  const draw = () => Float64Array.from({ length: networks }, () => random.normal());
  return Array.from({ length: count }, () => {
    const [truth, one, own, errors] = [draw(), draw(), draw(), draw()];
    const other = own.map((value, i) =>
      similarity * one[i] + Math.sqrt(1 - similarity ** 2) * value
    );
    return { truth, measured: Array.from(truth, (t, i) => t + noise * errors[i]), one, other };
  });
}

/** The tau that a rater of a true tau shows in an experiment. */
function measuredTau(
  { truth, measured, ...errors }: Experiment,
  rater: "one" | "other",
  tau: number,
): number {
  const r = Math.sin(Math.PI / 2 * tau);
  const rest = Math.sqrt(1 - r * r);
  return tauOf(Array.from(truth, (t, i) => r * t + rest * errors[rater][i]), measured);
}

/** How often an interval around values like these lies above 0. */
function seenShare(values: readonly number[], z: number): number {
  const { mean, deviation } = moments(values);
  if (deviation === 0) return mean > 0 ? 1 : 0;
  return normalShare(mean / deviation - z);
}

function moments(values: readonly number[]): { mean: number; deviation: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, deviation: Math.sqrt(squares / (values.length - 1)) };
}
