/**
 * How far a long job is: events that library functions report, and renderers that show them on standard error.
 *
 * @module
 */

import { barProgress } from "./progress/_bar.ts";
import { lineProgress } from "./progress/_lines.ts";
import { describeSnapshot } from "./progress/_tracker.ts";

export { formatCount, formatDuration } from "./progress/format.ts";

/** One step of a stage is done. */
export interface ProgressEvent {
  /** What is being done, such as "distil". */
  stage: string;
  /** How much is done, from 0 to `total`. */
  done: number;
  /** How much there is to do; 0 where that is not known. */
  total: number;
  /** What is counted, in the plural: "batches". */
  unit: string;
  /** What was measured, such as the loss. */
  metrics?: Record<string, number>;
}

/** Shows progress events. */
export interface ProgressRenderer {
  /** Takes an event; give it to a library function as `onProgress`. */
  report(event: ProgressEvent): void;
  /** Shows what is still to be shown, and leaves the terminal in order; afterwards a new stage may begin. */
  close(): void;
}

/** Where lines go and how often; the defaults are standard error, the system's clock and five seconds. */
export interface ProgressOptions {
  /** Takes whole lines. */
  write?: (text: string) => void;
  /** A clock in milliseconds. */
  now?: () => number;
  /** The least time between two lines of a stage, apart from its first and its last. */
  everySeconds?: number;
}

/**
 * A bar for the stage that is under way, with rate and time left: for terminals.
 *
 * @returns A renderer; without a terminal on standard error it shows nothing.
 *
 * @example
 * ```ts
 * import { terminalProgress } from "@dna/kernel";
 *
 * const progress = terminalProgress();
 * for (let done = 0; done <= 3; done++) {
 *   progress.report({ stage: "distil", done, total: 3, unit: "batches" });
 * }
 * progress.close();
 * ```
 */
export function terminalProgress(): ProgressRenderer {
  return barProgress();
}

/**
 * Plain lines with stage, count, rate and time left: for logs and pipes.
 *
 * @param options Where the lines go and how often.
 * @returns A renderer.
 *
 * @example
 * ```ts
 * import { plainProgress } from "@dna/kernel";
 * import { assertEquals } from "@std/assert";
 *
 * let [text, now] = ["", 0];
 * const progress = plainProgress({ write: (line) => text += line, now: () => now });
 * for (let done = 0; done <= 4; done++, now += 500) {
 *   progress.report({ stage: "distil", done, total: 4, unit: "batches" });
 * }
 * progress.close();
 * assertEquals(text, "distil: 0/4 batches\ndistil: 4/4 batches, 2 batches/s, in 2.0 s\n");
 * ```
 */
export function plainProgress(options: ProgressOptions = {}): ProgressRenderer {
  return lineProgress(
    (snapshot) => `${snapshot.stage}: ${describeSnapshot(snapshot).join(", ")}`,
    options,
  );
}

/**
 * One JSON object a line, as often as {@linkcode plainProgress}: the event with `rate` (units a second) and `secondsLeft`,
 * where they are known.
 *
 * @param options Where the lines go and how often; at least a second apart unless told otherwise.
 * @returns A renderer.
 *
 * @example
 * ```ts
 * import { jsonProgress } from "@dna/kernel";
 * import { assertEquals } from "@std/assert";
 *
 * let text = "";
 * const progress = jsonProgress({ write: (line) => text += line });
 * progress.report({ stage: "rate", done: 0, total: 9, unit: "cells" });
 * progress.close();
 * assertEquals(JSON.parse(text), { stage: "rate", done: 0, total: 9, unit: "cells" });
 * ```
 */
export function jsonProgress(options: ProgressOptions = {}): ProgressRenderer {
  return lineProgress(
    ({ stage, done, total, unit, metrics, rate, secondsLeft }) =>
      JSON.stringify({ stage, done, total, unit, metrics, rate, secondsLeft }),
    { everySeconds: 1, ...options },
  );
}

/**
 * Shows nothing.
 *
 * @returns A renderer.
 *
 * @example
 * ```ts
 * import { silentProgress } from "@dna/kernel";
 *
 * silentProgress().report({ stage: "rate", done: 1, total: 9, unit: "cells" });
 * ```
 */
export function silentProgress(): ProgressRenderer {
  return { report: () => {}, close: () => {} };
}

/** What decides how progress is shown. */
export interface ProgressChoice {
  /** Show nothing. */
  quiet?: boolean;
  /** Show JSON lines. */
  json?: boolean;
  /** Whether standard error is a terminal; asked of the system by default. */
  isTerminal?: boolean;
}

/**
 * Chooses how to show progress: nothing if quiet, else JSON lines if asked for, else a bar in a terminal and plain lines elsewhere.
 *
 * @param choice What was asked for.
 * @returns A renderer.
 *
 * @example
 * ```ts
 * import { chooseProgress } from "@dna/kernel";
 *
 * const progress = chooseProgress({ quiet: true });
 * progress.report({ stage: "rate", done: 1, total: 9, unit: "cells" });
 * progress.close();
 * ```
 */
export function chooseProgress(
  { quiet = false, json = false, isTerminal = Deno.stderr.isTerminal() }: ProgressChoice = {},
): ProgressRenderer {
  if (quiet) return silentProgress();
  if (json) return jsonProgress();
  return isTerminal ? terminalProgress() : plainProgress();
}
