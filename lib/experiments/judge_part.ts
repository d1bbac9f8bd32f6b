import { accuracy } from "../network/accuracy.ts";
import { cost } from "../space/cost.ts";
import { datasetOf } from "./_inputs.ts";
import { anyTeacher } from "./_trained_teacher.ts";
import type { Retrained } from "./retrain_part.ts";
import type { DataSettings, TeacherSettings } from "./scales.ts";
import type { Part } from "./types.ts";

/** What decides how well a teacher classifies. */
export interface JudgePart {
  /** The images. */
  data: DataSettings;
  /** The teacher. */
  teacher: TeacherSettings;
}

/** The part that judges a teacher, with the weights that it teaches with, on the test images. */
export function judgePart(settings: JudgePart): Part<Omit<Retrained, "epochs">> {
  const { data, teacher: { name } } = settings;
  return {
    kind: "judge",
    label: `judge teacher ${name}`,
    settings: { ...settings },
    async run({ kept, onProgress, signal }) {
      const { splits } = await datasetOf(data);
      const { teacher, dispose } = await anyTeacher(settings.teacher, data, { kept });
      const { mean, std, network: { architecture } } = teacher;
      try {
        const { top1, top5, crossEntropy } = await accuracy(teacher, splits.test, {
          mean: [...mean],
          std: [...std],
          signal,
          onProgress,
        });
        const { resolution, classes } = data;
        return { ...cost(architecture, { resolution, classes }), top1, top5, crossEntropy };
      } finally {
        dispose();
      }
    },
  };
}
