import { checkObject, checkWhole, MAX_CLASSES, MAX_RESOLUTION } from "../space/_check.ts";
import type { LatencyOptions } from "./types.ts";

const KEYS = [
  "resolution",
  "batch",
  "classes",
  "device",
  "rounds",
  "onProgress",
  "signal",
];

/** Options with nothing left out but what may be. */
export type CheckedLatencyOptions =
  & LatencyOptions
  & Required<Pick<LatencyOptions, "batch" | "classes" | "rounds">>;

/** Checks the options of a measurement; a signal that is aborted already throws. */
export function checkLatencyOptions(value: unknown, start: string): CheckedLatencyOptions {
  const given = checkObject(value, `${start} options`, KEYS);
  const options = given as unknown as LatencyOptions;
  options.signal?.throwIfAborted();
  return {
    ...options,
    resolution: checkWhole(given.resolution, `${start} resolution`, 1, MAX_RESOLUTION),
    batch: checkWhole(given.batch ?? 1, `${start} batch`, 1, 65_536),
    classes: checkWhole(given.classes ?? 1000, `${start} classes`, 1, MAX_CLASSES),
    rounds: checkWhole(given.rounds ?? 15, `${start} rounds`, 1, 10_000),
  };
}
