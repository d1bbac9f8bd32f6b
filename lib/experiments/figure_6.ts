/**
 * Figure 6 (section 4.3): what the search finds as the supernet learns, beside its loss, and how well its ratings rank by then.
 *
 * @module
 */

import { search } from "../search/search.ts";
import type { SearchResult } from "../search/types.ts";
import { distilSettings, rankedDistil, rankedTrainings, winnerTrainings } from "./_settings.ts";
import { type Distilled, ratingsOf } from "./distil_part.ts";
import { progressConclusion } from "./figure_6_conclusion.ts";
import type { Retrained } from "./retrain_part.ts";
import type { ExperimentScale } from "./scales.ts";
import { type Experiment, type Found, UnfinishedError } from "./types.ts";
import { mean } from "./_sums.ts";

/** The supernet after a rated epoch. */
export interface ProgressEpoch {
  /** The epoch. */
  epoch: number;
  /** Equation 7's loss of the epoch, of each block. */
  trainingLosses: number[];
  /** Equation 8's loss of each block, the mean over its paths. */
  ratingLosses: number[];
  /** The network found. */
  winner: SearchResult;
  /** Its trainings, one for each seed. */
  trainings: Retrained[];
  /** The losses of the networks of figure 4 by these ratings. */
  losses: number[];
}

/** What is known of the supernet's progress. */
export interface ProgressData {
  /** The rated epochs whose winners have been trained, at least once. */
  epochs: ProgressEpoch[];
  /** The trainings of the networks of figure 4, those that have any. */
  ranked: Retrained[][];
}

/** The winners by epoch; the budget, which binds, keeps their costs alike, so that the choice alone makes the difference. */
function winnersOf(
  scale: ExperimentScale,
  { ratings }: Distilled,
): { epoch: number; winner: SearchResult }[] {
  return ratings.map(({ epoch, blocks }) => ({
    epoch,
    winner: search(ratingsOf(distilSettings(scale, 0), blocks), { maxParams: scale.maxParams }),
  }));
}

/** Gathers what is done. */
export function progressData(scale: ExperimentScale, found: Found): ProgressData {
  const distilled = found.get(rankedDistil(scale, 0));
  if (!distilled) {
    throw new UnfinishedError("Cannot conclude figure 6: the supernet has not learnt yet");
  }
  const ranked = rankedTrainings(scale).map(({ network, parts }) => ({
    network,
    trainings: parts.flatMap((part) => found.get(part) ?? []),
  })).filter(({ trainings }) => trainings.length > 0);
  const epochs = winnersOf(scale, distilled).flatMap(({ epoch, winner }, i): ProgressEpoch[] => {
    const trainings = winnerTrainings(scale, winner).flatMap((part) => found.get(part) ?? []);
    if (trainings.length === 0) return [];
    const { blocks } = distilled.ratings[i];
    return [{
      epoch,
      trainingLosses: blocks.map((_, block) => trainingLoss(distilled, epoch, block)),
      ratingLosses: blocks.map(({ cells }) => mean(cells.flatMap(({ losses }) => losses))),
      winner,
      trainings,
      losses: ranked.map(({ network: { choice } }) =>
        choice.reduce((sum, { cell, path }, i) => sum + blocks[i].cells[cell].losses[path], 0)
      ),
    }];
  });
  return { epochs, ranked: ranked.map(({ trainings }) => trainings) };
}

/** A block's loss of an epoch, the mean over its cells. */
function trainingLoss({ epochs }: Distilled, epoch: number, block: number): number {
  return mean(
    epochs.filter((each) => each.epoch === epoch && each.block === block).map(({ loss }) => loss),
  );
}

/** Figure 6. */
export const FIGURE_6: Experiment = {
  name: "figure-6",
  summary: "training progress: the network found every second epoch, beside the supernet's loss",
  section: "4.3, Training progress",
  parts(scale, found) {
    const distil = rankedDistil(scale, 0);
    const distilled = found.get(distil);
    const winners = distilled ? winnersOf(scale, distilled).map(({ winner }) => winner) : [];
    const once = new Map(winners.map((winner) => [winner.text, winner]));
    return [
      distil,
      ...[...once.values()].flatMap((winner) => winnerTrainings(scale, winner)),
      ...rankedTrainings(scale).flatMap(({ parts }) => parts),
    ];
  },
  conclude: (scale, found) => progressConclusion(scale, progressData(scale, found)),
};
