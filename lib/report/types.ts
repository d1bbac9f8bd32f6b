/**
 * What a run's report is made of.
 *
 * @module
 */

import type { Ratings } from "../ratings.ts";

/** A network that a run found or drew, rated and perhaps trained. */
export interface NetworkRecord {
  /** The network as text. */
  architecture: string;
  /** Sum over blocks of λ times the path's loss (eq. 5). */
  loss: number;
  /** Trainable parameters. */
  params: number;
  /** Multiply–adds. */
  macs: number;
  /** FLOPs as the paper counts them. */
  flops: number;
  /** Cell, path and loss of each block, positions from 0. */
  choice: { cell: number; path: number; loss: number }[];
  /** Test accuracy after retraining, 0–1. */
  accuracy?: number;
  /** Test cross-entropy after retraining, in nats. */
  crossEntropy?: number;
}

/** What architecture.json holds: the network found, and the random ones beside it. */
export interface SearchRecord extends NetworkRecord {
  /** Name of the space. */
  space: string;
  /** The budgets of the search. */
  budgets: { maxParams?: number; maxFlops?: number };
  /** Random networks of the same cost. */
  random: NetworkRecord[];
  /** The teacher's accuracy on the same test images. */
  teacher?: { name: string; accuracy: number; crossEntropy: number };
}

/** Everything that a report shows. */
export interface ReportData {
  /** What config.json holds. */
  config: Record<string, unknown>;
  /** The lines of metrics.jsonl. */
  metrics: Record<string, unknown>[];
  /** The ratings. */
  ratings: Ratings;
  /** The result. */
  result: SearchRecord;
}
