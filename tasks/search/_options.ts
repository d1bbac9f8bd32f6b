/**
 * The options of `deno task search`.
 *
 * @module
 */

import {
  datasetNames,
  type MethodSettings,
  parseCells,
  PRESETS,
  RECIPES,
  SPACE_NAMES,
  TEACHER_NAMES,
} from "../../mod.ts";
import { deviceOf, lambdaOf, maxLatencyOf } from "../_common_options.ts";
import {
  type Given,
  number,
  oneOf,
  type OptionSpecs,
  UsageError,
  wholeNumber,
} from "../_options.ts";
import { SITE_OPTIONS } from "../_sites.ts";

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
  batch: {
    value: "N",
    help: "images a step of distillation",
    default: `${both(({ batch }) => batch)}, on a CPU 8`,
  },
  rates: {
    value: "FIRST,OTHERS",
    help: "learning rates of the first block and of the others at the start of distillation",
    default: both(({ rates }) => rates),
  },
  "no-augment": { help: "distil from the images as they are" },
  cells: {
    value: "B.C,…",
    help: "only these cells, as 3.1,5.0 from 0, learn and are rated, into ratings.share.json",
  },
  "distil-micro-batch": {
    value: "N",
    help: "images at once in a step of distillation, a divisor of its batch",
    default: "the batch",
  },
  "sync-bn": {
    help: "normalise its parts by the whole batch's statistics, at about five times the time",
  },
  recompute: { help: "compute layers again on the way back, for less memory" },
  features: {
    value: "TYPE",
    help: "keep the teacher's maps of unvaried images on disk, as float32 or float16",
  },
  "cache-limit": {
    value: "BYTES",
    help: "most disk for the maps of one set of images; M and G as above",
    default: "none",
  },
  images: { value: "N", help: "training images used", default: both(({ images }) => images) },
  "rate-images": {
    value: "N",
    help: "validation images that rate the paths",
    default: both(({ rateImages }) => rateImages),
  },
  "rate-batch": {
    value: "N",
    help: "images at once in rating and judging",
    default: `${both(({ rateBatch }) => rateBatch)}, on a CPU 8`,
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
  ...SITE_OPTIONS,
  measured: {
    value: "FILE",
    help: "share cells out by measured times: a line of `deno task bench supernet --json`",
    default: "by multiply-adds",
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
    maxLatency: maxLatencyOf(given),
    lambda: lambdaOf(given),
    epochs: wholeNumber(given, "epochs", 1, 100_000),
    trainEpochs: wholeNumber(given, "train-epochs", 1, 100_000),
    batch: wholeNumber(given, "batch", 2, 65_536),
    rates: ratesGiven(text("rates")),
    augment: given["no-augment"] ? false : undefined,
    cells: cellsGiven(text("cells")),
    distilMicroBatch: wholeNumber(given, "distil-micro-batch", 1, 65_536),
    syncBn: given["sync-bn"] === true ? true : undefined,
    recompute: given.recompute === true ? true : undefined,
    features: oneOf(given, "features", ["float16", "float32"]) as MethodSettings["features"],
    cacheLimit: number(given, "cache-limit", 0, MOST),
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
    device: deviceOf(given),
  };
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
}

function ratesGiven(text: string | undefined): MethodSettings["rates"] | undefined {
  if (text === undefined) return undefined;
  const rates = text.split(",").map((part) => part.trim() === "" ? NaN : Number(part));
  if (rates.length !== 2 || !rates.every((rate) => rate > 0 && rate < Infinity)) {
    throw new UsageError(
      `--rates is ${JSON.stringify(text)}: two numbers above 0 are needed, as 0.002,0.005`,
    );
  }
  return rates as MethodSettings["rates"];
}

/** The form alone: whether the space has them is known later. */
function cellsGiven(text: string | undefined): string | undefined {
  try {
    if (text !== undefined) parseCells(text);
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
  return text;
}

function spaceGiven(given: Given): string | undefined {
  const name = given.space as string | undefined;
  if (name !== undefined && /[./\\]/.test(name)) return name;
  return oneOf(given, "space", SPACE_NAMES);
}
