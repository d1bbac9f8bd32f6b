/**
 * Settings of the whole method, checked before anything is set up, downloaded or written.
 *
 * @module
 */

import { checkDatasetSource } from "../data/load.ts";
import { describeError, parseJson } from "../files.ts";
import { vectorsOf } from "../network/network.ts";
import { networkModules, wholeNetwork } from "../nn/network.ts";
import type { MethodSettings } from "../presets.ts";
import { readSafetensors } from "../safetensors.ts";
import { search } from "../search/search.ts";
import { defineSpace } from "../space/define.ts";
import { pathCount } from "../space/paths.ts";
import { searchSpace } from "../space/spaces.ts";
import type { Space, SpaceDefinition } from "../space/types.ts";
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
 * Checks all that can be checked without an engine and before anything is written: names, whether space
 * and teacher fit each other, λ, budgets, the data folder, the weights file.
 *
 * @throws {Error} with one sentence that names what is wrong and what is allowed.
 */
export async function checkSettings(settings: MethodSettings): Promise<void> {
  const space = resolveSpace(settings.space);
  const outline = outlineTeacher(settings.teacher);
  checkFit(space, outline);
  checkNumbers(settings, space, outline);
  checkBudgets(settings, space);
  await checkDatasetSource(settings.dataset, settings.data);
  if (settings.weights !== undefined && settings.weights !== "random") {
    const { tensors } = await readSafetensors(settings.weights);
    const module = wholeNetwork(networkModules(outline.architecture, outline.classes));
    vectorsOf(module, tensors, settings.weights);
  }
}

function checkNumbers(settings: MethodSettings, space: Space, teacher: TeacherOutline): void {
  const { lambda, resolution, classes, batch, images } = settings;
  if (lambda && lambda.length !== space.blocks.length) {
    throw new RangeError(
      `Cannot weight the blocks by ${lambda.length} λ: space ${space.name} has ` +
        `${space.blocks.length} blocks`,
    );
  }
  if (resolution !== teacher.resolution) {
    throw new RangeError(
      `Cannot use images of ${resolution} pixels: those of ${settings.dataset} have ` +
        `${teacher.resolution}, and so has the teacher`,
    );
  }
  if (classes !== teacher.classes) {
    throw new RangeError(
      `Cannot use ${classes} classes: ${settings.dataset} has ${teacher.classes}`,
    );
  }
  if (space.stem.channels !== teacher.architecture.stem.channels) {
    throw new RangeError(
      `Cannot use space ${space.name}: it reads images of ${space.stem.channels} channels, the ` +
        `teacher of ${teacher.architecture.stem.channels}`,
    );
  }
  if (batch > images) {
    throw new RangeError(`Cannot train with a batch of ${batch}: there are ${images} images`);
  }
}

/** A search over equal losses finds out whether anything fits, and says what the smallest costs. */
function checkBudgets(settings: MethodSettings, space: Space): void {
  const { resolution, classes, maxParams, maxFlops } = settings;
  const { size: _, ...definition } = space;
  const blocks = space.blocks.map(({ cells }) => ({
    cells: cells.map(({ width, depth }) => ({
      width,
      depth,
      losses: new Array<number>(pathCount(space, depth)).fill(0),
    })),
  }));
  search({ space: definition, resolution, classes, blocks }, { maxParams, maxFlops });
}
