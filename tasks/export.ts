/**
 * `deno task export`: a network with weights, for timm, TensorFlow or TensorFlow.js.
 *
 * @module
 */

import { join, resolve } from "node:path";
import { exportSavedModel, exportTfjs, exportTimm, useEngine } from "../mod.ts";
import { checkExportFolder } from "../lib/export/_folder.ts";
import { chooseProgress } from "../lib/progress.ts";
import { stopSignal } from "../lib/runs/stop.ts";
import { ensureTensorFlow } from "../lib/tensorflow/install/ensure.ts";
import { ARCHITECTURE_HELP } from "./_architecture.ts";
import { runTask } from "./_main.ts";
import { helpText, readOptions } from "./_options.ts";
import { type Plan, planExport } from "./export/_network.ts";
import { type ExportRequest, exportRequest, OPTIONS } from "./export/_options.ts";

const ABOUT =
  "Writes a network with its weights for use elsewhere: timm (PyTorch), TensorFlow, TensorFlow.js.";

const EXPORTERS = { timm: exportTimm, savedmodel: exportSavedModel, tfjs: exportTfjs };

await runTask(async () => {
  const { given, words } = readOptions(Deno.args, OPTIONS, 1);
  if (given.help) {
    const usage = "deno task export ARCHITECTURE --to FORM --out DIR [options]";
    return console.log(helpText(usage, `${ABOUT}\n${ARCHITECTURE_HELP}`, OPTIONS));
  }
  const quiet = given.quiet === true;
  const json = given.json === true;
  const request = exportRequest(given, words);
  // Nothing is set up or written before all that was given is known to be right.
  await checkExportFolder(request.out, request.options.force ?? false);
  const { build, options } = await planned(request, quiet, json);
  await ensureTensorFlow({ quiet: quiet || json, again: ["export", ...Deno.args].join(" ") });
  await useEngine({ device: request.device });
  const network = build();
  const files = await EXPORTERS[request.form](network, request.out, options);
  network.dispose();
  if (json) {
    console.log(JSON.stringify({ folder: resolve(request.out), form: request.form, files }));
  } else if (!quiet) {
    for (const { name, bytes } of files) {
      console.log(`${join(request.out, name)}  ${(bytes / 1e6).toFixed(3)} MB`);
    }
  }
});

/** Reads what the request names; weights may have to be fetched. */
async function planned(request: ExportRequest, quiet: boolean, json: boolean): Promise<Plan> {
  const progress = chooseProgress({ quiet, json });
  using stop = stopSignal();
  try {
    return await planExport(request, { onProgress: progress.report, signal: stop.signal });
  } finally {
    progress.close();
  }
}
