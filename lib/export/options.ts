/**
 * What exported networks are told of their images.
 *
 * @module
 */

import type { Network } from "../network/network.ts";

/** What every export can be told. */
export interface ExportOptions {
  /** What the model is called in its files. Default `dna-network`. */
  name?: string;
  /**
   * Mean of each channel, on the scale 0–1. Default: ImageNet's where there are 3 channels, else 0.
   */
  mean?: number[];
  /** Standard deviation of each channel, on the scale 0–1. Default: ImageNet's, else 1. */
  std?: number[];
  /**
   * The middle part of a resized image that the network sees, 0–1. Default 0.875, and 1 below 128
   * pixels, where data sets have images of one size.
   */
  cropPct?: number;
  /** Names of the classes, in order. */
  classNames?: readonly string[];
  /** Replaces a folder that an earlier export wrote. */
  force?: boolean;
}

/** Options of the exports that hold the network's computation. */
export interface GraphExportOptions extends ExportOptions {
  /**
   * `floats`: normalised images, as {@linkcode Network.logits} takes them; `bytes`: pixels 0–255,
   * which the graph normalises. Default `floats`.
   */
  input?: "floats" | "bytes";
  /** Whether the output is probabilities in place of logits. Default false. */
  softmax?: boolean;
}

/** Options with nothing left out. */
export type CheckedOptions<Options extends ExportOptions> =
  & Omit<Options, "classNames">
  & Required<Omit<ExportOptions, "classNames">>
  & { classNames?: readonly string[] };

/** What a file of an export is, and how large. */
export interface ExportedFile {
  /** Its name in the folder. */
  name: string;
  /** Its size, in bytes. */
  bytes: number;
}

/** ImageNet's mean and standard deviation, on the scale 0–1. */
const IMAGENET = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };

/**
 * Options with nothing left out.
 *
 * @throws {RangeError} for a mean, standard deviation, crop or input that cannot be.
 * @throws {TypeError} if the name is empty, or there is not one class name for each class.
 */
export function checkExportOptions<Options extends GraphExportOptions>(
  network: Pick<Network, "architecture" | "classes" | "resolution">,
  options: Options,
): CheckedOptions<Options> {
  const { channels } = network.architecture.stem;
  const usual = channels === 3 ? IMAGENET : {
    mean: new Array(channels).fill(0),
    std: new Array(channels).fill(1),
  };
  const { name = "dna-network", force = false, classNames, input } = options;
  const { cropPct = network.resolution < 128 ? 1 : 0.875 } = options;
  if (typeof name !== "string" || !/^[a-z0-9][\w .-]*$/i.test(name)) {
    throw new TypeError(
      `Cannot export the network: name is ${
        JSON.stringify(name)
      }, letters, digits, space, ".", "-" and "_" fit`,
    );
  }
  if (!(cropPct > 0 && cropPct <= 1)) {
    throw new RangeError(
      `Cannot export the network: cropPct is ${cropPct}, above 0 and up to 1 fits`,
    );
  }
  if (input !== undefined && input !== "floats" && input !== "bytes") {
    throw new RangeError(
      `Cannot export the network: input is ${JSON.stringify(input)}, floats or bytes fits`,
    );
  }
  if (classNames && classNames.length !== network.classes) {
    throw new TypeError(
      `Cannot export the network: ${classNames.length} class names were given, it has ` +
        `${network.classes} classes`,
    );
  }
  return {
    ...options,
    name,
    cropPct,
    force,
    mean: perChannel("mean", options.mean ?? usual.mean, channels, -Infinity),
    std: perChannel("std", options.std ?? usual.std, channels, 0),
  };
}

/** A number for each channel; one number is that of all. */
function perChannel(name: string, values: number[], channels: number, above: number): number[] {
  const list = values.length === 1 ? new Array<number>(channels).fill(values[0]) : [...values];
  if (list.length !== channels) {
    throw new RangeError(
      `Cannot export the network: ${name} has ${values.length} numbers, one for each of ` +
        `${channels} channels fits`,
    );
  }
  for (const value of list) {
    if (!(value > above && value < Infinity)) {
      const kind = above === 0 ? "a number above 0" : "a number";
      throw new RangeError(`Cannot export the network: ${name} has ${value}, ${kind} fits`);
    }
  }
  return list;
}
