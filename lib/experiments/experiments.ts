import { FIGURE_4 } from "./figure_4.ts";
import type { Experiment } from "./types.ts";

/** The experiments by name. */
export const EXPERIMENTS: Readonly<Record<string, Experiment>> = Object.fromEntries(
  [FIGURE_4].map((experiment) => [experiment.name, experiment]),
);
