/**
 * The whole method in one run folder: distil, rate, search, retrain, report.
 *
 * @module
 */

import { listFiles } from "../data/list.ts";
import type { Dataset } from "../data/types.ts";
import type { Site } from "../devices/site.ts";
import { readJson, writeFile, writeJson } from "../files.ts";
import { readLatencyTable, writeLatencyTable } from "../latency/table.ts";
import { accuracy } from "../network/accuracy.ts";
import type { MethodSettings } from "../presets.ts";
import type { ProgressEvent } from "../progress.ts";
import { readRatings } from "../ratings.ts";
import { report } from "../report/report.ts";
import type { NetworkRecord, SearchRecord } from "../report/types.ts";
import type { Run } from "../runs/run.ts";
import { settingsDataset, settingsTeacher } from "./_inputs.ts";
import type { Context, RunState } from "./_context.ts";
import { distilStage } from "./_distil_stage.ts";
import { checkFiles, hashFile } from "./_files.ts";
import { rateStage, RATINGS_FILE, SHARE_FILE } from "./_rate_stage.ts";
import { retrainStage } from "./_retrain_stage.ts";
import { LATENCY_FILE, latencyNanoseconds, searchStage } from "./_search_stage.ts";
import { resolveSpace } from "./settings.ts";

/** Options of {@linkcode runMethod} that do not change its result. */
export interface MethodOptions {
  /** Told at the beginning of each stage, in one line. */
  say?: (line: string) => void;
  /** Told of each step. */
  onProgress?: (event: ProgressEvent) => void;
  /** Stops as soon as a step is done, after a checkpoint. */
  signal?: AbortSignal;
  /** Seconds between two checkpoints. Default 20. */
  checkpointSeconds?: number;
  /** The devices that distil and rate, of this machine or of workers. Default: the engine's own. */
  sites?: readonly Site[];
  /** Seconds of each cell's step by its name, as `3.1`, by which cells are shared out. Default: multiply-adds. */
  times?: Readonly<Record<string, number>>;
}

/**
 * Runs the whole method, or goes on with it from the run's last checkpoint.
 *
 * The engine must have been started. Every hand-over between two stages is a file of the run's folder:
 * supernet.safetensors, ratings.json, architecture.json, student.safetensors, report.html.
 *
 * @param run A run's folder, new or opened again.
 * @param settings What to do: a preset, with changes.
 * @param options Progress and stopping.
 * @returns What architecture.json holds; undefined where the settings name some cells only, whose ratings are then in
 *   ratings.share.json.
 * @throws {DOMException} `AbortError`, if the signal stops it; the run can be resumed.
 * @throws {RangeError} if no network fits the budgets.
 */
export async function runMethod(
  run: Run,
  settings: MethodSettings,
  { say = () => {}, onProgress, signal, checkpointSeconds = 20, sites, times }: MethodOptions = {},
): Promise<SearchRecord | undefined> {
  const saved = run.checkpoint?.state as RunState | undefined;
  if (saved && saved.stage !== "distil") await checkFiles(run, saved.hashes);
  if (saved?.stage === "done") return await readJson(run.path(RESULT)) as SearchRecord;

  const space = resolveSpace(settings.space);
  const dataset = await settingsDataset(settings, { onProgress, signal });
  const classes = classesOf(settings, dataset);
  checkCounts(settings, dataset);
  if (!saved) {
    await listImageFiles(run, dataset);
    if (settings.latency !== undefined) {
      // The run's own copy: a table measured anew would change what a resumed run finds.
      await writeLatencyTable(run.path(LATENCY_FILE), await readLatencyTable(settings.latency));
    }
  }
  const teacher = await settingsTeacher(settings, { onProgress, signal });
  const context: Context = {
    run,
    settings,
    space,
    teacher,
    dataset,
    classes,
    lambda: settings.lambda ?? space.blocks.map(() => 1),
    say,
    signal,
    onProgress,
    checkpointSeconds,
    sites,
    times,
  };

  const state = saved?.stage === "retrain" ? saved : await distilAndRate(context, saved);
  if (settings.cells !== undefined) {
    say(
      `Cells ${settings.cells} are rated: ${run.path(SHARE_FILE)}; with the other cells' shares, ` +
        "`deno task rate merge` makes ratings.json of it",
    );
    teacher.dispose();
    return undefined;
  }
  const ratings = await readRatings(run.path(RATINGS_FILE));
  say(`Search: ${space.size} networks under the budgets`);
  let records = await searchStage(context, ratings);
  let teacherRecord: SearchRecord["teacher"];
  if (settings.retrain) {
    say(
      `Retrain: ${records[0].architecture}` +
        (settings.random > 0 ? `, and ${settings.random} random networks of its cost` : ""),
    );
    teacherRecord = await judgeTeacher(context);
    records = await retrainStage(context, records, state);
  }
  const result = searchRecord(context, records, teacherRecord);
  await writeJson(run.path(RESULT), result);
  await writeFile(
    run.path("report.html"),
    report({
      config: run.config,
      metrics: await readMetrics(run),
      ratings,
      result,
    }),
  );
  const hashes = { ...state.hashes, [RESULT]: await hashFile(run, RESULT) };
  await run.save({ tensors: {}, state: { stage: "done", hashes } satisfies RunState });
  teacher.dispose();
  return result;
}

