import { naswotRater } from "../raters/naswot.ts";
import { synflowRater } from "../raters/synflow.ts";
import { candidateOf } from "../raters/types.ts";
import type { BlockChoice, SpaceDefinition } from "../space/types.ts";
import { datasetOf, spaceOf } from "./_inputs.ts";
import type { DataSettings } from "./scales.ts";
import type { Part } from "./types.ts";

/** What decides training-free scores. */
export interface ScoresPart {
  /** The images. */
  data: DataSettings;
  /** Mean and deviation of the images, on the scale 0–1. */
  normalisation: { mean: number[]; std: number[] };
  /** The space. */
  space: SpaceDefinition | string;
  /** The networks that are scored. */
  choices: readonly (readonly BlockChoice[])[];
  /** Draws the random weights, and the images. */
  seed: number;
}

/** Training-free scores of networks, by rater. */
export type Scores = Record<"synflow" | "naswot", number[]>;

/** The part that scores networks without any training: base lines. */
export function scoresPart(settings: ScoresPart): Part<Scores> {
  return {
    kind: "scores",
    label: "score networks without training",
    settings: { ...settings },
    async run(watch) {
      const { data, normalisation, choices, seed } = settings;
      const { resolution, classes } = data;
      const { splits } = await datasetOf(data);
      const space = spaceOf(settings.space);
      const candidates = choices.map((choice) => candidateOf(space, choice));
      const raters = [
        synflowRater({ resolution, classes, seed }),
        naswotRater({ ...normalisation, data: splits.train, resolution, seed }),
      ];
      const scores: Record<string, number[]> = {};
      for (const rater of raters) scores[rater.name] = await rater.rate(candidates, watch);
      return scores as Scores;
    },
  };
}
