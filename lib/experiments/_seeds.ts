/**
 * Networks that were trained from several seeds, and what tells them apart.
 *
 * @module
 */

import { type Mean, meanOf, pairedLead, verdictOf } from "./_means.ts";
import type { Retrained } from "./retrain_part.ts";
import { intervalText } from "./_words.ts";

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
    : COMPARISONS[verdictOf(crossEntropy)];
  return { top1: of("top1"), crossEntropy, comparison };
}

/** By whether cross-entropy is higher. */
const COMPARISONS = {
  "holds": "worse",
  "does not hold": "better",
  "cannot tell": "not told apart",
} as const;

/** A share with its interval, in percent. */
export function percentText({ mean, interval }: Pick<Mean, "mean" | "interval">): string {
  const own = (100 * mean).toFixed(2);
  const [low, high] = interval;
  return Number.isFinite(low) ? `${own} ${intervalText([100 * low, 100 * high], 2)}` : own;
}
