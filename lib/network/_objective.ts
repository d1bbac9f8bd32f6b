/**
 * What training makes small.
 *
 * @module
 */

import type { Tensor, Tensor1D } from "npm:@tensorflow/tfjs@4.22.0";
import { tf } from "../tensorflow/tfjs.ts";

/** What is known of a batch beside its images. */
export type Targets = {
  /** Class indices [N], int32. */
  labels: Tensor1D;
  /** Mixup: each image's second class [N], int32, and the share [N] of its first one. */
  mix?: { labels: Tensor1D; share: Tensor1D };
  /** A teacher's logits [N, classes]. */
  teacher?: Tensor;
};

/** What decides the loss beside the batch. */
export interface ObjectiveOptions {
  classes: number;
  /** Share of the target that is spread over all classes. */
  labelSmoothing: number;
  /** Share of the loss that the teacher decides, and the temperature of both softmaxes. */
  distil?: { share: number; temperature: number };
}

/**
 * Cross-entropy with the smoothed, mixed target, and the number of images classified as labelled:
 *
 * (1 − α) · H(target, p) + α · T² · KL(softmax(teacher / T) ‖ softmax(logits / T)),
 *
 * α the teacher's share, T the temperature (Hinton and others, 2015); α = 0 without a teacher.
 */
export function objective(
  logits: Tensor,
  { labels, mix, teacher }: Targets,
  { classes, labelSmoothing, distil }: ObjectiveOptions,
): { loss: Tensor; correct: Tensor } {
  let oneHot: Tensor = tf.oneHot(labels, classes).cast("float32");
  if (mix) {
    const share = mix.share.expandDims(1);
    const second = tf.oneHot(mix.labels, classes).cast("float32");
    oneHot = oneHot.mul(share).add(second.mul(tf.sub(1, share)));
  }
  const target = oneHot.mul(1 - labelSmoothing).add(labelSmoothing / classes);
  let loss: Tensor = tf.logSoftmax(logits).mul(target).sum(-1).mean().neg();
  if (distil && teacher) {
    const { share, temperature } = distil;
    const wanted = tf.logSoftmax(teacher.div(temperature));
    const found = tf.logSoftmax(logits.div(temperature));
    const divergence = wanted.exp().mul(wanted.sub(found)).sum(-1).mean();
    loss = loss.mul(1 - share).add(divergence.mul(share * temperature ** 2));
  }
  return { loss, correct: logits.argMax(-1).equal(labels).cast("float32").sum() };
}
