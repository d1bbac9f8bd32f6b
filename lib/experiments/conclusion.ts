/**
 * What an experiment comes to, as files.
 *
 * @module
 */

import { join } from "node:path";
import { makeFolder, writeFile, writeJson } from "../files.ts";
import { figureSvg } from "../plots/figure_svg.ts";
import type { ExperimentScale } from "./scales.ts";
import type { Conclusion, Experiment, Found, Part } from "./types.ts";

/**
 * Writes results.json with every number, metrics.jsonl with a line for each part that is done, and each figure as NAME.svg and,
 * where it is one of plotly's, NAME.json.
 */
export async function writeConclusion(
  folder: string,
  experiment: Experiment,
  scale: ExperimentScale,
  found: Found,
  { results, figures }: Conclusion,
): Promise<void> {
  await makeFolder(folder);
  const { done, known, seconds } = partsDone(experiment, scale, found);
  await writeJson(join(folder, "results.json"), {
    experiment: experiment.name,
    section: experiment.section,
    scale,
    parts: { done: done.length, known, seconds },
    ...(plain(results) as object),
  });
  const lines = done.map((part) =>
    JSON.stringify({ part: part.label, kind: part.kind, ...found.made(part) })
  );
  await writeFile(join(folder, "metrics.jsonl"), lines.map((line) => `${line}\n`).join(""));
  for (const [name, drawn] of Object.entries(figures)) {
    if ("svg" in drawn) {
      await writeFile(join(folder, `${name}.svg`), drawn.svg);
      continue;
    }
    const { title, figure } = drawn;
    await writeJson(join(folder, `${name}.json`), figure);
    await writeFile(join(folder, `${name}.svg`), figureSvg(figure, { title }));
  }
}

/** The parts that are done, how many are known of, and the seconds of work of those that are done. */
export function partsDone(
  experiment: Experiment,
  scale: ExperimentScale,
  found: Found,
): { done: Part[]; known: number; seconds: number } {
  const parts = experiment.parts(scale, found);
  const done = parts.filter((part) => found.get(part) !== undefined);
  const seconds = done.reduce((sum, part) => sum + Number(found.made(part)?.seconds ?? 0), 0);
  return { done, known: parts.length, seconds: Math.round(seconds) };
}

/** Plain data in which what is not defined is null. */
function plain(value: unknown): unknown {
  if (typeof value === "number") return Number.isFinite(value) ? value : null;
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).filter(([, each]) => each !== undefined).map((
      [key, each],
    ) => [key, plain(each)]),
  );
}
