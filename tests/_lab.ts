/**
 * `deno task lab` under way, as in a terminal of its own.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { notebookPython } from "./_kernel.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** A JupyterLab that serves. */
export interface Lab extends AsyncDisposable {
  /** Its address, with the token. */
  address: string;
  /** Presses Ctrl-C in its terminal; gives the task's status. */
  interrupt(): Promise<number>;
}

/** Starts it, and waits until it serves. */
export async function startLab(args: readonly string[], folder: string): Promise<Lab> {
  await notebookPython();
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", "tasks/lab.ts", "--no-browser", "--port=0", ...args],
    cwd: ROOT,
    detached: true, // a process group, to which a terminal sends Ctrl-C
    env: {
      NO_COLOR: "1",
      DNA_SCALE: "quick",
      TF_CPP_MIN_LOG_LEVEL: "3",
      JUPYTER_CONFIG_DIR: `${folder}/config`,
      JUPYTER_RUNTIME_DIR: `${folder}/runtime`,
      JUPYTERLAB_SETTINGS_DIR: `${folder}/settings`,
      JUPYTERLAB_WORKSPACES_DIR: `${folder}/workspaces`,
    },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  let said = "";
  let address = "";
  const reader = child.stderr.pipeThrough(new TextDecoderStream()).getReader();
  while (!address) {
    const { done, value } = await reader.read();
    if (done) throw new Error(`JupyterLab ended: ${said.slice(-500)}`);
    said += value;
    address = /http:\/\/127\.0\.0\.1:\d+\/lab\?token=\w+/.exec(said)?.[0] ?? "";
  }
  reader.releaseLock();
  child.stderr.pipeTo(new WritableStream()).catch(() => {});
  let ended = false;
  child.status.then(() => ended = true);
  const interrupt = async () => {
    Deno.kill(-child.pid, "SIGINT");
    return (await child.status).code;
  };
  return {
    address,
    interrupt,
    async [Symbol.asyncDispose]() {
      if (!ended) await interrupt();
    },
  };
}
