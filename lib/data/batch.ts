import type { Random } from "../random.ts";
import { type Change, drawChange, UNCHANGED } from "./_augment.ts";
import { checkAugment, isPlain } from "./_check_augment.ts";
import { normalizedBytes } from "./_normalize.ts";
import { type Augment, AUGMENT_SMALL_IMAGES } from "./augment.ts";
import type { ByteSplit } from "./types.ts";

export type { Augment } from "./augment.ts";

/** Mean and standard deviation of each channel, of values from 0 to 1; one number stands for all channels. */
export interface Normalization {
  /** Subtracted from byte / 255. */
  mean: number | readonly number[];
  /** What the difference is divided by. */
  std: number | readonly number[];
}

/** How {@linkcode makeBatch} makes network input of bytes. */
export interface BatchOptions extends Normalization {
  /**
   * What may happen to the images: shift, flip, and erase by a number; `true` means {@linkcode AUGMENT_SMALL_IMAGES}. Needs
   * `random`.
   */
  augment?: boolean | Augment;
  /** The epoch's stream; image i takes the fork i of it, so that its change does not depend on the batch it is in. */
  random?: Random;
}

/** Images as a network sees them. */
export interface Batch {
  /** N · H · W · C normalised values. */
  images: Float32Array;
  /** N class indices. */
  labels: Int32Array;
  /** [N, H, W, C]. */
  shape: [count: number, height: number, width: number, channels: number];
  /**
   * With mixup, what the images are mixed with already: image i is to `share[i]` of class `labels[i]`, and to the rest of class
   * `mix.labels[i]`.
   */
  mix?: { labels: Int32Array; share: Float32Array };
}

/**
 * Makes a batch of the images at these indices: (byte / 255 − mean) / std, changed at random if asked for.
 *
 * @param split Where the images are.
 * @param indices Which ones.
 * @param options Normalisation and augmentation.
 * @returns Images [N, H, W, C] and labels [N].
 * @throws {RangeError} If an index is outside the split, or mean, std or an augmentation is out of range.
 * @throws {TypeError} If images shall be augmented and there is no `random`.
 *
 * @example
 * ```ts
 * import { createRandom, datasetFromArrays, makeBatch } from "@dna/kernel";
 * import { assertEquals } from "@std/assert";
 *
 * const part = { images: new Uint8Array([0, 51, 102, 255]), labels: [0, 1] };
 * const { splits } = datasetFromArrays({
 *   classes: ["dark", "bright"],
 *   height: 1,
 *   width: 2,
 *   train: part,
 *   validation: part,
 *   test: part,
 * });
 * const batch = makeBatch(splits.train, [1], { mean: 0.5, std: 0.5 });
 * assertEquals(batch.shape, [1, 1, 2, 1]);
 * assertEquals(batch.images, new Float32Array([-0.2, 1]));
 * assertEquals(batch.labels, new Int32Array([1]));
 *
 * const augment = { flip: true };
 * const random = createRandom(7, "epoch", 0);
 * const flipped = makeBatch(splits.train, [1], { mean: 0.5, std: 0.5, augment, random });
 * assertEquals(new Set(flipped.images), new Set(batch.images));
 * ```
 */
export function makeBatch(
  split: ByteSplit,
  indices: ArrayLike<number>,
  options: BatchOptions,
): Batch {
  const { height, width, channels } = split;
  const table = normalizedBytes(options, channels);
  const augment = options.augment === true ? AUGMENT_SMALL_IMAGES : options.augment || undefined;
  if (augment) checkAugment(augment);
  if (augment && !isPlain(augment)) {
    throw new TypeError(
      "Cannot make a batch with these changes at once: only shift, flip and erase by a number; " +
        "batches() makes all",
    );
  }
  if (augment && !options.random) throw new TypeError("Cannot augment: no random stream was given");
  const size = height * width * channels;
  const images = new Float32Array(indices.length * size);
  const labels = new Int32Array(indices.length);
  for (let i = 0; i < indices.length; i++) {
    const index = indices[i];
    if (!(Number.isInteger(index) && index >= 0 && index < split.count)) {
      throw new RangeError(
        `Cannot make a batch: image ${index} is outside the ${split.count} of ${split.name}`,
      );
    }
    labels[i] = split.labels[index];
    const change = augment
      ? drawChange(augment, options.random!.fork(index), height, width)
      : UNCHANGED;
    writeImage(images.subarray(i * size, (i + 1) * size), split, index, table, change);
  }
  return { images, labels, shape: [indices.length, height, width, channels] };
}

/** Writes one normalised image, moved, mirrored and erased as `change` says. */
function writeImage(
  image: Float32Array,
  split: ByteSplit,
  index: number,
  table: Float32Array,
  change: Change,
): void {
  const { images, height, width, channels } = split;
  const { down, right, flip, erased } = change;
  // Where the source is inside; the other pixels are black.
  const [top, bottom] = [Math.max(0, down), Math.min(height, height + down)];
  const [start, end] = [Math.max(0, right), Math.min(width, width + right)];
  const step = flip ? -channels : channels;
  for (let c = 0; c < channels; c++) {
    const ofChannel = table.subarray(c << 8, (c + 1) << 8);
    if (down !== 0 || right !== 0) {
      for (let to = c; to < image.length; to += channels) image[to] = ofChannel[0];
    }
    for (let y = top; y < bottom; y++) {
      const first = flip ? width - 1 - (start - right) : start - right;
      let from = ((index * height + y - down) * width + first) * channels + c;
      let to = (y * width + start) * channels + c;
      for (let x = start; x < end; x++) {
        image[to] = ofChannel[images[from]];
        from += step;
        to += channels;
      }
    }
  }
  if (erased) {
    const [erasedTop, left, tall, wide] = erased;
    for (let y = erasedTop; y < erasedTop + tall; y++) {
      image.fill(0, (y * width + left) * channels, (y * width + left + wide) * channels);
    }
  }
}

/**
 * Mean and standard deviation of each channel over all pixels of a split, of values from 0 to 1.
 *
 * @param split The images, usually those to train with.
 * @returns One mean and one standard deviation for each channel.
 *
 * @example
 * ```ts
 * import { loadDataset, meanAndStd } from "@dna/kernel";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const { mean, std } = meanAndStd((await loadDataset("mnist")).splits.train);
 * assertAlmostEquals(mean[0], 0.13, 0.01);
 * assertAlmostEquals(std[0], 0.31, 0.01);
 * ```
 */
export function meanAndStd({ images, channels }: ByteSplit): { mean: number[]; std: number[] } {
  const counts = new Float64Array(256 * channels);
  for (let i = 0; i < images.length; i++) counts[((i % channels) << 8) | images[i]]++;
  const pixels = images.length / channels;
  const moments = Array.from({ length: channels }, (_, c) => {
    let [sum, squares] = [0, 0];
    for (let byte = 0; byte < 256; byte++) {
      sum += counts[(c << 8) | byte] * byte;
      squares += counts[(c << 8) | byte] * byte ** 2;
    }
    const mean = sum / pixels;
    return { mean: mean / 255, std: Math.sqrt(Math.max(0, squares / pixels - mean ** 2)) / 255 };
  });
  return { mean: moments.map(({ mean }) => mean), std: moments.map(({ std }) => std) };
}
