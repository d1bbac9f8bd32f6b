/**
 * `deno task ablation figure-4` and its like: does an experiment's parts, and says what they come to.
 *
 * @module
 */

import { join } from "node:path";
import { EXPERIMENTS } from "../../lib/experiments/experiments.ts";
import { runParts } from "../../lib/experiments/run.ts";
import { type ExperimentScale, type ScaleName, SCALES } from "../../lib/experiments/scales.ts";
import { openParts, type PartStore } from "../../lib/experiments/store.ts";
import { writeConclusion } from "../../lib/experiments/conclusion.ts";
import type { Experiment } from "../../lib/experiments/types.ts";
import { chooseProgress, stopSignal, useEngine } from "../../mod.ts";
import { ensureTensorFlow } from "../../lib/tensorflow/install/ensure.ts";
import { deviceOf } from "../_common_options.ts";
import { helpText, oneOf, type OptionSpecs, readOptions, wholeNumber } from "../_options.ts";
import { Helpers } from "./_helpers.ts";
import { printPlan } from "./_plan.ts";

const OPTIONS: OptionSpecs = {
  scale: {
    value: "quick|small|paper",
    help: "how much is done: minutes, hours on two cores, or the paper's sizes",
    default: "quick",
  },
  seed: { value: "N", help: "seed of every random choice", default: "0" },
  out: {
    value: "DIR",
    help: "folder of results; what is done there is kept",
    default: "results/SCALE",
  },
  resume: { help: "go on with what is in the folder, as is always done" },
  data: { value: "DIR", help: "folder with the data set's files, for scale paper: ImageNet" },
  jobs: {
    value: "N",
    help: "processes side by side, each with its share of the cores",
    default: "1",
  },
  device: {
    value: "NAME",
    help: "device, as CPU:0 or GPU:0",
    default: "the first GPU, else the CPU",
  },
  plan: { help: "say which parts there are and which are done, and do nothing" },
  measured: {
    value: "FILE",
    help: "with --plan, scale paper: measured times, lines of `deno task bench supernet --json`",
    default: "a CPU's",
  },
  devices: { value: "N", help: "with --plan, scale paper: number of devices", default: "8" },
  conclude: { help: "draw conclusions from the parts that are done, and do nothing more" },
  quiet: { help: "no progress" },
  json: { help: "results as JSON on standard output, progress as JSON lines" },
  worker: { help: "help another process with its parts, and conclude nothing" },
  help: { help: "this text" },
};

/** Reads the arguments and runs an experiment. */
export async function ablationExperiment(name: string, args: string[]): Promise<void> {
  const { given } = readOptions(args, OPTIONS);
  const experiment = EXPERIMENTS[name];
  if (given.help) {
    const about = `${experiment.summary} (section ${experiment.section}).`;
    return console.log(
      helpText(
        `deno task ablation ${name} [options]`,
        about.charAt(0).toUpperCase() + about.slice(1),
        OPTIONS,
      ),
    );
  }
  const scaleName = (oneOf(given, "scale", Object.keys(SCALES)) ?? "quick") as ScaleName;
  const scale = scaleOf(scaleName, {
    seed: wholeNumber(given, "seed", 0, 2 ** 31),
    folder: given.data as string | undefined,
  });
  const jobs = wholeNumber(given, "jobs", 1, 256) ?? 1;
  const device = deviceOf(given);
  const store = await openParts(given.out as string | undefined ?? join("results", scaleName));
  if (given.plan) {
    const measured = given.measured as string | undefined;
    return await printPlan(experiment, scale, store, {
      measured,
      devices: wholeNumber(given, "devices", 1, 10_000),
    });
  }
  const quiet = given.quiet === true;
  const json = given.json === true;
  if (!given.conclude) {
    const again = ["ablation", name, ...args].join(" ");
    await ensureTensorFlow({ quiet, again });
    const threads = jobs > 1 || given.worker
      ? Math.max(1, Math.floor(navigator.hardwareConcurrency / Math.max(2, jobs)))
      : undefined;
    await work(experiment, scale, store, {
      args: [name, ...args],
      helps: given.worker === true,
      jobs: given.worker ? 1 : jobs,
      threads,
      device,
      quiet,
      json,
    });
  }
  if (given.worker) return;
  const conclusion = experiment.conclude(scale, store);
  const folder = join(store.folder, name);
  await writeConclusion(folder, experiment, scale, store, conclusion);
  if (json) return console.log(JSON.stringify(conclusion.results));
  console.log(conclusion.text);
  if (scaleName === "quick") {
    console.log("\nScale quick only shows that everything runs: its numbers mean nothing.");
  }
  console.log(`\nEvery number and figure: ${folder}`);
}

/** A scale with what was given. */
function scaleOf(
  name: ScaleName,
  { seed, folder }: { seed?: number; folder?: string },
): ExperimentScale {
  const scale = SCALES[name];
  return {
    ...scale,
    seed: seed ?? scale.seed,
    data: { ...scale.data, ...(folder !== undefined && { folder }) },
  };
}

async function work(
  experiment: Experiment,
  scale: ExperimentScale,
  store: PartStore,
  { args, helps, jobs, threads, device, quiet, json }: {
    args: string[];
    helps: boolean;
    jobs: number;
    threads?: number;
    device?: string;
    quiet: boolean;
    json: boolean;
  },
): Promise<void> {
  const progress = chooseProgress({ quiet, json });
  using stop = stopSignal();
  using helpers = new Helpers(jobs - 1, args);
  const engine = await useEngine({ device, threads });
  let last = "";
  try {
    await runParts(experiment, scale, store, {
      engine,
      signal: stop.signal,
      onProgress: progress.report,
      say: (line) => {
        progress.close();
        if (!quiet && !json) console.error(line);
      },
      onDone: (done, known) => {
        const line = `${done} of ${known} parts are done`;
        if (line === last) return;
        last = line;
        progress.close();
        if (!quiet && !json) console.error(line);
      },
    });
    progress.close();
    await helpers.ended();
  } catch (error) {
    progress.close();
    if (!stop.signal.aborted) throw error;
    throw new DOMException(
      helps ? "A helper stopped, too" : `Stopped. To go on: deno task ablation ${args.join(" ")}`,
      "AbortError",
    );
  }
}
