/**
 * Timing many functions on a machine that others use too.
 *
 * @module
 */

import type { Random } from "../random.ts";
import { quantile } from "../plots/_quantile.ts";
import type { Timed } from "./_part_function.ts";
import type { LatencySpread } from "./types.ts";

/** In each round a function is called for so many seconds, */
const BURST_SECONDS = 5e-3;
/** but at least so many times, after a first call that brings its weights back to the caches, */
const LEAST_CALLS = 3;
/** and at most so many times. */
const MOST_CALLS = 50;
/** The first calls optimise the function. */
const WARM_UP_CALLS = 3;
/** So long is the event loop left alone, so that a wish to stop is heard. */
const PATIENCE_SECONDS = 0.1;

/** How {@linkcode sampleTimes} is watched and stopped. */
export interface Sampling {
  rounds: number;
  /** Decides the order in which each round goes through the functions. */
  random: Random;
  onRound?: (done: number) => void;
  signal?: AbortSignal;
}

/**
 * Times functions in rounds; each round goes through all of them in a new order, so that what slows the machine for a while slows
 * them alike. A round counts the least of a few calls in a row: what interrupts one call does not count.
 */
export async function sampleTimes(
  functions: readonly Timed[],
  { rounds, random, onRound, signal }: Sampling,
): Promise<LatencySpread[]> {
  const pause = pauses(signal);
  const calls: number[] = [];
  for (const timed of functions) {
    await pause();
    let seconds = 0;
    for (let i = 0; i < WARM_UP_CALLS; i++) seconds = timeCall(timed);
    const wanted = Math.ceil(BURST_SECONDS / seconds);
    calls.push(Math.max(LEAST_CALLS, Math.min(MOST_CALLS, wanted)));
  }
  const times: number[][] = functions.map(() => []);
  for (let round = 0; round < rounds; round++) {
    for (const i of random.shuffle(functions.map((_, i) => i))) {
      await pause();
      timeCall(functions[i]);
      let least = Infinity;
      for (let call = 0; call < calls[i]; call++) least = Math.min(least, timeCall(functions[i]));
      times[i].push(least);
    }
    onRound?.(round + 1);
  }
  return times.map(spreadOf);
}

/** Median and quartiles of seconds, in whole nanoseconds. */
export function spreadOf(values: readonly number[]): LatencySpread {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) => Math.round(1e9 * quantile(sorted, share)) / 1e9;
  return { low: at(0.25), median: at(0.5), high: at(0.75) };
}

function timeCall({ fn, x }: Timed): number {
  const began = performance.now();
  fn.run(x);
  return (performance.now() - began) / 1e3;
}

/** Now and then lets what else the process does have its turn; throws where it is to stop. */
export function pauses(signal?: AbortSignal): () => Promise<void> {
  let last = performance.now();
  return async () => {
    if (performance.now() - last > PATIENCE_SECONDS * 1e3) {
      await new Promise((resolve) => setTimeout(resolve, 0));
      last = performance.now();
    }
    signal?.throwIfAborted();
  };
}
