/**
 * `deno task ablation findings`: the paper's claims beside what the experiments found, into docs/findings.md.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import {
  type Finding,
  findings,
  findingsTable,
  verdictTable,
} from "../../lib/experiments/findings.ts";
import { type ScaleName, SCALES } from "../../lib/experiments/scales.ts";
import { readFile, writeFile } from "../../mod.ts";
import { withMarked } from "../_marked.ts";
import { helpText, oneOf, type OptionSpecs, readOptions } from "../_options.ts";

/** The pages that hold the findings at scale small, each between two marks. */
export const FINDINGS_PAGES: readonly {
  path: string;
  table: (found: readonly Finding[]) => string;
}[] = [
  { path: pathOf("../../docs/findings.md"), table: findingsTable },
  { path: pathOf("../../README.md"), table: verdictTable },
];

function pathOf(relative: string): string {
  return fileURLToPath(new URL(relative, import.meta.url));
}

const OPTIONS: OptionSpecs = {
  scale: { value: "quick|small|paper", help: "whose results are looked at", default: "small" },
  out: { value: "DIR", help: "folder of results", default: "results/SCALE" },
  write: { help: "put the tables into docs/findings.md and README.md, too" },
  json: { help: "everything as JSON" },
  help: { help: "this text" },
};

/** Reads the arguments, gathers and prints. */
export async function ablationFindings(args: string[]): Promise<void> {
  const { given } = readOptions(args, OPTIONS);
  if (given.help) {
    return console.log(
      helpText(
        "deno task ablation findings [options]",
        "Says of each of the paper's claims whether it holds, from the parts that are done.",
        OPTIONS,
      ),
    );
  }
  const scale = (oneOf(given, "scale", Object.keys(SCALES)) ?? "small") as ScaleName;
  const found = await findings({ scale, folder: given.out as string | undefined });
  if (given.json) console.log(JSON.stringify(found));
  else {
    console.log(findingsTable(found));
    for (const { experiment, missing } of found) {
      if (missing !== undefined) console.log(`\n${experiment}: ${missing}`);
    }
  }
  if (!given.write) return;
  for (const { path, table } of FINDINGS_PAGES) {
    const page = new TextDecoder().decode(await readFile(path));
    await writeFile(path, withMarked(path, page, "findings", table(found)));
  }
}
