/**
 * A training as a part of an experiment: resumed from its checkpoint, judged on the test images.
 *
 * @module
 */

import { type Accuracy, accuracy } from "../network/accuracy.ts";
import type { Network, Weights } from "../network/network.ts";
import { type Recipe, recipeOptions, RECIPES } from "../network/recipes.ts";
import { train, type TrainEpoch } from "../network/train.ts";
import { fromRunCheckpoint, toRunCheckpoint } from "../training/_checkpoint.ts";
import { datasetOf, someOf } from "./_inputs.ts";
import type { TrainingSettings } from "./scales.ts";
import type { PartContext } from "./types.ts";

/** What a training came to. */
export interface Judged extends Pick<Accuracy, "top1" | "top5" | "crossEntropy"> {
  /** Each epoch. */
  epochs: TrainEpoch[];
  /** The weights that it came to. */
  weights(): Weights;
  /** Frees them. */
  dispose(): void;
}

/** Trains a network, which is disposed of, and judges it. */
export async function trainAndJudge(
  start: Network,
  { data, normalisation, retrain, imagesSeed, seed }: TrainingSettings,
  { run, onProgress, signal, checkpointSeconds }: PartContext,
): Promise<Judged> {
  const { splits } = await datasetOf(data);
  const images = someOf(splits.train, retrain.images, imagesSeed, "retrain images");
  const known = RECIPES[retrain.recipe];
  const recipe: Recipe = {
    ...known,
    epochs: retrain.epochs,
    batch: retrain.batch,
    rate: retrain.rate ?? known.rate,
    augment: retrain.augment ?? known.augment,
  };
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
  start.dispose();
  const { top1, top5, crossEntropy } = await accuracy(network, splits.test, {
    ...normalisation,
    batch: 250,
    signal,
  });
  return {
    epochs,
    top1,
    top5,
    crossEntropy,
    weights: () => network.toWeights(),
    dispose: () => network.dispose(),
  };
}
