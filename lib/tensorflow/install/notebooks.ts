/**
 * Set-up of the notebooks: JupyterLab in a Python environment of its own, with Deno as its kernel.
 *
 * @module
 */

import { join } from "node:path";
import { makeFolder, writeJson } from "../../files.ts";
import { dnaHome } from "../../home.ts";
import { explainFiles, explainPip } from "./_explain.ts";
import type { SetUpOptions } from "./_fetch.ts";
import { alone } from "./_lock.ts";
import { findPython, runPython } from "./_python.ts";
import { folderBytes, requireSpace } from "./space.ts";

/** Notebooks that are set up. */
export interface Notebooks {
  /** The Python environment. */
  folder: string;
  /** The program to start JupyterLab with, as in `… lab`. */
  jupyter: string;
  /** Exact versions of what was asked for. */
  requirements: string[];
}

const REQUIREMENTS = [
  "jupyterlab==4.6.6",
  "nbclient==0.11.0",
  "nbconvert==7.17.2",
  "plotly==7.1.0", // draws plotly figures in JupyterLab
];

const WHAT = "the notebooks";
const AGAIN = "setup --notebooks";
const INSTALLED = 400e6; // bytes, the download among them

/** Finds the notebooks' environment; nothing where it is not set up or not whole. */
export function findNotebooks(): Notebooks | undefined {
  const folder = join(dnaHome(), "notebooks");
  const jupyter = join(folder, "bin", "jupyter");
  try {
    const { requirements } = JSON.parse(Deno.readTextFileSync(markerPath(folder)));
    // The environment's Python is a link to the user's, who may have removed it.
    for (const program of [jupyter, join(folder, "bin", "python")]) Deno.statSync(program);
    return String(requirements) === String(REQUIREMENTS)
      ? { folder, jupyter, requirements: REQUIREMENTS }
      : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Sets the notebooks up where that has not been done.
 *
 * A Python environment cannot be moved, so it is made in its place, and its marker is written last.
 *
 * @returns Where they are.
 * @throws {Error} if that cannot be, with one sentence that says what to do.
 */
export async function installNotebooks(
  options: Omit<SetUpOptions, "again"> = {},
): Promise<Notebooks> {
  const { onProgress, signal } = options;
  const folder = join(dnaHome(), "notebooks");
  try {
    let found = findNotebooks();
    if (!found) {
      await makeFolder(dnaHome());
      found = await alone(join(dnaHome(), ".notebooks.lock"), async () => {
        return findNotebooks() ?? await build(folder, options);
      }, {
        signal,
        onWait: () =>
          onProgress?.({ stage: "waiting for another set-up", done: 0, total: 0, unit: "" }),
      });
    }
    await writeKernel(folder);
    return found;
  } catch (error) {
    throw explainFiles(WHAT, error, folder);
  }
}

async function build(folder: string, { onProgress, signal }: SetUpOptions): Promise<Notebooks> {
  const python = await findPython(AGAIN);
  await Deno.remove(markerPath(folder)).catch(() => {});
  await Deno.remove(folder, { recursive: true }).catch(() => {});
  requireSpace(WHAT, folder, INSTALLED);
  await Deno.mkdir(folder);
  const run = async (python: string, args: string[], stage: string) => {
    const event = () =>
      onProgress?.({ stage, done: Math.round(folderBytes(folder) / 1e6), total: 0, unit: "MB" });
    event();
    const watch = setInterval(event, 500);
    try {
      const result = await runPython(python, args, { folder, signal });
      signal?.throwIfAborted();
      return result;
    } finally {
      clearInterval(watch);
    }
  };
  try {
    const made = await run(python, ["venv", folder], "make a Python environment");
    if (!made.success) throw explainVenv(made.output, folder);
    const own = join(folder, "bin", "python");
    const got = await run(own, installCommand(), "download and install");
    if (!got.success) throw explainPip("JupyterLab", got.output, folder, AGAIN);
    await writeJson(markerPath(folder), { requirements: REQUIREMENTS });
    const found = findNotebooks();
    if (!found) {
      throw new Error(`Cannot set up ${WHAT}: ${folder} lacks Jupyter after it was installed`);
    }
    return found;
  } catch (error) {
    await Deno.remove(folder, { recursive: true }).catch(() => {});
    throw error;
  }
}

function installCommand(): string[] {
  return [
    "pip",
    "install",
    "--no-input",
    "--disable-pip-version-check",
    "--progress-bar=off",
    "--only-binary=:all:",
    ...REQUIREMENTS,
  ];
}

function explainVenv(output: string, folder: string): Error {
  if (/ensurepip|No module named venv/.test(output)) {
    return new Error(
      "Python's venv module is not whole, and the notebooks need it: install it (Debian, Ubuntu: " +
        "`sudo apt install python3-venv`), then set the notebooks up again",
    );
  }
  return explainPip("a Python environment", output, folder, AGAIN);
}

/** The kernel names the Deno that runs now, since the one of an earlier set-up may have gone. */
async function writeKernel(folder: string): Promise<void> {
  const kernels = join(folder, "share", "jupyter", "kernels", "deno");
  await makeFolder(kernels);
  await writeJson(join(kernels, "kernel.json"), {
    argv: [Deno.execPath(), "jupyter", "--kernel", "--conn", "{connection_file}"],
    display_name: "Deno",
    language: "typescript",
  });
}

function markerPath(folder: string): string {
  return join(folder, "setup.json");
}
