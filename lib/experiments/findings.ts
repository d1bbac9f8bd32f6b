/**
 * docs/findings.md: the paper's claims beside what the experiments found, written from the parts that are done.
 *
 * @module
 */

import { concludeExperiment, EXPERIMENT_NAMES, type ExperimentOptions } from "./experiment.ts";
import { EXPERIMENTS } from "./experiments.ts";
import { type Claim, UnfinishedError } from "./types.ts";

/** What one experiment found. */
export interface Finding {
  /** The experiment. */
  experiment: string;
  /** Where the claims stand in the paper. */
  section: string;
  /** Its claims; none where too few parts are done. */
  claims: Claim[];
  /** How many parts are done, of how many that are known of, and the seconds that they took. */
  parts?: { done: number; known: number; seconds: number };
  /** Why there are no claims. */
  missing?: string;
}

/**
 * Gathers what every experiment says of the paper's claims, from the parts that are done.
 *
 * @param options Scale and folder.
 * @returns One finding for each experiment.
 *
 * @example
 * ```ts
 * import { EXPERIMENT_NAMES, findings } from "@dna/kernel";
 * import { assertEquals } from "@std/assert";
 *
 * const found = await findings();
 * assertEquals(found.map(({ experiment }) => experiment), [...EXPERIMENT_NAMES]);
 * ```
 */
export async function findings(options: ExperimentOptions = {}): Promise<Finding[]> {
  const found: Finding[] = [];
  for (const experiment of EXPERIMENT_NAMES) {
    const { section } = EXPERIMENTS[experiment];
    try {
      const { claims = [], parts } = await concludeExperiment(experiment, options);
      found.push({ experiment, section, claims, parts });
    } catch (error) {
      if (!(error instanceof UnfinishedError)) throw error;
      found.push({ experiment, section, claims: [], missing: error.message });
    }
  }
  return found;
}

/** The findings as a table in Markdown, a row for each claim. */
export function findingsTable(found: readonly Finding[]): string {
  const rows = found.flatMap(({ experiment, section, claims }) =>
    claims.map(({ claim, paper, ours, verdict, why }) =>
      [
        `${claim} (${section.split(",")[0]})`,
        paper,
        ours,
        `**${verdict}**${why === undefined ? "" : `: ${why}`}`,
        `\`${experiment}\``,
      ].map((cell) => cell.replaceAll("|", "\\|"))
    )
  );
  const head = [
    "claim (section)",
    "the paper",
    "ours, with 95 % interval",
    "verdict",
    "experiment",
  ];
  return [head, head.map(() => "---"), ...rows].map((row) => `| ${row.join(" | ")} |`).join("\n");
}

/** The verdicts alone as a table in Markdown, each claim with its notebook. */
export function verdictTable(found: readonly Finding[]): string {
  const rows = found.flatMap(({ experiment, claims }) =>
    claims.map(({ claim, ours, verdict }) =>
      [claim, ours, `**${verdict}**`, `[${experiment}](notebooks/${experiment}.ipynb)`]
        .map((cell) => cell.replaceAll("|", "\\|"))
    )
  );
  const head = ["claim", "ours, with 95 % interval", "at scale small", "notebook"];
  return [head, head.map(() => "---"), ...rows].map((row) => `| ${row.join(" | ")} |`).join("\n");
}
