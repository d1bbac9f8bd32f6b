/**
 * Learning-rate schedules: functions of the number of the step, from 0.
 *
 * @module
 */

/** A learning rate for each step. */
export type Schedule = (step: number) => number;

/** A number is a schedule that stays. */
export function maybeSchedule(rate: number | Schedule): Schedule {
  return typeof rate === "function" ? rate : () => rate;
}

/** `rate · factor^(step / every)`: in steps where `staircase`, else smoothly. */
export function exponential(
  rate: number,
  { factor, every, staircase = true }: { factor: number; every: number; staircase?: boolean },
): Schedule {
  return (step) => rate * factor ** (staircase ? Math.floor(step / every) : step / every);
}

/** Half a cosine from `rate` to `end` over `steps`, after a linear rise over `warmup` steps. */
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
