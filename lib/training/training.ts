/**
 * A training in a run folder: resumable, judged, with its weights and a report.
 *
 * @module
 */

import { loadDataset } from "../data/load.ts";
import { takeStratified } from "../data/subset.ts";
import type { Dataset, Split } from "../data/types.ts";
import { readFile, readJson, sha256, writeFile, writeJson } from "../files.ts";
import { type Accuracy, accuracy } from "../network/accuracy.ts";
import { buildNetwork, type Network } from "../network/network.ts";
import { recipeOptions } from "../network/recipes.ts";
import { train, type TrainEpoch } from "../network/train.ts";
import type { ProgressEvent } from "../progress.ts";
import { createRandom } from "../random.ts";
import type { Run } from "../runs/run.ts";
import { writeSafetensors } from "../safetensors.ts";
import { cost } from "../space/cost.ts";
import { parseArchitecture } from "../space/parse.ts";
import type { Cost } from "../space/types.ts";
import { loadTeacher } from "../teacher/load.ts";
import { fromRunCheckpoint, toRunCheckpoint, type TrainingState } from "./_checkpoint.ts";
import { trainingReport } from "./_report.ts";
import { startingWeights } from "./_weights.ts";
import type { TrainSettings } from "./settings.ts";

/** What result.json holds. */
export interface TrainRecord extends Cost {
  /** The network, as text. */
  architecture: string;
  /** Side of the images, in pixels. */
  resolution: number;
  /** Number of classes. */
  classes: number;
  /** Training images used. */
  images: number;
  /** The last epoch, on the training images as they were varied. */
  training: TrainEpoch;
  /** How well the trained network classifies the test images. */
  test: Accuracy;
}

/** Options of {@linkcode runTraining} that do not change its result. */
export interface TrainingOptions {
  /** The data set that the settings name, where it is loaded already. */
  dataset?: Dataset;
  /** Told of what begins, in one line. */
  say?: (line: string) => void;
  /** Told of each step. */
  onProgress?: (event: ProgressEvent) => void;
  /** Stops between two steps, after a checkpoint. */
  signal?: AbortSignal;
  /** Seconds between two checkpoints. Default 20. */
  checkpointSeconds?: number;
}

/** The files of a training, in the order in which they are written; the last one says that all is done. */
const FILES = ["student.safetensors", "architecture.json", "result.json"];

/** The most images that are judged at once. */
const MOST_AT_ONCE = 250;

/**
 * Trains a network in a run folder, or goes on from the run's last checkpoint, and judges it on the test
 * images.
 *
 * The engine must have been started. The folder gets metrics.jsonl (a line for each epoch), student.safetensors
 * (timm's names), architecture.json, result.json and report.html.
 *
 * @param run A run's folder, new or opened again.
 * @param settings What {@linkcode completeTrainSettings} gave.
 * @param options Progress and stopping.
 * @returns What result.json holds.
 * @throws {DOMException} `AbortError`, if the signal stops it; the run can be resumed.
 * @throws {Error} if a file of a run that was done is not as the run wrote it.
 *
 * @example
 * ```ts
 * import { completeTrainSettings, createRun, loadDataset, RECIPE_SMALL } from "@dna/kernel";
 * import { runTraining, useEngine } from "@dna/kernel";
 * import { assert } from "@std/assert";
 *
 * await useEngine();
 * const dataset = await loadDataset("mnist");
 * const settings = await completeTrainSettings({
 *   ...RECIPE_SMALL, recipe: "small", architecture: "stem_i1_c16 | ir_r1_k3_s2_e3_c24 | head_c64",
 *   dataset: "mnist", images: 2000, batch: 50, epochs: 4, weights: "random", padding: "same", epsilon: 1e-3,
 *   accumulate: 1, validateEvery: 0, seed: 0, mixedPrecision: false,
 * }, dataset);
 * using run = await createRun(`${await Deno.makeTempDir()}/run`, { options: settings });
 * const { test, params } = await runTraining(run, settings, { dataset });
 * assert(test.top1 > 0.3 && params < 10_000);
 * ```
 */
