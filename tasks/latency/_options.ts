/**
 * Options of tasks that measure latencies.
 *
 * @module
 */

import { SPACE_NAMES } from "../../mod.ts";
import { type Given, type OptionSpecs, UsageError, wholeNumber } from "../_options.ts";

/** Images and classes of the data that a space is made for. */
const SIZES: Readonly<Record<string, { resolution: number; classes: number }>> = {
  fashion: { resolution: 28, classes: 10 },
};

/** What is measured, and on what. */
export const LATENCY_OPTIONS: OptionSpecs = {
  space: {
    value: "NAME|FILE",
    help: `search space: ${SPACE_NAMES.join(", ")}, or a JSON definition`,
    default: "fashion",
  },
  resolution: { value: "PIXELS", help: "side of the images", default: "224; fashion: 28" },
  classes: { value: "N", help: "number of classes", default: "1000; fashion: 10" },
  batch: { value: "N", help: "images in a batch", default: "1" },
  device: {
    value: "NAME",
    help: "device to compute on, as CPU:0 or GPU:1",
    default: "first GPU, else CPU",
  },
  threads: { value: "N", help: "threads; with one, times vary least", default: "1" },
  rounds: { value: "N", help: "how often each layer is measured", default: "15" },
};

/** The settings that were given. */
export interface LatencySettings {
  space: string;
  resolution: number;
  classes: number;
  batch: number;
  rounds: number;
  device?: string;
  threads?: number;
}

/**
 * The settings that were given.
 *
 * @throws {UsageError} for one that cannot be.
 */
export function latencySettings(given: Given): LatencySettings {
  const space = (given.space as string | undefined) ?? "fashion";
  if (!/[./\\]/.test(space) && !SPACE_NAMES.includes(space)) {
    throw new UsageError(
      `There is no space ${JSON.stringify(space)}: known are ${SPACE_NAMES.join(", ")}, ` +
        "or a JSON file",
    );
  }
  const usual = SIZES[space] ?? { resolution: 224, classes: 1000 };
  return {
    space,
    resolution: wholeNumber(given, "resolution", 1, 4096) ?? usual.resolution,
    classes: wholeNumber(given, "classes", 2, 1_000_000) ?? usual.classes,
    batch: wholeNumber(given, "batch", 1, 65_536) ?? 1,
    rounds: wholeNumber(given, "rounds", 1, 10_000) ?? 15,
    device: given.device as string | undefined,
    threads: wholeNumber(given, "threads", 1, 4096) ?? 1,
  };
}
