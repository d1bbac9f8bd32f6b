import { accuracy } from "../network/accuracy.ts";
import { buildNetwork } from "../network/network.ts";
import { type Recipe, recipeOptions, RECIPES } from "../network/recipes.ts";
import { train, type TrainEpoch } from "../network/train.ts";
import { createRandom } from "../random.ts";
import { cost } from "../space/cost.ts";
import { parseArchitecture } from "../space/parse.ts";
import { fromRunCheckpoint, toRunCheckpoint } from "../training/_checkpoint.ts";
import { datasetOf, someOf } from "./_inputs.ts";
import type { DataSettings, RetrainSettings } from "./scales.ts";
import type { Part } from "./types.ts";

/** A network trained from scratch and judged on the test images. */
export interface Retrained {
  /** Trainable parameters. */
  params: number;
  /** Multiply–adds. */
  macs: number;
  /** FLOPs as the paper counts them. */
  flops: number;
  /** Share of test images whose class came first, 0–1. */
  top1: number;
  /** Share of test images whose class was among the first five, 0–1. */
  top5: number;
  /** Mean cross-entropy of the test images, in nats. */
  crossEntropy: number;
  /** Each epoch. */
  epochs: TrainEpoch[];
}

/** What decides a training. */
export interface RetrainPart {
  /** The network, as text. */
  architecture: string;
  /** The images. */
  data: DataSettings;
  /** Mean and deviation of the images, on the scale 0–1. */
  normalisation: { mean: number[]; std: number[] };
  /** How it is trained. */
  retrain: RetrainSettings;
  /** Decides which images are learnt from. */
  imagesSeed: number;
  /** Decides first weights, order and augmentation. */
  seed: number;
}

/** The part that trains a network from scratch, without a teacher, and judges it; its weights are kept where asked for. */
export function retrainPart(
  settings: RetrainPart,
  label: string,
  { keepWeights = false }: { keepWeights?: boolean } = {},
): Part<Retrained> {
  return {
    kind: "retrain",
    label,
    settings: { ...settings, ...(keepWeights && { keepWeights }) },
    async run({ run, keep, onProgress, signal, checkpointSeconds }) {
      const { data, normalisation, retrain, seed } = settings;
      const { splits } = await datasetOf(data);
      const images = someOf(splits.train, retrain.images, settings.imagesSeed, "retrain images");
      const recipe: Recipe = {
        ...RECIPES[retrain.recipe],
        epochs: retrain.epochs,
        batch: retrain.batch,
      };
      const architecture = parseArchitecture(settings.architecture);
      const { resolution, classes } = data;
      const start = buildNetwork(architecture, {
        classes,
        resolution,
        random: createRandom(seed, "retrain"),
      });
      const checkpoint = fromRunCheckpoint(run.checkpoint);
      const epochs = (run.checkpoint?.state as { epochs?: TrainEpoch[] } | undefined)?.epochs ?? [];
      const { network } = await train(start, {
        ...normalisation,
        ...recipeOptions(recipe, images.count),
        data: images,
        seed: `${seed}/retrain`,
        checkpoint,
        checkpointSeconds,
        onCheckpoint: (next) => {
          const { tensors, state } = toRunCheckpoint(next);
          return run.save({ tensors, state: { ...state as object, epochs: [...epochs] } });
        },
        onEpoch: (epoch) => {
          // One that was told before a stop and is done again is told once.
          epochs[epoch.epoch - 1] = epoch;
        },
        onProgress,
        signal,
      });
      const { top1, top5, crossEntropy } = await accuracy(network, splits.test, {
        ...normalisation,
        batch: 250,
        signal,
      });
      if (keepWeights) await keep(network.toWeights(), "weights");
      start.dispose();
      network.dispose();
      return { ...cost(architecture, { resolution, classes }), top1, top5, crossEntropy, epochs };
    },
  };
}
