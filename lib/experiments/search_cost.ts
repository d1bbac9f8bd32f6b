/**
 * What a search costs (section 4.1): the seconds that each stage took here, beside the paper's days.
 *
 * @module
 */

import teacherLog from "../teacher/fashion.log.json" with { type: "json" };
import { retrainedOften } from "./_settings.ts";
import { cellsDistil, foundNetwork } from "./found_network.ts";
import { type CostMeasured, costPart } from "./cost_part.ts";
import type { DistilPart } from "./distil_part.ts";
import { supernetMacs } from "./plan.ts";
import type { ExperimentScale } from "./scales.ts";
import { costConclusion } from "./search_cost_conclusion.ts";
import { type Experiment, type Found, type Part, resultOf } from "./types.ts";
import { mean, sum } from "./_sums.ts";

/** Seconds of each stage; undefined where it is not done here. */
export interface StageSeconds {
  /** Making the teacher. */
  teacher?: number;
  /** Distilling a supernet of one cell a block. */
  simple: number;
  /** Distilling all cells. */
  extended: number;
  /** Rating all their paths once. */
  rating: number;
  /** Searching the paper's space. */
  search: number;
  /** Retraining the found network, once. */
  retraining?: number;
}

/** The work that was timed: how much there was of it. */
export interface StageCounts {
  /** Cells of the simple supernet, and of the extended one. */
  cells: [simple: number, extended: number];
  /** Networks of the space that was searched. */
  networks: string;
  /** Devices, threads and platforms that parts were done with. */
  machines: string[];
}

/** A search of the paper's own space under its parameters (sections 4.1 and 4.2: DNA-c's). */
function measuring(scale: ExperimentScale): Part<CostMeasured> {
  const sizes = { resolution: 224, classes: 1000 };
  return costPart({ space: "dna", ...sizes, maxParams: 5.3e6, seed: scale.seed });
}

/** The found network's trainings; none as long as it is not found. */
function retrainings(scale: ExperimentScale, found: Found) {
  const network = foundNetwork(scale, found);
  return network ? retrainedOften(scale, network.text, scale.winnerSeeds, "the found network") : [];
}

/** What the parts' own records say of each stage; a supernet's seconds are shared out by multiply–adds. */
export function stageSeconds(
  scale: ExperimentScale,
  found: Found,
): { seconds: StageSeconds; counts: StageCounts } {
  const timed = measuring(scale);
  const { searchSeconds, networks } = resultOf(found, timed);
  const secondsOf = (part: Part) => Number(found.made(part)?.seconds ?? NaN);
  const columns = cellsDistil(scale);
  const supernets = columns.map((part) => {
    const { distil, rating } = supernetMacs(part.settings as unknown as DistilPart);
    const ratings = resultOf(found, part).ratings.length;
    const speed = (distil + ratings * rating) / secondsOf(part);
    return { distil: distil / speed, rating: rating / speed };
  });
  const trained = retrainings(scale, found).filter((part) => found.get(part) !== undefined);
  const cells = columns.map((part) => resultOf(found, part).ratings[0].blocks.length);
  const machines = [timed, ...columns, ...trained].map((part) => {
    const { device, threads, platform } = found.made(part) ?? {};
    return `${device}, ${threads ?? "all"} threads, ${platform}`;
  });
  return {
    seconds: {
      ...(scale.teacher.name === "fashion" && { teacher: teacherLog.seconds }),
      simple: supernets[0].distil,
      extended: sum(supernets.map(({ distil }) => distil)),
      rating: sum(supernets.map(({ rating }) => rating)),
      search: searchSeconds,
      ...(trained.length > 0 && { retraining: mean(trained.map(secondsOf)) }),
    },
    counts: { cells: [cells[0], sum(cells)], networks, machines: [...new Set(machines)] },
  };
}

/** What a search costs. */
export const SEARCH_COST: Experiment = {
  name: "search-cost",
  summary: "cost of search: seconds of each stage beside the paper's days",
  section: "4.1, Training details",
  parts: (scale, found) => [
    ...cellsDistil(scale),
    measuring(scale),
    ...retrainings(scale, found),
  ],
  conclude: (scale, found) => costConclusion(stageSeconds(scale, found)),
};
