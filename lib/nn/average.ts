/**
 * Moving averages of weights and statistics.
 *
 * @module
 */

import type { Tensor1D } from "npm:@tensorflow/tfjs@4.22.0";
import { tf } from "../tensorflow/tfjs.ts";

/** The average after one more value: keep · old + (1 − keep) · now. */
export function movingAverage<T extends Tensor1D>(old: T, now: T, keep: tf.Tensor): T {
  return old.mul(keep).add(now.mul(tf.sub(1, keep)));
}

/**
 * Share of the average that stays at a step.
 *
 * @param step Number of the step, from 0.
 * @param decay The share at last.
 * @param warmup Whether it begins low, as TensorFlow's averages do: at most (step + 1) / (step + 10).
 */
export function averageKeep(step: number, decay: number, warmup: boolean): number {
  return warmup ? Math.min(decay, (step + 1) / (step + 10)) : decay;
}
