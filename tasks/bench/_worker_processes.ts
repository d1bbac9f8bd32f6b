/**
 * Workers as users start them, each in a process of its own on this machine: for benches and tests.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { freePort } from "../../lib/workers/_pipes.ts";

const TASK = fileURLToPath(new URL("../worker.ts", import.meta.url));

/** A worker under way. */
export interface WorkerProcess extends Disposable {
  /** The port on which it listens. */
  port: number;
  /** CPU seconds that it has used. */
  cpuSeconds(): number;
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
    args: ["run", "-A", "--no-check", TASK, "--port", `${port}`, ...options],
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const reader = child.stderr.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  while (!text.includes("Worker ready")) {
    const { value, done } = await reader.read();
    if (done) throw new Error(`Cannot start a worker: ${text}`);
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
  return {
    port,
    cpuSeconds: () => cpuSeconds(child.pid),
    kill,
    ended: child.status,
    [Symbol.dispose]: () => kill("SIGKILL"),
  };
}

/** Linux counts a process's time in hundredths of a second, for all who ask. */
const TICKS = 100;

/** CPU seconds of a process's threads together. */
export function cpuSeconds(pid: number): number {
  const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
  // After the name in parentheses: state is field 3, utime and stime are 14 and 15.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / TICKS;
}
