/**
 * Images and teachers of an experiment's parts, each loaded once in a process.
 *
 * @module
 */

import { loadDataset } from "../data/load.ts";
import { takeStratified } from "../data/subset.ts";
import type { Dataset, Split } from "../data/types.ts";
import { createRandom } from "../random.ts";
import { defineSpace } from "../space/define.ts";
import { searchSpace } from "../space/spaces.ts";
import type { Space, SpaceDefinition } from "../space/types.ts";
import { loadTeacher } from "../teacher/load.ts";
import type { Teacher } from "../teacher/teacher.ts";
import type { DataSettings, TeacherSettings } from "./scales.ts";

const datasets = new Map<string, Promise<Dataset>>();
const teachers = new Map<string, Promise<Teacher>>();

/** The data set. */
export function datasetOf({ dataset, folder }: DataSettings): Promise<Dataset> {
  return once(datasets, JSON.stringify([dataset, folder]), () => loadDataset(dataset, { folder }));
}

/** A teacher for the data's resolution; it stays loaded as long as the process. */
export function teacherOf(
  { name, weights }: TeacherSettings,
  { resolution }: Pick<DataSettings, "resolution">,
): Promise<Teacher> {
  return once(
    teachers,
    JSON.stringify([name, weights, resolution]),
    () => loadTeacher(name, { weights, resolution }),
  );
}

/** A space by its name or definition. */
export function spaceOf(space: SpaceDefinition | string): Space {
  return typeof space === "string" ? searchSpace(space) : defineSpace(space);
}

/** So many images of a split, the same ones for the same seed and use; all where nothing is given. */
export function someOf(split: Split, count: number | undefined, ...use: (number | string)[]) {
  return count === undefined || count >= split.count
    ? split
    : takeStratified(split, count, createRandom(use[0], ...use.slice(1)));
}

/** What fails is tried again by the next one who asks. */
function once<T>(made: Map<string, Promise<T>>, key: string, make: () => Promise<T>): Promise<T> {
  let value = made.get(key);
  if (!value) {
    value = make();
    made.set(key, value);
    value.catch(() => made.delete(key));
  }
  return value;
}
