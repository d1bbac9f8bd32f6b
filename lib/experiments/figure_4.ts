/**
 * Figure 4 (section 4.3): how well DNA and SPOS rank networks, with base lines and intervals.
 *
 * @module
 */

import { pathDigits } from "../space/paths.ts";
import type { SampledArchitecture } from "../search/sample.ts";
import { rankedDistil, rankedScores, rankedSpos, rankedTrainings } from "./_settings.ts";
import { spaceOf } from "./_inputs.ts";
import type { Distilled } from "./distil_part.ts";
import { rankingConclusion } from "./figure_4_conclusion.ts";
import type { Retrained } from "./retrain_part.ts";
import type { ExperimentScale } from "./scales.ts";
import type { Scores } from "./scores_part.ts";
import type { SposTrained } from "./spos_part.ts";
import { type Experiment, type Found, type Part, UnfinishedError } from "./types.ts";

/** All parts of the ranking, those first that show something soonest: a first supernet of each kind, then trainings by seed. */
function partsOf(scale: ExperimentScale): RankingParts {
  const ranked = rankedTrainings(scale);
  const networks = ranked.map(({ network }) => network);
  const supernets = Array.from({ length: scale.supernets }, (_, i) => i);
  return {
    networks,
    distilled: supernets.map((i) => rankedDistil(scale, i)),
    spos: supernets.map((i) => rankedSpos(scale, i, networks)),
    scores: rankedScores(scale, networks),
    retrained: ranked.map(({ parts }) => parts),
  };
}

/** The parts by what they are. */
interface RankingParts {
  networks: SampledArchitecture[];
  distilled: Part<Distilled>[];
  spos: Part<SposTrained>[];
  scores: Part<Scores>;
  retrained: Part<Retrained>[][];
}

/** What is known of the networks' ranking. */
export interface RankingData {
  /** The networks that have been retrained, at least once. */
  networks: SampledArchitecture[];
  /** How many were drawn. */
  drawn: number;
  /** Their trainings. */
  retrained: Retrained[][];
  /** Of each of DNA's supernets, of each rated epoch, each network's loss by block. */
  dna: { epoch: number; losses: number[][] }[][];
  /** Of each of SPOS's supernets, what it gives for each network. */
  spos: SposTrained["scores"][];
  /** Scores without training. */
  scores: Scores;
}

/** Gathers what is done: networks that are not retrained yet are left out. */
export function rankingData(scale: ExperimentScale, found: Found): RankingData {
  const parts = partsOf(scale);
  const all = parts.retrained.map((own) => own.flatMap((part) => found.get(part) ?? []));
  const known = all.flatMap((own, i) => own.length > 0 ? [i] : []);
  const space = spaceOf(scale.space);
  const dna = parts.distilled.flatMap((part) => found.get(part) ?? []).map(({ ratings }) =>
    ratings.map(({ epoch, blocks }) => ({
      epoch,
      losses: known.map((i) =>
        parts.networks[i].choice.map(({ cell, path }, block) =>
          blocks[block].cells[cell].losses[path]
        )
      ),
    }))
  );
  const spos = parts.spos.flatMap((part) => found.get(part) ?? []);
  const scores = found.get(parts.scores);
  if (known.length < 4 || dna.length === 0 || spos.length === 0 || !scores) {
    throw new UnfinishedError(
      `Cannot rank yet: ${known.length} networks of space "${space.name}" are retrained, at least 4 and a ` +
        "supernet of each kind are needed",
    );
  }
  return {
    networks: known.map((i) => parts.networks[i]),
    drawn: parts.networks.length,
    retrained: known.map((i) => all[i]),
    dna,
    spos: spos.map((each) => known.map((i) => each.scores[i])),
    scores: {
      synflow: known.map((i) => scores.synflow[i]),
      naswot: known.map((i) => scores.naswot[i]),
    },
  };
}

/** How many of a network's layers take each operation: what sets networks apart. */
export function operationCounts(
  scale: ExperimentScale,
  { choice }: Pick<SampledArchitecture, "choice">,
): number[] {
  const space = spaceOf(scale.space);
  const counts = space.operations.map(() => 0);
  choice.forEach(({ cell, path }, block) => {
    for (const digit of pathDigits(space, space.blocks[block].cells[cell].depth, path)) {
      counts[digit]++;
    }
  });
  return counts;
}

/** Figure 4. */
export const FIGURE_4: Experiment = {
  name: "figure-4",
  summary: "ranking: DNA, SPOS and base lines against retrained accuracy",
  section: "4.3, Model ranking",
  parts(scale) {
    const { distilled, spos, scores, retrained } = partsOf(scale);
    const seeds = Array.from({ length: scale.seeds }, (_, i) => i);
    return [
      distilled[0],
      spos[0],
      scores,
      ...retrained.map(([first]) => first),
      ...distilled.slice(1),
      ...spos.slice(1),
      ...seeds.slice(1).flatMap((seed) => retrained.map((own) => own[seed])),
    ];
  },
  conclude: (scale, found) => rankingConclusion(scale, rankingData(scale, found)),
};
