/**
 * Data sets of image files: ImageNet's form, and any folder of class folders.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { dirname, join, resolve } from "node:path";
import { decodeText, readFile } from "../files.ts";
import { createRandom } from "../random.ts";
import { type Found, list, listClasses, readList, scanClasses } from "./_scan.ts";
import type { LoadDatasetOptions } from "./load.ts";
import type { FileDataset, FileSplit } from "./types.ts";

/** Files that hold words for WordNet ids, a line each: id, space, words. */
const SYNSET_FILES = ["LOC_synset_mapping.txt", "synset_words.txt"];

const PARTS = ["train", "val", "validation", "test"];

/** Paths by class index. */
type ByClass = readonly (readonly string[])[];

/** Where the two parts of a data set in ImageNet's form are: folders, or lists. */
async function findParts(
  folder: string | undefined,
  lists: LoadDatasetOptions["lists"],
): Promise<{ folder: string; lists?: { train: string; val: string } }> {
  if (lists) return { folder: folder ?? dirname(lists.train), lists };
  if (folder === undefined) {
    throw new Error(
      'Cannot load the data set "imagenet": it is read from a folder with train/CLASS/… and val/CLASS/…',
    );
  }
  const names = new Set((await list(folder)).map(({ name }) => name));
  if (names.has("train") && names.has("val")) return { folder };
  if (names.has("train.txt") && names.has("val.txt")) {
    return {
      folder,
      lists: { train: join(folder, "train.txt"), val: join(folder, "val.txt") },
    };
  }
  throw new Error(
    `Cannot use ${folder} as data: ${
      names.size === 0 ? "it is empty" : `${names.has("train") ? "val" : "train"} is missing`
    }; it must hold train/CLASS/… and val/CLASS/…, or train.txt and val.txt`,
  );
}

/** Refuses a place without two parts of two classes. */
export async function checkImageNet(folder: string | undefined): Promise<void> {
  const found = await findParts(folder, undefined);
  if (found.lists) return;
  for (const part of ["train", "val"]) await listClasses(join(found.folder, part));
}

/** Loads a data set in ImageNet's form; some images of each class of `train` become the validation part. */
export async function loadImageNet(options: LoadDatasetOptions): Promise<FileDataset> {
  const { validationPerClass = 50, seed = 0 } = options;
  if (!Number.isSafeInteger(validationPerClass) || validationPerClass < 1) {
    throw new RangeError(
      `Cannot load imagenet: validationPerClass is ${validationPerClass} and must be an integer of at least 1`,
    );
  }
  const { folder, lists } = await findParts(options.folder, options.lists);
  const read = (part: "train" | "val") =>
    lists ? readList(folder, lists[part], options) : scanClasses(folder, part, options);
  const [learned, tested] = [await read("train"), await read("val")];
  checkSameClasses(folder, learned, tested);
  const ids = [...learned.files.keys()];
  const train: string[][] = [];
  const validation: string[][] = [];
  for (const [name, files] of learned.files) {
    if (files.length <= validationPerClass) {
      throw new RangeError(
        `Cannot load imagenet: class ${name} has ${files.length} images to train, and ` +
          `${validationPerClass} of each shall rate; validationPerClass must be smaller`,
      );
    }
    const chosen = new Set(
      createRandom(seed, "validation", name).shuffle([...files]).slice(0, validationPerClass),
    );
    validation.push(files.filter((file) => chosen.has(file)));
    train.push(files.filter((file) => !chosen.has(file)));
  }
  const skipped = [...learned.skipped, ...tested.skipped];
  const test = ids.map((id) => tested.files.get(id)!);
  return await assemble("imagenet", folder, ids, { train, validation, test }, skipped, options);
}

function checkSameClasses(folder: string, train: Found, val: Found): void {
  const missing = (from: Found, others: Found) =>
    [...others.files.keys()].filter((name) => !from.files.has(name));
  for (
    const [part, names] of [["val", missing(val, train)], ["train", missing(train, val)]] as const
  ) {
    if (names.length === 0) continue;
    throw new Error(
      `Cannot use ${folder} as data: ${part} lacks ${names.length} of the classes: ${
        names.slice(0, 3).join(", ")
      }${names.length > 3 ? ", …" : ""}`,
    );
  }
}

