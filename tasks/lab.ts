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
    // One Ctrl-C is enough: notebooks are saved as they are edited.
    args: [
      "lab",
      "--ServerApp.answer_yes=True",
      ...(Deno.uid() === 0 ? ["--allow-root"] : []), // as in a container
      ...Deno.args,
    ],
    cwd: FOLDER,
  }).spawn();
  // A terminal sends Ctrl-C to JupyterLab as well, which answers it; other ends are passed on.
  const ignore = () => {};
  const end = () => child.kill("SIGTERM");
  Deno.addSignalListener("SIGINT", ignore);
  Deno.addSignalListener("SIGTERM", end);
  Deno.addSignalListener("SIGHUP", end);
  const { code } = await child.status;
  Deno.removeSignalListener("SIGINT", ignore);
  Deno.removeSignalListener("SIGTERM", end);
  Deno.removeSignalListener("SIGHUP", end);
  Deno.exitCode = code;
});