/** The stages that need a supernet. */
async function distilAndRate(
  context: Context,
  saved: Extract<RunState, { stage: "distil" | "rate" }> | undefined,
): Promise<Extract<RunState, { stage: "retrain" }>> {
  const { space, teacher, say } = context;
  if (saved?.stage !== "rate") {
    const cells = space.blocks.reduce((sum, block) => sum + block.cells.length, 0);
    say(
      `Distil: ${cells} cells in ${space.blocks.length} blocks learn from teacher ${teacher.name}`,
    );
  }
  const { supernet, state } = await distilStage(context, saved);
  try {
    say("Rate: every path of every cell");
    return await rateStage(context, supernet, state);
  } finally {
    supernet.dispose();
  }
}

/** Writes down which image files rate the paths, and which files were passed over. */
async function listImageFiles(run: Run, dataset: Dataset): Promise<void> {
  const { splits, classes, folders, skipped = [] } = dataset;
  const { validation } = splits;
  if (!("files" in validation)) return;
  await writeFile(run.path("validation.txt"), listFiles(validation, folders ?? classes));
  if (skipped.length > 0) await writeFile(run.path("skipped.txt"), skipped.join("\n") + "\n");
}

/** How many classes the data has; an Error where another number was asked for. */
function classesOf({ classes, data }: MethodSettings, dataset: Dataset): number {
  const { length } = dataset.classes;
  if (classes !== undefined && classes !== length) {
    throw new RangeError(
      `Cannot use ${classes} classes: ${data ?? dataset.name} has ${length}`,
    );
  }
  return length;
}

/** Refuses batches that the data cannot fill, before hours of work. */
function checkCounts(settings: MethodSettings, { name, splits }: Dataset): void {
  const { batch, trainBatch, retrain, images = splits.train.count } = settings;
  const count = Math.min(images, splits.train.count);
  for (const [what, size] of [["distil", batch], ["retrain", retrain ? trainBatch : 1]] as const) {
    if (size > count) {
      throw new RangeError(
        `Cannot ${what} with a batch of ${size}: ${name} has ${count} images to learn from`,
      );
    }
  }
}

/** The teacher on the test images, where it tells their classes apart. */
async function judgeTeacher(
  { teacher, dataset, classes, settings, signal, onProgress }: Context,
): Promise<SearchRecord["teacher"]> {
  if (teacher.classes !== classes) return undefined;
  const { top1, crossEntropy } = await accuracy(teacher, dataset.splits.test, {
    mean: [...teacher.mean],
    std: [...teacher.std],
    batch: settings.rateBatch,
    signal,
    onProgress,
  });
  return { name: teacher.name, accuracy: top1, crossEntropy };
}

/** The file that holds the result. */
const RESULT = "architecture.json";

function searchRecord(
  { settings, space, dataset }: Context,
  [winner, ...random]: NetworkRecord[],
  teacher: SearchRecord["teacher"],
): SearchRecord {
  const { maxParams, maxFlops, maxMacs, maxLatency } = settings;
  return {
    ...winner,
    space: space.name,
    budgets: { maxParams, maxFlops, maxMacs },
    ...(maxLatency !== undefined && { ownBudgets: { latency: latencyNanoseconds(maxLatency) } }),
    random,
    teacher,
    testImages: dataset.splits.test.count,
  };
}

async function readMetrics(run: Run): Promise<Record<string, unknown>[]> {
  const text = await Deno.readTextFile(run.path("metrics.jsonl"));
  return text.split("\n").filter((line) => line !== "").map((line) => JSON.parse(line));
}
