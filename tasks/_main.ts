/**
 * What every task does around its work: exit statuses, and one sentence for what went wrong.
 *
 * @module
 */

import { UsageError } from "./_options.ts";

/**
 * Runs a task: status 0, 2 for wrong usage, 130 for Ctrl-C, 1 for all else, each with one message of at
 * most eight lines. `$DNA_DEBUG` shows the stack too.
 */
export async function runTask(task: () => Promise<void>): Promise<void> {
  try {
    await task();
  } catch (error) {
    const aborted = error instanceof DOMException && error.name === "AbortError";
    const message = error instanceof Error ? error.message : String(error);
    console.error(message.split("\n").slice(0, 8).join("\n"));
    if (Deno.env.get("DNA_DEBUG")) console.error(error);
    Deno.exitCode = error instanceof UsageError ? 2 : aborted ? 130 : 1;
  }
}
