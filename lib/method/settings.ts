/**
 * Settings of the whole method, checked before anything is set up, downloaded or written.
 *
 * @module
 */

import { KNOWN_COUNTS } from "../data/_known.ts";
import { checkDatasetSource } from "../data/load.ts";
import { describeError, parseJson } from "../files.ts";
import { checkWeightsName, findCached } from "../hub.ts";
import { latencyCost } from "../latency/latency.ts";
import { readLatencyTable } from "../latency/table.ts";
import { latencyNanoseconds } from "./_search_stage.ts";
import { vectorsOf } from "../network/network.ts";
import { RECIPES } from "../network/recipes.ts";
import { networkModules, wholeNetwork } from "../nn/network.ts";
import type { MethodSettings } from "../presets.ts";
import { readSafetensors } from "../safetensors.ts";
import { search } from "../search/search.ts";
import { grouped } from "../space/_check.ts";
import { defineSpace } from "../space/define.ts";
import { pathCount } from "../space/paths.ts";
import { searchSpace } from "../space/spaces.ts";
import type { Space, SpaceDefinition } from "../space/types.ts";
import { parseCells } from "../supernet/cell_names.ts";
import { checkFit } from "../supernet/supernet.ts";
import { outlineTeacher, type TeacherOutline } from "../teacher/load.ts";

/**
 * A space by its name, or from a JSON file with its definition where the name is a path.
 *
 * @throws {RangeError} for an unknown name, listing the known ones.
 * @throws {Error} for a file that cannot be read or defines no space.
 */
export function resolveSpace(name: string): Space {
  if (!/[./\\]/.test(name)) return searchSpace(name);
  let text: string;
  try {
    text = Deno.readTextFileSync(name);
  } catch (error) {
    throw new Error(`Cannot read ${name}: ${describeError(error)}`, { cause: error });
  }
  return defineSpace(parseJson(text, name) as SpaceDefinition);
}

/**
 * Fills in what settings leave to the teacher and the data: weights from the Hugging Face hub where none ship with
 * the teacher, and the form of a data folder: a preset that reads ImageNet also takes any folder of class folders.
 *
 * @throws {RangeError} for an unknown teacher.
 */
export async function completeSettings(settings: MethodSettings): Promise<MethodSettings> {
  const { hub } = outlineTeacher(settings.teacher);
  const { dataset, data } = settings;
  return {
    ...settings,
    ...(settings.weights === undefined && hub !== undefined && { weights: hub }),
    ...(dataset === "imagenet" && data !== undefined && !await hasParts(data) &&
      { dataset: "folder" }),
  };
}

/** Whether a folder is one of ImageNet's form: a part to train and one to judge. */
async function hasParts(folder: string): Promise<boolean> {
  try {
    const names = (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name);
    return names.some((name) => ["train", "val", "train.txt", "val.txt"].includes(name));
  } catch {
    // Whoever reads it says what is wrong.
    return true;
  }
}

/**
 * Checks all that can be checked without an engine and before anything is written: names, whether space
 * and teacher fit each other, λ, budgets, the data folder, the weights file.
 *
 * @throws {Error} with one sentence that names what is wrong and what is allowed.
 */
export async function checkSettings(settings: MethodSettings): Promise<void> {
  const { teacher, weights, resolution, dataset, data } = settings;
  const space = resolveSpace(settings.space);
  const own = outlineTeacher(teacher);
  // What ships with its weights was made for one size of images.
  if (own.hub === undefined && resolution !== own.resolution) {
    throw new RangeError(
      `Cannot use images of ${resolution} pixels: teacher ${teacher} was trained for ${own.resolution}`,
    );
  }
  const outline = outlineTeacher(teacher, { resolution, weights });
  checkFit(space, outline);
  checkNumbers(settings, space, outline);
  await checkBudgets(settings, space);
  checkKnown(settings);
  await checkDatasetSource(dataset, data);
  if (weights === undefined) return;
  const source = checkWeightsName(weights);
  const path = source.kind === "file"
    ? source.path
    : source.kind === "hub"
    ? findCached(source.file)
    : undefined;
  if (path === undefined) return;
  const { tensors } = await readSafetensors(path);
  const module = wholeNetwork(networkModules(outline.architecture, outline.classes));
  vectorsOf(module, tensors, path);
}

