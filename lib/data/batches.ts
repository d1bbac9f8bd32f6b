import type { Random } from "../random.ts";
import { type Batch, type BatchOptions, makeBatch } from "./batch.ts";
import type { Split } from "./types.ts";

/** How {@linkcode batches} goes through a split once. */
export interface BatchesOptions extends BatchOptions {
  /** Images in a batch. */
  batch: number;
  /** Side of the images that are given, in pixels; that of the split's own where it is left out. */
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
 * Goes through a split once, batch by batch.
 *
 * @param split The images.
 * @param options Batch size, order, augmentation, normalisation.
 * @returns The batches, each made when it is asked for.
 * @throws {RangeError} If batch, limit or skip is out of range, or as {@linkcode makeBatch}.
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
 */
export function batches(split: Split, options: BatchesOptions): AsyncGenerator<Batch, void, void> {
  const { batch, random, limit = split.count, dropLast = false, skip = 0 } = options;
  for (
    const [name, value, least] of [["batch", batch, 1], ["limit", limit, 1], [
      "skip",
      skip,
      0,
    ]] as const
  ) {
    if (!Number.isSafeInteger(value) || value < least) {
      throw new RangeError(
        `Cannot make batches: ${name} is ${value} and must be an integer of at least ${least}`,
      );
    }
  }
  const order = random ? epochOrder(split.count, random.fork(random.int(2 ** 32))) : undefined;
  const augmentation = random?.fork(random.int(2 ** 32));
  const count = Math.min(limit, split.count);

  return async function* (): AsyncGenerator<Batch, void, void> {
    for (let start = skip * batch; start < count; start += batch) {
      const end = Math.min(start + batch, count);
      if (dropLast && end - start < batch) return;
      const indices = order?.subarray(start, end) ??
        Int32Array.from({ length: end - start }, (_, i) => start + i);
      if ("files" in split) throw new TypeError("Cannot decode image files");
      yield makeBatch(split, indices, { ...options, random: augmentation });
    }
  }();
}
