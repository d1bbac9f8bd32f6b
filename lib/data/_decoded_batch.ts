/**
 * Batches whose images are decoded, cut or scaled, or changed in ways that need their neighbours.
 *
 * @module
 */

import type { Random } from "../random.ts";
import { allEnded, type Lanes } from "./_ahead.ts";
import {
  type Loaded,
  pictureOfBytes,
  pictureOfFile,
  type Sight,
  type Strictness,
} from "./_load_image.ts";
import { drawBeta, eraseRandomly, mixReversed } from "./_mix.ts";
import { flip, type Picture } from "./_pixels.ts";
import { autoAugment, jitter, randAugment } from "./_policies.ts";
import type { Augment, EraseAugment } from "./augment.ts";
import type { Batch } from "./batch.ts";
import type { Split } from "./types.ts";

/** What is done to the images of a batch. */
export interface Recipe extends Sight, Strictness {
  readonly augment: Augment;
  /** The epoch's stream; nothing is changed at random where it is absent. */
  readonly random?: Random;
  /** The normalised value of each byte, 256 for each channel. */
  readonly table: Float32Array;
  /** The colour that comes in from outside, one byte for each channel. */
  readonly fill: readonly number[];
}

/**
 * Makes the batch of the images at these indices.
 *
 * @param number Which batch of the epoch it is.
 * @param underWay Images that are read, decoded, changed or written at the same time.
 */
export async function makeDecodedBatch(
  split: Split,
  indices: Int32Array,
  number: number,
  recipe: Recipe,
  underWay: Lanes,
  stopped: AbortSignal,
): Promise<Batch> {
  const { resolution, augment, random } = recipe;
  const count = indices.length;
  const size = resolution ** 2 * split.channels;
  const images = new Float32Array(count * size);
  const labels = new Int32Array(count);
  await allEnded(Array.from(indices, (index, i) =>
    underWay(async () => {
      stopped.throwIfAborted();
      const image = images.subarray(i * size, (i + 1) * size);
      labels[i] = split.labels[await writeImage(image, split, index, recipe)];
    })));
  const batch: Batch = { images, labels, shape: [count, resolution, resolution, split.channels] };
  if (!augment.mixup || !random) return batch;
  const share = drawBeta(augment.mixup, random.fork("mixup").fork(number));
  mixReversed(images, count, share);
  batch.mix = { labels: labels.toReversed(), share: new Float32Array(count).fill(share) };
  return batch;
}

/** Writes one normalised image; gives the index of the image that it is. */
async function writeImage(
  image: Float32Array,
  split: Split,
  wanted: number,
  recipe: Recipe,
): Promise<number> {
  const { augment, table, resolution } = recipe;
  const { picture, index, random } = await loadPicture(split, wanted, recipe);
  const changed = random ? changePixels(picture, augment, random, recipe.fill) : picture;
  normalize(image, changed, table);
  if (random && augment.erase) {
    eraseRandomly(image, resolution, resolution, eraseOptions(augment.erase), random);
  }
  return index;
}

async function loadPicture(split: Split, index: number, recipe: Recipe): Promise<Loaded> {
  const { shift = 0 } = recipe.augment;
  const randomOf = (index: number) => recipe.random?.fork(index);
  if ("files" in split) return await pictureOfFile(split, index, recipe, shift, recipe, randomOf);
  const random = randomOf(index);
  return { picture: await pictureOfBytes(split, index, recipe, shift, random), index, random };
}

function changePixels(
  picture: Picture,
  { flip: flips, autoAugment: policy, randAugment: operations, jitter: colours }: Augment,
  random: Random,
  fill: readonly number[],
): Picture {
  if (flips && random.int(2) === 1) flip(picture);
  let changed = picture;
  if (policy) changed = autoAugment(changed, random, fill);
  if (operations) changed = randAugment(changed, operations, random, fill);
  if (colours) jitter(changed, colours, random);
  return changed;
}

function eraseOptions(erase: number | EraseAugment): EraseAugment {
  return typeof erase === "number" ? { probability: erase, area: [0.02, 0.2] } : erase;
}

function normalize(image: Float32Array, { bytes, channels }: Picture, table: Float32Array): void {
  for (let c = 0; c < channels; c++) {
    const ofChannel = table.subarray(c << 8, (c + 1) << 8);
    for (let i = c; i < bytes.length; i += channels) image[i] = ofChannel[bytes[i]];
  }
}
