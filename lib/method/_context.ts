/**
 * What the stages of a run share, and where the run stands.
 *
 * @module
 */

import type { Dataset } from "../data/types.ts";
import type { AnyPosition } from "../devices/anywhere.ts";
import type { Site } from "../devices/site.ts";
import type { TrainCheckpoint } from "../network/train.ts";
import type { MethodSettings } from "../presets.ts";
import type { ProgressEvent } from "../progress.ts";
import type { Run } from "../runs/run.ts";
import type { Space } from "../space/types.ts";
import type { RatedPart } from "../supernet/rate.ts";
import type { Teacher } from "../teacher/teacher.ts";

/** Where a run stands: the JSON half of its checkpoint. */
export type RunState =
  | { stage: "distil"; position: AnyPosition; steps: Record<string, number> }
  | { stage: "rate"; parts: RatedPart[]; hashes: Hashes }
  | { stage: "retrain"; networks: NetworkState[]; hashes: Hashes }
  | { stage: "done"; hashes: Hashes };

/** SHA-256 of files that earlier stages wrote, by name. */
export type Hashes = Record<string, string>;

/** How far the retraining of one network is; its vectors stand in the checkpoint's tensors. */
export interface NetworkState {
  step: number;
  sums: TrainCheckpoint["sums"];
  /** How many optimizer vectors there are. */
  slots: number;
  /** The loss's factor, where there is one. */
  lossScale?: TrainCheckpoint["lossScale"];
  /** Epochs that metrics.jsonl tells of. */
  logged: number;
  /** Set when the network is trained and judged. */
  result?: { accuracy: number; crossEntropy: number };
}

/** Everything that a stage needs. */
export interface Context {
  run: Run;
  settings: MethodSettings;
  space: Space;
  teacher: Teacher;
  dataset: Dataset;
  /** Number of classes of the data, which the networks are to tell apart. */
  classes: number;
  /** λ of each block. */
  lambda: number[];
  /** Told at the beginning of each stage. */
  say: (line: string) => void;
  /** The devices that distil and rate. Default: the engine's own. */
  sites?: readonly Site[];
  /** Seconds of each cell's step by its name, by which sites are planned. Default: multiply-adds. */
  times?: Readonly<Record<string, number>>;
  signal?: AbortSignal;
  onProgress?: (event: ProgressEvent) => void;
  /** Seconds between two checkpoints. */
  checkpointSeconds: number;
}
