import type { TrainRecord } from "../../mod.ts";
import { judgedLines, percent } from "../_judged.ts";

/** The trained network, its costs and how it did. */
export function resultTable(result: TrainRecord): string {
  const { architecture, training, test } = result;
  return [
    architecture,
    "",
    ...judgedLines(result, test),
    `last epoch     loss ${training.loss.toFixed(4)}, ${percent(training.accuracy)} of the ` +
    "training images as they were varied",
  ].join("\n");
}
