import { join } from "node:path";
import { describeError, makeFolder, readJson, writeJson } from "../files.ts";
import { type Checkpoint, loadCheckpoint, saveCheckpoint } from "./_checkpoint.ts";
import { type Lock, lockFolder } from "./_lock.ts";
import { openMetrics } from "./_metrics.ts";

export type { Checkpoint } from "./_checkpoint.ts";

/** A run's options, seed and versions: plain JSON data. */
export type RunConfig = Record<string, unknown>;

/**
 * A run folder that this process holds: `config.json`, `metrics.jsonl`, `checkpoint.safetensors` (and the previous one),
 * and whatever the run writes beside them.
 */
export interface Run extends Disposable {
  /** Where it is. */
  readonly folder: string;
  /** What config.json holds. */
  readonly config: RunConfig;
  /** What to go on from; undefined in a new run, and in one that was stopped before its first checkpoint. */
  readonly checkpoint: Checkpoint | undefined;
  /** The path of a file in the folder. */
  path(name: string): string;
  /** Appends a line to metrics.jsonl at once; throws a TypeError if a number is not finite, an Error if the disk is full. */
  log(metrics: Record<string, unknown>): void;
  /** Replaces the checkpoint, whole or not at all, and keeps the one before; lines logged later than this call are cut when the run is resumed from it. */
  save(checkpoint: Checkpoint): Promise<void>;
  /** Ends the hold on the folder; nothing is lost by not calling it. */
  close(): void;
}

/**
 * Starts a run in a new or empty folder: makes it, locks it, writes config.json.
 *
 * @param folder Where the run's files shall be.
 * @param config Options, seed and versions.
 * @returns The run.
 * @throws {Error} If the folder holds anything, cannot be made or written, or another process is at work in it.
 *
 * @example Start, stop, resume
 * ```ts
 * import { createRun, openRun } from "@dna/kernel";
 * import { assertEquals } from "@std/assert";
 *
 * const folder = `${await Deno.makeTempDir()}/run`;
 * {
 *   using run = await createRun(folder, { seed: 7 });
 *   run.log({ step: 1, loss: 0.5 });
 *   const weight = { dtype: "F32", shape: [1], data: new Float32Array([0.25]) } as const;
 *   await run.save({ tensors: { weight }, state: { step: 1 } });
 *   run.log({ step: 2, loss: 0.4 });
 * }
 * using run = await openRun(folder);
 * assertEquals(run.config, { seed: 7 });
 * assertEquals(run.checkpoint?.state, { step: 1 });
 * assertEquals(run.checkpoint?.tensors.weight.data, new Float32Array([0.25]));
 * assertEquals(await Deno.readTextFile(run.path("metrics.jsonl")), '{"step":1,"loss":0.5}\n');
 * ```
 */
export async function createRun(folder: string, config: RunConfig): Promise<Run> {
  await makeFolder(folder);
  await refuseUsed(folder);
  const lock = await lockFolder(folder);
  return await releaseOnError(lock, async () => {
    await refuseUsed(folder);
    await writeJson(join(folder, "config.json"), config);
    return await hold(folder, lock, config);
  });
}

/** Options of {@linkcode openRun}. */
export interface OpenRunOptions {
  /** Takes a sentence where the last checkpoint is broken and the one before it stands in; `console.warn` by default. */
  onWarning?: (text: string) => void;
}

/**
 * Goes on with a run from its last checkpoint: locks the folder, checks its files, and cuts metrics.jsonl back to the checkpoint, so that
 * the lines come out as those of a run that never stopped. Where the last checkpoint is cut or altered, the one before it stands in.
 *
 * @param folder The run's folder.
 * @param options Who is told of a broken checkpoint.
 * @returns The run.
 * @throws {SyntaxError} If a file of the run is broken, or both checkpoints are; the message names it.
 * @throws {Error} If the folder is absent or no run folder, or another process is at work in it.
 *
 * @example
 * ```ts
 * import { openRun } from "@dna/kernel";
 * import { assertRejects } from "@std/assert";
 *
 * await assertRejects(() => openRun("/no/run"), Error, "Cannot resume /no/run: it does not exist");
 * ```
 */
