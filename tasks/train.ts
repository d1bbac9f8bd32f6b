/**
 * `deno task train`: a network trained and judged in a run folder.
 *
 * @module
 */

import { join, resolve } from "node:path";
import { createRun, runTraining, type TrainRecord, useEngine } from "../mod.ts";
import { chooseProgress } from "../lib/progress.ts";
import { stopSignal } from "../lib/runs/stop.ts";
import { ensureTensorFlow } from "../lib/tensorflow/install/ensure.ts";
import { ARCHITECTURE_HELP } from "./_architecture.ts";
import { runTask } from "./_main.ts";
import { helpText, number, readOptions } from "./_options.ts";
import { configOf } from "./_config.ts";
import { OPTIONS, settingsGiven } from "./train/_options.ts";
import { type Plan, planTraining } from "./train/_plan.ts";
import { resultTable } from "./train/_table.ts";

const ABOUT = "Trains a network on labelled images and judges it on the test images.";

await runTask(async () => {
  const { given, words } = readOptions(Deno.args, OPTIONS, 1);
  if (given.help) {
    const usage = "deno task train ARCHITECTURE [options]";
    return console.log(helpText(usage, `${ABOUT}\n${ARCHITECTURE_HELP}`, OPTIONS));
  }
  const quiet = given.quiet === true;
  const json = given.json === true;
  const checkpointSeconds = number(given, "checkpoint", 0, 86_400);
  const request = {
    word: words[0] as string | undefined,
    given: settingsGiven(given),
    out: given.out as string | undefined,
    resume: given.resume as string | undefined,
  };

  const progress = chooseProgress({ quiet, json });
  const say = (line: string) => {
    progress.close();
    if (!quiet && !json) console.error(line);
  };
  using stop = stopSignal();
  let folder: string | undefined;
  try {
    const watching = { onProgress: progress.report, signal: stop.signal };
    // Nothing is set up or written before all that was given is known to be right.
    const plan: Plan = await planTraining(request, watching);
    using held = plan.run;
    progress.close();
    await ensureTensorFlow({ quiet, again: ["train", ...Deno.args].join(" ") });
    const { device, mixedPrecision } = plan.settings;
    const engine = await useEngine({ device, mixedPrecision });
    using run = held ??
      await createRun(plan.folder, await configOf("train", plan.settings, engine));
    folder = plan.folder;
    say(`${held ? "Going on with" : "Run folder"} ${folder}, on ${engine.device.name}`);
    const result = await runTraining(run, plan.settings, {
      ...watching,
      say,
      dataset: plan.dataset,
      checkpointSeconds,
    });
    progress.close();
    print(result, run.folder, json);
  } catch (error) {
    progress.close();
    if (!stop.signal.aborted) throw error;
    const hint = folder === undefined ? "" : ` To go on: deno task train --resume ${folder}`;
    throw new DOMException(`Stopped.${hint}`, "AbortError");
  }
});

function print(result: TrainRecord, folder: string, json: boolean): void {
  if (json) return console.log(JSON.stringify({ ...result, folder: resolve(folder) }));
  console.log(resultTable(result));
  console.log(`\nReport: ${join(folder, "report.html")}; everything else is beside it.`);
}
