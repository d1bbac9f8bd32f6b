/**
 * The options of `deno task train`.
 *
 * @module
 */

import {
  type Augment,
  AUGMENT_DNA_RETRAIN,
  AUGMENT_FILES,
  AUGMENT_SMALL_IMAGES,
  type OpenTrainSettings,
  outlineTeacher,
  type Recipe,
  RECIPE_SECTION_4_1,
  RECIPE_SMALL,
  type RecipeOptimizer,
  RECIPES,
  type RecipeSchedule,
  TEACHER_NAMES,
} from "../../mod.ts";
import {
  DATA_OPTIONS,
  dataGiven,
  NETWORK_OPTIONS,
  networkGiven,
  onlyGiven,
} from "../_data_options.ts";
import {
  type Given,
  number,
  oneOf,
  type OptionSpecs,
  UsageError,
  wholeNumber,
} from "../_options.ts";

const OPTIMIZERS: Record<string, RecipeOptimizer> = {
  sgd: RECIPE_SMALL.optimizer,
  rmsprop: RECIPE_SECTION_4_1.optimizer,
  adam: { name: "adam", beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
};

const SCHEDULES: Record<string, RecipeSchedule> = {
  cosine: { name: "cosine", end: 0 },
  exponential: RECIPE_SECTION_4_1.schedule,
  constant: { name: "constant" },
};

const AUGMENTS: Record<string, Augment> = {
  none: {},
  flip: { flip: true },
  small: AUGMENT_SMALL_IMAGES,
  crop: AUGMENT_FILES,
  auto: AUGMENT_DNA_RETRAIN,
};

/** A recipe's default, in the words of the help. */
function byRecipe(of: (recipe: Recipe) => string | number): string {
  return Object.entries(RECIPES).map(([name, recipe]) => `${name} ${of(recipe)}`).join(", ");
}

/** What each option means, with unit and default. */
export const OPTIONS: OptionSpecs = {
  ...DATA_OPTIONS,
  images: { value: "N", help: "training images used", default: "all" },
  recipe: {
    value: "NAME",
    help: "small (short trainings of small networks) or paper (section 4.1, ImageNet)",
    default: "small",
  },
  epochs: {
    value: "N",
    help: "passes over the training images",
    default: byRecipe((recipe) => recipe.epochs),
  },
  batch: { value: "N", help: "images a step", default: byRecipe((recipe) => recipe.batch) },
  accumulate: {
    value: "N",
    help: "equal parts that a step is computed in, where memory is short",
    default: "1",
  },
  rate: {
    value: "R",
    help: "highest learning rate",
    default: byRecipe(({ rate, rateBatch }) => `${rate} at batch ${rateBatch}, in proportion`),
  },
  schedule: {
    value: "NAME",
    help: `${Object.keys(SCHEDULES).join(", ")} (exponential: ×0.97 every 2.4 epochs)`,
    default: byRecipe((recipe) => recipe.schedule.name),
  },
  warmup: {
    value: "EPOCHS",
    help: "length of the rate's linear rise",
    default: byRecipe(({ warmup }) => "epochs" in warmup ? warmup.epochs : "a tenth of all"),
  },
  optimizer: {
    value: "NAME",
    help: Object.keys(OPTIMIZERS).join(", "),
    default: byRecipe((recipe) => recipe.optimizer.name),
  },
  "weight-decay": {
    value: "X",
    help: "of kernels, without normalisations and biases",
    default: byRecipe((recipe) => recipe.weightDecay),
  },
  "label-smoothing": {
    value: "SHARE",
    help: "part of the target spread over all classes",
    default: byRecipe((recipe) => recipe.labelSmoothing),
  },
  dropout: {
    value: "SHARE",
    help: "features left out before the classifier",
    default: byRecipe((recipe) => recipe.dropout),
  },
  "stochastic-depth": {
    value: "SHARE",
    help: "residual branches left out, at the last layer; less before it",
    default: byRecipe((recipe) => recipe.stochasticDepth),
  },
  clip: { value: "NORM", help: "the gradient's longest norm", default: "any" },
  average: {
    value: "SHARE",
    help: "part of the averaged weights that each step keeps; 0 for none",
    default: byRecipe((recipe) => recipe.averageDecay),
  },
  augment: {
    value: "NAME",
    help: `${Object.keys(AUGMENTS).join(", ")} (auto: crop, flip and AutoAugment)`,
    default: byRecipe((recipe) => augmentName(recipe.augment)),
  },
  mixup: { value: "ALPHA", help: "mixes pairs of images, α of the Beta distribution" },
  teacher: {
    value: "NAME",
    help: "learns along from a teacher, as fashion or tf_efficientnet_b0",
    default: "none",
  },
  "teacher-weights": {
    value: "FILE|NAME",
    help: "the teacher's weights, as --weights",
    default: "those that ship, or timm's on the hub",
  },
  "teacher-share": { value: "SHARE", help: "the teacher's part of the loss", default: "0.5" },
  temperature: { value: "T", help: "of the teacher's and the network's classes", default: "1" },
  weights: {
    value: "FILE|NAME|random",
    help: "weights to begin with: safetensors with timm's names, or owner/repository on the hub",
    default: "random",
  },
  "new-classifier": {
    help: "begin with a new classifier, as for other classes than the weights know",
  },
  ...NETWORK_OPTIONS,
  "mixed-precision": { help: "compute in 16 bits what loses little by it" },
  "validate-every": {
    value: "EPOCHS",
    help: "look at the validation images so often; 0 for never",
    default: "1",
  },
  seed: { value: "N", help: "decides every random choice", default: "0" },
  out: { value: "DIR", help: "run folder", default: "runs/<date>-train-<seed>" },
  resume: { value: "DIR", help: "go on with the run of this folder" },
  checkpoint: { value: "SECONDS", help: "work between two checkpoints", default: "20" },
  quiet: { help: "show no progress" },
  json: { help: "progress and result as JSON" },
  help: { help: "this text" },
};

function augmentName(augment: Augment): string {
  const text = JSON.stringify(augment);
  return Object.keys(AUGMENTS).find((name) => JSON.stringify(AUGMENTS[name]) === text) ?? "its own";
}

const MOST = Number.MAX_SAFE_INTEGER;
const BELOW_1 = 1 - 2 ** -20;

/** The settings that were given, as they stand in config.json. */
export function settingsGiven(given: Given): Partial<OpenTrainSettings> {
  const name = oneOf(given, "recipe", Object.keys(RECIPES));
  const recipe = RECIPES[name ?? "small"];
  const batch = wholeNumber(given, "batch", 2, 1_048_576);
  const rate = number(given, "rate", 1e-12, 1000);
  const warmup = number(given, "warmup", 0, 100_000);
  const schedule = oneOf(given, "schedule", Object.keys(SCHEDULES));
  const optimizer = oneOf(given, "optimizer", Object.keys(OPTIMIZERS));
  return onlyGiven({
    ...dataGiven(given),
    ...networkGiven(given),
    recipe: name,
    images: wholeNumber(given, "images", 2, MOST),
    epochs: wholeNumber(given, "epochs", 1, 100_000),
    batch,
    accumulate: wholeNumber(given, "accumulate", 1, 65_536),
    rate,
    // A rate that is given is meant for the batch that is used.
    rateBatch: rate === undefined ? undefined : batch ?? recipe.batch,
    schedule: schedule === undefined ? undefined : SCHEDULES[schedule],
    warmup: warmup === undefined ? undefined : { epochs: warmup },
    optimizer: optimizer === undefined ? undefined : OPTIMIZERS[optimizer],
    weightDecay: number(given, "weight-decay", 0, 1),
    labelSmoothing: number(given, "label-smoothing", 0, BELOW_1),
    dropout: number(given, "dropout", 0, BELOW_1),
    stochasticDepth: number(given, "stochastic-depth", 0, BELOW_1),
    clipNorm: number(given, "clip", 1e-12, 1e12),
    averageDecay: number(given, "average", 0, BELOW_1),
    augment: augmentGiven(given, recipe),
    teacher: teacherGiven(given),
    weights: given.weights as string | undefined,
    newClassifier: given["new-classifier"] ? true : undefined,
    mixedPrecision: given["mixed-precision"] ? true : undefined,
    validateEvery: wholeNumber(given, "validate-every", 0, 100_000),
    seed: wholeNumber(given, "seed", 0, MOST),
  });
}

function augmentGiven(given: Given, recipe: Recipe): Augment | undefined {
  const name = oneOf(given, "augment", Object.keys(AUGMENTS));
  const mixup = number(given, "mixup", 1e-6, 1000);
  if (name === undefined && mixup === undefined) return undefined;
  const augment = name === undefined ? recipe.augment : AUGMENTS[name];
  return mixup === undefined ? augment : { ...augment, mixup };
}

function teacherGiven(given: Given): OpenTrainSettings["teacher"] {
  const name = oneOf(given, "teacher", TEACHER_NAMES);
  const share = number(given, "teacher-share", 0, 1);
  const temperature = number(given, "temperature", 1e-3, 1000);
  const weights = given["teacher-weights"] as string | undefined;
  if (name === undefined) {
    for (const option of ["teacher-share", "temperature", "teacher-weights"]) {
      if (given[option] !== undefined) throw new UsageError(`--${option} needs --teacher`);
    }
    return undefined;
  }
  const chosen = weights ?? outlineTeacher(name).hub;
  return {
    name,
    ...(chosen && { weights: chosen }),
    share: share ?? 0.5,
    temperature: temperature ?? 1,
  };
}
