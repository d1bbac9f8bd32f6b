/**
 * `deno task notebooks [NAME…]`: executes notebooks headless and writes their outputs into them.
 *
 * @module
 */

import { join } from "node:path";
import { formatDuration, NOTEBOOK_SCALES, stopSignal, writeFile } from "../mod.ts";
import { installNotebooks } from "../lib/tensorflow/install/notebooks.ts";
import { ensureTensorFlow } from "../lib/tensorflow/install/ensure.ts";
import { runTask } from "./_main.ts";
import { checkNotebooks, notebookNames, NOTEBOOKS } from "./notebooks/_names.ts";
import { executeNotebooks, judgeNotebook } from "./notebooks/_run.ts";
import {
  helpText,
  oneOf,
  type OptionSpecs,
  readOptions,
  UsageError,
  wholeNumber,
} from "./_options.ts";

const OPTIONS: OptionSpecs = {
  scale: { value: "NAME", help: NOTEBOOK_SCALES.join(" or "), default: "small" },
  check: { help: "only tell whether they run; write nothing" },
  out: { value: "DIR", help: "write the executed notebooks there, not in place" },
  timeout: { value: "SECONDS", help: "the most that a cell may take", default: "7200" },
  help: { help: "this text" },
};

await runTask(async () => {
  const { given, words } = readOptions(Deno.args, OPTIONS, Infinity);
  const known = notebookNames();
  if (given.help) {
    console.log(helpText(
      "deno task notebooks [NAME…] [options]",
      `Executes notebooks headless, all where none is named.\nKnown: ${known.join(", ")}.`,
      OPTIONS,
    ));
    return;
  }
  checkNotebooks(words, known);
  if (given.check && given.out) throw new UsageError("--check and --out exclude each other");
  const scale = oneOf(given, "scale", NOTEBOOK_SCALES) ?? "small";
  const seconds = wholeNumber(given, "timeout", 1, 1e6) ?? 7200;
  const out = typeof given.out === "string" ? given.out : NOTEBOOKS;
  await ensureTensorFlow({ again: "notebooks" });
  const { folder } = await installNotebooks();
  using stop = stopSignal();
  const names = words.length > 0 ? words : known;
  const wrong: string[] = [];
  let started = performance.now();
  let count = 0;
  for await (
    const { text, error } of executeNotebooks(
      names.map((name) => join(NOTEBOOKS, `${name}.ipynb`)),
      {
        python: join(folder, "bin", "python"),
        scale,
        seconds,
        signal: stop.signal,
      },
    )
  ) {
    const name = names[count++];
    const faults = error ? [error.split("\n")[0]] : judgeNotebook(text);
    const time = formatDuration((performance.now() - started) / 1000);
    started = performance.now();
    if (faults.length > 0) wrong.push(`${name}: ${faults.join("; ")}`);
    else if (!given.check) await writeFile(join(out, `${name}.ipynb`), text);
    console.error(`${name}: ${faults.length > 0 ? faults.join("; ") : `done in ${time}`}`);
  }
  if (wrong.length > 0) {
    throw new Error(`Cannot execute ${wrong.length} of ${names.length} notebooks`);
  }
});