export async function runTraining(
  run: Run,
  settings: TrainSettings,
  { say = () => {}, onProgress, signal, checkpointSeconds, ...given }: TrainingOptions = {},
): Promise<TrainRecord> {
  const state = run.checkpoint?.state as TrainingState | undefined;
  if (state?.stage === "done") {
    await checkFiles(run, state.hashes);
    return await readJson(run.path("result.json")) as TrainRecord;
  }
  const { resolution, classes, padding, epsilon, mean, std, seed, architecture } = settings;
  const parsed = parseArchitecture(architecture);
  const { channels } = parsed.stem;
  const dataset = given.dataset ??
    await loadDataset(settings.dataset, { folder: settings.data, channels, onProgress, signal });
  const data = trainingImages(dataset, settings);
  const start = buildNetwork(parsed, {
    classes,
    resolution,
    padding,
    epsilon,
    weights: await startingWeights(settings, { onProgress, signal }),
    random: createRandom(seed, "weights"),
  });
  const teacher = settings.teacher && await loadTeacher(settings.teacher.name, {
    weights: settings.teacher.weights,
    resolution,
    onProgress,
    signal,
  });
  const judge = (network: Network, split: Split) => {
    const batch = Math.min(MOST_AT_ONCE, Math.max(1, settings.batch / settings.accumulate));
    return accuracy(network, split, { mean, std, batch, detailed: true, signal, onProgress });
  };
  const checkpoint = fromRunCheckpoint(run.checkpoint);
  const { epochs } = settings;
  say(`${checkpoint ? "Going on with" : "Train:"} ${epochs} epochs of ${data.count} images`);
  let last: TrainEpoch | undefined;
  const { network } = await train(start, {
    ...recipeOptions(settings, data.count),
    data,
    mean,
    std,
    accumulate: settings.accumulate,
    distil: teacher && settings.teacher && { teacher, ...settings.teacher },
    seed: `${seed}/train`,
    checkpoint,
    checkpointSeconds,
    onCheckpoint: (checkpoint) => run.save(toRunCheckpoint(checkpoint)),
    onEpoch: async (epoch, current) => {
      last = epoch;
      run.log({ stage: "train", ...epoch, ...await validation(epoch, current) });
    },
    onProgress,
    signal,
  });

  async function validation({ epoch }: TrainEpoch, current: () => Network) {
    const every = settings.validateEvery;
    const split = dataset.splits.validation;
    if (every === 0 || epoch % every !== 0 || split.count === 0) return {};
    const now = current();
    try {
      const { top1, crossEntropy } = await judge(now, split);
      return { validation: { top1, crossEntropy } };
    } finally {
      now.dispose();
    }
  }

  say(`Judge: ${dataset.splits.test.count} test images`);
  // The speed is left out: it is another each time, and equal runs shall give equal files.
  const { imagesPerSecond: _, ...test } = await judge(network, dataset.splits.test);
  const costs = cost(network.architecture, { resolution, classes });
  const result: TrainRecord = {
    architecture,
    ...costs,
    resolution,
    classes,
    images: data.count,
    training: last!,
    test,
  };
  await writeSafetensors(run.path("student.safetensors"), network.toWeights(), {
    architecture,
    resolution: `${resolution}`,
    padding,
    epsilon: `${epsilon}`,
    mean: JSON.stringify(mean),
    std: JSON.stringify(std),
  });
  await writeJson(run.path("architecture.json"), { architecture, ...costs });
  await writeJson(run.path("result.json"), result);
  await writeFile(
    run.path("report.html"),
    trainingReport({
      config: run.config,
      metrics: await readMetrics(run),
      result,
      classNames: dataset.classes,
    }),
  );
  const hashes = Object.fromEntries(
    await Promise.all(FILES.map(async (name) => [name, await hashFile(run, name)] as const)),
  );
  await run.save({ tensors: {}, state: { stage: "done", hashes } satisfies TrainingState });
  start.dispose();
  network.dispose();
  teacher?.dispose();
  return result;
}

/** The images that the network learns from: all, or a stratified part of them. */
function trainingImages({ splits }: Dataset, { images, seed }: TrainSettings): Split {
  const { train } = splits;
  if (images === undefined || images >= train.count) return train;
  return takeStratified(train, images, createRandom(seed, "images"));
}

async function readMetrics(run: Run): Promise<Record<string, unknown>[]> {
  const text = await Deno.readTextFile(run.path("metrics.jsonl"));
  return text.split("\n").filter((line) => line !== "").map((line) => JSON.parse(line));
}

async function hashFile(run: Run, name: string): Promise<string> {
  return sha256(await readFile(run.path(name)));
}

async function checkFiles(run: Run, hashes: Record<string, string>): Promise<void> {
  for (const [name, hash] of Object.entries(hashes)) {
    if (await hashFile(run, name) !== hash) {
      throw new Error(
        `Cannot resume ${run.folder}: ${run.path(name)} is not as the run wrote it`,
      );
    }
  }
}
