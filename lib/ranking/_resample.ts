/**
 * Resamples of a table: the same ones for all raters, so that raters can be compared.
 *
 * @module
 */

import { drawPositions } from "./bootstrap.ts";
import { type CheckedRanking, type CheckedTable, means } from "./table.ts";

/** Which networks, and the accuracy of each. */
export interface Sample {
  positions: number[];
  /** By position in the table. */
  accuracies: number[];
}

/** What was measured, resamples of it, and what is left of it without one network. */
export interface Samples {
  measured: Sample;
  resamples: Sample[];
  leftOut: Sample[];
}

/** Draws the samples. */
export function drawSamples(
  { count, seeds }: CheckedTable,
  { random, samples, over, method }: CheckedRanking,
): Samples {
  const all = Array.from({ length: count }, (_, i) => i);
  const accuracies = means(seeds);
  const leaves = method === "bca" && over !== "seeds";
  return {
    measured: { positions: all, accuracies },
    resamples: Array.from({ length: samples }, () => ({
      // A network that is drawn twice keeps one accuracy: its copies are no pair of networks.
      accuracies: over === "networks"
        ? accuracies
        : means(seeds.map((own) => own.map(() => own[random.int(own.length)]))),
      positions: over === "seeds" ? all : drawPositions(count, random),
    })),
    leftOut: leaves
      ? all.map((network) => ({
        positions: all.filter((i) => i !== network),
        accuracies,
      }))
      : [],
  };
}

/** The entries at these positions. */
export function at(values: readonly number[], positions: readonly number[]): number[] {
  return positions.map((i) => values[i]);
}
