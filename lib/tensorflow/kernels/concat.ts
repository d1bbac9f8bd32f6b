/**
 * `tf.concat` of scalars: today's TensorFlow takes vectors only.
 *
 * @module
 */

import { tf } from "../tfjs.ts";
import { mend } from "./_mend.ts";

/** Mends `Concat`. */
export function mendConcat(): void {
  mend("Concat", ({ inputs, upstream }) => {
    const tensors = Object.values(inputs);
    if (tensors.every(({ rank }) => rank > 0)) return upstream();
    return tf.tidy(() => upstream(tensors.map((x) => x.rank > 0 ? x : tf.reshape(x, [1]))));
  });
}
