/**
 * Python and its pip, used for one thing: to fetch and unpack wheels.
 *
 * @module
 */

import { taskCommand } from "./command.ts";

// Dies with its parent: its standard input ends then. So a killed set-up leaves nobody who goes on writing.
const PROGRAM = `
import os, sys, threading

def leave_with_parent():
    while os.read(0, 4096):
        pass
    os._exit(1)

threading.Thread(target=leave_with_parent, daemon=True).start()
task, arguments = sys.argv[1], sys.argv[2:]
if task == "unpack":
    import re, zipfile
    source, target, keep, drop = arguments
    for name in sorted(os.listdir(source)):
        path = os.path.join(source, name)
        with zipfile.ZipFile(path) as wheel:
            for member in wheel.infolist():
                if re.search(keep, member.filename) and not re.search(drop, member.filename):
                    file = wheel.extract(member, target)
                    os.chmod(file, 0o755 if member.external_attr >> 16 & 0o100 else 0o644)
        os.remove(path)
else:
    import runpy
    sys.argv = [task] + arguments
    runpy.run_module(task, run_name="__main__")
`;

const PROBE = `
import sys
if sys.version_info < (3, 8): sys.exit(10)
try: import pip
except ImportError: sys.exit(11)
`;

/**
 * Finds a Python 3 that has pip.
 *
 * @param again The task to type again once it is there.
 * @returns The name or path of its program.
 * @throws {Error} if there is none, with what to install.
 */
export async function findPython(again: string): Promise<string> {
  let withoutPip = false;
  for (const python of ["python3", "python"]) {
    const code = await probe(python);
    if (code === 0) return python;
    withoutPip ||= code === 11;
  }
  const retry = `then type \`${taskCommand(again)}\` again`;
  if (withoutPip) {
    throw new Error(
      `Python 3 is here without pip, which fetches TensorFlow: install pip (Debian, Ubuntu: ` +
        `\`sudo apt install python3-pip\`; elsewhere: \`python3 -m ensurepip\`), ${retry}`,
    );
  }
  throw new Error(
    `No Python 3.8 or later with pip, which fetches TensorFlow: install it (Debian, Ubuntu: ` +
      `\`sudo apt install python3 python3-pip\`; macOS: \`brew install python\`), ${retry}`,
  );
}

async function probe(python: string): Promise<number> {
  try {
    const { code } = await new Deno.Command(python, {
      args: ["-c", PROBE],
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).output();
    return code;
  } catch {
    return 127;
  }
}

/** How {@linkcode runPython} runs. */
export interface PythonOptions {
  /** An empty folder to run in: what lies in the current folder can then not shadow Python's modules. */
  folder: string;
  /** Ends the program. */
  signal?: AbortSignal;
}

/**
 * Runs `unpack` or a module such as `pip`, and keeps what it prints to itself.
 *
 * @returns Whether it succeeded, and its output, standard error last.
 */
export async function runPython(
  python: string,
  args: string[],
  { folder, signal }: PythonOptions,
): Promise<{ success: boolean; output: string }> {
  const child = new Deno.Command(python, {
    args: ["-c", PROGRAM, ...args],
    cwd: folder,
    // pip unpacks in TMPDIR, which is often smaller than the disk that the folder is on.
    env: { TMPDIR: folder, PIP_REQUIRE_VIRTUALENV: "0" },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
    detached: true, // Ctrl-C reaches only us, and we end it
  }).spawn();
  const end = () => {
    try {
      child.kill("SIGKILL");
    } catch { /* it has ended by itself */ }
  };
  signal?.addEventListener("abort", end);
  if (signal?.aborted) end();
  try {
    const [{ success }, ...texts] = await Promise.all([
      child.status,
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
    ]);
    return { success, output: texts.join("\n") };
  } finally {
    signal?.removeEventListener("abort", end);
    await child.stdin.close().catch(() => {});
  }
}
