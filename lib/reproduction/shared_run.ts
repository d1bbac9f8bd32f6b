/**
 * The one run of the method that the notebooks share: made once, read by all.
 *
 * @module
 */

import { join } from "node:path";
import { useEngine } from "../engine.ts";
import { makeFolder, readFile, readJson, writeFile } from "../files.ts";
import { dnaHome } from "../home.ts";
import { type MethodOptions, runMethod } from "../method/method.ts";
import { fitToDevice, type MethodSettings, PRESETS } from "../presets.ts";
import { type Ratings, readRatings } from "../ratings.ts";
import type { SearchRecord } from "../report/types.ts";
import { runEnvironment } from "../runs/environment.ts";
import { createRun, openRun, readConfig } from "../runs/run.ts";
import { resultsFolder } from "../experiments/results_folder.ts";
import type { ScaleName } from "../experiments/scales.ts";
import { imitationMaps } from "./imitation.ts";
import { MAPS_FILE, sameSettings } from "./_places.ts";

/** Options of {@linkcode sharedRun}. */
export interface SharedRunOptions extends MethodOptions {
  /** Folder with the images, for scale `paper`: ImageNet. Default: `$DNA_DATA`. */
  data?: string;
  /** Folder of recorded results. Default: `results/SCALE` of this library. */
  results?: string;
  /** Folder of the runs that were made here. Default: `runs` in {@linkcode dnaHome}. */
  runs?: string;
}

/** A run of the method that is done. */
export interface SharedRun {
  /** Where its files are. */
  folder: string;
  /** Whether it was read from the recorded results; its supernet is not there then. */
  recorded: boolean;
  /** What it was told. */
  settings: MethodSettings;
  /** What config.json holds. */
  config: Record<string, unknown>;
  /** The lines of metrics.jsonl. */
  metrics: Record<string, unknown>[];
  /** The losses of every path. */
  ratings: Ratings;
  /** The network found, and those beside it. */
  result: SearchRecord;
}

/** The files that a record has of a run: all but the weights. */
const RECORDED_FILES = [
  "config.json",
  "metrics.jsonl",
  "ratings.json",
  "architecture.json",
  MAPS_FILE,
];

/**
 * The settings of the notebooks' run: `small` is preset `fashion`, what `deno task search` does; `quick` sees a twentieth of its
 * images; `paper` is the paper's DNA-b.
 *
 * @param scale The scale.
 * @param data Folder with the images, for scale `paper`.
 * @returns The settings.
 *
 * @example
 * ```ts
 * import { PRESETS, sharedSettings } from "@dna/kernel";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(sharedSettings("small"), PRESETS.fashion);
 * assertEquals(sharedSettings("quick").images, 2560);
 * ```
 */
export function sharedSettings(scale: ScaleName, data?: string): MethodSettings {
  if (scale === "paper") return { ...PRESETS["dna-b"], ...(data !== undefined && { data }) };
  if (scale === "small") return PRESETS.fashion;
  return { ...PRESETS.fashion, images: 2560, rateImages: 250, random: 1 };
}

/**
 * Gives the notebooks' run of the method at a scale. The first call makes it in a folder below {@linkcode dnaHome}, or goes on with
 * it where it was stopped; later calls, in any notebook, read it. Where the run is among the recorded results, those are read
 * and nothing is computed.
 *
 * @param scale How much is done: `quick` takes about a minute on two cores, `small` eight.
 * @param options Progress, stopping, and where the folders are.
 * @returns What the run's files hold.
 * @throws {Error} For scale `paper` without a folder of images.
 * @throws {DOMException} `AbortError`, if the signal stops it; a later call goes on.
 *
 * @example
 * ```ts ignore
 * import { displayRatings, sharedRun } from "@dna/kernel";
 *
 * const { ratings, result } = await sharedRun("quick");
 * displayRatings(ratings, { choice: result.choice });
 * ```
 */
export async function sharedRun(
  scale: ScaleName,
  options: SharedRunOptions = {},
): Promise<SharedRun> {
  const {
    data = Deno.env.get("DNA_DATA") || undefined,
    results = resultsFolder(scale),
    runs,
    ...method
  } = options;
  const settings = sharedSettings(scale, data);
  const record = join(results, "run");
  if (await holdsRun(record, settings)) return await readRun(record, settings, true);
  if (scale === "paper" && data === undefined) {
    throw new Error(
      "Cannot run at scale paper: $DNA_DATA must name a folder with ImageNet's images",
    );
  }
  const parent = runs ?? join(dnaHome(), "runs");
  const folder = join(parent, `shared-${scale}`);
  const engine = await useEngine();
  const fitted = fitToDevice(settings, {}, engine.device.type);
  const found = await readConfig(folder).catch(() => undefined);
  // A run of other settings, by an older version or on another device, would answer another question.
  if (found && !sameSettings(found.options, fitted)) await Deno.remove(folder, { recursive: true });
  await makeFolder(parent);
  using run = found && sameSettings(found.options, fitted)
    ? await openRun(folder)
    : await createRun(folder, {
      command: `sharedRun("${scale}")`,
      options: { ...fitted },
      seed: fitted.seed,
      versions: { deno: Deno.version.deno, tensorflow: engine.version },
      device: engine.device.name,
      ...await runEnvironment(),
    });
  await runMethod(run, fitted, method);
  return await readRun(folder, fitted, false);
}

/**
 * Keeps a run's results where {@linkcode sharedRun} reads them instead of making them again: all but the weights, in whose place
 * stand the maps of {@linkcode imitationMaps}.
 *
 * @param run The run.
 * @param scale The scale that it was made at.
 * @param results Folder of results. Default: `results/SCALE` of this library.
 * @returns The folder of the record.
 * @throws {Error} If it cannot be written.
 */
export async function recordRun(
  run: SharedRun,
  scale: ScaleName,
  results: string = resultsFolder(scale),
): Promise<string> {
  const folder = join(results, "run");
  if (run.recorded) return run.folder;
  (await imitationMaps(run)).dispose();
  await makeFolder(folder);
  for (const name of RECORDED_FILES) {
    await writeFile(join(folder, name), await readFile(join(run.folder, name)));
  }
  return folder;
}

/** Whether a folder has the results of a run of these settings. */
async function holdsRun(folder: string, settings: MethodSettings): Promise<boolean> {
  const config = await readConfig(folder).catch(() => undefined);
  if (!config || !sameSettings(config.options, settings)) return false;
  return await Deno.stat(join(folder, "architecture.json")).then(() => true, () => false);
}

async function readRun(
  folder: string,
  settings: MethodSettings,
  recorded: boolean,
): Promise<SharedRun> {
  const lines = await Deno.readTextFile(join(folder, "metrics.jsonl"));
  return {
    folder,
    recorded,
    settings,
    config: await readConfig(folder),
    metrics: lines.split("\n").filter(Boolean).map((line) => JSON.parse(line)),
    ratings: await readRatings(join(folder, "ratings.json")),
    result: await readJson(join(folder, "architecture.json")) as SearchRecord,
  };
}
