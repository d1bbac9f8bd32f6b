/**
 * The loss's factor in float16: as large as the gradients allow, found while training goes on.
 *
 * @module
 */

/** The factor, and how it came about. */
export interface LossScale {
  /** What the loss is multiplied by, and the gradient divided by. */
  factor: number;
  /** Steps in a row whose gradients were finite. */
  finite: number;
  /** Steps so far whose gradients were not, and which moved no weight. */
  skipped: number;
}

/** The factor that training in float16 begins with. */
export const FIRST_FACTOR = 2 ** 15;

/** Finite steps after which a larger factor is tried. */
const PATIENCE = 2000;

const MOST = 2 ** 24;

/** The factor after a step: half of it where gradients were not finite, twice after 2,000 that were. */
export function nextLossScale({ factor, finite, skipped }: LossScale, ok: boolean): LossScale {
  if (!ok) return { factor: Math.max(1, factor / 2), finite: 0, skipped: skipped + 1 };
  if (finite + 1 < PATIENCE) return { factor, finite: finite + 1, skipped };
  return { factor: Math.min(MOST, factor * 2), finite: 0, skipped };
}
