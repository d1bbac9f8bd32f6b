/**
 * A training's checkpoint as a run keeps it: vectors as tensors, the rest as JSON.
 *
 * @module
 */

import type { TrainCheckpoint } from "../network/train.ts";
import type { Checkpoint } from "../runs/run.ts";
import type { SafetensorsTensor } from "../safetensors.ts";

/** The JSON half of the checkpoint. */
export type TrainingState =
  | ({ stage: "train"; slots: number } & Pick<TrainCheckpoint, "step" | "sums" | "lossScale">)
  | { stage: "done"; hashes: Record<string, string> };

/** The checkpoint as a run keeps it. */
export function toRunCheckpoint(
  { step, sums, lossScale, weights, statistics, optimizer, average }: TrainCheckpoint,
): Checkpoint {
  const vectors: [string, Float32Array][] = [
    ["weights", weights],
    ["statistics", statistics],
    ...optimizer.map((data, i): [string, Float32Array] => [`optimizer.${i}`, data]),
    ["average.weights", average.weights],
    ["average.statistics", average.statistics],
  ];
  const tensors: Record<string, SafetensorsTensor> = Object.fromEntries(
    vectors.map(([name, data]) => [name, { dtype: "F32", shape: [data.length], data }]),
  );
  const slots = optimizer.length;
  const state: TrainingState = {
    stage: "train",
    slots,
    step,
    sums,
    ...(lossScale && { lossScale }),
  };
  return { tensors, state };
}

/** The inverse of {@linkcode toRunCheckpoint}; undefined where training has not begun or is done. */
export function fromRunCheckpoint(checkpoint: Checkpoint | undefined): TrainCheckpoint | undefined {
  const state = checkpoint?.state as TrainingState | undefined;
  if (!checkpoint || state?.stage !== "train") return undefined;
  const take = (name: string) => Float32Array.from(checkpoint.tensors[name].data as Float32Array);
  return {
    step: state.step,
    sums: state.sums,
    lossScale: state.lossScale,
    weights: take("weights"),
    statistics: take("statistics"),
    optimizer: Array.from({ length: state.slots }, (_, i) => take(`optimizer.${i}`)),
    average: { weights: take("average.weights"), statistics: take("average.statistics") },
  };
}
