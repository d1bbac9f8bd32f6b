/**
 * Comparing tensors, and making them.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { createRandom, tf } from "../mod.ts";

/** Largest difference as a share of the largest value. */
export function difference(
  a: tf.Tensor | ArrayLike<number>,
  b: tf.Tensor | ArrayLike<number>,
): number {
  const [ours, theirs] = [a, b].map((side) => side instanceof tf.Tensor ? side.dataSync() : side);
  assertEquals(ours.length, theirs.length);
  let [most, scale] = [0, 0];
  for (let i = 0; i < ours.length; i++) {
    const apart = Math.abs(ours[i] - theirs[i]);
    if (Number.isNaN(apart)) return Infinity;
    most = Math.max(most, apart);
    scale = Math.max(scale, Math.abs(theirs[i]));
  }
  return most === 0 ? 0 : most / scale;
}

/** Normally distributed values, equal for equal seeds. */
export function noise(shape: number[], seed: number): tf.Tensor {
  const random = createRandom(seed, "noise");
  const size = shape.reduce((product, n) => product * n, 1);
  return tf.tensor(Float32Array.from({ length: size }, () => random.normal()), shape);
}
