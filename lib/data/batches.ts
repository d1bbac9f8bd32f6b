import type { Random } from "../random.ts";
import { engineBackend } from "../tensorflow/current.ts";
import { createLanes, inAdvance } from "./_ahead.ts";
import { checkAugment, isPlain } from "./_check_augment.ts";
import { makeDecodedBatch, type Recipe } from "./_decoded_batch.ts";
import { normalizedBytes } from "./_normalize.ts";
import type { Interpolation } from "./_resample.ts";
import { type Augment, AUGMENT_FILES, AUGMENT_SMALL_IMAGES } from "./augment.ts";
import { type Batch, type BatchOptions, makeBatch } from "./batch.ts";
import type { Split } from "./types.ts";

export type { Interpolation } from "./_resample.ts";

/** Images that are read, or changed and written, while others are decoded. */
const BESIDE_DECODING = 2;

/** How {@linkcode batches} goes through a split once. */
export interface BatchesOptions extends Omit<BatchOptions, "augment"> {
  /**
   * What may happen to the images; `true` means {@linkcode AUGMENT_FILES} for image files and {@linkcode AUGMENT_SMALL_IMAGES}
   * for others. Needs `random`.
   */
  augment?: boolean | Augment;
  /** Images in a batch. */
  batch: number;
  /** Side of the images that are given, in pixels; that of the split's own where it is left out. Image files need it. */
  resolution?: number;
  /**
   * Shuffles and augments; without it the images come in their own order. Two numbers are drawn from it, so that the
   * same stream gives the next epoch another order; `random.fork(epoch)` gives each epoch its own.
   */
  random?: Random;
  /** At most so many images, after shuffling. */
  limit?: number;
  /** Leaves out a last batch that is not full. */
  dropLast?: boolean;
  /** The first so many batches are passed over, as when an epoch goes on after a stop. */
  skip?: number;
  /** How images are scaled, as PIL does it; "bicubic" by default. */
  interpolation?: Interpolation;
  /**
   * Without a random crop, the shorter side is scaled to ⌊resolution / cropPct⌋ pixels and the centre is kept, as timm does
   * it. 0.875 for image files by default, and 1 for others.
   */
  cropPct?: number;
  /** Images that are decoded or scaled at the same time; one for each core by default. What comes out does not depend on it. */
  workers?: number;
  /** Batches that are made ahead of the one that is asked for, from image files or by scaling; 2 by default. */
  prefetch?: number;
  /** Stop at a file that cannot be decoded; by default the next image stands in, and `onWarning` hears of it once. */
  strict?: boolean;
  /** Takes a sentence for each file that cannot be decoded; `console.warn` by default. */
  onWarning?: (text: string) => void;
  /** Stops decoding. */
  signal?: AbortSignal;
}

/**
 * A random order of so many images.
 *
 * @param count How many.
 * @param random The stream to draw from.
 * @returns The numbers from 0 to count − 1, shuffled.
 *
 * @example
 * ```ts
 * import { createRandom, epochOrder } from "@dna/kernel";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(epochOrder(3, createRandom(7)).toSorted(), new Int32Array([0, 1, 2]));
 * ```
 */
export function epochOrder(count: number, random: Random): Int32Array {
  return random.shuffle(Int32Array.from({ length: count }, (_, i) => i));
}

/**
 * Goes through a split once, batch by batch. Image files, and images of another size than the split's own, are decoded and scaled
 * on other threads, some batches ahead; whoever leaves the loop early leaves no work behind.
 *
 * Files are decoded as PIL and torchvision do it: a JPEG's orientation is not heeded, transparency is dropped, of 16 bits the upper 8
 * count, of several frames the first; greys become colours, or colours greys, as the split's channels say.
 *
 * @param split The images.
 * @param options Batch size, order, augmentation, normalisation, decoding.
 * @returns The batches, each made when it is asked for, or ahead.
 * @throws {RangeError} If an option is out of range, or as {@linkcode makeBatch}.
 * @throws {TypeError} If images shall be augmented and there is no `random`, or of image files if there is no `resolution`.
 * @throws {Error} While reading, if no file can be decoded, or one cannot and `strict` is set.
 *
 * @example One epoch
 * ```ts
 * import { batches, createRandom, loadDataset } from "@dna/kernel";
 * import { assertEquals } from "@std/assert";
 *
 * const { train } = (await loadDataset("mnist")).splits;
 * const random = createRandom(7, "epoch", 0);
 * const sizes = [];
 * for await (const { shape } of batches(train, { batch: 128, limit: 300, random, augment: true, mean: 0.13, std: 0.31 })) {
 *   sizes.push(shape[0]);
 * }
 * assertEquals(sizes, [128, 128, 44]);
 * ```
 *
 * @example Photographs of any size
 * ```ts
 * import { batches, createRandom, loadDataset, node, tf, useEngine } from "@dna/kernel";
 * import { assertEquals } from "@std/assert";
 *
 * await useEngine();
 * const folder = await Deno.makeTempDir();
 * for (const [name, grey] of [["day", 250], ["night", 5]] as const) {
 *   await Deno.mkdir(`${folder}/${name}`);
 *   const jpeg = await node.encodeJpeg(tf.fill([30, 40, 3], grey, "int32") as tf.Tensor3D);
 *   for (let i = 0; i < 10; i++) await Deno.writeFile(`${folder}/${name}/${i}.jpg`, jpeg);
 * }
 * const { splits } = await loadDataset("folder", { folder });
 * const random = createRandom(7, "epoch", 0);
 * const augment = { crop: true, flip: true };
 * for await (
 *   const { shape, images, labels } of batches(splits.train, {
 *     batch: 4, resolution: 16, random, augment, mean: 0.5, std: 0.5,
 *   })
 * ) {
 *   assertEquals(shape, [4, 16, 16, 3]);
 *   assertEquals(images[0] > 0, labels[0] === 0);
 * }
 * ```
 */
