/**
 * The teacher's maps of images: what each block reads, and what it should give.
 *
 * @module
 */

import type { Tensor4D } from "npm:@tensorflow/tfjs@4.22.0";
import { batches } from "../data/batches.ts";
import type { Split } from "../data/types.ts";
import type { Teacher } from "../teacher/teacher.ts";
import { tf } from "../tensorflow/tfjs.ts";
import type { FeatureCache } from "./features.ts";

/** Which images, and how many of them at once. */
interface MapsOptions {
  teacher: Teacher;
  split: Split;
  /** Images at once. */
  batch: number;
  /** The first image, a multiple of `batch`. Default 0. */
  start?: number;
  /** The image to end before. Default: all. */
  end?: number;
  /** The maps of the split, kept from an earlier pass. Default: the teacher runs. */
  features?: FeatureCache;
  signal?: AbortSignal;
}

/**
 * The images themselves and each block's output, batch by batch, from one pass of the teacher: `maps[i]` is
 * what block i reads, `maps[i + 1]` what it should give.
 */
export async function teacherMaps(options: MapsOptions): Promise<Tensor4D[][]> {
  const { teacher, split, batch, start = 0, end, signal } = options;
  const { resolution, mean, std } = teacher;
  if (options.features) return await keptMaps(options, options.features);
  const maps: Tensor4D[][] = Array.from({ length: teacher.widths.length + 1 }, () => []);
  const stream = batches(split, {
    batch,
    resolution,
    mean,
    std,
    skip: start / batch,
    limit: end,
  });
  try {
    for await (const { images, shape } of stream) {
      signal?.throwIfAborted();
      maps[0].push(tf.tensor4d(images, shape));
      const features = await teacher.featuresAsync(maps[0].at(-1)!);
      features.forEach((map, block) => maps[block + 1].push(map));
    }
  } catch (error) {
    tf.dispose(maps);
    throw error;
  }
  return maps;
}

async function keptMaps(
  { teacher, split, batch, start = 0, end = split.count, signal }: MapsOptions,
  features: FeatureCache,
): Promise<Tensor4D[][]> {
  const maps: Tensor4D[][] = Array.from({ length: teacher.widths.length + 1 }, () => []);
  try {
    for (let first = start; first < end; first += batch) {
      signal?.throwIfAborted();
      const indices = Array.from({ length: Math.min(batch, end - first) }, (_, i) => first + i);
      const own = await features.maps(indices);
      own.forEach((map, block) => maps[block].push(map));
    }
  } catch (error) {
    tf.dispose(maps);
    throw error;
  }
  return maps;
}

/** The shapes [h, w, width] of an image and of each block's output. */
export function mapShapes(
  { resolution, sizes, widths, network }: Teacher,
): [number, number, number][] {
  const { channels } = network.architecture.stem;
  return [
    [resolution, resolution, channels],
    ...sizes.map((size, block): [number, number, number] => [size, size, widths[block]]),
  ];
}

/** Bytes of the maps of one image, the image included. */
export function mapBytes(teacher: Teacher): number {
  return mapShapes(teacher).reduce(
    (sum, [height, width, channels]) => sum + 4 * height * width * channels,
    0,
  );
}

/** Sums from which the deviation of many values follows. */
export interface Moments {
  /** How many there are. */
  count: number;
  /** Their sum. */
  sum: number;
  /** The sum of their squares. */
  squares: number;
}

/** The moments of all values of these maps. */
export async function momentsOf(maps: readonly Tensor4D[]): Promise<Moments> {
  const moments = { count: 0, sum: 0, squares: 0 };
  for (const map of maps) {
    for (const value of await map.data<"float32">()) {
      moments.sum += value;
      moments.squares += value * value;
    }
    moments.count += map.size;
  }
  return moments;
}

/** Standard deviation of the values of several parts together. */
export function deviationOf(parts: readonly Moments[]): number {
  const total = (key: keyof Moments) => parts.reduce((sum, part) => sum + part[key], 0);
  const count = total("count");
  const mean = total("sum") / count;
  return Math.sqrt(total("squares") / count - mean * mean);
}
