/**
 * CIFAR-10 and CIFAR-100 in their binary form (Krizhevsky 2009).
 *
 * @module
 */

import { basename, join } from "node:path";
import { decodeText, describeError, readFile } from "../files.ts";
import { reporter } from "./_steps.ts";
import { datasetFromArrays, type LabelledImages } from "./arrays.ts";
import type { LoadDatasetOptions } from "./load.ts";
import type { ByteDataset } from "./types.ts";

const SIDE = 32;
const PLANE = SIDE * SIDE;

/** What the binary form of a data set consists of. */
interface Form {
  /** The folder that the published archive unpacks to. */
  readonly folder: string;
  readonly train: readonly string[];
  readonly test: string;
  readonly names: string;
  /** Labels before each image; the last of them counts. */
  readonly labels: number;
}

const FORMS: Readonly<Record<"cifar-10" | "cifar-100", Form>> = {
  "cifar-10": {
    folder: "cifar-10-batches-bin",
    train: [1, 2, 3, 4, 5].map((part) => `data_batch_${part}.bin`),
    test: "test_batch.bin",
    names: "batches.meta.txt",
    labels: 1,
  },
  "cifar-100": {
    folder: "cifar-100-binary",
    train: ["train.bin"],
    test: "test.bin",
    names: "fine_label_names.txt",
    // The coarse label comes first.
    labels: 2,
  },
};

/** The folder that holds all files: the one given, or the archive's below it. */
async function findFiles(name: "cifar-10" | "cifar-100", folder?: string): Promise<string> {
  const { folder: usual, train, test, names } = FORMS[name];
  const wanted = [...train, test, names];
  if (folder === undefined) {
    throw new Error(
      `Cannot load the data set "${name}": it is read from a folder, which must hold ${
        wanted.join(", ")
      }`,
    );
  }
  let missing = "";
  for (const place of [folder, join(folder, usual)]) {
    let entries: Set<string>;
    try {
      entries = new Set((await Array.fromAsync(Deno.readDir(place))).map((entry) => entry.name));
    } catch (error) {
      if (place !== folder) continue;
      const reason = error instanceof Deno.errors.NotADirectory
        ? "it is a file, not a folder"
        : describeError(error);
      throw new Error(`Cannot use ${folder} as data: ${reason}`, { cause: error });
    }
    const absent = wanted.find((file) => !entries.has(file));
    if (absent === undefined) return place;
    if (missing === "" || entries.has(basename(train[0]))) missing = absent;
  }
  throw new Error(
    `Cannot use ${folder} as data: ${missing} is missing; it must hold ${wanted.join(", ")}`,
  );
}

/** Refuses a folder that lacks one of the files. */
export async function checkCifar(
  name: "cifar-10" | "cifar-100",
  folder: string | undefined,
): Promise<void> {
  await findFiles(name, folder);
}

/** Loads CIFAR: a tenth of each class of the training files validates. */
export async function loadCifar(
  name: "cifar-10" | "cifar-100",
  options: LoadDatasetOptions,
): Promise<ByteDataset> {
  const form = FORMS[name];
  const place = await findFiles(name, options.folder);
  const steps = reporter(`read ${name}`, form.train.length + 1, options);
  const classes = await readNames(join(place, form.names));
  const parts: LabelledImages[] = [];
  for (const file of [...form.train, form.test]) {
    parts.push(await readRecords(join(place, file), form.labels, classes.length));
    steps();
  }
  const test = parts.pop()!;
  return datasetFromArrays({
    name,
    classes,
    height: SIDE,
    width: SIDE,
    channels: 3,
    train: concatenate(parts),
    validation: options.validation ?? 1 / 10,
    test,
  });
}

async function readNames(path: string): Promise<string[]> {
  const text = decodeText(await readFile(path), path);
  const names = text.split(/\r?\n/).map((line) => line.trim()).filter((line) => line !== "");
  if (names.length < 2) {
    throw new SyntaxError(`Cannot read ${path}: it names ${names.length} classes, not 2 or more`);
  }
  return names;
}

/** Records of labels and three planes of 32×32 bytes: red, green, blue. */
async function readRecords(path: string, before: number, classes: number): Promise<LabelledImages> {
  const bytes = await readFile(path);
  const record = before + 3 * PLANE;
  if (bytes.length === 0 || bytes.length % record !== 0) {
    throw new SyntaxError(
      `Cannot read ${path}: its ${bytes.length} bytes are no whole number of records of ${record} bytes`,
    );
  }
  const count = bytes.length / record;
  const images = new Uint8Array(count * 3 * PLANE);
  const labels = new Uint8Array(count);
  for (let i = 0; i < count; i++) {
    labels[i] = bytes[i * record + before - 1];
    if (labels[i] >= classes) {
      throw new RangeError(
        `Cannot read ${path}: label ${i} is ${labels[i]}, outside 0 … ${classes - 1}`,
      );
    }
    const from = i * record + before;
    const to = i * 3 * PLANE;
    for (let pixel = 0; pixel < PLANE; pixel++) {
      for (let c = 0; c < 3; c++) images[to + 3 * pixel + c] = bytes[from + c * PLANE + pixel];
    }
  }
  return { images, labels };
}

function concatenate(parts: readonly LabelledImages[]): LabelledImages {
  const images = new Uint8Array(parts.reduce((sum, part) => sum + part.images.length, 0));
  let at = 0;
  for (const part of parts) {
    images.set(part.images, at);
    at += part.images.length;
  }
  return { images, labels: parts.flatMap(({ labels }) => Array.from(labels)) };
}
