/**
 * `deno task reproduce [NAME…]`: the experiments behind the paper's tables and figures, the notebooks, and one page of all of them.
 *
 * @module
 */

import { join, resolve } from "node:path";
import {
  chooseProgress,
  EXPERIMENT_NAMES,
  makeFolder,
  reproductionHtml,
  runEnvironment,
  type ScaleName,
  SCALES,
  stopSignal,
  writeFile,
} from "../mod.ts";
import { ensureTensorFlow } from "../lib/tensorflow/install/ensure.ts";
import { installNotebooks } from "../lib/tensorflow/install/notebooks.ts";
import { runTask } from "./_main.ts";
import {
  helpText,
  oneOf,
  type OptionSpecs,
  readOptions,
  UsageError,
  wholeNumber,
} from "./_options.ts";
import { checkNotebooks, notebookNames } from "./notebooks/_names.ts";
import { pageOrder, stepsFor, usualNotebooks } from "./reproduce/_steps.ts";
import { reproduce } from "./reproduce/_work.ts";

const OPTIONS: OptionSpecs = {
  scale: {
    value: "quick|small|paper",
    help: "how much is done: minutes, hours on two cores, or the paper's sizes",
    default: "quick",
  },
  out: {
    value: "DIR",
    help: "folder of the executed notebooks and of reproduction.html",
    default: "runs/reproduction-SCALE",
  },
  data: { value: "DIR", help: "folder with ImageNet's images, for scale paper" },
  jobs: { value: "N", help: "processes of an experiment side by side", default: "1" },
  again: { help: "do again what is done, but for experiments' parts" },
  plan: { help: "say which steps there are, and do nothing" },
  quiet: { help: "no progress" },
  json: { help: "progress as JSON lines" },
  help: { help: "this text" },
};

await runTask(async () => {
  const { given, words } = readOptions(Deno.args, OPTIONS, Infinity);
  const known = pageOrder(notebookNames());
  if (given.help) {
    return console.log(helpText(
      "deno task reproduce [NAME…] [options]",
      "Runs the experiments behind the paper's tables and figures, executes the notebooks, and writes one\n" +
        `page of all of them. What is done is not done again. Known: ${known.join(", ")}.`,
      OPTIONS,
    ));
  }
  checkNotebooks(words, known);
  const scale = (oneOf(given, "scale", Object.keys(SCALES)) ?? "quick") as ScaleName;
  const data = given.data as string | undefined ?? (Deno.env.get("DNA_DATA") || undefined);
  if (scale === "paper" && data === undefined) {
    throw new UsageError("Scale paper needs --data DIR, a folder with ImageNet's images");
  }
  const jobs = wholeNumber(given, "jobs", 1, 256);
  const names = words.length > 0 ? pageOrder([...new Set(words)]) : usualNotebooks(known);
  if (given.plan) {
    for (const { kind, name } of stepsFor(names, EXPERIMENT_NAMES)) console.log(kind, name);
    return;
  }
  const out = given.out as string | undefined ?? join("runs", `reproduction-${scale}`);
  await makeFolder(out);
  await ensureTensorFlow({ quiet: given.quiet === true, again: "reproduce" });
  const { folder } = await installNotebooks();
  if (data !== undefined) Deno.env.set("DNA_DATA", resolve(data)); // for the notebooks' kernels

  const json = given.json === true;
  const quiet = given.quiet === true;
  const progress = chooseProgress({ quiet, json });
  using stop = stopSignal();
  const outcomes = await reproduce(names, {
    scale,
    out,
    python: join(folder, "bin", "python"),
    data: scale === "paper" ? data : undefined,
    jobs,
    again: given.again === true,
    onProgress: progress.report,
    say: (line) => {
      progress.close();
      if (!quiet && !json) console.error(line);
    },
    signal: stop.signal,
  }).catch((error) => {
    if (!stop.signal.aborted) throw error;
    throw new DOMException(
      `Stopped. To go on: deno task reproduce ${Deno.args.join(" ")}`.trim(),
      "AbortError",
    );
  }).finally(() => progress.close());

  const { platform, cores } = await runEnvironment();
  const page = join(out, "reproduction.html");
  const texts = outcomes.map(async (outcome) => ({
    ...outcome,
    text: await Deno.readTextFile(join(out, `${outcome.name}.ipynb`)),
  }));
  await writeFile(
    page,
    reproductionHtml(await Promise.all(texts), {
      scale,
      machine:
        `Made on ${platform} with ${cores} cores; results that were recorded elsewhere say so.`,
    }),
  );
  console.log(page);
  const wrong = outcomes.filter(({ error }) => error);
  if (wrong.length > 0) {
    throw new Error(
      `Cannot execute ${wrong.length} of ${outcomes.length} notebooks: ` +
        wrong.map(({ name, error }) => `${name}: ${error}`).join("; "),
    );
  }
});
