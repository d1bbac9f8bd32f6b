/**
 * The options of `deno task export`.
 *
 * @module
 */

import type { Padding, TfjsExportOptions } from "../../mod.ts";
import {
  type Given,
  number,
  oneOf,
  type OptionSpecs,
  UsageError,
  wholeNumber,
} from "../_options.ts";

/** The forms that a network can be written in. */
export const FORMS = ["timm", "savedmodel", "tfjs"] as const;

/** What each option means, with unit and default. */
export const OPTIONS: OptionSpecs = {
  to: { value: "FORM", help: `what it is written for: ${FORMS.join(", ")}` },
  out: { value: "DIR", help: "folder for the files, absent or empty" },
  weights: {
    value: "FILE|NAME|random",
    help: "the weights: safetensors with timm's names, or owner/repository on the Hugging Face hub",
    default: "a run's own",
  },
  classes: { value: "N", help: "number of classes", default: "the weights'" },
  resolution: { value: "PIXELS", help: "side of the images", default: "a run's own, else 224" },
  padding: {
    value: "same|symmetric",
    help: "convolutions' padding; symmetric for weights trained in PyTorch",
    default: "same",
  },
  epsilon: {
    value: "E",
    help: "what batch normalisation adds to variances; 1e-5 for weights trained in PyTorch",
    default: "1e-3",
  },
  name: { value: "NAME", help: "what the model is called in its files", default: "ARCHITECTURE's" },
  mean: {
    value: "M1,M2,…",
    help: "mean of each channel, on the scale 0-1",
    default: "a run's own, else ImageNet's",
  },
  std: {
    value: "S1,S2,…",
    help: "standard deviation of each channel, on the scale 0-1",
    default: "as above",
  },
  crop: {
    value: "SHARE",
    help: "middle part of a resized image, above 0 to 1",
    default: "0.875; below 128 pixels 1",
  },
  "class-names": { value: "FILE", help: "names of the classes, one a line" },
  input: {
    value: "floats|bytes",
    help: "images that savedmodel and tfjs take: normalised, or pixels 0-255",
    default: "floats",
  },
  "with-softmax": { help: "probabilities in place of logits, from savedmodel and tfjs" },
  quantize: { value: "float16|uint8", help: "kernels in 16 or 8 bits, for tfjs" },
  force: { help: "replace an earlier export in --out" },
  device: {
    value: "NAME",
    help: "device to compute on, as CPU:0 or GPU:0",
    default: "first GPU, else CPU",
  },
  quiet: { help: "say nothing" },
  json: { help: "the result as JSON" },
  help: { help: "this text" },
};

/** What was asked for. */
export interface ExportRequest {
  /** The ARCHITECTURE as typed. */
  word: string;
  form: typeof FORMS[number];
  out: string;
  weights?: string;
  classes?: number;
  resolution?: number;
  padding?: Padding;
  epsilon?: number;
  classNames?: string;
  device?: string;
  options: Omit<TfjsExportOptions, "classNames">;
}

/**
 * What was asked for, checked as far as that goes without reading a file.
 *
 * @throws {UsageError} in one sentence.
 */
export function exportRequest(given: Given, [word]: readonly string[]): ExportRequest {
  const text = (name: string) => given[name] as string | undefined;
  if (word === undefined) {
    throw new UsageError("Which network? deno task export ARCHITECTURE --to FORM --out DIR");
  }
  const form = oneOf(given, "to", FORMS) as ExportRequest["form"] | undefined;
  if (form === undefined) {
    throw new UsageError(`For what? --to is needed, one of ${FORMS.join(", ")}`);
  }
  const out = text("out");
  if (out === undefined) throw new UsageError("Where to? --out DIR is needed");
  for (const name of form === "timm" ? ["input", "with-softmax"] : []) {
    if (given[name] !== undefined) {
      throw new UsageError(`--${name} is for savedmodel and tfjs: timm takes weights alone`);
    }
  }
  if (given.quantize !== undefined && form !== "tfjs") {
    throw new UsageError(`--quantize is for tfjs: ${form} takes 32 bits`);
  }
  const epsilon = number(given, "epsilon", 0, 1);
  if (epsilon === 0) throw new UsageError("--epsilon is 0: a number above 0 is needed");
  const cropPct = number(given, "crop", 0, 1);
  if (cropPct === 0) throw new UsageError("--crop is 0: a number above 0 is needed");
  const std = numbers(given, "std");
  if (std?.some((value) => value <= 0)) {
    throw new UsageError(`--std is ${JSON.stringify(given.std)}: numbers above 0 are needed`);
  }
  const options = {
    name: text("name"),
    mean: numbers(given, "mean"),
    std,
    cropPct,
    input: oneOf(given, "input", ["floats", "bytes"]) as "floats" | "bytes" | undefined,
    softmax: given["with-softmax"] === true ? true : undefined,
    quantize: oneOf(given, "quantize", ["float16", "uint8"]) as "float16" | "uint8" | undefined,
    force: given.force === true ? true : undefined,
  };
  return {
    word,
    form,
    out,
    weights: text("weights"),
    classes: wholeNumber(given, "classes", 1, 1_000_000),
    resolution: wholeNumber(given, "resolution", 1, 4096),
    padding: oneOf(given, "padding", ["same", "symmetric"]) as Padding | undefined,
    epsilon,
    classNames: text("class-names"),
    device: text("device"),
    options: Object.fromEntries(
      Object.entries(options).filter(([, value]) => value !== undefined),
    ),
  };
}

/** Numbers separated by commas. */
function numbers(given: Given, name: string): number[] | undefined {
  const text = given[name];
  if (text === undefined || text === true) return undefined;
  return text.split(",").map((part) => {
    const value = part.trim() === "" ? NaN : Number(part);
    if (!Number.isFinite(value)) {
      throw new UsageError(
        `--${name} is ${
          JSON.stringify(text)
        }: a number for each channel is needed, as 0.485,0.456,0.406`,
      );
    }
    return value;
  });
}
