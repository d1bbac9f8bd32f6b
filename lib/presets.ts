/**
 * The settings of the whole method, by name: each a typed literal.
 *
 * @module
 */

import { RECIPE_SECTION_4_1, RECIPE_SMALL } from "./network/recipes.ts";
import { RATES_SECTION_4_1 } from "./supernet/distill.ts";
import type { FeatureDtype } from "./supernet/features.ts";

/** What {@linkcode runMethod} is told; everything is plain data and stands in the run's config.json. */
export interface MethodSettings {
  /** Name of the preset that the settings began with. */
  preset: string;
  /** Name of a search space, or path of a JSON file with a space's definition. */
  space: string;
  /** Name of the teacher. */
  teacher: string;
  /**
   * The teacher's weights: a safetensors file, the name of a repository of the Hugging Face hub, `random`, or
   * nothing for those that ship with it.
   */
  weights?: string;
  /** Name of the data set. */
  dataset: string;
  /** Folder with the data set's files, or nothing for the package. */
  data?: string;
  /** Training images of each class that are set aside to rate the paths, where the data has no part for it. */
  validationPerClass: number;
  /** Side of the images, in pixels. */
  resolution: number;
  /** Number of classes; those of the data where nothing is given. */
  classes?: number;
  /** At most so many parameters. */
  maxParams?: number;
  /** At most so many FLOPs, as the paper counts them. */
  maxFlops?: number;
  /** At most so many multiply–adds. */
  maxMacs?: number;
  /** A latency table that `measureLatency` made, by its path. */
  latency?: string;
  /** At most so many seconds for the table's batch. */
  maxLatency?: number;
  /** λ of each block (equation 5); 1 for each where nothing is given. */
  lambda?: number[];
  /** Passes of the supernet over the training images. */
  epochs: number;
  /** Learning rate of the first block and of the others; ×0.9 each epoch. */
  rates: [first: number, others: number];
  /** Weight decay of the supernet's kernels. */
  weightDecay: number;
  /** Images a step of distillation. */
  batch: number;
  /** Whether distillation varies its images; it does where nothing is given. */
  augment?: boolean;
  /** Cells that learn and are rated, as `3.1,5.0`; all where nothing is given. */
  cells?: string;
  /** Images at once in a step of distillation, a part of `batch`; all at once where nothing is given. */
  distilMicroBatch?: number;
  /** Whether parts of a batch are normalised by the whole batch's statistics. */
  syncBn?: boolean;
  /** Whether a layer's values are computed again on the way back, for less memory. */
  recompute?: boolean;
  /** How the teacher's maps of images that do not change are kept on disk; not at all where nothing is given. */
  features?: FeatureDtype;
  /** The most bytes of disk for the teacher's maps of one set of images. */
  cacheLimit?: number;
  /** Images at once in rating. */
  rateBatch: number;
  /** Training images used; all where nothing is given. */
  images?: number;
  /** Validation images that rate the paths; all where nothing is given. */
  rateImages?: number;
  /** Training images that recalibrate batch statistics. */
  calibrationImages: number;
  /** Recipe of retraining, by its name in `RECIPES`. */
  recipe: string;
  /** Passes of each retrained network over the training images. */
  trainEpochs: number;
  /** Images a step of retraining; the recipe's learning rate follows in proportion. */
  trainBatch: number;
  /** Images at once in retraining, a part of `trainBatch`; all at once where nothing is given. */
  microBatch?: number;
  /** Random networks of the same budget that are retrained beside the winner. */
  random: number;
  /** Whether networks are retrained. */
  retrain: boolean;
  /** Decides every random choice. */
  seed: number;
  /** Device, as TensorFlow lists it; nothing for the first GPU, else the CPU. */
  device?: string;
}

/**
 * Fashion-MNIST on a laptop, the default: `deno task search`.
 *
 * Chosen so that two cores without a GPU need about ten minutes: one epoch of distillation, all
 * 10,000 validation images to rate the paths, and one epoch of retraining. README has what it gives.
 */
