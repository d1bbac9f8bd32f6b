import { splitByContent } from "./_split.ts";
import type { ByteDataset, ByteSplit } from "./types.ts";

/** Images and their labels as one's own arrays. */
export interface LabelledImages {
  /** N · H · W · C bytes, 0 … 255, channels last. */
  images: Uint8Array;
  /** N class indices. */
  labels: ArrayLike<number>;
}

/** What {@linkcode datasetFromArrays} makes a data set of. */
export interface ArraysOptions {
  /** What the data set is called; "arrays" by default. */
  name?: string;
  /** The classes' names, by class index. */
  classes: readonly string[];
  /** Pixels from top to bottom. */
  height: number;
  /** Pixels from left to right. */
  width: number;
  /** Values of a pixel; 1 by default. */
  channels?: number;
  /** The images to learn from. */
  train: LabelledImages;
  /** The images to rate with, or the fraction of each class of `train` to take for it; 1/7 by default. */
  validation?: LabelledImages | number;
  /** The images for the final accuracy, or the fraction of each class of `train` to take for it; 1/7 by default. */
  test?: LabelledImages | number;
}

/**
 * Makes a data set of one's own arrays. Parts that are given as fractions are taken from `train`, the same ones every time
 * whatever the order of the images.
 *
 * @param options Images, labels, and what they are.
 * @returns The data set; given images are shared, not copied, where no fraction is taken.
 * @throws {TypeError} If images or labels do not have the length that the sizes ask for.
 * @throws {RangeError} If a size, label or fraction is out of range, or a part would be empty.
 *
 * @example Forty grey images of 2×2 pixels
 * ```ts
 * import { datasetFromArrays } from "@dna/kernel";
 * import { assertEquals } from "@std/assert";
 *
 * const dataset = datasetFromArrays({
 *   classes: ["dark", "bright"],
 *   height: 2,
 *   width: 2,
 *   train: {
 *     images: Uint8Array.from({ length: 160 }, (_, i) => i),
 *     labels: Array.from({ length: 40 }, (_, i) => i < 20 ? 0 : 1),
 *   },
 *   validation: 0.1,
 *   test: 0.2,
 * });
 * const { train, validation, test } = dataset.splits;
 * assertEquals([train.count, validation.count, test.count], [28, 4, 8]);
 * ```
 */
export function datasetFromArrays(options: ArraysOptions): ByteDataset {
  const { name = "arrays", classes, height, width, channels = 1 } = options;
  const { train, validation = 1 / 7, test = 1 / 7 } = options;
  for (const [what, size] of Object.entries({ height, width, channels })) {
    if (!Number.isSafeInteger(size) || size < 1) {
      throw new RangeError(
        `Cannot make a data set: ${what} is ${size} and must be an integer of at least 1`,
      );
    }
  }
  if (classes.length < 2 || classes.length > 65536) {
    throw new RangeError(
      `Cannot make a data set: it has ${classes.length} classes and must have 2 to 65536`,
    );
  }
  const sizes = { height, width, channels };
  const given = toSplit("train", train, sizes, classes.length);
  const fraction = (part: LabelledImages | number) => typeof part === "number" ? part : 0;
  const fractions = { validation: fraction(validation), test: fraction(test) };
  if (
    !(fractions.validation >= 0 && fractions.test >= 0 && fractions.validation + fractions.test < 1)
  ) {
    throw new RangeError(
      `Cannot make a data set: the fractions for validation (${fractions.validation}) and test (${fractions.test}) ` +
        `must be at least 0 and sum to less than 1`,
    );
  }
  const cut = fractions.validation + fractions.test > 0
    ? splitByContent(given, classes.length, fractions)
    : undefined;
  const part = (what: "validation" | "test", own: LabelledImages | number): ByteSplit =>
    typeof own === "number"
      ? cut?.[what] ??
        { ...given, name: what, count: 0, images: new Uint8Array(0), labels: new Uint8Array(0) }
      : toSplit(what, own, sizes, classes.length);
  const splits = {
    train: cut?.train ?? given,
    validation: part("validation", validation),
    test: part("test", test),
  };
  for (const split of Object.values(splits)) {
    if (split.count === 0) {
      throw new RangeError(`Cannot make a data set: its ${split.name} part has no images`);
    }
  }
  return { name, classes: [...classes], ...sizes, splits };
}

function toSplit(
  name: string,
  { images, labels }: LabelledImages,
  sizes: { height: number; width: number; channels: number },
  classes: number,
): ByteSplit {
  const count = labels.length;
  const bytes = count * sizes.height * sizes.width * sizes.channels;
  if (!(images instanceof Uint8Array) || images.length !== bytes) {
    throw new TypeError(
      `Cannot make a data set: the ${name} images must be a Uint8Array of ${bytes} bytes (${count} labels of ` +
        `${sizes.height}×${sizes.width}×${sizes.channels}) and have ${images.length}`,
    );
  }
  for (let i = 0; i < count; i++) {
    if (!Number.isInteger(labels[i]) || labels[i] < 0 || labels[i] >= classes) {
      throw new RangeError(
        `Cannot make a data set: label ${i} of ${name} is ${labels[i]}, outside 0 … ${classes - 1}`,
      );
    }
  }
  return {
    name,
    count,
    ...sizes,
    images,
    labels: classes <= 256 ? Uint8Array.from(labels) : Uint16Array.from(labels),
  };
}
