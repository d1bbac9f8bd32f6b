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

/** Gives the batches of an epoch from one of them on, each as a function that makes its maps: the receiver's. */
export type BatchSource = (
  epoch: number,
  skip: number,
) => AsyncIterable<() => Promise<Tensor4D[]>>;

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
      yield async () => {
        const input = tf.tensor4d(images, shape);
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
      yield () => features.maps(order.subarray(step * batch, (step + 1) * batch));
    }
  };
}
