/**
 * The teacher's maps around one block: what the block reads, and what it should give.
 *
 * @module
 */

import type { Tensor, Tensor4D } from "npm:@tensorflow/tfjs@4.22.0";
import { batches } from "../data/batches.ts";
import type { Split } from "../data/types.ts";
import type { Teacher } from "../teacher/teacher.ts";
import { tf } from "../tensorflow/tfjs.ts";

/** What layers read: maps of the calibration images, and of the rated images batch by batch. */
export interface Maps {
  calibration: Tensor;
  inputs: Tensor[];
}

/** Maps around a block. */
export interface BlockMaps extends Maps {
  /** The teacher's output of the block for each batch of rated images. */
  targets: Tensor[];
  /** Standard deviation of all elements of all targets. */
  sigma: number;
}

/** The maps around a block; the teacher runs again for each block, so that memory holds two maps. */
export async function blockMaps(
  { teacher, validation, calibration, batch = 250, signal }: {
    teacher: Teacher;
    validation: Split;
    calibration: Split;
    batch?: number;
    signal?: AbortSignal;
  },
  block: number,
): Promise<BlockMaps> {
  const inputs: Tensor[] = [];
  const targets: Tensor[] = [];
  const calibrations: Tensor4D[] = [];
  const moments = { count: 0, sum: 0, squares: 0 };
  try {
    for await (const [input, target] of around(teacher, block, validation, batch)) {
      inputs.push(input);
      targets.push(target);
      for (const value of await target.data<"float32">()) {
        moments.sum += value;
        moments.squares += value * value;
      }
      moments.count += target.size;
      signal?.throwIfAborted();
    }
    for await (const [input, target] of around(teacher, block, calibration, batch)) {
      calibrations.push(input);
      target.dispose();
      signal?.throwIfAborted();
    }
  } catch (error) {
    tf.dispose([inputs, targets, calibrations]);
    throw error;
  }
  const mean = moments.sum / moments.count;
  const joined = tf.concat(calibrations);
  tf.dispose(calibrations);
  return {
    calibration: joined,
    inputs,
    targets,
    sigma: Math.sqrt(moments.squares / moments.count - mean * mean),
  };
}

/** The maps before and after a block, batch by batch. */
async function* around(
  teacher: Teacher,
  block: number,
  split: Split,
  batch: number,
): AsyncGenerator<[Tensor4D, Tensor4D], void, void> {
  const { resolution, mean, std } = teacher;
  for await (const { images, shape } of batches(split, { batch, resolution, mean, std })) {
    const input = tf.tensor4d(images, shape);
    const maps = [input, ...await teacher.featuresAsync(input)];
    const wanted: [Tensor4D, Tensor4D] = [maps[block], maps[block + 1]];
    tf.dispose(maps.filter((map) => !wanted.includes(map)));
    yield wanted;
  }
}
