/**
 * Set-up's progress on standard error.
 *
 * Set-up has no dependency that would have to be fetched first, so that it can say itself that there is no
 * network; hence neither a bar from a package nor `lib/progress.ts`, which draws one.
 *
 * @module
 */

import type { ProgressEvent, ProgressRenderer } from "../../progress.ts";

const PLAIN_EVERY_MS = 5_000;

/**
 * Shows stage, megabytes and elapsed time in one line that is rewritten, or in plain lines where standard
 * error is no terminal.
 *
 * @param title What goes on, put before each stage.
 * @param heading A line for before the first event.
 * @param quiet Shows nothing.
 */
export function setUpProgress(title: string, heading: string, quiet: boolean): ProgressRenderer {
  if (quiet) return { report: () => {}, close: () => {} };
  const terminal = Deno.stderr.isTerminal();
  const start = performance.now();
  let stage: string | undefined;
  let shownAt = 0;
  let shownDone = 0;
  return {
    report(event: ProgressEvent): void {
      const now = performance.now();
      if (stage === undefined) write(`${heading}\n`);
      const last = event.done === event.total && event.done !== shownDone;
      if (!terminal && event.stage === stage && now - shownAt < PLAIN_EVERY_MS && !last) return;
      if (terminal && stage !== undefined) write(event.stage === stage ? "\r\x1b[K" : "\n");
      stage = event.stage;
      [shownAt, shownDone] = [now, event.done];
      write(`${title}: ${describe(event)}, ${Math.round((now - start) / 1000)} s`);
      if (!terminal) write("\n");
    },
    close(): void {
      if (terminal && stage !== undefined) write("\n");
      stage = undefined;
    },
  };
}

function describe({ stage, done, total, unit }: ProgressEvent): string {
  if (!unit) return stage;
  return total > 0 ? `${stage}, ${done} of ${total} ${unit}` : `${stage}, ${done} ${unit}`;
}

function write(text: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(text));
}
