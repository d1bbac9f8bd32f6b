/**
 * `tf.round` of whole numbers: TensorFlow 2.21's op gives zeros for them.
 *
 * @module
 */

import { ATTR, TF } from "../_dtypes.ts";
import { mend } from "./_mend.ts";

/** Mends `Round`. */
export function mendRound(): void {
  mend("Round", ({ inputs: { x }, backend, upstream }) => {
    if (x.dtype !== "int32") return upstream();
    const attributes = [{ name: "T", type: ATTR.TYPE, value: TF.INT32 }];
    return backend.executeMultipleOutputs("Identity", attributes, [x], 1)[0];
  });
}
