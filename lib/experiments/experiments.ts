import { FIGURE_4 } from "./figure_4.ts";
import { FIGURE_5 } from "./figure_5.ts";
import { FIGURE_6 } from "./figure_6.ts";
import { TABLE_4 } from "./table_4.ts";
import { SEARCH_COST } from "./search_cost.ts";
import { TABLE_3 } from "./table_3.ts";
import { TABLE_5 } from "./table_5.ts";
import type { Experiment } from "./types.ts";

/** The experiments by name. */
export const EXPERIMENTS: Readonly<Record<string, Experiment>> = Object.fromEntries(
  [FIGURE_4, FIGURE_5, FIGURE_6, TABLE_4, TABLE_5, TABLE_3, SEARCH_COST].map((
    experiment,
  ) => [experiment.name, experiment]),
);