export function batches(split: Split, options: BatchesOptions): AsyncGenerator<Batch, void, void> {
  const { batch, random, limit = split.count, dropLast = false, skip = 0 } = options;
  const { workers = navigator.hardwareConcurrency, prefetch = 2, resolution } = options;
  const wholeNumbers = { batch, limit, skip, workers, prefetch, resolution: resolution ?? 1 };
  for (const [name, value] of Object.entries(wholeNumbers)) {
    const least = name === "skip" || name === "prefetch" ? 0 : 1;
    if (!Number.isSafeInteger(value) || value < least) {
      throw new RangeError(
        `Cannot make batches: ${name} is ${value} and must be an integer of at least ${least}`,
      );
    }
  }
  const ofFiles = "files" in split;
  const augment = options.augment === true
    ? ofFiles ? AUGMENT_FILES : AUGMENT_SMALL_IMAGES
    : options.augment || undefined;
  if (augment) checkAugment(augment);
  if (augment && !random) throw new TypeError("Cannot augment: no random stream was given");
  const ownSize = !ofFiles && split.height === (resolution ?? split.height) &&
    split.width === (resolution ?? split.width);
  const plain = ownSize && isPlain(augment ?? {});
  const recipe = plain ? undefined : recipeOf(split, augment ?? {}, workers, options);

  const order = random ? epochOrder(split.count, random.fork(random.int(2 ** 32))) : undefined;
  const augmentation = random?.fork(random.int(2 ** 32));
  const count = Math.min(limit, split.count);
  const last = dropLast ? Math.floor(count / batch) : Math.ceil(count / batch);
  const indicesOf = (number: number): Int32Array => {
    const start = number * batch;
    const end = Math.min(start + batch, count);
    return order?.subarray(start, end) ??
      Int32Array.from({ length: end - start }, (_, i) => start + i);
  };

  if (recipe === undefined && !ofFiles) {
    return async function* (): AsyncGenerator<Batch, void, void> {
      for (let number = skip; number < last; number++) {
        yield makeBatch(split, indicesOf(number), { ...options, augment, random: augmentation });
      }
    }();
  }
  const whole = { ...recipe!, random: augment ? augmentation : undefined };
  const underWay = createLanes(workers + BESIDE_DECODING);
  return inAdvance(
    Math.max(0, last - skip),
    prefetch,
    (number, stopped) => {
      const at = skip + number;
      return makeDecodedBatch(split, indicesOf(at), at, whole, underWay, stopped);
    },
    options.signal,
  );
}

/** What is done to each image, checked. */
function recipeOf(
  split: Split,
  augment: Augment,
  workers: number,
  options: BatchesOptions,
): Recipe {
  const ofFiles = "files" in split;
  const resolution = options.resolution ??
    (!ofFiles && split.height === split.width ? split.height : undefined);
  if (resolution === undefined) {
    throw new TypeError(
      `Cannot make batches of ${split.name}: its images have many sizes, so resolution must be given`,
    );
  }
  const { interpolation = "bicubic", cropPct = ofFiles ? 0.875 : 1 } = options;
  if (!["bicubic", "bilinear"].includes(interpolation)) {
    throw new RangeError(
      `Cannot make batches: interpolation is "${interpolation}": known are bicubic, bilinear`,
    );
  }
  if (!(cropPct > 0 && cropPct <= 1)) {
    throw new RangeError(
      `Cannot make batches: cropPct is ${cropPct} and must be above 0 and at most 1`,
    );
  }
  // Which says what to do where no engine is there, before it would look like a broken image.
  engineBackend();
  const { mean } = options;
  return {
    resolution,
    interpolation,
    cropPct,
    crop: augment.crop === true ? {} : augment.crop || undefined,
    lanes: createLanes(workers),
    augment,
    table: normalizedBytes(options, split.channels),
    fill: Array.from(
      { length: split.channels },
      (_, c) => Math.min(255, Math.round(255 * (typeof mean === "number" ? mean : mean[c]))),
    ),
    strict: options.strict ?? false,
    onWarning: options.onWarning ?? console.warn,
  };
}
