/**
 * An experiment in a process of its own, its progress told here.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import type { ProgressEvent } from "../../mod.ts";
import { TextLineStream } from "../notebooks/_lines.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** Options of {@linkcode runAblation}. */
export interface AblationOptions {
  /** How much is done. */
  scale: string;
  /** Folder with the images, for scale `paper`. */
  data?: string;
  /** Processes side by side. */
  jobs?: number;
  /** Told of each step. */
  onProgress: (event: ProgressEvent) => void;
  /** Stops it; what is done stays done. */
  signal: AbortSignal;
}

/**
 * Runs `deno task ablation NAME --resume`, which does what is still to be done.
 *
 * @throws {Error} with the last line that it said, if it fails.
 */
export async function runAblation(
  name: string,
  { scale, data, jobs, onProgress, signal }: AblationOptions,
): Promise<void> {
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "-A",
      "tasks/ablation.ts",
      name,
      "--scale",
      scale,
      "--resume",
      "--json",
      ...(data === undefined ? [] : ["--data", data]),
      ...(jobs === undefined ? [] : ["--jobs", `${jobs}`]),
    ],
    cwd: ROOT,
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const stop = () => {
    try {
      child.kill("SIGINT"); // it saves what it has, and ends
    } catch {
      // It has ended by itself.
    }
  };
  signal.addEventListener("abort", stop);
  const lines = child.stderr.pipeThrough(new TextDecoderStream()).pipeThrough(new TextLineStream());
  let last = "it gave no reason";
  for await (const line of lines) {
    const event = eventOf(line);
    if (event) onProgress(event);
    else if (line.trim()) last = line;
  }
  const { success } = await child.status;
  signal.removeEventListener("abort", stop);
  signal.throwIfAborted();
  if (!success) throw new Error(`Cannot run experiment ${name}: ${last}`);
}

/** A line of JSON progress; nothing where it is another one. */
function eventOf(line: string): ProgressEvent | undefined {
  try {
    const event = JSON.parse(line);
    return typeof event?.stage === "string" && typeof event.done === "number" ? event : undefined;
  } catch {
    return undefined;
  }
}
