import { accuracyInterval } from "../plots/accuracies.ts";
import { percent } from "../plots/_format.ts";
import type { SearchRecord } from "./types.ts";

/** What the accuracies of a run tell about the search. */
export interface Verdict {
  /** Mean accuracy of the random networks; absent where there are none. */
  randomMean?: number;
  /** How much the search gave, in one sentence or two. */
  gain: string;
  /** What one seed can tell. */
  caveat: string;
}

/** Judges the winner's accuracy by those of the random networks and the teacher; undefined where it was not retrained. */
export function verdict({ accuracy, random, testImages }: SearchRecord): Verdict | undefined {
  if (accuracy === undefined) return undefined;
  const others = random.flatMap(({ accuracy }) => accuracy === undefined ? [] : [accuracy]);
  const caveat =
    "Each network was trained once. Another seed moves an accuracy by some tenths of a point" +
    (testImages
      ? `, and ${testImages.toLocaleString("en-US")} test images leave ±${
        points(accuracyInterval(accuracy, testImages))
      } open`
      : "") +
    ": repeat with other seeds before you rely on a difference.";
  if (others.length === 0) {
    return {
      gain: "No random network was retrained, so this run cannot tell how much the search gave.",
      caveat,
    };
  }
  const mean = others.reduce((sum, other) => sum + other, 0) / others.length;
  const difference = accuracy - mean;
  const noise = Math.sqrt(1 + 1 / others.length) *
    (testImages ? accuracyInterval(mean, testImages) : ASSUMED_NOISE);
  const versus = others.length === 1
    ? `the random network of the same budget (${percent(mean)})`
    : `the mean of ${others.length} random networks of the same budget (${percent(mean)})`;
  const way = difference < 0 ? "below" : "above";
  const compared = Math.abs(difference) < 5e-5
    ? `The winner is level with ${versus}`
    : `The winner is ${points(Math.abs(difference))} ${way} ${versus}`;
  const better = others.filter((other) => other > accuracy).length;
  const rank = better === 0
    ? ""
    : ` ${better} of ${others.length} random networks ${better === 1 ? "is" : "are"} better.`;
  return { randomMean: mean, gain: `${compared}; ${judgement(difference, noise)}.${rank}`, caveat };
}

/** 95 % interval that a test set of some thousand images leaves, where its size is not known. */
const ASSUMED_NOISE = 0.006;

function judgement(difference: number, noise: number): string {
  if (Math.abs(difference) <= noise) {
    return `that is within the test set’s noise of about ±${
      points(noise)
    }, so this run does not show that the search gave anything in accuracy`;
  }
  return difference > 0
    ? `that is more than the test set’s noise of about ±${points(noise)}`
    : `that is beyond the test set’s noise of about ±${
      points(noise)
    }: here the search did worse than chance`;
}

function points(share: number): string {
  const value = (100 * share).toFixed(2);
  return `${value} ${value === "1.00" ? "point" : "points"}`;
}
