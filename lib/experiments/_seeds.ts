/**
 * Networks that were trained from several seeds, and what tells them apart.
 *
 * @module
 */

import { type Mean, meanOf, pairedLead } from "./_means.ts";
import type { Retrained } from "./retrain_part.ts";
import { intervalText, signed } from "./_words.ts";
import { verdictAbove } from "./claims.ts";

/** Accuracies and cross-entropies of a network's trainings, with their means over seeds. */
export function seedsOf(trainings: readonly Retrained[]) {
  const of = (key: "top1" | "top5" | "crossEntropy") => {
    const values = trainings.map((training) => training[key]);
    return { values, ...meanOf(values) };
  };
  return { top1: of("top1"), top5: of("top5"), crossEntropy: of("crossEntropy") };
}

/** What seeds say of two networks. */
export type Comparison = "better" | "worse" | "not told apart" | "one seed" | "same network";

/** One network's trainings beside another's, seed by seed: equal seeds share images, their order and their variation. */
export interface Difference {
  /** The one's accuracy minus the other's. */
  top1: Mean;
  /** The one's cross-entropy minus the other's; below 0 where the one is better. */
  crossEntropy: Mean;
  /** What cross-entropy says, which is less noisy than accuracy. */
  comparison: Comparison;
}

/** Compares two networks. */
export function differenceOf(
  one: { text: string; trainings: readonly Retrained[] },
  other: { text: string; trainings: readonly Retrained[] },
): Difference {
  const count = Math.min(one.trainings.length, other.trainings.length);
  const of = (key: "top1" | "crossEntropy") => {
    const [a, b] = [one, other].map(({ trainings }) =>
      trainings.slice(0, count).map((training) => training[key])
    );
    return pairedLead(a, b);
  };
  const crossEntropy = of("crossEntropy");
  const comparison = one.text === other.text
    ? "same network"
    : count < 2
    ? "one seed"
    : COMPARISONS[verdictAbove(crossEntropy.interval)];
  return { top1: of("top1"), crossEntropy, comparison };
}

/** By whether cross-entropy is higher. */
const COMPARISONS = {
  "holds": "worse",
  "does not hold": "better",
  "cannot tell": "not told apart",
} as const;

/** A mean with its interval, where there is one. */
export function meanText(
  { mean, interval }: Pick<Mean, "mean" | "interval">,
  digits: number,
): string {
  const own = mean.toFixed(digits);
  return Number.isFinite(interval[0]) ? `${own} ${intervalText(interval, digits)}` : own;
}

/** A mean difference with its sign, and its interval, where there is one. */
export function signedText(
  { mean, interval }: Pick<Mean, "mean" | "interval">,
  digits: number,
): string {
  const own = signed(mean, digits);
  return Number.isFinite(interval[0]) ? `${own} ${intervalText(interval, digits)}` : own;
}

/** A share with its interval, in percent. */
export function percentText(
  { mean, interval: [low, high] }: Pick<Mean, "mean" | "interval">,
): string {
  return meanText({ mean: 100 * mean, interval: [100 * low, 100 * high] }, 2);
}
