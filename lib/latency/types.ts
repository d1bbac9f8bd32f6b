/**
 * What is known of latencies on a machine.
 *
 * @module
 */

import type { ProgressEvent } from "../progress.ts";

/** Repeated measurements of a time, in seconds. */
export interface LatencySpread {
  /** The lower quartile. */
  low: number;
  /** The median. */
  median: number;
  /** The upper quartile. */
  high: number;
}

/** The inference time of every layer that a space's networks can have, on one machine and device. */
export interface LatencyTable {
  /** The space's name. */
  space: string;
  /** The processor, and how many threads it runs at once. */
  machine: string;
  /** The device that computed, as TensorFlow lists it: `CPU:0`. */
  device: string;
  /** Threads, where they were chosen; null for TensorFlow's own choice. */
  threads: number | null;
  /** Versions of what computed. */
  versions: Record<string, string>;
  /** Images in a batch. */
  batch: number;
  /** Side of the images, in pixels. */
  resolution: number;
  /** Number of classes. */
  classes: number;
  /** How often each layer was measured. */
  rounds: number;
  /** A call of a compiled function that does next to nothing, in seconds: part of each measured time. */
  call: LatencySpread;
  /** Seconds for a batch of each part, the call included, by what it computes and reads. */
  parts: Record<string, LatencySpread>;
}

/** Options of {@linkcode measureLatency}. */
export interface LatencyOptions {
  /** Side of the images, in pixels. */
  resolution: number;
  /** Images in a batch. Default: 1. */
  batch?: number;
  /** Number of classes. Default: 1000. */
  classes?: number;
  /** The device, as `CPU:0`. Default: the one that the engine uses. */
  device?: string;
  /** How often each layer is measured. Default: 15. */
  rounds?: number;
  /** Told of each compiled layer and each round. */
  onProgress?: (event: ProgressEvent) => void;
  /** Stops the measurement. */
  signal?: AbortSignal;
}