const FASHION: MethodSettings = {
  preset: "fashion",
  space: "fashion",
  teacher: "fashion",
  dataset: "fashion-mnist",
  validationPerClass: 1000, // the split has them
  resolution: 28,
  classes: 10,
  maxParams: 120e3,
  maxFlops: 4e6,
  epochs: 1,
  rates: [...RATES_SECTION_4_1],
  weightDecay: 0,
  batch: 128,
  rateBatch: 250,
  images: 50_000,
  rateImages: 10_000,
  calibrationImages: 250,
  recipe: "small",
  trainEpochs: RECIPE_SMALL.epochs,
  trainBatch: RECIPE_SMALL.batch,
  random: 2,
  retrain: true,
  seed: 0,
};

/**
 * The paper's setting on ImageNet without a budget: `deno task search --preset dna --data DIR`.
 *
 * In the paper: 3 days on 8 GTX 2080 Ti for the supernet, 0.6 GPU days to rate. Random networks are none of the
 * paper's; `--random` adds them.
 */
const DNA: MethodSettings = {
  preset: "dna",
  space: "dna", // section 3.3, Table 1
  teacher: "tf_efficientnet_b7", // section 4.1, "Choice of dataset and teacher model"
  // The weights of the paper's time, without JFT's images: "EfficientNet-B7 … state-of-the-art performance".
  weights: "timm/tf_efficientnet_b7.aa_in1k",
  dataset: "imagenet", // section 4.1
  validationPerClass: 50, // section 4.1: 50 training images of each class
  resolution: 224, // Table 2
  epochs: 20, // section 4.1, "Training details"
  rates: [...RATES_SECTION_4_1], // section 4.1: 0.002 and 0.005, ×0.9 each epoch, Adam
  weightDecay: 1e-4, // the authors' code
  batch: 64, // the authors' code: on each of 8 GPUs
  rateBatch: 64,
  calibrationImages: 128, // ours: the batch statistics of a path, 6,272 values a channel at 7×7 pixels
  recipe: "paper", // section 4.1
  trainEpochs: RECIPE_SECTION_4_1.epochs, // EfficientNet's published code
  trainBatch: RECIPE_SECTION_4_1.batch, // section 4.1: 4096
  random: 0,
  retrain: true,
  seed: 0,
};

/** The presets by name: `dna-a` to `dna-d` are the paper's searches (section 4.2, Table 2). */
export const PRESETS: Readonly<Record<string, MethodSettings>> = {
  fashion: FASHION,
  dna: DNA,
  "dna-a": { ...DNA, preset: "dna-a", maxFlops: 350e6 }, // section 4.2: "a FLOPs constraint of 350M"
  "dna-b": { ...DNA, preset: "dna-b", maxFlops: 399e6 }, // section 4.2: "target FLOPs of 399M"
  "dna-c": { ...DNA, preset: "dna-c", maxParams: 5.3e6 }, // section 4.2: "parameters of 5.3M"
  "dna-d": { ...DNA, preset: "dna-d" }, // section 4.2: no constraint
};

/** What the paper's presets do on a CPU: 224-pixel maps of 64 images at once would take tens of gigabytes. */
const PAPER_ON_CPU: Partial<MethodSettings> = { batch: 8, rateBatch: 8 };

/**
 * Fits a preset's settings to the device that they will run on; what was given stays.
 *
 * @param settings The settings.
 * @param given Which of them were given.
 * @param type The device's type, as TensorFlow calls it.
 * @returns The settings.
 *
 * @example
 * ```ts
 * import { fitToDevice, PRESETS } from "@dna/kernel";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(fitToDevice(PRESETS.dna, {}, "GPU").batch, 64);
 * assertEquals(fitToDevice(PRESETS.dna, {}, "CPU").batch, 8);
 * assertEquals(fitToDevice(PRESETS.dna, { batch: 64 }, "CPU").batch, 64);
 * ```
 */
export function fitToDevice(
  settings: MethodSettings,
  given: Partial<MethodSettings>,
  type: string,
): MethodSettings {
  if (type !== "CPU" || !settings.preset.startsWith("dna")) return settings;
  return { ...settings, ...PAPER_ON_CPU, ...given };
}
