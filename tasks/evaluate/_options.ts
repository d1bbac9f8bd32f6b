/**
 * The options of `deno task evaluate`.
 *
 * @module
 */

import type { Interpolation } from "../../mod.ts";
import {
  DATA_OPTIONS,
  type DataGiven,
  dataGiven,
  NETWORK_OPTIONS,
  networkGiven,
} from "../_data_options.ts";
import { type Given, number, oneOf, type OptionSpecs, wholeNumber } from "../_options.ts";

const SPLITS = ["test", "validation", "train"] as const;
const INTERPOLATIONS = ["bicubic", "bilinear"];

/** What each option means, with unit and default. */
export const OPTIONS: OptionSpecs = {
  weights: {
    value: "FILE|NAME",
    help: "safetensors with timm's names, or owner/repository on the hub",
    default: "those beside a run's architecture",
  },
  ...DATA_OPTIONS,
  split: { value: "NAME", help: `${SPLITS.join(", ")}; ImageNet's val is test`, default: "test" },
  images: { value: "N", help: "images looked at, the same share of each class", default: "all" },
  batch: { value: "N", help: "images at once", default: "250" },
  crop: {
    value: "SHARE",
    help: "part of an image file's shorter side that is seen",
    default: "0.875; 1 for others",
  },
  interpolation: {
    value: "NAME",
    help: `how images are scaled: ${INTERPOLATIONS.join(", ")}`,
    default: "bicubic",
  },
  ...NETWORK_OPTIONS,
  "mixed-precision": { help: "compute in 16 bits what loses little by it" },
  quiet: { help: "show no progress" },
  json: { help: "progress and result as JSON, each class's accuracy too" },
  help: { help: "this text" },
};

/** What is to be evaluated, and how. */
export interface EvaluateRequest extends DataGiven {
  word: string | undefined;
  weights?: string;
  split: typeof SPLITS[number];
  images?: number;
  batch?: number;
  cropPct?: number;
  interpolation?: Interpolation;
  padding?: "same" | "symmetric";
  epsilon?: number;
  device?: string;
  mixedPrecision: boolean;
}

/** Reads the options. */
export function evaluateRequest(given: Given, [word]: readonly string[]): EvaluateRequest {
  return {
    word,
    ...dataGiven(given),
    ...networkGiven(given),
    weights: given.weights as string | undefined,
    split: (oneOf(given, "split", SPLITS) ?? "test") as typeof SPLITS[number],
    images: wholeNumber(given, "images", 1, Number.MAX_SAFE_INTEGER),
    batch: wholeNumber(given, "batch", 1, 1_048_576),
    cropPct: number(given, "crop", 0.01, 1),
    interpolation: oneOf(given, "interpolation", INTERPOLATIONS) as Interpolation | undefined,
    mixedPrecision: given["mixed-precision"] === true,
  };
}
