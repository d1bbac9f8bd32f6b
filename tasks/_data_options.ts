/**
 * Options of tasks that read a data set and look at images.
 *
 * @module
 */

import { checkDatasetSource, type Dataset, datasetNames, loadDataset } from "../mod.ts";
import type { LoadDatasetOptions, Padding } from "../mod.ts";
import { deviceOf } from "./_common_options.ts";
import {
  type Given,
  number,
  oneOf,
  type OptionSpecs,
  UsageError,
  wholeNumber,
} from "./_options.ts";

/** Options of the data set and of how its images are seen. */
export const DATA_OPTIONS: OptionSpecs = {
  dataset: {
    value: "NAME",
    help: `data set: ${datasetNames.join(", ")}`,
    default: "fashion-mnist; with --data, told from DIR",
  },
  data: {
    value: "DIR",
    help:
      "folder: class folders of images, below train and val as ImageNet's or not; or IDX, CIFAR",
  },
  resolution: {
    value: "PIXELS",
    help: "side of the images",
    default: "the images' own; 224 for files",
  },
  classes: { value: "N", help: "number of classes", default: "the data's" },
  mean: {
    value: "M,…",
    help: "mean of each channel, 0-1",
    default: "the data's; ImageNet's for files",
  },
  std: { value: "S,…", help: "standard deviation of each channel, 0-1", default: "as mean" },
};

/** Options of how a network computes. */
export const NETWORK_OPTIONS: OptionSpecs = {
  padding: {
    value: "RULE",
    help: "same (trained in TensorFlow) or symmetric (trained in PyTorch)",
    default: "same",
  },
  epsilon: {
    value: "X",
    help: "what batch normalisation adds to variances; PyTorch's is 1e-5",
    default: "1e-3",
  },
  device: {
    value: "NAME",
    help: "device to compute on, as CPU:0 or GPU:1",
    default: "first GPU, else CPU",
  },
};

/** The data set that is asked for. */
export interface DataGiven {
  dataset?: string;
  data?: string;
  resolution?: number;
  classes?: number;
  mean?: number[];
  std?: number[];
}

/** Reads {@linkcode DATA_OPTIONS}. */
export function dataGiven(given: Given): DataGiven {
  return {
    dataset: oneOf(given, "dataset", datasetNames),
    data: given.data as string | undefined,
    resolution: wholeNumber(given, "resolution", 1, 4096),
    classes: wholeNumber(given, "classes", 2, 1_000_000),
    mean: numbersGiven(given, "mean", 0),
    std: numbersGiven(given, "std", 1e-6),
  };
}

/** Reads {@linkcode NETWORK_OPTIONS}. */
export function networkGiven(
  given: Given,
): { padding?: Padding; epsilon?: number; device?: string } {
  return {
    padding: oneOf(given, "padding", ["same", "symmetric"]) as Padding | undefined,
    epsilon: number(given, "epsilon", 1e-12, 1),
    device: deviceOf(given),
  };
}

/** What a folder holds, from the names in it. */
const FORMS: [dataset: string, names: RegExp[]][] = [
  ["fashion-mnist", [/^train-images-idx3-ubyte(\.gz)?$/]],
  ["cifar-10", [/^data_batch_1\.bin$/]],
  ["cifar-100", [/^train\.bin$/, /^test\.bin$/]],
  ["imagenet", [/^train(\.txt)?$/, /^val(\.txt)?$/]],
];

/** The data set that a folder seems to be; Fashion-MNIST without one. */
export async function guessDataset(folder: string | undefined): Promise<string> {
  if (folder === undefined) return "fashion-mnist";
  const names = await Array.fromAsync(Deno.readDir(folder), ({ name }) => name).catch(() => []);
  const found = FORMS.find(([, forms]) => forms.every((form) => names.some((n) => form.test(n))));
  return found?.[0] ?? "folder";
}

/** Loads a data set, after a look at whether its source is there. */
export async function openDataset(
  name: string,
  folder: string | undefined,
  options: LoadDatasetOptions = {},
): Promise<Dataset> {
  await checkDatasetSource(name, folder);
  return await loadDataset(name, { ...options, folder });
}

function numbersGiven(given: Given, name: string, least: number): number[] | undefined {
  const text = given[name];
  if (typeof text !== "string") return undefined;
  return text.split(",").map((part) => {
    const value = part.trim() === "" ? NaN : Number(part);
    if (!(value >= least && value <= 1)) {
      throw new UsageError(
        `--${name} is ${JSON.stringify(text)}: a number from ${least} to 1 for each channel is ` +
          "needed, as 0.485,0.456,0.406",
      );
    }
    return value;
  });
}

/** What was given, without what was not. */
export function onlyGiven<T extends object>(options: T): Partial<T> {
  return Object.fromEntries(
    Object.entries(options).filter(([, value]) => value !== undefined),
  ) as Partial<T>;
}
