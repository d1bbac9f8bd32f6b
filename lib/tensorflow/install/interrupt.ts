/**
 * Ctrl-C during set-up.
 *
 * @module
 */

import { taskCommand } from "./command.ts";

/**
 * Runs a function whose signal Ctrl-C (and SIGTERM) aborts, with an `AbortError` that says what to type.
 *
 * @param again The task to type again.
 */
export async function withInterrupt<T>(
  again: string,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const stop = () =>
    controller.abort(
      new DOMException(
        `Stopped, and nothing is half set up: type \`${taskCommand(again)}\` to start again`,
        "AbortError",
      ),
    );
  const signals: Deno.Signal[] = ["SIGINT", "SIGTERM"];
  for (const name of signals) Deno.addSignalListener(name, stop);
  try {
    return await work(controller.signal);
  } finally {
    for (const name of signals) Deno.removeSignalListener(name, stop);
  }
}
