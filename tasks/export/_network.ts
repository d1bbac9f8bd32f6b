/**
 * The network that is exported: what was asked for, then what its weights and its run record, then
 * what is usual.
 *
 * @module
 */

import { basename, extname } from "node:path";
import {
  buildNetwork,
  type ExportOptions,
  findWeights,
  type Network,
  type ProgressEvent,
  readFile,
  readSafetensors,
} from "../../mod.ts";
import { decodeText } from "../../lib/files.ts";
import { FASHION_MEAN, FASHION_STD } from "../../lib/teacher/fashion.ts";
import { type ArchitectureSource, readArchitecture } from "../_architecture.ts";
import { UsageError } from "../_options.ts";
import type { ExportRequest } from "./_options.ts";

/** A network yet to be built, and what its files tell of its images. */
export interface Plan {
  /** Builds it; an engine must be there. */
  build(): Network;
  /** What its files are told. */
  options: ExportOptions;
}

/** What is told of weights that are fetched, and stops that. */
export interface Watching {
  onProgress?: (event: ProgressEvent) => void;
  signal?: AbortSignal;
}

/**
 * Reads all that the request names.
 *
 * @throws {UsageError} if no weights are named, or the architecture is unknown.
 * @throws {Error} if a file cannot be read or is broken.
 */
export async function planExport(request: ExportRequest, watching: Watching = {}): Promise<Plan> {
  const found = await readArchitecture(request.word);
  const { architecture, run } = found;
  const source = request.weights ?? run?.weights;
  if (source === undefined) {
    throw new UsageError(
      "Which weights? --weights FILE is needed (random ones with --weights random)",
    );
  }
  const weights = await findWeights(source, watching);
  const { tensors, metadata } = weights === undefined
    ? { tensors: {}, metadata: {} }
    : await readSafetensors(weights);
  const recorded: Recorded = { ...recordedBy(run?.options ?? {}), ...recordedIn(metadata) };
  const own = tensors["classifier.bias"]?.shape[0];
  const { resolution = 224, padding, epsilon, mean, std } = recorded;
  const classNames = request.classNames && await readLines(request.classNames);
  return {
    build: () =>
      buildNetwork(architecture, {
        classes: request.classes ?? own ?? recorded.classes ?? 1000,
        resolution: request.resolution ?? resolution,
        padding: request.padding ?? padding,
        epsilon: request.epsilon ?? epsilon,
        weights,
      }),
    options: {
      name: nameOf(found),
      ...(mean && { mean }),
      ...(std && { std }),
      ...request.options,
      ...(classNames && { classNames }),
    },
  };
}

/** What is on record of a network and its images. */
type Recorded = Pick<ExportOptions, "mean" | "std"> & {
  classes?: number;
  resolution?: number;
  padding?: "same" | "symmetric";
  epsilon?: number;
};

/** What the options of a run's config.json tell. */
function recordedBy(options: Record<string, unknown>): Recorded {
  const usual = options.dataset === "fashion-mnist"
    ? { mean: [...FASHION_MEAN], std: [...FASHION_STD] }
    : {};
  const number = (value: unknown): value is number => typeof value === "number" && value > 0;
  const numbers = (value: unknown) =>
    Array.isArray(value) && value.length > 0 && value.every((item) => typeof item === "number");
  const fits: Record<keyof Recorded, (value: unknown) => boolean> = {
    classes: number,
    resolution: number,
    padding: (value) => value === "same" || value === "symmetric",
    epsilon: number,
    mean: numbers,
    std: numbers,
  };
  return {
    ...usual,
    ...Object.fromEntries(
      Object.entries(fits).filter(([name, fit]) => fit(options[name]))
        .map(([name]) => [name, options[name]]),
    ),
  };
}

/** What a training writes into its weights' file. */
function recordedIn(metadata: Readonly<Record<string, string>>): Recorded {
  const read = Object.entries(metadata).flatMap(([name, text]): [string, unknown][] => {
    try {
      return [[name, name === "padding" ? text : JSON.parse(text)]];
    } catch {
      // Another program's metadata: no number, and none of ours.
      return [];
    }
  });
  return recordedBy(Object.fromEntries(read));
}

function nameOf({ source, run }: ArchitectureSource): string {
  const name = source === "text" ? "" : basename(run?.folder ?? source, extname(source));
  return name.replaceAll(/[^\w .-]/g, "-").replace(/^[^a-z0-9]+/i, "") || "dna-network";
}

async function readLines(path: string): Promise<string[]> {
  return decodeText(await readFile(path), path).split(/\r?\n/).filter((line) => line !== "");
}
