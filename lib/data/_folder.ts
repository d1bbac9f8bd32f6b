import { join } from "node:path";
import { describeError } from "../files.ts";
import { readIdx } from "./_idx.ts";
import type { LabelledImages } from "./arrays.ts";

const SIZE = 28;

/** The four files' names as they are published, packed or not. */
const FILES = {
  train: { images: "train-images-idx3-ubyte", labels: "train-labels-idx1-ubyte" },
  test: { images: "t10k-images-idx3-ubyte", labels: "t10k-labels-idx1-ubyte" },
} as const;

/** The paths of the four IDX files in a folder; throws an Error of one sentence if they are not there. */
export async function findIdxFiles(
  folder: string,
): Promise<Record<"train" | "test", { images: string; labels: string }>> {
  const entries = await listFolder(folder);
  const find = (name: string): string => {
    const found = [name, `${name}.gz`].find((each) => entries.has(each));
    if (found === undefined) {
      throw new Error(
        `Cannot use ${folder} as data: ` +
          (entries.size === 0 ? "it is empty" : `${name}[.gz] is missing`) +
          `; it must hold ${
            Object.values(FILES).flatMap((part) => Object.values(part)).join(", ")
          }, each plain or .gz`,
      );
    }
    return join(folder, found);
  };
  return {
    train: { images: find(FILES.train.images), labels: find(FILES.train.labels) },
    test: { images: find(FILES.test.images), labels: find(FILES.test.labels) },
  };
}

async function listFolder(folder: string): Promise<Set<string>> {
  try {
    return new Set((await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name));
  } catch (error) {
    const reason = error instanceof Deno.errors.NotADirectory
      ? "it is a file, not a folder"
      : describeError(error);
    throw new Error(`Cannot use ${folder} as data: ${reason}`, { cause: error });
  }
}

/** Images of 28×28 pixels and their labels, which must be below `classes`. */
export async function readIdxPair(
  paths: { images: string; labels: string },
  classes: number,
): Promise<LabelledImages> {
  const images = await readIdx(paths.images, 3);
  const labels = await readIdx(paths.labels, 1);
  const [count, height, width] = images.dimensions;
  if (height !== SIZE || width !== SIZE) {
    throw new RangeError(
      `Cannot read ${paths.images}: its images have ${height}×${width} pixels and must have ${SIZE}×${SIZE}`,
    );
  }
  if (count === 0) throw new RangeError(`Cannot read ${paths.images}: it holds no images`);
  if (labels.dimensions[0] !== count) {
    throw new RangeError(
      `Cannot read ${paths.labels}: it holds ${
        labels.dimensions[0]
      } labels and ${paths.images} holds ${count} images`,
    );
  }
  const wrong = labels.data.findIndex((label) => label >= classes);
  if (wrong >= 0) {
    throw new RangeError(
      `Cannot read ${paths.labels}: label ${wrong} is ${labels.data[wrong]}, outside 0 … ${
        classes - 1
      }`,
    );
  }
  return { images: images.data, labels: labels.data };
}
