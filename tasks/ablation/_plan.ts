/**
 * Which parts an experiment has, which of them are done, and at the paper's size how long the others take.
 *
 * @module
 */

import { MEASURED_DEFAULT, type MeasuredStep, planExperiment } from "../../lib/experiments/plan.ts";
import type { ExperimentScale } from "../../lib/experiments/scales.ts";
import { timeText } from "../../lib/experiments/search_cost_conclusion.ts";
import type { PartStore } from "../../lib/experiments/store.ts";
import type { Experiment } from "../../lib/experiments/types.ts";
import { readMeasured } from "../_measured.ts";
import { alignColumns } from "../../lib/columns.ts";

/** Devices that the paper's authors had (section 4.1). */
const DEVICES = 8;

/** Prints the parts; of scale `paper` with estimates, from what was measured or the default. */
export async function printPlan(
  experiment: Experiment,
  scale: ExperimentScale,
  store: PartStore,
  { measured: file, devices = DEVICES }: { measured?: string; devices?: number },
): Promise<void> {
  if (scale.name !== "paper") {
    for (const part of experiment.parts(scale, store)) {
      const seconds = store.made(part)?.seconds;
      const state = await store.has(part) ? `done in ${seconds} s` : "to do";
      console.log(state.padEnd(16) + part.label);
    }
    return;
  }
  const measured = await measuredStep(file);
  const plan = planExperiment(experiment, scale, store, { measured, devices });
  const rows: string[][] = [];
  const ahead = [0, 0];
  for (const { part, known, seconds } of plan) {
    const done = await store.has(part);
    if (!done) seconds?.forEach((value, i) => ahead[i] += value);
    rows.push([
      part.label,
      done ? `done in ${store.made(part)?.seconds} s` : known ? "to do" : "then",
      ...(seconds ? seconds.map(timeText) : ["minutes", "minutes"]),
    ]);
  }
  console.log(alignColumns([["part", "", "one device", `${devices} devices`], ...rows]));
  console.log(
    `\nAll: ${timeText(ahead[0])} on one device, ${timeText(ahead[1])} on ${devices}. ` +
      `"then": its network follows from parts before it;\nthe estimate is of one that the budget allows.`,
  );
  console.log(sourceText(file, measured));
}

async function measuredStep(file: string | undefined): Promise<MeasuredStep> {
  if (file === undefined) return MEASURED_DEFAULT;
  const { step: { teacher, space, resolution }, measured } = await readMeasured(file);
  return { ...measured, teacher, space, resolution };
}

function sourceText(
  file: string | undefined,
  { teacher, space, batch, stepSeconds }: MeasuredStep,
) {
  const step = `a step of ${batch} images, space ${space}, teacher ${teacher}, takes ${
    timeText(stepSeconds)
  }`;
  return file === undefined
    ? `Reckoned with two threads of a CPU, on which ${step}.\n` +
      "For your device: deno task bench supernet --teacher tf_efficientnet_b7 --json >> FILE, then --measured FILE."
    : `Reckoned with ${file}: ${step}.`;
}