/** Compares what is asked of a data set with what it is known to have. */
function checkKnown(settings: MethodSettings): void {
  const { dataset, data, classes } = settings;
  if (!Object.hasOwn(KNOWN_COUNTS, dataset)) return;
  const known = KNOWN_COUNTS[dataset];
  if (classes !== undefined && classes !== known.classes) {
    throw new RangeError(`Cannot use ${classes} classes: ${dataset} has ${known.classes}`);
  }
  // Files of one's own in the MNIST family's form may be any number.
  if (data !== undefined && dataset.endsWith("mnist")) return;
  const asked = [
    [settings.images, known.train, "to learn from"],
    [settings.rateImages, known.validation, "to rate with"],
  ] as const;
  for (const [value, most, use] of asked) {
    if (value === undefined || value <= most) continue;
    throw new RangeError(
      `Cannot take ${grouped(value)} images ${use}: ${dataset} has ${grouped(most)}`,
    );
  }
}

function checkNumbers(settings: MethodSettings, space: Space, teacher: TeacherOutline): void {
  const { lambda, batch, images, trainBatch, microBatch, recipe } = settings;
  if (lambda && lambda.length !== space.blocks.length) {
    throw new RangeError(
      `Cannot weight the blocks by ${lambda.length} λ: space ${space.name} has ` +
        `${space.blocks.length} blocks`,
    );
  }
  if (space.stem.channels !== teacher.architecture.stem.channels) {
    throw new RangeError(
      `Cannot use space ${space.name}: it reads images of ${space.stem.channels} channels, the ` +
        `teacher of ${teacher.architecture.stem.channels}`,
    );
  }
  if (!Object.hasOwn(RECIPES, recipe)) {
    throw new RangeError(
      `Cannot retrain by recipe ${JSON.stringify(recipe)}: known are ${
        Object.keys(RECIPES).join(", ")
      }`,
    );
  }
  if (settings.cells !== undefined) parseCells(settings.cells, space);
  const { distilMicroBatch = batch } = settings;
  if (batch % distilMicroBatch !== 0) {
    throw new RangeError(
      `Cannot distil ${distilMicroBatch} images at once: a batch of ${batch} is no multiple of it`,
    );
  }
  if (images !== undefined && batch > images) {
    throw new RangeError(`Cannot train with a batch of ${batch}: there are ${images} images`);
  }
  if (settings.retrain && images !== undefined && trainBatch > images) {
    throw new RangeError(
      `Cannot retrain with a batch of ${trainBatch}: there are ${images} images`,
    );
  }
  if (microBatch !== undefined && trainBatch % microBatch !== 0) {
    throw new RangeError(
      `Cannot retrain ${microBatch} images at once: a batch of ${trainBatch} is no multiple of it`,
    );
  }
}

/** As many as any data set has. */
const LEAST_CLASSES = 2;

/** A search over equal losses finds out whether anything fits, and says what the smallest costs. */
async function checkBudgets(settings: MethodSettings, space: Space): Promise<void> {
  const { resolution, classes = LEAST_CLASSES, maxParams, maxFlops, maxMacs } = settings;
  const { latency, maxLatency } = settings;
  if (maxLatency !== undefined && latency === undefined) {
    throw new Error("Cannot keep to a latency without a table: --latency FILE names one");
  }
  const table = latency === undefined ? undefined : await readLatencyTable(latency);
  const { size: _, ...definition } = space;
  const blocks = space.blocks.map(({ cells }) => ({
    cells: cells.map(({ width, depth }) => ({
      width,
      depth,
      losses: new Array<number>(pathCount(space, depth)).fill(0),
    })),
  }));
  const max = maxLatency === undefined ? undefined : latencyNanoseconds(maxLatency);
  const cost = table &&
    latencyCost(table, { resolution, classes: settings.classes ?? table.classes });
  search({
    space: definition,
    resolution,
    classes: settings.classes ?? table?.classes ?? classes,
    blocks,
  }, {
    maxParams,
    maxFlops,
    maxMacs,
    ...(cost && { costs: [{ cost, max }] }),
  });
}
