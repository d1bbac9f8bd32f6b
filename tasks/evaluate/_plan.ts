/**
 * What is evaluated: what was asked for, then what the weights' file or their run records, then what is
 * usual for the data.
 *
 * @module
 */

import {
  type Architecture,
  createRandom,
  type Dataset,
  decodeSafetensors,
  findWeights,
  type NetworkOptions,
  type ProgressEvent,
  readFile,
  type Split,
  takeStratified,
  usualNormalisation,
  type Weights,
} from "../../mod.ts";
import { vectorsOf } from "../../lib/network/network.ts";
import { networkModules, wholeNetwork } from "../../lib/nn/network.ts";
import { readArchitecture } from "../_architecture.ts";
import { guessDataset, openDataset } from "../_data_options.ts";
import { UsageError } from "../_options.ts";
import type { EvaluateRequest } from "./_options.ts";

/** An evaluation yet to be done. */
export interface Plan {
  architecture: Architecture;
  network: NetworkOptions;
  dataset: Dataset;
  split: Split;
  mean: number[];
  std: number[];
  /** Where the weights come from. */
  source: string;
}

type Watching = { onProgress?: (event: ProgressEvent) => void; signal?: AbortSignal };

/** Reads all that the request names. */
export async function planEvaluation(request: EvaluateRequest, watching: Watching): Promise<Plan> {
  if (request.word === undefined) {
    throw new UsageError(
      "Which network? deno task evaluate ARCHITECTURE --weights FILE (--help tells of its forms)",
    );
  }
  const { architecture, run } = await readArchitecture(request.word);
  const source = request.weights ?? run?.weights;
  if (source === undefined) {
    throw new UsageError("Which weights? --weights FILE is needed, as a run's student.safetensors");
  }
  const options = run?.options ?? {};
  const data = request.data ?? text(options.data);
  const name = request.dataset ??
    (request.data === undefined ? text(options.dataset) : undefined) ??
    await guessDataset(data);
  const path = await findWeights(source, watching);
  if (path === undefined) throw new UsageError("--weights is random: there is nothing to judge");
  const { tensors, metadata } = decodeSafetensors(await readFile(path), path);
  const recorded = { ...options, ...fromMetadata(metadata) };
  const { channels } = architecture.stem;
  const dataset = await openDataset(name, data, { ...watching, channels });
  if (dataset.channels !== channels) {
    throw new RangeError(
      `Cannot evaluate: the architecture reads images of ${channels} channels, those of ` +
        `${dataset.name} have ${dataset.channels}`,
    );
  }
  const classes = request.classes ?? tensors["classifier.bias"]?.shape[0] ?? dataset.classes.length;
  if (classes < dataset.classes.length) {
    throw new RangeError(
      `Cannot evaluate: the weights know ${classes} classes, ${dataset.name} has ` +
        `${dataset.classes.length}`,
    );
  }
  vectorsOf(wholeNetwork(networkModules(architecture, classes)), tensors, path);
  const whole = dataset.splits[request.split];
  const { images = whole.count } = request;
  if (images > whole.count || whole.count === 0) {
    throw new RangeError(
      `Cannot evaluate ${images} images: ${dataset.name} has ${whole.count} in ${request.split}`,
    );
  }
  const own = "files" in whole ? 224 : whole.height;
  const usual = usualNormalisation(dataset);
  return {
    architecture,
    network: {
      classes,
      resolution: request.resolution ?? number(recorded.resolution) ?? own,
      padding: request.padding ?? (recorded.padding === "symmetric" ? "symmetric" : "same"),
      epsilon: request.epsilon ?? number(recorded.epsilon),
      weights: tensors as Weights,
    },
    dataset,
    split: images < whole.count
      ? takeStratified(whole, images, createRandom(0, "evaluation images"))
      : whole,
    mean: channelwise(request.mean ?? numbers(recorded.mean) ?? usual.mean, "mean", dataset),
    std: channelwise(request.std ?? numbers(recorded.std) ?? usual.std, "std", dataset),
    source,
  };
}

function channelwise(values: number[], name: string, { channels, ...dataset }: Dataset): number[] {
  if (values.length !== channels) {
    throw new UsageError(
      `--${name} has ${values.length} numbers: ${dataset.name} has ${channels} channels`,
    );
  }
  return values;
}

/** What a training writes beside its weights. */
function fromMetadata(metadata: Readonly<Record<string, string>>): Record<string, unknown> {
  const read: Record<string, unknown> = {};
  for (const name of ["resolution", "padding", "epsilon", "mean", "std"]) {
    if (!Object.hasOwn(metadata, name)) continue;
    try {
      read[name] = name === "padding" ? metadata[name] : JSON.parse(metadata[name]);
    } catch {
      // Another program's metadata of the same name says nothing to us.
    }
  }
  return read;
}

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function number(value: unknown): number | undefined {
  return typeof value === "number" ? value : undefined;
}

function numbers(value: unknown): number[] | undefined {
  return Array.isArray(value) && value.every((item) => typeof item === "number")
    ? value
    : undefined;
}
