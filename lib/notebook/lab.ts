/**
 * Long work in a notebook's cells: shown while it runs, stopped by the Stop button, taken up again.
 *
 * @module
 */

import {
  type NotebookProgress,
  notebookProgress,
  type NotebookProgressOptions,
} from "./progress.ts";
import { sentence } from "./_sentence.ts";

/** What a step of a lab is given. */
export interface StepTools<Checkpoint> {
  /** Aborted by the Stop button; give it to a library function as `signal`. */
  signal: AbortSignal;
  /** Where the step stood when it was stopped; nothing at its first run. */
  checkpoint?: Checkpoint;
  /** Keeps a checkpoint in memory; give it to a library function as `onCheckpoint`. */
  save: (checkpoint: Checkpoint) => void;
  /** Takes progress; give it to a library function as `onProgress`. */
  report: NotebookProgress["report"];
  /** Takes what an epoch gave; give it to a library function as `onEpoch`. */
  epoch: NotebookProgress["epoch"];
}

/** How {@linkcode notebookLab} listens and shows. */
export interface LabOptions extends NotebookProgressOptions {
  /** What stops a step. Default: SIGINT, which Jupyter's Stop button sends to the kernel. */
  signalName?: Deno.Signal;
}

/** Runs the long steps of a notebook. */
export interface NotebookLab extends Disposable {
  /**
   * Runs a step. A step of a name that has been done gives its result again; one that was stopped goes on from its last
   * checkpoint.
   *
   * @throws {Error} "Stopped: …" at the Stop button, without a stack.
   */
  run<Result, Checkpoint = unknown>(
    name: string,
    work: (tools: StepTools<Checkpoint>) => Promise<Result>,
  ): Promise<Result>;
  /** Forgets a step, so that the next run begins anew; every step where no name is given. */
  forget(name?: string): void;
  /** Listens no longer: Stop ends the kernel again. */
  remove(): void;
}

/** Milliseconds that a stopped step has to end in order; then the cell ends, and the step in its own time. */
const GRACE = 600;

/** What is known of a step. */
interface Step {
  checkpoint?: unknown;
  /** Settled when the work of an earlier run has ended. */
  ending?: Promise<void>;
  epochs: (object | readonly object[])[];
  result?: { value: unknown };
}

/**
 * Makes a notebook's lab: from here on the Stop button stops the running step within a second and leaves the kernel with its
 * variables alive; the cell can be run again and goes on where it was.
 *
 * Without a listener the signal of the Stop button would end the kernel.
 *
 * @param options The space whose cells are distilled, and how progress is shown.
 * @returns The lab.
 *
 * @example A step that is stopped goes on when it is run again
 * ```ts
 * import { notebookLab } from "@dna/kernel";
 * import { assertEquals, assertRejects } from "@std/assert";
 *
 * using lab = notebookLab({ display: () => {}, signalName: "SIGUSR2" });
 * const count = () =>
 *   lab.run<number, number>("count", async ({ signal, checkpoint, save }) => {
 *     if (checkpoint !== undefined) return checkpoint;
 *     save(3);
 *     Deno.kill(Deno.pid, "SIGUSR2"); // as Stop does with SIGINT
 *     while (!signal.aborted) await new Promise((resolve) => setTimeout(resolve, 20));
 *     throw signal.reason;
 *   });
 * await assertRejects(count, Error, "Stopped: run the cell again to go on");
 * assertEquals(await count(), 3);
 * ```
 */
export function notebookLab(options: LabOptions = {}): NotebookLab {
  const { signalName = "SIGINT" } = options;
  const steps = new Map<string, Step>();
  const running = new Set<AbortController>();
  const onStop = () => {
    for (const controller of running) {
      controller.abort(new DOMException("stopped by the Stop button", "AbortError"));
    }
  };
  let listens = true;
  Deno.addSignalListener(signalName, onStop);
  const remove = () => {
    if (listens) Deno.removeSignalListener(signalName, onStop);
    listens = false;
  };
  return {
    async run<Result, Checkpoint>(
      name: string,
      work: (tools: StepTools<Checkpoint>) => Promise<Result>,
    ): Promise<Result> {
      const step: Step = steps.get(name) ?? { epochs: [] };
      steps.set(name, step);
      await step.ending;
      if (step.result) return step.result.value as Result;
      const controller = new AbortController();
      const { signal } = controller;
      const progress = notebookProgress(options);
      for (const lines of step.epochs) progress.epoch(lines);
      running.add(controller);
      const working = work({
        signal,
        checkpoint: step.checkpoint as Checkpoint | undefined,
        save: (checkpoint) => {
          step.checkpoint = checkpoint;
        },
        report: (event) => {
          if (!signal.aborted) progress.report(event);
        },
        epoch: (lines) => {
          step.epochs.push(lines);
          if (!signal.aborted) progress.epoch(lines);
        },
      }).then((value) => {
        step.result = { value };
        return value;
      });
      step.ending = working.then(() => {}, () => {});
      const patience = outOfPatience(signal);
      try {
        return await Promise.race([working, patience.over]);
      } catch (error) {
        if (!signal.aborted) throw error;
        throw sentence(new Error("Stopped: run the cell again to go on", { cause: error }));
      } finally {
        patience.end();
        running.delete(controller);
        progress.close();
      }
    },
    forget(name) {
      if (name === undefined) steps.clear();
      else steps.delete(name);
    },
    remove,
    [Symbol.dispose]: remove,
  };
}

/** Rejects some time after a signal was aborted, unless it is ended before. */
function outOfPatience(signal: AbortSignal): { over: Promise<never>; end: () => void } {
  const { promise, reject } = Promise.withResolvers<never>();
  promise.catch(() => {}); // the race may be over
  let timer: ReturnType<typeof setTimeout> | undefined;
  const begin = () => timer = setTimeout(() => reject(signal.reason), GRACE);
  signal.addEventListener("abort", begin, { once: true });
  return {
    over: promise,
    end() {
      signal.removeEventListener("abort", begin);
      clearTimeout(timer);
    },
  };
}
