/**
 * What a training is going to do: settings, data and folder, checked before anything is set up or written.
 *
 * @module
 */

import { join } from "node:path";
import {
  completeTrainSettings,
  type Dataset,
  defaultRunFolder,
  formatArchitecture,
  openRun,
  type OpenTrainSettings,
  outlineTeacher,
  parseArchitecture,
  RECIPES,
  type Run,
  type TrainingOptions,
  type TrainSettings,
} from "../../mod.ts";
import { checkNewFolder } from "../../lib/runs/new_folder.ts";
import { readConfig } from "../../lib/runs/run.ts";
import { readArchitecture } from "../_architecture.ts";
import { guessDataset, openDataset } from "../_data_options.ts";
import { UsageError } from "../_options.ts";
import { checkResumed } from "../_resume.ts";

/** A training yet to be done. */
export interface Plan {
  settings: TrainSettings;
  dataset: Dataset;
  folder: string;
  /** The run that is resumed. */
  run?: Run;
}

type Watching = Pick<TrainingOptions, "onProgress" | "signal">;

/** What the command line said. */
export interface TrainRequest {
  word: string | undefined;
  given: Partial<OpenTrainSettings>;
  out?: string;
  resume?: string;
}

/** Settings, data and folder of a training. */
export async function planTraining(request: TrainRequest, watching: Watching): Promise<Plan> {
  return request.resume === undefined
    ? await planNew(request, watching)
    : await planResume(request, request.resume, watching);
}

async function planNew({ word, given, out }: TrainRequest, watching: Watching): Promise<Plan> {
  if (word === undefined) {
    throw new UsageError("Which network? deno task train ARCHITECTURE (--help tells of its forms)");
  }
  const { architecture } = await readArchitecture(word);
  const recipe = given.recipe ?? "small";
  const open: OpenTrainSettings = {
    ...RECIPES[recipe],
    recipe,
    architecture: formatArchitecture(architecture),
    dataset: await guessDataset(given.data),
    weights: "random",
    padding: "same",
    epsilon: 1e-3,
    accumulate: 1,
    validateEvery: 1,
    seed: 0,
    mixedPrecision: false,
    ...normalisationOfTeacher(given),
    ...given,
  };
  if (open.batch % open.accumulate !== 0) {
    throw new UsageError(
      `--accumulate is ${open.accumulate}: a batch of ${open.batch} does not divide into so many ` +
        "equal parts",
    );
  }
  const folder = out ?? await defaultRunFolder("train", open.seed);
  await checkNewFolder(folder);
  const { channels } = architecture.stem;
  const dataset = await openDataset(open.dataset, open.data, { ...watching, channels });
  return { settings: await completeTrainSettings(open, dataset, watching), dataset, folder };
}

/** A teacher sees the same images, as it was trained to see them. */
function normalisationOfTeacher(
  { teacher, resolution }: Partial<OpenTrainSettings>,
): Partial<OpenTrainSettings> {
  if (!teacher) return {};
  const { mean, std } = outlineTeacher(teacher.name, { resolution, weights: teacher.weights });
  return { mean: [...mean], std: [...std] };
}

async function planResume(
  { word, given, out }: TrainRequest,
  folder: string,
  watching: Watching,
): Promise<Plan> {
  const { options } = await readConfig(folder);
  if (typeof options !== "object" || options === null || !("recipe" in options)) {
    throw new Error(
      `Cannot resume ${folder}: ${join(folder, "config.json")} has no options of a training`,
    );
  }
  const settings = options as TrainSettings;
  const architecture = word === undefined
    ? undefined
    : formatArchitecture((await readArchitecture(word)).architecture);
  const again = { architecture, ...given };
  // A rate that is given is meant for the run's batch.
  if (given.rate !== undefined) again.rateBatch = given.batch ?? settings.batch;
  checkResumed(folder, settings, again, out);
  const { channels } = parseArchitecture(settings.architecture).stem;
  const dataset = await openDataset(settings.dataset, settings.data, { ...watching, channels });
  await completeTrainSettings(settings, dataset, watching);
  return { settings, dataset, folder, run: await openRun(folder) };
}
