/**
 * A Deno kernel in a process of its own, driven through Jupyter's protocol.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { join } from "node:path";
import { findNotebooks, installNotebooks } from "../lib/tensorflow/install/notebooks.ts";
import { TextLineStream } from "../tasks/notebooks/_lines.ts";

/** What a cell gave. */
export interface CellResult {
  /** What it showed, in the order of arrival. */
  outputs: { kind: string; text: string }[];
  /** How many of them came after the word that the cell had ended: JupyterLab drops such ones. */
  late: number;
  /** What it threw, as Jupyter shows it. */
  error: { ename: string; evalue: string; traceback: string[] } | null;
  /** Seconds from the Stop button to the end of the cell, where it was pressed. */
  stoppedAfter: number | null;
  /** Whether the kernel lives. */
  alive: boolean;
}

/** A kernel under way. */
export interface Kernel extends AsyncDisposable {
  /** Runs a cell; presses Stop once an output matches `stopWhen`; waits `hold` seconds for late outputs (0.5). */
  run(code: string, options?: { stopWhen?: RegExp; hold?: number }): Promise<CellResult>;
}

/** The Python of the notebooks' environment, set up where it is not there. */
export async function notebookPython(): Promise<string> {
  const { folder } = findNotebooks() ?? await installNotebooks();
  return join(folder, "bin", "python");
}

/** Starts a kernel in a folder. */
export async function startKernel(
  folder: string,
  env: Record<string, string> = {},
): Promise<Kernel> {
  const child = new Deno.Command(await notebookPython(), {
    args: [fileURLToPath(new URL("_kernel.py", import.meta.url)), folder],
    env: { NO_COLOR: "1", TF_CPP_MIN_LOG_LEVEL: "3", ...env },
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const writer = child.stdin.getWriter();
  const lines = child.stdout.pipeThrough(new TextDecoderStream())
    .pipeThrough(new TextLineStream()).getReader();
  const next = async () => {
    const { done, value } = await lines.read();
    if (done) throw new Error("The kernel's driver ended");
    return value;
  };
  await next();
  return {
    async run(code, { stopWhen, hold } = {}) {
      const cell = JSON.stringify({ code, stopWhen: stopWhen?.source, hold });
      await writer.write(new TextEncoder().encode(`${cell}\n`));
      return JSON.parse(await next()) as CellResult;
    },
    async [Symbol.asyncDispose]() {
      await writer.close();
      await lines.cancel();
      await child.status;
    },
  };
}
