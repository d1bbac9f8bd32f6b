/**
 * Recipes of training: each a typed literal, and what they make of {@linkcode train}'s options.
 *
 * @module
 */

import { type Augment, AUGMENT_DNA_RETRAIN } from "../data/augment.ts";
import { adam, type Optimizer, rmsprop, sgd } from "../nn/optimizers.ts";
import { cosine, exponential, scaledRate, type Schedule, warmup } from "../nn/schedules.ts";
import type { TrainOptions } from "./train.ts";

/** How a learning rate goes on after the warm-up. */
export type RecipeSchedule =
  /** Times `factor` every so many epochs, all at once. */
  | { name: "exponential"; factor: number; everyEpochs: number }
  /** Half a cosine down to `end`, a share of the highest rate. */
  | { name: "cosine"; end: number }
  | { name: "constant" };

/** An optimizer as plain data. */
export type RecipeOptimizer =
  | { name: "rmsprop"; decay: number; momentum: number; epsilon: number }
  | { name: "sgd"; momentum: number; nesterov: boolean }
  | { name: "adam"; beta1: number; beta2: number; epsilon: number };

/** How a network is trained, as plain data. */
export interface Recipe {
  /** Passes over the training images. */
  epochs: number;
  /** Images a step. */
  batch: number;
  /** Highest learning rate, at a batch of `rateBatch`; for other batches in proportion. */
  rate: number;
  /** The batch that the rate was chosen for. */
  rateBatch: number;
  /** What the rate does after the warm-up. */
  schedule: RecipeSchedule;
  /** Length of the linear rise: epochs, or a share of all steps. */
  warmup: { epochs: number } | { share: number };
  /** The optimizer. */
  optimizer: RecipeOptimizer;
  /** Weight decay of kernels, without normalisations and biases. */
  weightDecay: number;
  /** Share of the target spread over all classes. */
  labelSmoothing: number;
  /** Share of the features before the classifier that is left out. */
  dropout: number;
  /** Share of images for which the last layer's residual branch would be left out. */
  stochasticDepth: number;
  /** Share of the averaged weights and statistics that each step keeps; 0 for no average. */
  averageDecay: number;
  /** Whether the average forgets the first weights quickly. */
  averageWarmup: boolean;
  /** The gradient's longest Euclidean norm; any where it is absent. */
  clipNorm?: number;
  /** How images are varied. */
  augment: Augment;
}

/**
 * The paper's retraining on ImageNet (section 4.1), for Table 2: DNA-a 77.1 %, b 77.5 %, c 77.8 %, d 78.4 %
 * top-1 at 224 pixels. Command: `deno task train dna-a --recipe paper --data DIR`.
 *
 * From section 4.1: batch 4096; RMSprop with momentum 0.9; 0.256, times 0.97 every 2.4 epochs; the rest as
 * EfficientNet was trained. From EfficientNet's paper (Tan and Le, 2019, section 5.2): RMSprop's decay 0.9,
 * weight decay 1e-5, AutoAugment, stochastic depth 0.2, dropout 0.2. From its published code: 350 epochs
 * (218,949 steps of 2,048 images), a warm-up of 5 epochs, RMSprop's epsilon 1e-3, label smoothing 0.1,
 * averages of 0.9999 that begin low.
 */
export const RECIPE_SECTION_4_1: Readonly<Recipe> = {
  epochs: 350,
  batch: 4096,
  rate: 0.256,
  rateBatch: 4096,
  schedule: { name: "exponential", factor: 0.97, everyEpochs: 2.4 },
  warmup: { epochs: 5 },
  optimizer: { name: "rmsprop", decay: 0.9, momentum: 0.9, epsilon: 1e-3 },
  weightDecay: 1e-5,
  labelSmoothing: 0.1,
  dropout: 0.2,
  stochasticDepth: 0.2,
  averageDecay: 0.9999,
  averageWarmup: true,
  augment: AUGMENT_DNA_RETRAIN,
};

/** Small networks on small images in few epochs, as preset `fashion` retrains them: a recipe of ours. */
export const RECIPE_SMALL: Readonly<Recipe> = {
  epochs: 1,
  batch: 128,
  rate: 0.2,
  rateBatch: 128,
  schedule: { name: "cosine", end: 0 },
  warmup: { share: 0.1 },
  optimizer: { name: "sgd", momentum: 0.9, nesterov: true },
  weightDecay: 1e-4,
  labelSmoothing: 0.1,
  dropout: 0,
  stochasticDepth: 0,
  averageDecay: 0.99,
  averageWarmup: true,
  // Shifts as well cost a short training more than they give.
  augment: { flip: true },
};

/** The recipes by name. */
export const RECIPES: Readonly<Record<string, Readonly<Recipe>>> = {
  small: RECIPE_SMALL,
  paper: RECIPE_SECTION_4_1,
};

/** The optimizer of a recipe. */
function optimizerOf(recipe: RecipeOptimizer): Optimizer {
  switch (recipe.name) {
    case "rmsprop":
      return rmsprop(recipe);
    case "sgd":
      return sgd(recipe);
    case "adam":
      return adam(recipe);
  }
}

/**
 * A recipe as options of {@linkcode train}: what it says in epochs becomes steps, and the learning rate
 * follows the batch.
 *
 * @param recipe The recipe.
 * @param images Number of training images.
 * @returns Everything but data, normalisation and seed.
 * @throws {RangeError} if there are fewer images than one batch has.
 *
 * @example The paper's recipe, with the batch of one device
 * ```ts
 * import { RECIPE_SECTION_4_1, recipeOptions } from "@dna/kernel";
 * import { assertAlmostEquals, assertEquals } from "@std/assert";
 *
 * const { rate, epochs } = recipeOptions({ ...RECIPE_SECTION_4_1, batch: 256 }, 1_281_167);
 * // 5,004 steps an epoch: after five of warm-up, two times 2.4 epochs have passed.
 * assertAlmostEquals(rate(5 * 5004), 0.256 * 256 / 4096 * 0.97 ** 2);
 * assertEquals(epochs, 350);
 * ```
 */
export function recipeOptions(
  recipe: Recipe,
  images: number,
): Omit<TrainOptions, "data" | "mean" | "std" | "seed"> & { rate: Schedule } {
  const { epochs, batch, schedule, warmup: _, optimizer, rate, rateBatch, ...rest } = recipe;
  const stepsPerEpoch = Math.floor(images / batch);
  if (stepsPerEpoch < 1) {
    throw new RangeError(`Cannot train: a batch of ${batch} is more than the ${images} images`);
  }
  const steps = epochs * stepsPerEpoch;
  const rise = "epochs" in recipe.warmup
    ? recipe.warmup.epochs * stepsPerEpoch
    : Math.round(recipe.warmup.share * steps);
  const highest = scaledRate(rate, rateBatch, batch);
  return {
    ...rest,
    epochs,
    batch,
    rate: scheduleOf(schedule, highest, { steps, rise, stepsPerEpoch }),
    optimizer: optimizerOf(optimizer),
  };
}

function scheduleOf(
  schedule: RecipeSchedule,
  rate: number,
  { steps, rise, stepsPerEpoch }: { steps: number; rise: number; stepsPerEpoch: number },
): Schedule {
  switch (schedule.name) {
    case "exponential": {
      const every = schedule.everyEpochs * stepsPerEpoch;
      return warmup(exponential(rate, { factor: schedule.factor, every }), rise);
    }
    case "cosine":
      return cosine(rate, { steps, warmup: rise, end: schedule.end * rate });
    case "constant":
      return warmup(rate, rise);
  }
}
