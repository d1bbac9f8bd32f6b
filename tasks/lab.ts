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
  const child = new Deno.Command(jupyter, {
    args: [
      "lab",
      ...(Deno.uid() === 0 ? ["--allow-root"] : []), // as in a container
      ...Deno.args,
    ],
    cwd: FOLDER,
    // Not in the terminal's group: at Ctrl-C JupyterLab would ask back, or without a terminal leave its kernels running.
    detached: true,
  }).spawn();
  const end = () => child.kill("SIGTERM");
  const signals: Deno.Signal[] = ["SIGINT", "SIGTERM", "SIGHUP"];
  for (const name of signals) Deno.addSignalListener(name, end);
  const { code } = await child.status;
  for (const name of signals) Deno.removeSignalListener(name, end);
  Deno.exitCode = code;
});