/** Refuses a place without two class folders. */
export async function checkImageFolder(folder: string | undefined): Promise<string> {
  if (folder === undefined) {
    throw new Error('Cannot load the data set "folder": it is read from a folder with CLASS/…');
  }
  const classes = await listClasses(folder);
  if (classes.every((name) => PARTS.includes(name))) {
    throw new Error(
      `Cannot use ${folder} as data of one part: its folders are ${
        classes.join(" and ")
      }; the data set "imagenet" is read from such parts`,
    );
  }
  return folder;
}

/**
 * Loads a folder of class folders. Which part a file is in follows from its path alone, by the order of the paths' SHA-256 hashes
 * in each class.
 */
export async function loadImageFolder(options: LoadDatasetOptions): Promise<FileDataset> {
  const folder = await checkImageFolder(options.folder);
  const { validation = 1 / 10, test = 1 / 10 } = options;
  if (!(validation > 0 && test > 0 && validation + test < 1)) {
    throw new RangeError(
      `Cannot load a folder: the fractions for validation (${validation}) and test (${test}) ` +
        "must be above 0 and sum to less than 1",
    );
  }
  const { files, skipped } = await scanClasses(folder, "", options);
  const parts: Record<"train" | "validation" | "test", string[][]> = {
    train: [],
    validation: [],
    test: [],
  };
  for (const [name, paths] of files) {
    const tested = Math.max(1, Math.round(paths.length * test));
    const validated = Math.max(1, Math.round(paths.length * validation));
    if (tested + validated >= paths.length) {
      throw new RangeError(
        `Cannot use ${folder} as data: class ${name} has ${paths.length} images, too few for three parts`,
      );
    }
    const hashed = paths.map((path) => [createHash("sha256").update(path).digest("hex"), path])
      .sort(([a], [b]) => a < b ? -1 : 1).map(([, path]) => path);
    parts.test.push(hashed.slice(0, tested).sort());
    parts.validation.push(hashed.slice(tested, tested + validated).sort());
    parts.train.push(hashed.slice(tested + validated).sort());
  }
  return await assemble("folder", folder, [...files.keys()], parts, skipped, options);
}

async function assemble(
  name: string,
  folder: string,
  ids: readonly string[],
  parts: { train: ByClass; validation: ByClass; test: ByClass },
  skipped: readonly string[],
  { channels = 3 }: LoadDatasetOptions,
): Promise<FileDataset> {
  if (channels !== 1 && channels !== 3) {
    throw new RangeError(`Cannot load ${name}: channels is ${channels} and must be 1 or 3`);
  }
  if (ids.length > 65536) {
    throw new RangeError(
      `Cannot load ${name}: it has ${ids.length} classes, and 65536 at most fit`,
    );
  }
  const split = (part: keyof typeof parts): FileSplit => {
    const files = parts[part].flat();
    const labels = ids.length <= 256 ? new Uint8Array(files.length) : new Uint16Array(files.length);
    let at = 0;
    parts[part].forEach((paths, label) => labels.fill(label, at, at += paths.length));
    return { name: part, count: files.length, channels, labels, folder, files };
  };
  const words = await readWords(folder, ids);
  return {
    name,
    classes: words ?? ids,
    channels,
    splits: { train: split("train"), validation: split("validation"), test: split("test") },
    ...(words && { folders: ids }),
    ...(skipped.length > 0 && { skipped }),
  };
}

/** Words for WordNet ids, from a file in the folder or in the one above it. */
async function readWords(folder: string, ids: readonly string[]): Promise<string[] | undefined> {
  if (!ids.every((id) => /^n\d{8}$/.test(id))) return undefined;
  const places = [folder, dirname(resolve(folder))];
  for (const path of places.flatMap((place) => SYNSET_FILES.map((file) => join(place, file)))) {
    try {
      await Deno.stat(path);
    } catch {
      continue;
    }
    const words = new Map<string, string>();
    for (const line of decodeText(await readFile(path), path).split(/\r?\n/)) {
      const [, id, text] = /^(n\d{8})\s+(.+)$/.exec(line) ?? [];
      if (id) words.set(id, text.trim());
    }
    return ids.map((id) => words.get(id) ?? id);
  }
  return undefined;
}
