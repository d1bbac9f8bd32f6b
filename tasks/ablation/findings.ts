/**
 * `deno task ablation findings`: the paper's claims beside what the experiments found, into docs/findings.md.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { findings, findingsTable } from "../../lib/experiments/findings.ts";
import { type ScaleName, SCALES } from "../../lib/experiments/scales.ts";
import { readFile, writeFile } from "../../mod.ts";
import { helpText, oneOf, type OptionSpecs, readOptions } from "../_options.ts";

/** The page that holds the findings at scale small, between two marks. */
export const FINDINGS_PAGE = fileURLToPath(new URL("../../docs/findings.md", import.meta.url));

const OPTIONS: OptionSpecs = {
  scale: { value: "quick|small|paper", help: "whose results are looked at", default: "small" },
  out: { value: "DIR", help: "folder of results", default: "results/SCALE" },
  write: { help: "put the table into docs/findings.md, too" },
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
  if (given.write) {
    const page = new TextDecoder().decode(await readFile(FINDINGS_PAGE));
    await writeFile(FINDINGS_PAGE, withTable(page, findingsTable(found)));
  }
}

/** The page with the table between its marks. */
export function withTable(page: string, table: string): string {
  const marked = /(<!-- findings:begin -->\n)[^]*(<!-- findings:end -->)/;
  if (!marked.test(page)) {
    throw new SyntaxError(
      `Cannot write ${FINDINGS_PAGE}: its marks findings:begin and :end are gone`,
    );
  }
  return page.replace(marked, (_, begin, end) => `${begin}${table}\n${end}`);
}
