/**
 * The options of `deno task search`.
 *
 * @module
 */

import {
  datasetNames,
  type MethodSettings,
  parseDuration,
  PRESETS,
  RECIPES,
  SPACE_NAMES,
  TEACHER_NAMES,
} from "../../mod.ts";
import {
  type Given,
  number,
  oneOf,
  type OptionSpecs,
  UsageError,
  wholeNumber,
} from "../_options.ts";

const { fashion, dna } = PRESETS;

/** A default that preset `fashion` and the paper's presets have each their own of. */
function both(of: (settings: MethodSettings) => unknown): string {
  return `${of(fashion)}; dna: ${of(dna) ?? "all"}`;
}

/** What each option means, with unit and default. */
export const OPTIONS: OptionSpecs = {
  preset: {
    value: "NAME",
    help: `settings: ${Object.keys(PRESETS).join(", ")}`,
    default: "fashion",
  },
  space: {
    value: "NAME|FILE",
    help: `search space: ${SPACE_NAMES.join(", ")}, or a JSON definition`,
    default: both(({ space }) => space),
  },
  teacher: {
    value: "NAME",
    help: `teacher: fashion, tf_efficientnet_b0 … b7, tf_efficientnet_lite0 … lite4`,
    default: both(({ teacher }) => teacher),
  },
  weights: {
    value: "FILE|HUB|random",
    help:
      "the teacher's weights: safetensors with timm's names, or OWNER/NAME on the Hugging Face hub",
    default: "those that ship; dna: the hub's",
  },
  dataset: {
    value: "NAME",
    help: `data set: ${datasetNames.join(", ")}`,
    default: "fashion-mnist; dna: imagenet, or folder where DIR has no train and val",
  },
  data: {
    value: "DIR",
    help: "folder with the data: ImageNet's train and val, class folders, or original files",
  },
  "validation-per-class": {
    value: "N",
    help: "training images of each class that rate the paths, for imagenet",
    default: `${dna.validationPerClass}`,
  },
  resolution: {
    value: "PIXELS",
    help: "side of the images",
    default: both(({ resolution }) => resolution),
  },
  classes: { value: "N", help: "number of classes", default: "the data's" },
  "max-params": {
    value: "N",
    help: "at most so many parameters; M and G mean millions and billions",
    default: "120k; dna-c: 5.3M",
  },
  "max-flops": {
    value: "N",
    help: "at most so many FLOPs (multiply-adds, and 2 a normalised element); M and G as above",
    default: "4M; dna-a: 350M, dna-b: 399M",
  },
  "max-macs": { value: "N", help: "at most so many multiply-adds; M and G as above" },
  latency: { value: "FILE", help: "a latency table that `deno task latency` wrote" },
  "max-latency": {
    value: "TIME",
    help: "at most so long for the table's batch, as 12ms; needs --latency",
  },
  lambda: { value: "L1,L2,…", help: "weight of each block's loss (equation 5)", default: "1,1,…" },
  epochs: {
    value: "N",
    help: "passes of the supernet over the training images",
    default: both(({ epochs }) => epochs),
  },
  batch: { value: "N", help: "images a step of distillation", default: both(({ batch }) => batch) },
  images: { value: "N", help: "training images used", default: both(({ images }) => images) },
  "rate-images": {
    value: "N",
    help: "validation images that rate the paths",
    default: both(({ rateImages }) => rateImages),
  },
  "rate-batch": {
    value: "N",
    help: "images at once in rating and judging",
    default: both(({ rateBatch }) => rateBatch),
  },
  "calibration-images": {
    value: "N",
    help: "training images that recalibrate batch statistics for each path",
    default: both(({ calibrationImages }) => calibrationImages),
  },
  recipe: {
    value: "NAME",
    help: `recipe of retraining: ${Object.keys(RECIPES).join(", ")}`,
    default: both(({ recipe }) => recipe),
  },
  "train-epochs": {
    value: "N",
    help: "passes of each retrained network over the training images",
    default: both(({ trainEpochs }) => trainEpochs),
  },
  "train-batch": {
    value: "N",
    help: "images a step of retraining; the learning rate follows in proportion",
    default: both(({ trainBatch }) => trainBatch),
  },
  "micro-batch": {
    value: "N",
    help: "images at once in a step of retraining, a divisor of its batch",
    default: "the batch",
  },
  random: {
    value: "N",
    help: "random networks of the same cost, retrained beside the winner",
    default: both(({ random }) => random),
  },
  "no-retrain": { help: "end with the search: train no network" },
  seed: { value: "N", help: "decides every random choice", default: `${fashion.seed}` },
  device: {
    value: "NAME",
    help: "device to compute on, as CPU:0 or GPU:1",
    default: "first GPU, else CPU",
  },
  out: { value: "DIR", help: "run folder", default: "runs/<date>-<preset>-<seed>" },
  resume: { value: "DIR", help: "go on with the run of this folder" },
  checkpoint: { value: "SECONDS", help: "work between two checkpoints", default: "20" },
  quiet: { help: "show no progress" },
  json: { help: "progress and result as JSON" },
  help: { help: "this text" },
};