export async function openRun(
  folder: string,
  { onWarning = console.warn }: OpenRunOptions = {},
): Promise<Run> {
  const config = await readConfig(folder);
  const lock = await lockFolder(folder);
  return await releaseOnError(lock, async () => {
    await removeLeftovers(folder);
    return await hold(folder, lock, config, onWarning);
  });
}

/**
 * Reads a run's config.json, without touching the folder.
 *
 * @param folder The run's folder.
 * @param verb What is to be done with the run, as errors say it.
 * @returns The config.
 * @throws {SyntaxError} If config.json is no JSON object.
 * @throws {Error} If the folder is absent or holds no config.json.
 *
 * @example
 * ```ts
 * import { createRun, readConfig } from "@dna/kernel";
 * import { assertEquals } from "@std/assert";
 *
 * const folder = await Deno.makeTempDir();
 * using _run = await createRun(folder, { preset: "fashion" });
 * assertEquals(await readConfig(folder), { preset: "fashion" });
 * ```
 */
export async function readConfig(folder: string, verb = "resume"): Promise<RunConfig> {
  const refuse = (reason: string): never => {
    throw new Error(`Cannot ${verb} ${folder}: ${reason}`);
  };
  const about = await Deno.stat(folder).catch((error) => refuse(describeError(error)));
  if (!about.isDirectory) refuse("it is a file, not a folder");
  const path = join(folder, "config.json");
  if (!await Deno.stat(path).then(() => true, () => false)) {
    refuse("it has no config.json, so it is no run folder");
  }
  const config = await readJson(path);
  if (typeof config !== "object" || config === null || Array.isArray(config)) {
    throw new SyntaxError(`Cannot read ${path}: it is no JSON object`);
  }
  return config as RunConfig;
}

async function hold(
  folder: string,
  lock: Lock,
  config: RunConfig,
  onWarning: (text: string) => void = console.warn,
): Promise<Run> {
  const stored = await loadCheckpoint(folder, onWarning);
  const metrics = await openMetrics(join(folder, "metrics.jsonl"), stored?.metricsBytes ?? 0);
  let closed = false;
  const close = (): void => {
    if (closed) return;
    closed = true;
    metrics.close();
    lock.release();
  };
  return {
    folder,
    config,
    checkpoint: stored && { tensors: stored.tensors, state: stored.state },
    path: (name) => join(folder, name),
    log: (line) => metrics.append(line),
    async save({ tensors, state }) {
      const metricsBytes = metrics.bytes;
      metrics.sync();
      await saveCheckpoint(folder, { tensors, state, metricsBytes });
    },
    close,
    [Symbol.dispose]: close,
  };
}

async function refuseUsed(folder: string): Promise<void> {
  for await (const { name } of Deno.readDir(folder)) {
    if (name === "lock") continue;
    const hint = name === "config.json" || await Deno.stat(join(folder, "config.json")).then(() =>
        true, () =>
        false)
      ? "it holds a run already, which can be resumed"
      : `it is not empty, it holds ${name}`;
    throw new Error(`Cannot start a run in ${folder}: ${hint}`);
  }
}

/** Files that were half written when the run was killed. */
async function removeLeftovers(folder: string): Promise<void> {
  for await (const { name, isFile } of Deno.readDir(folder)) {
    if (isFile && (/\.tmp-\d+-[0-9a-f]{8}$/.test(name) || name === "checkpoint.next.safetensors")) {
      await Deno.remove(join(folder, name));
    }
  }
}

async function releaseOnError<T>(lock: Lock, body: () => Promise<T>): Promise<T> {
  try {
    return await body();
  } catch (error) {
    lock.release();
    throw error;
  }
}
