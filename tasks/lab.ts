/**
 * `deno task lab`: opens JupyterLab in notebooks/, after setting up what it needs.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { ensureTensorFlow } from "../lib/tensorflow/install/ensure.ts";
import { withInterrupt } from "../lib/tensorflow/install/interrupt.ts";
import { installNotebooks } from "../lib/tensorflow/install/notebooks.ts";
import { setUpProgress } from "../lib/tensorflow/install/report.ts";
import { dnaHome } from "../lib/home.ts";
import { runTask } from "./_main.ts";

const FOLDER = fileURLToPath(new URL("../notebooks", import.meta.url));

const HELP = `Opens JupyterLab in notebooks/, with Deno as its kernel; begin with start-here.ipynb.

Usage: deno task lab [options of \`jupyter lab\`]

For example \`deno task lab --no-browser --port 8888\`. The first time sets up TensorFlow's library and
JupyterLab below .dna/ (once).`;

await runTask(async () => {
  if (Deno.args.includes("--help")) {
    console.log(HELP);
    return;
  }
  await ensureTensorFlow({ again: "lab" });
  const progress = setUpProgress(
    "Notebooks",
    `Setting up the notebooks in ${dnaHome()} (once)`,
    false,
  );
  const { jupyter } = await withInterrupt(
    "lab",
    (signal) => installNotebooks({ signal, onProgress: progress.report }),
  ).finally(() => progress.close());
  // Ctrl-C is JupyterLab's own to answer.
  const ignore = () => {};
  Deno.addSignalListener("SIGINT", ignore);
  const { code } = await new Deno.Command(jupyter, {
    args: ["lab", `--ServerApp.root_dir=${FOLDER}`, ...Deno.args],
    cwd: FOLDER,
  }).spawn().status;
  Deno.removeSignalListener("SIGINT", ignore);
  Deno.exitCode = code;
});
