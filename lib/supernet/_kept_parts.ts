/**
 * The parts of a rating, kept as they are done: one that is stopped goes on with them.
 *
 * @module
 */

import type { RatedPart, RatePartsOptions } from "./rate.ts";

/** Where the parts of a rating are kept. */
export interface KeptParts {
  /** Those that are there already. */
  there: readonly RatedPart[];
  /** Writes all parts so far; not begun before the last writing has ended. */
  write: (parts: RatedPart[]) => Promise<unknown>;
  /** Least seconds between two writings. */
  seconds: number;
  /** Stops the work: what is done by then is written. */
  signal?: AbortSignal;
}

/** Does work that rates parts, and writes them now and then. */
export async function keepParts<R>(
  { there, write, seconds, signal }: KeptParts,
  work: (options: Required<Pick<RatePartsOptions, "parts" | "onPart">>) => Promise<R>,
): Promise<R> {
  const parts = [...there];
  let saved = performance.now();
  let saving: Promise<unknown> = Promise.resolve();
  // Two parts may end at the same time: one is written after the other.
  const save = () => saving = saving.then(() => write([...parts]));
  try {
    const result = await work({
      parts: there,
      onPart: async (part) => {
        parts.push(part);
        if (performance.now() - saved < seconds * 1000) return;
        saved = performance.now();
        await save();
      },
    });
    await saving;
    return result;
  } catch (error) {
    if (signal?.aborted) await save();
    throw error;
  }
}
