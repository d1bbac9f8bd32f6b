/**
 * Workers as users start them, each in a process of its own on this machine.
 *
 * @module
 */

import { freePort } from "../lib/workers/_pipes.ts";

const ROOT = new URL("..", import.meta.url);
const TASK = new URL("../tasks/worker.ts", import.meta.url);

/** A worker under way. */
export interface WorkerProcess extends Disposable {
  /** The port on which it listens. */
  port: number;
  /** Sends a signal, also to one that has ended. */
  kill(signal: Deno.Signal): void;
  /** Fulfilled when it has ended. */
  ended: Promise<unknown>;
}

/** Starts a worker and waits until it is ready. */
export async function startWorker(
  options: readonly string[] = ["--threads", "1"],
  port: number = freePort(),
): Promise<WorkerProcess> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", TASK.href, "--port", `${port}`, ...options],
    cwd: ROOT,
    stderr: "piped",
    stdout: "null",
  }).spawn();
  const reader = child.stderr.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  while (!text.includes("Worker ready")) {
    const { value, done } = await reader.read();
    if (done) throw new Error(`No worker: ${text}`);
    text += value;
  }
  reader.cancel();
  const kill = (signal: Deno.Signal) => {
    try {
      child.kill(signal);
    } catch {
      // It has ended.
    }
  };
  return { port, kill, ended: child.status, [Symbol.dispose]: () => kill("SIGKILL") };
}
