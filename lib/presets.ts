/**
 * The settings of the whole method, by name: each a typed literal.
 *
 * @module
 */

import { RATES_SECTION_4_1 } from "./supernet/distill.ts";

/** What {@linkcode runMethod} is told; everything is plain data and stands in the run's config.json. */
export interface MethodSettings {
  /** Name of the preset that the settings began with. */
  preset: string;
  /** Name of a search space, or path of a JSON file with a space's definition. */
  space: string;
  /** Name of the teacher. */
  teacher: string;
  /** Path of the teacher's weights, `random`, or nothing for those that ship with it. */
  weights?: string;
  /** Name of the data set. */
  dataset: string;
  /** Folder with the data set's files, or nothing for the package. */
  data?: string;
  /** Side of the images, in pixels. */
  resolution: number;
  /** Number of classes. */
  classes: number;
  /** At most so many parameters. */
  maxParams?: number;
  /** At most so many FLOPs, as the paper counts them. */
  maxFlops?: number;
  /** λ of each block (equation 5); 1 for each where nothing is given. */
  lambda?: number[];
  /** Passes of the supernet over the training images. */
  epochs: number;
  /** Learning rate of the first block and of the others; ×0.9 each epoch. */
  rates: [first: number, others: number];
  /** Passes of each retrained network over the training images. */
  trainEpochs: number;
  /** Highest learning rate of retraining; half a cosine after a linear rise. */
  trainRate: number;
  /** Images a step. */
  batch: number;
  /** Training images used. */
  images: number;
  /** Validation images that rate the paths. */
  rateImages: number;
  /** Training images that recalibrate batch statistics. */
  calibrationImages: number;
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
 * Chosen so that two cores without a GPU need about ten minutes: one epoch of distillation, 1,000 of the
 * 10,000 validation images to rate the paths, and one epoch of retraining. README has what it gives.
 */
const FASHION: MethodSettings = {
  preset: "fashion",
  space: "fashion",
  teacher: "fashion",
  dataset: "fashion-mnist",
  resolution: 28,
  classes: 10,
  maxParams: 120e3,
  maxFlops: 4e6,
  epochs: 1,
  rates: [...RATES_SECTION_4_1],
  trainEpochs: 1,
  trainRate: 0.2,
  batch: 128,
  images: 50_000,
  rateImages: 1000,
  calibrationImages: 250,
  random: 2,
  retrain: true,
  seed: 0,
};

/** The presets by name. */
export const PRESETS: Readonly<Record<string, MethodSettings>> = { fashion: FASHION };
