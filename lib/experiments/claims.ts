import type { Interval } from "../ranking/bootstrap.ts";
import type { Claim } from "./types.ts";

/**
 * The verdict on a claim that something is above a threshold: it holds where the whole interval is, does not where none of it is,
 * and else the experiment cannot tell.
 *
 * @param interval The interval of what was measured.
 * @param threshold What it shall be above. Default 0.
 */
export function verdictAbove([low, high]: Readonly<Interval>, threshold = 0): Claim["verdict"] {
  if (low > threshold) return "holds";
  if (high < threshold) return "does not hold";
  return "cannot tell";
}
