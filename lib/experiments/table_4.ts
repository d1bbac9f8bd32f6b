/**
 * Table 4 (section 4.4): what each component is worth: the paper's distillation beside S1 and S2, several cells beside one, with a
 * budget and without.
 *
 * @module
 */

import type { BlockRatings, Ratings } from "../ratings.ts";
import { search } from "../search/search.ts";
import type { SearchResult } from "../search/types.ts";
import { spaceOf } from "./_inputs.ts";
import { distilSettings, progressiveDistil, rankedDistil, winnerTrainings } from "./_settings.ts";
import { lastRatings, ratingsOf } from "./distil_part.ts";
import { cellsDistil, cellsRatings } from "./found_network.ts";
import type { Retrained } from "./retrain_part.ts";
import type { ExperimentScale } from "./scales.ts";
import { designConclusion } from "./table_4_conclusion.ts";
import type { Experiment, Found, Part } from "./types.ts";

/** A row of the table: a way to a network. */
export interface Design {
  /** How the supernet learns. */
  strategy: "S1" | "S2" | "ours";
  /** Whether a block may choose among several cells. */
  cells: boolean;
  /** Whether parameters are limited. */
  constrained: boolean;
}

/** The paper's rows, in its order. */
export const DESIGNS: readonly Design[] = [
  { strategy: "S1", cells: false, constrained: false },
  { strategy: "S2", cells: false, constrained: false },
  { strategy: "ours", cells: false, constrained: false },
  { strategy: "ours", cells: true, constrained: false },
  { strategy: "ours", cells: false, constrained: true },
  { strategy: "ours", cells: true, constrained: true },
];

/** A row with the network that was found, and its trainings. */
export interface DesignRow extends Design {
  /** The network. */
  winner: SearchResult;
  /** Its trainings, one for each seed. */
  trainings: Retrained[];
}

/** The stages of a progressive design, as far as they can be named, and their ratings if all are done. */
function stagesOf(
  scale: ExperimentScale,
  strategy: "S1" | "S2",
  found: Found,
): { parts: Part<BlockRatings>[]; blocks?: BlockRatings[] } {
  const parts: Part<BlockRatings>[] = [];
  const earlier: BlockRatings[] = [];
  for (const _ of spaceOf(scale.space).blocks) {
    const part = progressiveDistil(scale, strategy, [...earlier]);
    parts.push(part);
    const ratings = found.get(part);
    if (!ratings) return { parts };
    earlier.push(ratings);
  }
  return { parts, blocks: earlier };
}

/** The ratings that a design searches; undefined where a part of them is to be done. */
function designRatings(
  scale: ExperimentScale,
  { strategy, cells }: Design,
  found: Found,
): Ratings | undefined {
  const settings = distilSettings(scale, 0);
  if (strategy !== "ours") {
    const { blocks } = stagesOf(scale, strategy, found);
    return blocks && ratingsOf(settings, blocks);
  }
  if (cells) return cellsRatings(scale, found);
  const distilled = found.get(rankedDistil(scale, 0));
  return distilled && lastRatings(settings, distilled);
}

/** The network that a design finds; undefined where its ratings are to be done. */
function winnerOf(scale: ExperimentScale, design: Design, found: Found): SearchResult | undefined {
  const ratings = designRatings(scale, design, found);
  return ratings && search(ratings, design.constrained ? { maxParams: scale.maxParams } : {});
}

/** The rows whose network has been trained, at least once. */
export function designRows(scale: ExperimentScale, found: Found): DesignRow[] {
  return DESIGNS.flatMap((design) => {
    const winner = winnerOf(scale, design, found);
    if (!winner) return [];
    const trainings = winnerTrainings(scale, winner).flatMap((part) => found.get(part) ?? []);
    return trainings.length > 0 ? [{ ...design, winner, trainings }] : [];
  });
}

/** Table 4. */
export const TABLE_4: Experiment = {
  name: "table-4",
  summary: "supernet designs: S1, S2 and ours, one cell and several, with a budget and without",
  section: "4.4, Ablation study",
  parts(scale, found) {
    const stages = (["S1", "S2"] as const).flatMap((strategy) =>
      stagesOf(scale, strategy, found).parts
    );
    const winners = DESIGNS.flatMap((design) => winnerOf(scale, design, found) ?? []);
    const once = new Map(winners.map((winner) => [winner.text, winner]));
    return [
      ...cellsDistil(scale),
      ...stages,
      ...[...once.values()].flatMap((winner) => winnerTrainings(scale, winner)),
    ];
  },
  conclude: (scale, found) => designConclusion(scale, designRows(scale, found)),
};