const MOST = Number.MAX_SAFE_INTEGER;

/** The settings that were given, as they stand in config.json. */
export function settingsGiven(given: Given): Partial<MethodSettings> {
  const text = (name: string) => given[name] as string | undefined;
  const settings: Partial<MethodSettings> = {
    preset: oneOf(given, "preset", Object.keys(PRESETS)),
    space: spaceGiven(given),
    teacher: oneOf(given, "teacher", TEACHER_NAMES),
    dataset: oneOf(given, "dataset", datasetNames),
    data: text("data"),
    validationPerClass: wholeNumber(given, "validation-per-class", 1, 1_000_000),
    weights: text("weights"),
    resolution: wholeNumber(given, "resolution", 1, 4096),
    classes: wholeNumber(given, "classes", 2, 1_000_000),
    maxParams: number(given, "max-params", 1, MOST),
    maxFlops: number(given, "max-flops", 1, MOST),
    maxMacs: number(given, "max-macs", 1, MOST),
    latency: text("latency"),
    maxLatency: durationGiven(text("max-latency")),
    lambda: lambdaGiven(text("lambda")),
    epochs: wholeNumber(given, "epochs", 1, 100_000),
    trainEpochs: wholeNumber(given, "train-epochs", 1, 100_000),
    batch: wholeNumber(given, "batch", 2, 65_536),
    images: wholeNumber(given, "images", 10, MOST),
    rateImages: wholeNumber(given, "rate-images", 10, MOST),
    calibrationImages: wholeNumber(given, "calibration-images", 2, MOST),
    rateBatch: wholeNumber(given, "rate-batch", 1, 65_536),
    recipe: oneOf(given, "recipe", Object.keys(RECIPES)),
    trainBatch: wholeNumber(given, "train-batch", 2, 1_000_000),
    microBatch: wholeNumber(given, "micro-batch", 2, 1_000_000),
    random: wholeNumber(given, "random", 0, 1000),
    retrain: given["no-retrain"] ? false : undefined,
    seed: wholeNumber(given, "seed", 0, MOST),
    device: deviceGiven(text("device")),
  };
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
}

function spaceGiven(given: Given): string | undefined {
  const name = given.space as string | undefined;
  if (name !== undefined && /[./\\]/.test(name)) return name;
  return oneOf(given, "space", SPACE_NAMES);
}

function durationGiven(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  try {
    return parseDuration(text);
  } catch (error) {
    throw new UsageError(`--max-latency: ${(error as Error).message}`);
  }
}

function lambdaGiven(text: string | undefined): number[] | undefined {
  if (text === undefined) return undefined;
  return text.split(",").map((part) => {
    const value = part.trim() === "" ? NaN : Number(part);
    if (!(value >= 0 && value < Infinity)) {
      throw new UsageError(
        `--lambda is ${
          JSON.stringify(text)
        }: a number from 0 for each block is needed, as 1,1,0.5,1`,
      );
    }
    return value;
  });
}

function deviceGiven(name: string | undefined): string | undefined {
  if (name !== undefined && !/^(\/.*\/device:)?[a-z][a-z_]*(:\d+)?$/i.test(name)) {
    throw new UsageError(`--device is ${JSON.stringify(name)}: a name as CPU:0 or GPU:1 is needed`);
  }
  return name;
}
