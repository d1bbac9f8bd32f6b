import { accuracySection } from "./_accuracy_section.ts";
import { makingSection } from "./_making_section.ts";
import { networkSection } from "./_network_section.ts";
import { pageHtml } from "./_page.ts";
import { searchSection } from "./_search_section.ts";
import { summaryHtml } from "./_summary.ts";
import { distillationSection, ratingSection } from "./_supernet_sections.ts";
import type { ReportData } from "./types.ts";
import { verdict } from "./_verdict.ts";

/**
 * Writes the report of a run: one HTML page that needs no network.
 *
 * It holds plotly's basic bundle, and forbids itself to load anything. What the run's files say is escaped. Equal data give
 * equal pages.
 *
 * @param data What config.json, metrics.jsonl, ratings.json and architecture.json hold.
 * @returns The page, about 1.3 MB.
 * @throws {SyntaxError | TypeError | RangeError} Where the result or the ratings are not of one space.
 *
 * @example
 * ```ts
 * import { type Ratings, report, search } from "@dna/kernel";
 * import { assertStringIncludes } from "@std/assert";
 *
 * const cells = [{ width: 8, depth: 1, losses: [6, 5, 4, 3, 2, 1] }];
 * const ratings: Ratings = {
 *   space: { name: "one", blocks: [{ stride: 1, cells: [{ width: 8, depth: 1 }] }] },
 *   resolution: 32,
 *   classes: 10,
 *   blocks: [{ cells }],
 * };
 * const { text, ...found } = search(ratings);
 * const result = { ...found, architecture: text, space: "one", budgets: {}, random: [] };
 * const page = report({ config: { seed: 7 }, metrics: [], ratings, result });
 * assertStringIncludes(page, text);
 * ```
 */
export function report(data: ReportData): string {
  const judged = verdict(data.result);
  const seed = data.config.seed === undefined ? "" : `, seed ${data.config.seed}`;
  return pageHtml({
    title: `DNA: the best network of space ${data.result.space}${seed}`,
    summary: summaryHtml(data, judged),
    sections: [
      networkSection(data),
      accuracySection(data),
      searchSection(data),
      ratingSection(data),
      distillationSection(data),
      makingSection(data),
    ],
  });
}
