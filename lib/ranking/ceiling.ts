import { checkSeeds } from "./_check.ts";
import { bootstrapInterval, type BootstrapOptions, type Interval } from "./bootstrap.ts";
import { normalTau } from "./normal.ts";
import { means } from "./table.ts";

/** What the noise of retrained accuracies leaves for a rater to reach. */
export interface NoiseCeiling {
  /** Standard deviation of a network's accuracy between seeds. */
  noise: number;
  /** Standard deviation of true accuracies between networks, noise taken off. */
  spread: number;
  /** Share of the variance of measured accuracies that is the networks' own: spread² / (spread² + noise² / seeds). */
  reliability: number;
  /** Expected tau of a rater that knows the true accuracies: no rater can be expected to reach more. */
  tau: number;
  /** Expected tau between these accuracies and those of as many other seeds. */
  retest: number;
  /** Bootstrap interval of `tau` over networks, where `options` were given. */
  interval?: Interval;
}

/**
 * The ceiling that noise sets: the tau that a perfect rater would show against accuracies measured with these seeds.
 *
 * The variance between seeds of a network is the noise's; the variance between networks' means is the networks' own plus that of
 * the noise that averaging leaves (one-way analysis of variance). For normally distributed accuracies, true and measured ones
 * have Pearson's r of √reliability, hence tau of 2/π · asin √reliability.
 *
 * @param accuracies Accuracies of each network, two or more seeds for most of them.
 * @param options Draw an interval over networks. Default: none.
 * @returns Noise, spread, reliability, and the taus that follow.
 * @throws {RangeError} Where no network has two seeds.
 * @throws {TypeError | RangeError} Where the accuracies are not finite numbers of two or more networks.
 *
 * @example
 * ```ts
 * import { noiseCeiling } from "@dna/kernel";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const { noise, spread, tau } = noiseCeiling([[70, 72], [74, 76], [78, 80], [82, 84]]);
 * assertAlmostEquals(noise, Math.SQRT2);
 * assertAlmostEquals(spread ** 2, 80 / 3 - 1);
 * assertAlmostEquals(tau, 2 / Math.PI * Math.asin(Math.sqrt(1 - 3 / 80)));
 * ```
 */
export function noiseCeiling(
  accuracies: readonly (readonly number[])[],
  options?: BootstrapOptions,
): NoiseCeiling {
  const start = "Cannot find the ceiling:";
  const seeds = checkSeeds(accuracies, `${start} accuracies`);
  if (seeds.every(({ length }) => length === 1)) {
    throw new RangeError(`${start} no network has two seeds, so that noise cannot be told`);
  }
  const ceiling = ceilingOf(seeds);
  if (!options) return ceiling;
  const interval = bootstrapInterval(
    seeds.length,
    (positions) => ceilingOf(positions.map((i) => seeds[i])).tau,
    options,
  );
  return { ...ceiling, interval };
}

function ceilingOf(seeds: readonly (readonly number[])[]): NoiseCeiling {
  const centres = means(seeds);
  const freedom = seeds.reduce((sum, own) => sum + own.length - 1, 0);
  const within = seeds.reduce(
    (sum, own, i) => sum + own.reduce((part, value) => part + (value - centres[i]) ** 2, 0),
    0,
  ) / freedom;
  const mean = centres.reduce((sum, value) => sum + value, 0) / seeds.length;
  const between = centres.reduce((sum, value) => sum + (value - mean) ** 2, 0) /
    (seeds.length - 1);
  const left = within * seeds.reduce((sum, { length }) => sum + 1 / length, 0) / seeds.length;
  const own = Math.max(0, between - left);
  const reliability = own + left > 0 ? own / (own + left) : NaN;
  const tauOfReliability = (r: number) => Number.isNaN(r) ? NaN : normalTau(r);
  return {
    noise: Math.sqrt(within),
    spread: Math.sqrt(own),
    reliability,
    tau: tauOfReliability(Math.sqrt(reliability)),
    retest: tauOfReliability(reliability),
  };
}
