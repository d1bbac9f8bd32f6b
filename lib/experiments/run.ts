/**
 * The work of experiments: part after part, beside other processes that work on the same folder.
 *
 * @module
 */

import { cpuUsage } from "node:process";
import { join } from "node:path";
import type { Engine } from "../engine.ts";
import { makeFolder } from "../files.ts";
import { type Lock, tryLockFolder } from "../runs/_lock.ts";
import { runEnvironment } from "../runs/environment.ts";
import { createRun, openRun, type Run } from "../runs/run.ts";
import type { ExperimentScale } from "./scales.ts";
import type { PartStore } from "./store.ts";
import type { Experiment, Part, Watching } from "./types.ts";

/** Options of {@linkcode runParts}. */
export interface RunPartsOptions extends Watching {
  /** The engine that was started. */
  engine: Engine;
  /** Told what begins, in a line. */
  say?: (line: string) => void;
  /** Told of each part that is done, by this process or another: how many there are, and how many are known of. */
  onDone?: (done: number, known: number) => void;
}

/** How long one process waits for the parts of another, in milliseconds. */
const PATIENCE = 500;

/**
 * Does every part of an experiment that is not done yet. Several processes may work on one folder: each takes the next part that
 * no other one is at work on, and all end when all parts are done.
 *
 * @param experiment The experiment; only its parts matter.
 * @param scale How much is done.
 * @param store Where its parts are kept.
 * @param options The engine, and who is told.
 * @throws {DOMException} `AbortError`, if the signal stops it; a later call goes on.
 */
export async function runParts(
  experiment: Pick<Experiment, "parts">,
  scale: ExperimentScale,
  store: PartStore,
  { say = () => {}, onDone = () => {}, ...options }: RunPartsOptions,
): Promise<void> {
  while (true) {
    options.signal?.throwIfAborted();
    const parts = experiment.parts(scale, store);
    const missing: Part[] = [];
    for (const part of parts) if (!await store.has(part)) missing.push(part);
    onDone(parts.length - missing.length, parts.length);
    // What is done now may name further parts.
    if (missing.length === 0 && experiment.parts(scale, store).length === parts.length) return;
    let worked = false;
    for (const part of missing) {
      if (await store.has(part)) continue;
      if (!await tryPart(part, store, say, options)) continue;
      worked = true;
      break;
    }
    if (!worked) await pause(PATIENCE, options.signal);
  }
}

/** Does a part; false where another process is at work on it. */
async function tryPart(
  part: Part,
  store: PartStore,
  say: (line: string) => void,
  { engine, ...watching }: Omit<RunPartsOptions, "say" | "onDone">,
): Promise<boolean> {
  const folder = store.workFolder(part);
  const lock = await tryLock(folder);
  if (!lock) return false;
  try {
    // The other process may have ended between the look and the lock.
    if (!await store.has(part)) {
      using run = await partRun(part, join(folder, "run"));
      const begun = { wall: performance.now(), cpu: cpuSeconds() };
      const before = spentBefore(run);
      const spent = (): Spent => ({
        seconds: before.seconds + (performance.now() - begun.wall) / 1000,
        cpuSeconds: before.cpuSeconds + cpuSeconds() - begun.cpu,
      });
      say(`${run.checkpoint ? "Going on: " : ""}${part.label}`);
      const result = await part.run({
        ...watching,
        run: timed(run, spent),
        keep: (tensors, name) => store.keep(part, name, tensors),
        kept: (other, name) => store.kept(other, name),
      });
      await store.put(part, result, await madeBy(engine, spent()));
    }
    await Deno.remove(folder, { recursive: true }).catch(() => {});
  } finally {
    lock.release();
  }
  return true;
}

/** Locks a part's folder; undefined where another process holds it, or has just removed it. */
async function tryLock(folder: string): Promise<Lock | undefined> {
  await makeFolder(folder);
  try {
    return await tryLockFolder(folder);
  } catch (error) {
    if (!await exists(folder)) return undefined;
    throw error;
  }
}

/** The run that holds a part's checkpoints, new or opened again. */
async function partRun(part: Part, folder: string): Promise<Run> {
  if (await exists(join(folder, "config.json"))) return await openRun(folder);
  // What a kill left before the run had begun.
  await Deno.remove(folder, { recursive: true }).catch(() => {});
  return await createRun(folder, { part: part.kind, options: part.settings });
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

/** A run whose checkpoints tell how long the part has been worked on. */
function timed(run: Run, spent: () => Spent): Run {
  return {
    ...run,
    save: ({ tensors, state }) => run.save({ tensors, state: { ...state as object, ...spent() } }),
    [Symbol.dispose]: run[Symbol.dispose],
  };
}

/** Time that a part took: by the clock, and of all the process' threads. */
interface Spent {
  seconds: number;
  cpuSeconds: number;
}

function spentBefore({ checkpoint }: Run): Spent {
  const { seconds = 0, cpuSeconds = 0 } = (checkpoint?.state ?? {}) as Partial<Spent>;
  return { seconds, cpuSeconds };
}

function cpuSeconds(): number {
  const { user, system } = cpuUsage();
  return (user + system) / 1e6;
}

/** What made a result. */
async function madeBy(engine: Engine, spent: Spent): Promise<Record<string, unknown>> {
  const { deno, platform, cores, revision } = await runEnvironment();
  return {
    deno,
    tensorflow: engine.version,
    device: engine.device.name,
    threads: engine.threads ?? null,
    platform,
    cores,
    revision,
    seconds: Math.round(spent.seconds * 10) / 10,
    cpuSeconds: Math.round(spent.cpuSeconds * 10) / 10,
  };
}

async function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  await new Promise<void>((done) => {
    const timer = setTimeout(done, milliseconds);
    signal?.addEventListener("abort", () => {
      clearTimeout(timer);
      done();
    }, { once: true });
  });
}
