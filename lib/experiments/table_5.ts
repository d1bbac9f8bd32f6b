/**
 * Table 5 (section 4.4): does a student need a strong teacher? A small teacher and a large one, the student of each, and the large
 * one's student scaled to the teacher's size; students are retrained without a teacher.
 *
 * @module
 */

import { formatArchitecture } from "../space/format.ts";
import { parseArchitecture } from "../space/parse.ts";
import type { Cost } from "../space/types.ts";
import { cost } from "../space/cost.ts";
import { outlineTeacher } from "../teacher/load.ts";
import { scaleToParams } from "./_scale_up.ts";
import { retrainedOften, smallTeacher } from "./_settings.ts";
import { teacherTraining } from "./_trained_teacher.ts";
import { cellsDistil, foundNetwork } from "./found_network.ts";
import { judgePart } from "./judge_part.ts";
import type { Retrained } from "./retrain_part.ts";
import type { ExperimentScale, TeacherSettings } from "./scales.ts";
import { teacherConclusion } from "./table_5_conclusion.ts";
import type { Experiment, Found, Part } from "./types.ts";

/** The rows of the table, in its order. */
export type TeacherRowName =
  | "small teacher"
  | "DNA-small"
  | "large teacher"
  | "DNA-large"
  | "DNA-large-scale";

/** A row: a teacher as it teaches, or a network retrained from scratch. */
export interface TeacherRow extends Cost {
  /** Which. */
  name: TeacherRowName;
  /** The network, as text. */
  architecture: string;
  /** What a teacher's own weights give. */
  judged?: Omit<Retrained, "epochs">;
  /** Trainings with the students' recipe, a seed each. */
  trainings: Retrained[];
  /** How much wider and deeper than the student, for the scaled one. */
  scaled?: { width: number; depth: number };
}

/** A teacher's network, as text. */
function architectureOf({ name, weights, trained }: TeacherSettings): string {
  return trained?.training.architecture ??
    formatArchitecture(outlineTeacher(name, { weights }).architecture);
}

/** A row with the parts that train and judge its network. */
interface RowParts extends Pick<TeacherRow, "name" | "architecture" | "scaled"> {
  judge?: Part<Omit<Retrained, "epochs">>;
  trainings: Part<Retrained>[];
}

/** The rows whose networks are known by now. */
function rowParts(scale: ExperimentScale, small: TeacherSettings, found: Found): RowParts[] {
  const { resolution, classes } = scale.data;
  const row = (name: TeacherRowName, architecture: string): RowParts => ({
    name,
    architecture,
    trainings: retrainedOften(scale, architecture, scale.winnerSeeds, name),
  });
  const teacher = (name: TeacherRowName, settings: TeacherSettings): RowParts => {
    const { trainings, ...own } = row(name, architectureOf(settings));
    const judge = judgePart({ data: scale.data, teacher: settings });
    // The paper's teachers come with weights from the recipe that its students are trained with; ours are trained so again.
    return { ...own, judge, trainings: small.trained ? trainings : [] };
  };
  const networks = [foundNetwork(scale, found, small), foundNetwork(scale, found)];
  const [ofSmall, ofLarge] = networks.map((network) => network?.text);
  const scaled = (text: string): RowParts => {
    const sizes = { resolution, classes };
    const { params } = cost(parseArchitecture(architectureOf(scale.teacher)), sizes);
    const { architecture, ...factors } = scaleToParams(parseArchitecture(text), params, sizes);
    return { ...row("DNA-large-scale", formatArchitecture(architecture)), scaled: factors };
  };
  return [
    teacher("small teacher", small),
    ...(ofSmall ? [row("DNA-small", ofSmall)] : []),
    teacher("large teacher", scale.teacher),
    ...(ofLarge ? [row("DNA-large", ofLarge), scaled(ofLarge)] : []),
  ];
}

/** The rows of which something is known. */
export function teacherRows(scale: ExperimentScale, found: Found): TeacherRow[] {
  const { resolution, classes } = scale.data;
  return rowParts(scale, smallTeacher(scale), found).flatMap(({ judge, trainings, ...row }) => {
    const judged = judge && found.get(judge);
    const done = trainings.flatMap((part) => found.get(part) ?? []);
    if (!judged && done.length === 0) return [];
    const costs = cost(parseArchitecture(row.architecture), { resolution, classes });
    return [{ ...row, ...costs, ...(judged && { judged }), trainings: done }];
  });
}

/** Table 5. */
export const TABLE_5: Experiment = {
  name: "table-5",
  summary:
    "teachers: a small and a large one, their students, and one scaled to its teacher's size",
  section: "4.4, Analysis of teacher-dependency",
  parts(scale, found) {
    const small = smallTeacher(scale);
    const rows = rowParts(scale, small, found);
    const training = small.trained && teacherTraining(small.trained.training);
    // What a teacher of our own shall teach can begin when it has learnt.
    const ready = !training || found.get(training) !== undefined;
    const judges = rows.flatMap(({ name, judge }) =>
      judge && (ready || name === "large teacher") ? [judge] : []
    );
    const seeds = Array.from({ length: scale.winnerSeeds }, (_, i) => i);
    return [
      ...(training ? [training] : []),
      ...cellsDistil(scale),
      ...judges,
      ...(ready ? cellsDistil(scale, small) : []),
      ...seeds.flatMap((seed) => rows.flatMap(({ trainings }) => trainings[seed] ?? [])),
    ];
  },
  conclude: (scale, found) => teacherConclusion(teacherRows(scale, found)),
};
