/**
 * `deno task search`: the whole method from one command.
 *
 * @module
 */

import { join, resolve } from "node:path";
import {
  checkSettings,
  completeSettings,
  createRun,
  defaultRunFolder,
  fitToDevice,
  type MethodSettings,
  openRun,
  PRESETS,
  type Run,
  runMethod,
  type SearchRecord,
  useEngine,
} from "../mod.ts";
import { chooseProgress } from "../lib/progress.ts";
import { checkNewFolder } from "../lib/runs/new_folder.ts";
import { readConfig } from "../lib/runs/run.ts";
import { stopSignal } from "../lib/runs/stop.ts";
import { ensureTensorFlow } from "../lib/tensorflow/install/ensure.ts";
import { runTask } from "./_main.ts";
import { helpText, number, readOptions } from "./_options.ts";
import { checkResumed } from "./_resume.ts";
import { cellTimes } from "./_measured.ts";
import { openSites, sitesGiven } from "./_sites.ts";
import { configOf } from "./_config.ts";
import { OPTIONS, settingsGiven } from "./search/_options.ts";
import { resultTable } from "./search/_table.ts";
import { verifyTask } from "./search/_verify.ts";

const ABOUT =
  "Designs a network: a supernet learns from a teacher block by block, every path of every\n" +
  "block is rated, and the best network under the budgets is found, trained and judged.";

await runTask(async () => {
  if (Deno.args[0] === "verify") return await verifyTask(Deno.args.slice(1));
  const { given } = readOptions(Deno.args, OPTIONS);
  if (given.help) {
    return console.log(
      helpText(
        "deno task search [options]\n       deno task search verify FILE [options]",
        ABOUT,
        OPTIONS,
      ),
    );
  }
  const quiet = given.quiet === true;
  const json = given.json === true;
  const checkpointSeconds = number(given, "checkpoint", 0, 86_400);
  const places = sitesGiven(given);

  // Nothing is set up, downloaded or written before all that was given is known to be right.
  const plan = given.resume === undefined
    ? await planNew(settingsGiven(given), given.out as string | undefined)
    : await planResume(settingsGiven(given), given.resume as string, given.out as string);
  using held = plan.run;
  const times = await cellTimes(given.measured as string | undefined, plan.settings);
  await ensureTensorFlow({ quiet, again: ["search", ...Deno.args].join(" ") });
  const progress = chooseProgress({ quiet, json });
  const say = (line: string) => {
    progress.close();
    if (!quiet && !json) console.error(line);
  };
  const engine = await useEngine({
    device: plan.settings.device,
    cpuDevices: places.cpuDevices,
  });
  using opened = await openSites(places, say);
  const { sites } = opened;
  const settings = held
    ? plan.settings
    : fitToDevice(plan.settings, plan.given, engine.device.type);
  using run = held ?? await createRun(plan.folder, await configOf("search", settings, engine));

  using stop = stopSignal();
  try {
    say(`${held ? "Going on with" : "Run folder"} ${plan.folder}, on ${engine.device.name}`);
    const result = await runMethod(run, settings, {
      say,
      onProgress: progress.report,
      signal: stop.signal,
      checkpointSeconds,
      sites,
      times,
    });
    progress.close();
    if (result) print(result, run.folder, json);
    else if (json) console.log(JSON.stringify({ folder: resolve(run.folder) }));
  } catch (error) {
    progress.close();
    if (!stop.signal.aborted) throw error;
    throw new DOMException(
      `Stopped. To go on: deno task search --resume ${plan.folder}`,
      "AbortError",
    );
  }
});
// Calls to a worker that hangs may never end.
if (Deno.args.some((arg) => arg.startsWith("--workers"))) Deno.exit();

interface Plan {
  settings: MethodSettings;
  /** Those of the settings that were given. */
  given: Partial<MethodSettings>;
  folder: string;
  /** The run that is resumed. */
  run?: Run;
}

async function planNew(given: Partial<MethodSettings>, out: string | undefined): Promise<Plan> {
  const preset = PRESETS[given.preset ?? "fashion"];
  // A preset's weights are those of its own teacher.
  const weights = (given.teacher ?? preset.teacher) === preset.teacher ? preset.weights : undefined;
  const settings = await completeSettings({ ...preset, weights, ...given });
  await checkSettings(settings);
  const folder = out ?? await defaultRunFolder(settings.preset, settings.seed);
  await checkNewFolder(folder);
  return { settings, given, folder };
}

async function planResume(
  given: Partial<MethodSettings>,
  folder: string,
  out: string | undefined,
): Promise<Plan> {
  const { options } = await readConfig(folder);
  if (typeof options !== "object" || options === null || !("preset" in options)) {
    throw new Error(`Cannot resume ${folder}: ${join(folder, "config.json")} has no options`);
  }
  const settings = options as MethodSettings;
  checkResumed(folder, settings, given, out);
  await checkSettings(settings);
  return { settings, given, folder, run: await openRun(folder) };
}

function print(result: SearchRecord, folder: string, json: boolean): void {
  if (json) return console.log(JSON.stringify({ ...result, folder: resolve(folder) }));
  console.log(resultTable(result));
  console.log(`\nReport: ${join(folder, "report.html")}; everything else is beside it.`);
}
