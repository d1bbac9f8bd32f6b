/**
 * Teachers that a part of an experiment trained.
 *
 * @module
 */

import { buildNetwork, type Weights } from "../network/network.ts";
import { parseArchitecture } from "../space/parse.ts";
import { defineTeacher, type Teacher } from "../teacher/teacher.ts";
import { teacherOf } from "./_inputs.ts";
import { type RetrainPart, retrainPart } from "./retrain_part.ts";
import type { DataSettings, TeacherSettings } from "./scales.ts";
import type { PartContext } from "./types.ts";

/** The part that trains such a teacher. */
export function teacherTraining(training: RetrainPart) {
  return retrainPart(training, "train the small teacher", { keepWeights: true });
}

/** A teacher by name, or of our own making; one of ours is the caller's to dispose of. */
export async function anyTeacher(
  settings: TeacherSettings,
  data: Pick<DataSettings, "resolution">,
  { kept }: Pick<PartContext, "kept">,
): Promise<{ teacher: Teacher; dispose(): void }> {
  const { name, trained } = settings;
  if (!trained) return { teacher: await teacherOf(settings, data), dispose() {} };
  const { cuts, training } = trained;
  const network = buildNetwork(parseArchitecture(training.architecture), {
    classes: training.data.classes,
    resolution: data.resolution,
    weights: await kept(teacherTraining(training), "weights") as Weights,
  });
  const teacher = defineTeacher({ name, network, cuts, ...training.normalisation });
  return { teacher, dispose: () => teacher.dispose() };
}
