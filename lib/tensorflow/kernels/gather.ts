/**
 * `tf.gather` in compiled functions: upstream's kernel reads the indices to check them, which have no
 * values there. TensorFlow's own kernel checks them when the function runs.
 *
 * @module
 */

import { ATTR, TF } from "../_dtypes.ts";
import { tf } from "../tfjs.ts";
import { mend } from "./_mend.ts";

/** Mends `GatherV2`. */
export function mendGather(): void {
  mend("GatherV2", ({ inputs: { x, indices }, attrs, backend, upstream }) => {
    if (!backend.binding.tracing) return upstream();
    const axis = attrs.axis as number;
    return tf.tidy(() =>
      backend.executeMultipleOutputs(
        "GatherV2",
        [
          { name: "batch_dims", type: ATTR.INT, value: attrs.batchDims ?? 0 },
          { name: "Taxis", type: ATTR.TYPE, value: TF.INT32 },
        ],
        [x, indices, tf.scalar(axis, "int32")],
        1,
      )[0]
    );
  });
}
