/**
 * A supernet's state as a run keeps it.
 *
 * @module
 */

import type { Checkpoint } from "../runs/run.ts";
import type { SafetensorsTensor } from "../safetensors.ts";
import type { SupernetState } from "./supernet.ts";

/** Vectors as tensors, the rest as JSON. */
export function toCheckpoint({ vectors, steps }: SupernetState, more: object): Checkpoint {
  const tensors: Record<string, SafetensorsTensor> = {};
  for (const [name, data] of Object.entries(vectors)) {
    tensors[name] = { dtype: "F32", shape: [data.length], data };
  }
  return { tensors, state: { ...more, steps } };
}

/** The inverse. */
export function fromCheckpoint({ tensors, state }: Checkpoint): SupernetState {
  const vectors = Object.fromEntries(
    Object.entries(tensors).map((
      [name, { data }],
    ) => [name, Float32Array.from(data as Float32Array)]),
  );
  return { vectors, steps: (state as { steps: Record<string, number> }).steps };
}
