/**
 * Workers on this machine, for benches.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { freePort } from "../../lib/workers/_pipes.ts";

/** A worker of one thread. */
export interface WorkerProcess {
  port: number;
  /** CPU seconds that it has used. */
  cpuSeconds(): number;
  end(): Promise<void>;
}

/** Starts a worker of one thread and waits until it is ready. */
export async function startWorker(): Promise<WorkerProcess> {
  const port = freePort();
  const task = fileURLToPath(new URL("../worker.ts", import.meta.url));
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", task, "--port", `${port}`, "--threads", "1"],
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
  await reader.cancel();
  return {
    port,
    cpuSeconds: () => cpuSeconds(child.pid),
    async end() {
      child.kill("SIGKILL");
      await child.status;
    },
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
