/**
 * What the steps of a distillation read: images and the teacher's maps of them, batch by batch.
 *
 * @module
 */

import type { Tensor4D } from "npm:@tensorflow/tfjs@4.22.0";
import { batches, epochOrder } from "../data/batches.ts";
import { createRandom } from "../random.ts";
import { tf } from "../tensorflow/tfjs.ts";
import type { DistillOptions } from "./distill.ts";

/** Makes the maps of some images of a batch, from one to before another; they are the receiver's. */
export type MapsOfBatch = (first: number, end: number) => Promise<Tensor4D[]>;

/** Gives the batches of an epoch from one of them on. */
export type BatchSource = (epoch: number, skip: number) => AsyncIterable<MapsOfBatch>;

type SourceOptions =
  & Pick<DistillOptions, "teacher" | "data" | "seed" | "augment" | "features">
  & { batch: number; stepsPerEpoch: number };

/** From the teacher's kept maps where there are any, else from the images and a pass of the teacher. */
export function batchSource(options: SourceOptions): BatchSource {
  const { features, augment } = options;
  if (!features) return fromTeacher(options);
  if (augment) {
    throw new TypeError(
      "Cannot distil augmented images from kept features: these are of the images as they are",
    );
  }
  return fromFeatures(options, features);
}

function fromTeacher(
  { teacher, data, batch, seed, augment }: SourceOptions,
): BatchSource {
  return async function* (epoch, skip) {
    const stream = batches(data, {
      batch,
      resolution: teacher.resolution,
      random: createRandom(seed, "distil", epoch),
      mean: [...teacher.mean],
      std: [...teacher.std],
      augment,
      dropLast: true,
      skip,
    });
    for await (const { images, shape } of stream) {
      const [, ...sides] = shape;
      const size = sides.reduce((product, side) => product * side, 1);
      yield async (first, end) => {
        const some = images.subarray(first * size, end * size);
        const input = tf.tensor4d(some, [end - first, ...sides]);
        return [input, ...await teacher.featuresAsync(input)];
      };
    }
  };
}

/** In the order in which {@linkcode batches} gives the images. */
function fromFeatures(
  { data, batch, seed, stepsPerEpoch }: SourceOptions,
  features: NonNullable<DistillOptions["features"]>,
): BatchSource {
  return async function* (epoch, skip) {
    const random = createRandom(seed, "distil", epoch);
    const order = epochOrder(data.count, random.fork(random.int(2 ** 32)));
    for (let step = skip; step < stepsPerEpoch; step++) {
      yield (first, end) => features.maps(order.subarray(step * batch + first, step * batch + end));
    }
  };
}
