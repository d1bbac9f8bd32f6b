/**
 * Settings of a training in a run folder, checked before anything is set up or written.
 *
 * @module
 */

import { meanAndStd } from "../data/batch.ts";
import type { Dataset } from "../data/types.ts";
import type { HubOptions } from "../hub.ts";
import type { Recipe } from "../network/recipes.ts";
import type { Padding } from "../nn/convention.ts";
import { parseArchitecture } from "../space/parse.ts";
import { outlineTeacher } from "../teacher/load.ts";
import { startingWeights } from "./_weights.ts";

/** What {@linkcode runTraining} is told; everything is plain data and stands in the run's config.json. */
export interface TrainSettings extends Recipe {
  /** Name of the recipe that the settings began with. */
  recipe: string;
  /** The network, as text. */
  architecture: string;
  /** Name of the data set. */
  dataset: string;
  /** Folder with the data set's files, or nothing for the package. */
  data?: string;
  /** Side of the images, in pixels. */
  resolution: number;
  /** Number of classes. */
  classes: number;
  /** Mean of each channel, on the scale 0–1. */
  mean: number[];
  /** Standard deviation of each channel, on the scale 0–1. */
  std: number[];
  /** Training images used; all where nothing is given. */
  images?: number;
  /** The weights to begin with: a file, a name on the Hugging Face hub, or `random`. */
  weights: string;
  /** Whether the classifier begins anew, as for other classes than the weights know. */
  newClassifier?: boolean;
  /** How maps are padded where a convolution has a stride. */
  padding: Padding;
  /** What batch normalisation adds to variances. */
  epsilon: number;
  /** Parts that a step is computed in. */
  accumulate: number;
  /** A teacher to learn along: its name and weights, its share of the loss, the temperature. */
  teacher?: { name: string; weights?: string; share: number; temperature: number };
  /** Epochs between two looks at the validation images; 0 for none. */
  validateEvery: number;
  /** Decides every random choice. */
  seed: number;
  /** Device, as TensorFlow lists it; nothing for the first GPU, else the CPU. */
  device?: string;
  /** Whether to compute in 16 bits what loses little by it. */
  mixedPrecision: boolean;
}

/** Settings of which the data decides what is left out. */
export type OpenTrainSettings =
  & Omit<TrainSettings, "resolution" | "classes" | "mean" | "std">
  & Partial<Pick<TrainSettings, "resolution" | "classes" | "mean" | "std">>;

/** ImageNet's mean and standard deviation, on the scale 0–1. */
const IMAGENET = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };

/** The resolution of networks for photographs, unless another is asked for. */
const PHOTO_RESOLUTION = 224;

/**
 * The normalisation that is usual for a data set: the training images' own mean and standard deviation
 * where they are in memory, ImageNet's for files (its mean over the channels for grey ones).
 *
 * @param dataset The data set.
 * @returns Mean and standard deviation of each channel, on the scale 0–1.
 *
 * @example
 * ```ts
 * import { loadDataset, usualNormalisation } from "@dna/kernel";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const { mean, std } = usualNormalisation(await loadDataset("mnist"));
 * assertAlmostEquals(mean[0], 0.13, 0.01);
 * assertAlmostEquals(std[0], 0.31, 0.01);
 * ```
 */
export function usualNormalisation(dataset: Dataset): { mean: number[]; std: number[] } {
  const { train } = dataset.splits;
  if (!("files" in train)) return meanAndStd(train);
  if (dataset.channels === 3) return { mean: [...IMAGENET.mean], std: [...IMAGENET.std] };
  const grey = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  return { mean: [grey(IMAGENET.mean)], std: [grey(IMAGENET.std)] };
}

/**
 * Fills in what the data decides, and checks that architecture, data and weights fit each other.
 *
 * @param settings What was asked for.
 * @param dataset The data set that they name.
 * @param options Progress and a signal for weights that are fetched.
 * @returns Settings with nothing left out.
 * @throws {RangeError} if channels, classes, images or normalisation do not fit.
 * @throws {Error} if the weights cannot be read, or are another network's.
 *
 * @example
 * ```ts
 * import { completeTrainSettings, loadDataset, RECIPE_SMALL } from "@dna/kernel";
 * import { assertEquals } from "@std/assert";
 *
 * const settings = await completeTrainSettings({
 *   ...RECIPE_SMALL, recipe: "small", architecture: "stem_i1_c8 | ir_r1_k3_s2_e3_c8", dataset: "mnist",
 *   weights: "random", padding: "same", epsilon: 1e-3, accumulate: 1, validateEvery: 1, seed: 0,
 *   mixedPrecision: false,
 * }, await loadDataset("mnist"));
 * assertEquals([settings.resolution, settings.classes], [28, 10]);
 * ```
 */
export async function completeTrainSettings(
  settings: OpenTrainSettings,
  dataset: Dataset,
  options: HubOptions = {},
): Promise<TrainSettings> {
  const { train } = dataset.splits;
  if (settings.teacher) checkTeacher(settings.teacher.name, settings.classes, dataset);
  const own = "files" in train ? PHOTO_RESOLUTION : train.height;
  const complete = {
    ...settings,
    resolution: settings.resolution ?? own,
    classes: settings.classes ?? dataset.classes.length,
    ...fullNormalisation(settings, dataset),
  };
  const { batch, images = train.count, classes, architecture } = complete;
  const parsed = parseArchitecture(architecture);
  if (parsed.stem.channels !== dataset.channels) {
    throw new RangeError(
      `Cannot train: the architecture reads images of ${parsed.stem.channels} channels, those of ` +
        `${dataset.name} have ${dataset.channels} (stem_i${dataset.channels}_… before the blocks)`,
    );
  }
  if (classes < dataset.classes.length) {
    throw new RangeError(
      `Cannot train with ${classes} classes: ${dataset.name} has ${dataset.classes.length}`,
    );
  }
  if (images > train.count) {
    throw new RangeError(
      `Cannot train with ${images} images: ${dataset.name} has ${train.count} to train with`,
    );
  }
  if (batch > images) {
    throw new RangeError(`Cannot train with a batch of ${batch}: there are ${images} images`);
  }
  await startingWeights(complete, options);
  return complete;
}

function checkTeacher(name: string, given: number | undefined, dataset: Dataset): void {
  const classes = given ?? dataset.classes.length;
  const outline = outlineTeacher(name);
  const { channels } = outline.architecture.stem;
  if (outline.classes !== classes || channels !== dataset.channels) {
    throw new RangeError(
      `Cannot learn along from teacher ${name}: it knows ${outline.classes} classes of images of ` +
        `${channels} channels, here are ${classes} of ${dataset.channels}`,
    );
  }
}

function fullNormalisation(
  given: Pick<OpenTrainSettings, "mean" | "std">,
  dataset: Dataset,
): { mean: number[]; std: number[] } {
  const usual = given.mean && given.std ? undefined : usualNormalisation(dataset);
  const { mean = usual!.mean, std = usual!.std } = given;
  for (const [name, values] of Object.entries({ mean, std })) {
    if (values.length !== dataset.channels) {
      throw new RangeError(
        `Cannot normalise images: ${name} has ${values.length} numbers, ${dataset.name} has ` +
          `${dataset.channels} channels`,
      );
    }
  }
  return { mean, std };
}
