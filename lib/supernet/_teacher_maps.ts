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
  signal?: AbortSignal;
}

/**
 * The images themselves and each block's output, batch by batch, from one pass of the teacher: `maps[i]` is
 * what block i reads, `maps[i + 1]` what it should give.
 */
export async function teacherMaps(options: MapsOptions): Promise<Tensor4D[][]> {
  const { teacher, split, batch, start = 0, end, signal } = options;
  const { resolution, mean, std } = teacher;
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

/** Bytes of the maps of one image, the image included. */
export function mapBytes({ resolution, sizes, widths, network }: Teacher): number {
  const { channels } = network.architecture.stem;
  const values = sizes.reduce((sum, size, block) => sum + size * size * widths[block], 0);
  return 4 * (values + resolution * resolution * channels);
}

/** Sums from which the deviation of many values follows. */
export interface Moments {
  count: number;
  sum: number;
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
