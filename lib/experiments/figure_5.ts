/**
 * Figure 5 (section 4.3): feature maps of the supernet beside the teacher's, blocks 2 and 4 before the last epochs, all blocks after.
 *
 * @module
 */

import { search } from "../search/search.ts";
import type { BlockChoice } from "../space/types.ts";
import { distilSettings, rankedDistil } from "./_settings.ts";
import { type Distilled, ratingsOf } from "./distil_part.ts";
import { mapsConclusion } from "./figure_5_conclusion.ts";
import { type Maps, mapsPart } from "./maps_part.ts";
import type { ExperimentScale } from "./scales.ts";
import type { Experiment, Found, Part } from "./types.ts";

/** What is shown and measured, at every scale. */
const LOOK = {
  shown: 2,
  channels: 8,
  measured: 1000,
  // Enough for maps of 4 pixels: 4,096 values of each channel.
  calibrationImages: 256,
};

/** The maps after one epoch. */
export interface EpochMaps {
  /** The epoch. */
  epoch: number;
  /** The path of each block. */
  choice: BlockChoice[];
  /** The maps and numbers. */
  maps: Maps;
}

/** The parts that follow from the supernet: an epoch each, with the paths that the ratings by then put first. */
function mapsParts(
  scale: ExperimentScale,
  { ratings }: Distilled,
): { epoch: number; choice: BlockChoice[]; part: Part<Maps> }[] {
  const distil = distilSettings(scale, 0);
  return [...new Set(distil.keepEpochs)].map((epoch) => {
    const { blocks } = ratings.findLast((each) => each.epoch <= epoch) ?? ratings[0];
    const best = search(ratingsOf(distil, blocks));
    const choice = best.choice.map(({ cell, path }) => ({ cell, path }));
    return { epoch, choice, part: mapsPart({ distil, epoch, choice, ...LOOK }) };
  });
}

/** The maps that are done. */
export function epochMaps(scale: ExperimentScale, found: Found): EpochMaps[] {
  const distilled = found.get(rankedDistil(scale, 0));
  if (!distilled) return [];
  return mapsParts(scale, distilled).flatMap(({ epoch, choice, part }) => {
    const maps = found.get(part);
    return maps ? [{ epoch, choice, maps }] : [];
  });
}

/** Figure 5. */
export const FIGURE_5: Experiment = {
  name: "figure-5",
  summary: "feature maps of the supernet beside the teacher's",
  section: "4.3, Training progress",
  parts(scale, found) {
    const distil = rankedDistil(scale, 0);
    const distilled = found.get(distil);
    return [distil, ...(distilled ? mapsParts(scale, distilled).map(({ part }) => part) : [])];
  },
  conclude: (scale, found) => mapsConclusion(scale, epochMaps(scale, found)),
};
