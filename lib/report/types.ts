import type { Ratings } from "../ratings.ts";

/** The path chosen in a block, and its loss. */
export interface ChoiceRecord {
  /** Position of the cell in its block, from 0. */
  cell: number;
  /** Index of the path in the cell. */
  path: number;
  /** The path's loss (equation 8), not weighted. */
  loss: number;
}

/** A network as architecture.json has it. */
export interface NetworkRecord {
  /** The network as text, which `parseArchitecture` reads. */
  architecture: string;
  /** Sum over blocks of λ times the path's loss. */
  loss: number;
  /** Trainable parameters. */
  params: number;
  /** Multiply–adds for one image. */
  macs: number;
  /** FLOPs for one image, as the paper counts them. */
  flops: number;
  /** Other costs: `latency` in nanoseconds for a batch, where the run has a table of it. */
  costs?: Record<string, number>;
  /** The path chosen in each block. */
  choice: ChoiceRecord[];
  /** Share of test images that the retrained network gets right, 0 to 1; absent where it was not retrained. */
  accuracy?: number;
  /** Mean cross-entropy on the test images, in nats. */
  crossEntropy?: number;
}

/** The teacher's results. */
export interface TeacherRecord {
  /** The teacher's name. */
  name: string;
  /** Share of test images that it gets right, 0 to 1. */
  accuracy: number;
  /** Mean cross-entropy on the test images, in nats. */
  crossEntropy: number;
}

/** What architecture.json holds: the winner, and what it is compared with. */
export interface SearchRecord extends NetworkRecord {
  /** Name of the space. */
  space: string;
  /** Upper limits that the search kept to. */
  budgets: { maxParams?: number; maxFlops?: number; maxMacs?: number };
  /** Upper limits of other costs: `latency` in nanoseconds for a batch. */
  ownBudgets?: Record<string, number>;
  /** Random networks within the same budgets. */
  random: NetworkRecord[];
  /** The teacher; absent where nothing was retrained. */
  teacher?: TeacherRecord;
  /** Number of test images behind each accuracy; intervals are drawn where it is known. */
  testImages?: number;
}

/** What a run leaves behind, and a report tells of. */
export interface ReportData {
  /** config.json: `{ options, seed, versions, device, revision, command }`. */
  config: Record<string, unknown>;
  /** The lines of metrics.jsonl: stage `distil` or `retrain`. */
  metrics: Record<string, unknown>[];
  /** ratings.json. */
  ratings: Ratings;
  /** architecture.json. */
  result: SearchRecord;
}
