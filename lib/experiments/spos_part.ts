import { candidateOf } from "../raters/types.ts";
import { createSpos, restoreSpos, saveSpos } from "../raters/spos.ts";
import { type SposScore, sposScores } from "../raters/spos_rater.ts";
import { type SposEpoch, type SposPosition, trainSpos } from "../raters/train_spos.ts";
import { cosine } from "../nn/schedules.ts";
import { createRandom } from "../random.ts";
import type { BlockChoice, SpaceDefinition } from "../space/types.ts";
import { datasetOf, someOf, spaceOf } from "./_inputs.ts";
import { fromCheckpoint, toCheckpoint } from "../supernet/_checkpoint.ts";
import type { DataSettings, SupernetSettings } from "./scales.ts";
import type { Part } from "./types.ts";

/** What decides a supernet of joint weights, and what is asked of it. */
export interface SposPart {
  /** The images. */
  data: DataSettings;
  /** Mean and deviation of the images, on the scale 0–1. */
  normalisation: { mean: number[]; std: number[] };
  /** The space. */
  space: SpaceDefinition | string;
  /** How it learns and rates; `epochs` are all its own. */
  supernet: Omit<SupernetSettings, "rates">;
  /** The networks that it rates when it has learnt. */
  choices: readonly (readonly BlockChoice[])[];
  /** Decides which images are used. */
  imagesSeed: number;
  /** Decides first weights, paths, order and augmentation. */
  seed: number;
}

/** SPOS's supernet, and what it says of some networks. */
export interface SposTrained {
  /** Each epoch. */
  epochs: SposEpoch[];
  /** What it gives for each network. */
  scores: SposScore[];
}

interface State {
  position: SposPosition;
  epochs: SposEpoch[];
}

/** The part that trains SPOS's supernet with labels, and lets it rate networks. */
export function sposPart(settings: SposPart, label: string): Part<SposTrained> {
  return {
    kind: "spos",
    label,
    settings: { ...settings },
    async run({ run, onProgress, signal, checkpointSeconds }) {
      const { data, normalisation, supernet: recipe, choices, imagesSeed, seed } = settings;
      const { splits } = await datasetOf(data);
      const space = spaceOf(settings.space);
      const images = someOf(splits.train, recipe.images, imagesSeed, "images");
      const supernet = createSpos(space, {
        classes: data.classes,
        random: createRandom(seed, "spos supernet"),
      });
      const saved = run.checkpoint?.state as State | undefined;
      if (run.checkpoint) restoreSpos(supernet, fromCheckpoint(run.checkpoint));
      const epochs = [...saved?.epochs ?? []];
      try {
        await trainSpos(supernet, {
          ...normalisation,
          data: images,
          epochs: recipe.epochs,
          batch: recipe.batch,
          rate: cosine(recipe.sposRate, {
            steps: recipe.epochs * Math.floor(images.count / recipe.batch),
          }),
          augment: true,
          seed,
          position: saved?.position,
          checkpointSeconds,
          onCheckpoint: (position) =>
            run.save(toCheckpoint(saveSpos(supernet), { position, epochs: [...epochs] })),
          onEpoch: (epoch) => {
            epochs[epoch.epoch - 1] = epoch;
          },
          onProgress,
          signal,
        });
        const scores = await sposScores(
          supernet,
          choices.map((choice) => candidateOf(space, choice)),
          {
            ...normalisation,
            validation: someOf(splits.validation, recipe.rateImages, imagesSeed, "rating images"),
            calibration: someOf(images, recipe.calibrationImages, imagesSeed, "calibration images"),
            batch: recipe.rateBatch,
          },
          { onProgress, signal },
        );
        return { epochs, scores };
      } finally {
        supernet.dispose();
      }
    },
  };
}
