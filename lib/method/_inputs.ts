/**
 * What a run's settings name: images and teacher, the same ones in every process that works on the run.
 *
 * @module
 */

import { loadDataset } from "../data/load.ts";
import type { Dataset } from "../data/types.ts";
import type { MethodSettings } from "../presets.ts";
import type { ProgressEvent } from "../progress.ts";
import { createRandom } from "../random.ts";
import { loadTeacher } from "../teacher/load.ts";
import type { Teacher } from "../teacher/teacher.ts";

/** Who is told, and who may stop it. */
interface Watching {
  onProgress?: (event: ProgressEvent) => void;
  signal?: AbortSignal;
}

/** The data set of a run. */
export function settingsDataset(
  { dataset, data, validationPerClass, seed }: MethodSettings,
  watching: Watching,
): Promise<Dataset> {
  return loadDataset(dataset, { folder: data, validationPerClass, seed, ...watching });
}

/** The teacher of a run. */
export function settingsTeacher(
  { teacher, weights, resolution, seed }: MethodSettings,
  watching: Watching,
): Promise<Teacher> {
  const random = createRandom(seed, "teacher");
  return loadTeacher(teacher, { weights, resolution, random, ...watching });
}
