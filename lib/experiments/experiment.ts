/**
 * The paper's experiments as functions: what `deno task ablation` does, for notebooks and scripts.
 *
 * @module
 */

import { join } from "node:path";
import { useEngine } from "../engine.ts";
import { partsDone, writeConclusion } from "./conclusion.ts";
import { EXPERIMENTS } from "./experiments.ts";
import { resultsFolder } from "./results_folder.ts";
import { runParts } from "./run.ts";
import { type ExperimentScale, type ScaleName, SCALES } from "./scales.ts";
import { openParts, type PartStore } from "./store.ts";
import type { Conclusion, Experiment, Watching } from "./types.ts";

/** Which experiment's results are meant. */
export interface ExperimentOptions {
  /** How much is done: a scale by its name, or one of your own. Default `small`. */
  scale?: ScaleName | ExperimentScale;
  /** Folder of results. Default: `results/SCALE` of this library. */
  folder?: string;
}

/** Options of {@linkcode runExperiment}. */
export interface RunExperimentOptions extends ExperimentOptions, Watching {
  /** Told what begins, in a line. */
  say?: (line: string) => void;
  /** Told how many parts are done, of how many that are known of. */
  onDone?: (done: number, known: number) => void;
}

/** What an experiment came to, and how far it went. */
export interface ExperimentOutcome extends Conclusion {
  /** How much was done. */
  scale: ExperimentScale;
  /** Where the results are. */
  folder: string;
  /** Parts that are done and that are known of, and the seconds of work of those that are done. */
  parts: { done: number; known: number; seconds: number };
}

/** The names of the experiments: the paper's tables and figures that take one. */
export const EXPERIMENT_NAMES: readonly string[] = Object.keys(EXPERIMENTS);

/**
 * Does what is still to be done of an experiment, and says what it comes to. Parts that are there, from an earlier call or another
 * process, are not done again; several processes may work on one folder at the same time.
 *
 * @param name One of `EXPERIMENT_NAMES`.
 * @param options Scale, folder, and who is told.
 * @returns Every number, tables as text, and figures; all of it stands in the folder, too.
 * @throws {RangeError} For an unknown name, listing the known ones.
 * @throws {DOMException} `AbortError`, if the signal stops it; a later call goes on.
 *
 * @example
 * ```ts ignore
 * import { displayFigure, runExperiment } from "@dna/kernel";
 *
 * const { figures } = await runExperiment("figure-4", { scale: "quick" });
 * ```
 */
export async function runExperiment(
  name: string,
  { say, onDone, onProgress, signal, checkpointSeconds, ...options }: RunExperimentOptions = {},
): Promise<ExperimentOutcome> {
  const { experiment, scale, store } = await open(name, options);
  const engine = await useEngine();
  const watching = { onProgress, signal, checkpointSeconds };
  await runParts(experiment, scale, store, { ...watching, engine, say, onDone });
  const outcome = outcomeOf(experiment, scale, store);
  await writeConclusion(join(store.folder, name), experiment, scale, store, outcome);
  return outcome;
}

/**
 * Says what the parts of an experiment that are done come to, and computes nothing: every number of tables and figures follows from
 * the files of its parts.
 *
 * @param name One of `EXPERIMENT_NAMES`.
 * @param options Scale and folder.
 * @returns Numbers, tables and figures, and how many parts are done.
 * @throws {RangeError} For an unknown name, listing the known ones.
 * @throws {Error} Where too few parts are done to conclude anything.
 *
 * @example The ranking of the networks retrained so far
 * ```ts
 * import { concludeExperiment } from "@dna/kernel";
 * import { assert, assertRejects } from "@std/assert";
 *
 * const { parts, text } = await concludeExperiment("figure-4");
 * assert(parts.done > 0 && text.includes("spos"));
 * await assertRejects(() => concludeExperiment("figure-8"), RangeError, "figure-4");
 * ```
 */
export async function concludeExperiment(
  name: string,
  options: ExperimentOptions = {},
): Promise<ExperimentOutcome> {
  const { experiment, scale, store } = await open(name, options);
  return outcomeOf(experiment, scale, store);
}

async function open(
  name: string,
  { scale: given = "small", folder }: ExperimentOptions,
): Promise<{ experiment: Experiment; scale: ExperimentScale; store: PartStore }> {
  if (!Object.hasOwn(EXPERIMENTS, name)) {
    throw new RangeError(
      `Cannot find experiment ${JSON.stringify(name)}: known are ${EXPERIMENT_NAMES.join(", ")}`,
    );
  }
  if (typeof given === "string" && !Object.hasOwn(SCALES, given)) {
    throw new RangeError(
      `Cannot find scale ${JSON.stringify(given)}: known are ${Object.keys(SCALES).join(", ")}`,
    );
  }
  const scale = typeof given === "string" ? SCALES[given] : given;
  const store = await openParts(folder ?? resultsFolder(scale.name));
  return { experiment: EXPERIMENTS[name], scale, store };
}

function outcomeOf(
  experiment: Experiment,
  scale: ExperimentScale,
  store: PartStore,
): ExperimentOutcome {
  const { done, ...counts } = partsDone(experiment, scale, store);
  return {
    ...experiment.conclude(scale, store),
    scale,
    folder: join(store.folder, experiment.name),
    parts: { done: done.length, ...counts },
  };
}
