/**
 * One image of a split as the network's square of bytes.
 *
 * @module
 */

import { join } from "node:path";
import { describeError } from "../files.ts";
import type { Random } from "../random.ts";
import type { Lanes } from "./_ahead.ts";
import { noteBroken } from "./_broken.ts";
import { centreView, randomView, type View } from "./_crop.ts";
import { readImageHeader } from "./_image_header.ts";
import { type Picture, shifted } from "./_pixels.ts";
import {
  decodeJpegView,
  decodeWhole,
  type Interpolation,
  resample,
  withChannels,
} from "./_resample.ts";
import type { CropAugment } from "./augment.ts";
import type { ByteSplit, FileSplit } from "./types.ts";

/** What is seen of each image, at which size. */
export interface Sight {
  readonly resolution: number;
  readonly interpolation: Interpolation;
  readonly cropPct: number;
  /** A random part; the centre where it is absent. */
  readonly crop?: CropAugment;
  /** Images that are decoded or scaled at the same time. */
  readonly lanes: Lanes;
}

/** What to do about files that are no images. */
export interface Strictness {
  readonly strict: boolean;
  readonly onWarning: (text: string) => void;
}

/** An image, which one of the split it is, and the rest of its own stream. */
export interface Loaded {
  readonly picture: Picture;
  readonly index: number;
  readonly random: Random | undefined;
}

function viewOf(height: number, width: number, sight: Sight, random?: Random): View {
  return sight.crop
    ? randomView(height, width, sight.resolution, sight.crop, random!)
    : centreView(height, width, sight.resolution, sight.cropPct);
}

/** An image of a byte split, moved in its own pixels before it is cut and scaled. */
export async function pictureOfBytes(
  { images, height, width, channels }: ByteSplit,
  index: number,
  sight: Sight,
  shift: number,
  random?: Random,
): Promise<Picture> {
  const size = height * width * channels;
  const bytes = images.slice(index * size, (index + 1) * size);
  const moved = moveRandomly({ bytes, height, width, channels }, shift, random);
  const view = viewOf(height, width, sight, random);
  const whole = view.height === height && view.width === width && height === width &&
    view.box.height === height && view.box.width === width;
  if (whole) return moved;
  return await sight.lanes(() => resample(moved, view, sight.resolution, sight.interpolation));
}

/**
 * An image file of a split, or the next one that can be decoded, with the index that it has.
 *
 * @throws {Error} if none can be, or if it is to be strict and this one cannot be.
 */
export async function pictureOfFile(
  split: FileSplit,
  index: number,
  sight: Sight,
  shift: number,
  { strict, onWarning }: Strictness,
  randomOf: (index: number) => Random | undefined,
): Promise<Loaded> {
  for (let tries = 0; tries < split.count; tries++) {
    const at = (index + tries) % split.count;
    const file = split.files[at];
    const random = randomOf(at);
    try {
      const decoded = await decode(filePath(split, at), split.channels, sight, random);
      return { picture: moveRandomly(decoded, shift, random), index: at, random };
    } catch (error) {
      const reason = plainReason(error);
      if (strict) {
        throw new Error(`Cannot use ${file} of ${split.name}: ${reason}`, { cause: error });
      }
      if (noteBroken(split, file)) {
        onWarning(`Passed over ${file} of ${split.name}, the next image stands in: ${reason}`);
      }
    }
  }
  throw new Error(
    `Cannot make batches: none of the ${split.count} files of ${split.name} can be decoded`,
  );
}

/** Where a file of a split is. */
export function filePath({ folder, files }: FileSplit, index: number): string {
  return files[index].startsWith("/") ? files[index] : join(folder, files[index]);
}

async function decode(
  path: string,
  channels: number,
  sight: Sight,
  random: Random | undefined,
): Promise<Picture> {
  // Read while others are decoded, but decoded in turn.
  const reading = Deno.readFile(path);
  reading.catch(() => {});
  const { resolution, interpolation, lanes } = sight;
  return await lanes(async () => {
    const contents = await reading;
    const { format, height, width } = readImageHeader(contents);
    if (format === "jpeg") {
      const view = viewOf(height, width, sight, random);
      return await decodeJpegView(contents, width, view, resolution, interpolation, channels);
    }
    const whole = withChannels(await decodeWhole(contents, format), channels);
    const view = viewOf(whole.height, whole.width, sight, random);
    return await resample(whole, view, resolution, interpolation);
  });
}

function moveRandomly(picture: Picture, shift: number, random: Random | undefined): Picture {
  if (shift === 0 || !random) return picture;
  const [down, right] = [random.int(2 * shift + 1) - shift, random.int(2 * shift + 1) - shift];
  return shifted(picture, down, right);
}

/** Why a file cannot be decoded, without TensorFlow's names for the op. */
function plainReason(error: unknown): string {
  return describeError(error).replace(/^dna_host_\d+: /, "").replace(/ \[\[.*$/, "");
}
