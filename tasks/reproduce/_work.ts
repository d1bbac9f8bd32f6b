/**
 * Doing the steps of a reproduction that are not done, one after the other.
 *
 * @module
 */

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  EXPERIMENT_NAMES,
  frontAccuracies,
  type ProgressEvent,
  recordRun,
  type ScaleName,
  sha256,
  sharedRun,
  writeFile,
  writeJson,
} from "../../mod.ts";
import { NOTEBOOKS } from "../notebooks/_names.ts";
import { executeNotebooks, judgeNotebook } from "../notebooks/_run.ts";
import { runAblation } from "./_experiment.ts";
import { type Done, hashFolders, hashSources, readDone } from "./_inputs.ts";
import { needsOf, type Step, stepsFor } from "./_steps.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** What the work needs to know. */
export interface WorkOptions {
  /** How much is done. */
  scale: ScaleName;
  /** Where the executed notebooks go. */
  out: string;
  /** The notebooks' Python. */
  python: string;
  /** Folder with the images, for scale `paper`. */
  data?: string;
  /** Processes of an experiment side by side. */
  jobs?: number;
  /** Does everything again, but for the parts of experiments that are done. */
  again: boolean;
  /** Told of each step. */
  onProgress: (event: ProgressEvent) => void;
  /** Told what begins or is passed over, in a line. */
  say: (line: string) => void;
  /** Stops it; a later call goes on. */
  signal: AbortSignal;
}

/** A notebook with what came of it. */
export interface Outcome {
  name: string;
  seconds: number;
  error?: string;
}

/** Does all that some notebooks need and then executes them; what gives the same as before is passed over. */
export async function reproduce(
  names: readonly string[],
  options: WorkOptions,
): Promise<Outcome[]> {
  const { scale, out, again, say } = options;
  const record = join(out, "done.json");
  const done = again ? { steps: {} } : await readDone(record);
  const library = await hashFolders([join(ROOT, "lib")], [".ts", ".json"]);
  const steps = stepsFor(names, EXPERIMENT_NAMES);
  const outcomes: Outcome[] = [];
  for (const [i, step] of steps.entries()) {
    options.signal.throwIfAborted();
    const key = `${step.kind} ${step.name}`;
    const inputs = await inputsOf(step, library, options);
    const place = `${i + 1} of ${steps.length}: ${step.kind} ${step.name}`;
    const before = done.steps[key];
    if (before?.inputs === inputs && await isThere(step, options)) {
      say(`${place} is done`);
      if (step.kind === "notebook") outcomes.push({ name: step.name, seconds: before.seconds });
      continue;
    }
    say(place);
    const started = performance.now();
    const error = await doStep(step, {
      ...options,
      onProgress: (event) => options.onProgress({ ...event, stage: `${place}, ${event.stage}` }),
    });
    const seconds = Math.round((performance.now() - started) / 100) / 10;
    if (step.kind === "notebook") outcomes.push({ name: step.name, seconds, error });
    if (error) {
      say(`${step.name}: ${error}`);
      continue;
    }
    done.steps[key] = { inputs: await inputsOf(step, library, options), seconds };
    await writeJson(record, done satisfies Done);
  }
  say(`All ${steps.length} steps of scale ${scale} are through`);
  return outcomes;
}

/** Does a step; gives what went wrong in a notebook. */
async function doStep(step: Step, options: WorkOptions): Promise<string | undefined> {
  const { scale, data, onProgress, say, signal } = options;
  const watching = { data, onProgress, say, signal };
  if (step.kind === "experiment") return void await runAblation(step.name, { ...options, data });
  if (step.kind === "notebook") return await executeNotebook(step.name, options);
  const run = await sharedRun(scale, watching);
  if (step.kind === "run") await recordRun(run, scale);
  else await frontAccuracies(run.ratings, scale, watching);
}

async function executeNotebook(
  name: string,
  { out, python, scale, onProgress, signal }: WorkOptions,
): Promise<string | undefined> {
  const path = join(NOTEBOOKS, `${name}.ipynb`);
  onProgress({ stage: "executing", done: 0, total: 1, unit: "notebooks" });
  for await (
    const { text, error } of executeNotebooks([path], { python, scale, seconds: 7200, signal })
  ) {
    await writeFile(join(out, `${name}.ipynb`), text);
    onProgress({ stage: "executing", done: 1, total: 1, unit: "notebooks" });
    if (error) return error.split("\n")[0];
    const faults = judgeNotebook(text);
    if (faults.length > 0) return faults.join("; ");
  }
}

/** A hash of what a step's result follows from. */
async function inputsOf(step: Step, library: string, { scale, data }: WorkOptions) {
  const results = join(ROOT, "results", scale);
  if (step.kind !== "notebook") return sha256(JSON.stringify([library, scale, data ?? null]));
  const shown = needsOf(step.name, EXPERIMENT_NAMES).map(({ kind, name }) =>
    join(results, kind === "front" ? "parts" : name)
  );
  return sha256(JSON.stringify([
    library,
    scale,
    await hashSources(join(NOTEBOOKS, `${step.name}.ipynb`)),
    await hashFolders([join(NOTEBOOKS, "data"), ...shown], [".json", ".safetensors"]),
  ]));
}

/** Whether what a step made is still there. */
async function isThere({ kind, name }: Step, { scale, out }: WorkOptions): Promise<boolean> {
  const results = join(ROOT, "results", scale);
  const path = {
    run: join(results, "run", "architecture.json"),
    front: join(results, "parts"),
    experiment: join(results, name, "results.json"),
    notebook: join(out, `${name}.ipynb`),
  }[kind];
  return await Deno.stat(path).then(() => true, () => false);
}
