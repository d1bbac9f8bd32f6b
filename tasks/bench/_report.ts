/**
 * What a bench is told and what it tells.
 *
 * @module
 */

import type { Spread } from "./_spread.ts";

/** How a bench runs. */
export interface BenchOptions {
  device?: string;
  threads?: number;
  /** Rounds; in each one side runs, then the other. */
  rounds: number;
  /** A Python that has the peer's packages; they are installed where it is left out. */
  python?: string;
}

/** One line of the table. */
export interface Row {
  name: string;
  unit: "µs" | "ms" | "images/s";
  ours: Spread;
  peer: Spread;
  /** The median over the rounds of ours / peer in the same round. */
  ratio: Spread;
}

/** What was measured, and on what. */
export interface Report {
  bench: "engine" | "data";
  machine: string;
  device: string;
  versions: Record<string, string>;
  threads: number | null;
  rounds: number;
  rows: Row[];
}
