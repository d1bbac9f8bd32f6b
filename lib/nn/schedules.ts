/**
 * Learning-rate schedules: functions of the number of the step, from 0.
 *
 * @module
 */

/** A learning rate for each step. */
export type Schedule = (step: number) => number;

/**
 * A number is a schedule that stays.
 *
 * @param rate A number, or a schedule.
 * @returns The schedule.
 *
 * @example
 * ```ts
 * import { maybeSchedule } from "@dna/kernel";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(maybeSchedule(0.1)(1000), 0.1);
 * assertEquals(maybeSchedule((step) => step / 10)(5), 0.5);
 * ```
 */
export function maybeSchedule(rate: number | Schedule): Schedule {
  return typeof rate === "function" ? rate : () => rate;
}

/**
 * `rate · factor^(step / every)`: in steps where `staircase`, else smoothly.
 *
 * @param rate The rate at step 0.
 * @param options The factor, after how many steps it applies, and whether all at once.
 * @returns The schedule.
 *
 * @example Section 4.1: times 0.97 every 2.4 epochs
 * ```ts
 * import { exponential } from "@dna/kernel";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const rate = exponential(0.256, { factor: 0.97, every: 2.4 * 100 });
 * assertAlmostEquals(rate(239), 0.256);
 * assertAlmostEquals(rate(240), 0.256 * 0.97);
 * ```
 */
export function exponential(
  rate: number,
  { factor, every, staircase = true }: { factor: number; every: number; staircase?: boolean },
): Schedule {
  return (step) => rate * factor ** (staircase ? Math.floor(step / every) : step / every);
}

/**
 * Half a cosine from `rate` to `end`, after a linear rise over the first `warmup` of the `steps`.
 *
 * @param rate The highest rate.
 * @param options Number of all steps, of the rise, and the rate at the end.
 * @returns The schedule.
 *
 * @example
 * ```ts
 * import { cosine } from "@dna/kernel";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const rate = cosine(0.2, { steps: 100, warmup: 10 });
 * assertAlmostEquals(rate(0), 0.02);
 * assertAlmostEquals(rate(10), 0.2);
 * assertAlmostEquals(rate(55), 0.1);
 * assertAlmostEquals(rate(100), 0);
 * ```
 */
export function cosine(
  rate: number,
  { steps, warmup = 0, end = 0 }: { steps: number; warmup?: number; end?: number },
): Schedule {
  return (step) => {
    if (step < warmup) return rate * (step + 1) / warmup;
    const part = Math.min(1, (step - warmup) / Math.max(1, steps - warmup));
    return end + (rate - end) * (1 + Math.cos(Math.PI * part)) / 2;
  };
}

/**
 * A linear rise to a schedule's first rate over the first steps; from then on the schedule as if there had
 * been no rise (TensorFlow's EfficientNet, timm), or, with `shift`, the schedule from its beginning.
 *
 * @param schedule What follows, or a rate that stays.
 * @param steps Length of the rise.
 * @param options The rate at step 0, and whether the schedule begins when the rise has ended (timm's
 *   `warmup_prefix`).
 * @returns The schedule.
 * @throws {RangeError} unless the length is a number from 0.
 *
 * @example Five epochs of 100 steps up to EfficientNet's rate
 * ```ts
 * import { exponential, warmup } from "@dna/kernel";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const rate = warmup(exponential(0.256, { factor: 0.97, every: 240 }), 500);
 * assertAlmostEquals(rate(0), 0);
 * assertAlmostEquals(rate(250), 0.128);
 * assertAlmostEquals(rate(500), 0.256 * 0.97 ** 2);
 * ```
 */
export function warmup(
  schedule: number | Schedule,
  steps: number,
  { start = 0, shift = false }: { start?: number; shift?: boolean } = {},
): Schedule {
  if (!(steps >= 0 && steps < Infinity)) {
    throw new RangeError(`Cannot warm up over ${steps} steps: a number from 0 is needed`);
  }
  const then = maybeSchedule(schedule);
  return (step) => {
    if (step < steps) return start + (then(0) - start) * step / steps;
    return then(shift ? step - steps : step);
  };
}

/**
 * A learning rate for another batch size: it grows in proportion (Goyal and others, 2017).
 *
 * @param rate The rate.
 * @param of The batch that it was chosen for, in images a step.
 * @param batch The batch that is used, in images a step.
 * @returns rate · batch / of.
 * @throws {RangeError} unless both batches are above 0.
 *
 * @example Section 4.1's rate on one small device
 * ```ts
 * import { scaledRate } from "@dna/kernel";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(scaledRate(0.256, 4096, 256), 0.016);
 * ```
 */
export function scaledRate(rate: number, of: number, batch: number): number {
  if (!(of > 0 && batch > 0)) {
    throw new RangeError(
      `Cannot scale a rate from batch ${of} to batch ${batch}: both must be above 0`,
    );
  }
  return rate * batch / of;
}
