/**
 * Cells whose training was stopped because it went wrong.
 *
 * @module
 */

/** A cell that was stopped. */
export interface StoppedCell {
  /** Position of the block. */
  block: number;
  /** Position of the cell in it. */
  cell: number;
  /** The epoch in which it stopped, from 1. */
  epoch: number;
  /** The step that it did not take, from 1. */
  step: number;
  /** What was wrong, as "its loss is NaN". */
  reason: string;
}

/** A loss so many times the first step's is one that training made worse than random weights are. */
export const FAR_ABOVE_START = 10;

/** Why a cell's step was not taken. */
export function stopReason(loss: number, start: number | undefined): string {
  if (!Number.isFinite(loss)) return `its loss is ${loss}`;
  if (start !== undefined && loss > FAR_ABOVE_START * start) {
    return `its loss is ${loss.toPrecision(4)}, more than ${FAR_ABOVE_START} times the ` +
      `${start.toPrecision(4)} of its random start`;
  }
  return "its gradient is not finite";
}

/**
 * Says in a sentence which cell stopped, why, and what to try.
 *
 * @param stopped The cell.
 * @returns One sentence; block and cell count from 0, as in `--cells` and in the run's files.
 *
 * @example
 * ```ts
 * import { describeStopped } from "@dna/kernel";
 * import { assertEquals } from "@std/assert";
 *
 * const stopped = { block: 3, cell: 1, epoch: 2, step: 700, reason: "its loss is NaN" };
 * assertEquals(
 *   describeStopped(stopped),
 *   "Cell 3.1 stopped at step 700 of epoch 2: its loss is NaN; its weights stay as they were, a lower rate may help",
 * );
 * ```
 */
export function describeStopped({ block, cell, epoch, step, reason }: StoppedCell): string {
  return `Cell ${block}.${cell} stopped at step ${step} of epoch ${epoch}: ${reason}; ` +
    "its weights stay as they were, a lower rate may help";
}
