/**
 * `deno task rate`: a part of a run's ratings in a process of its own, and the parts put together.
 *
 * @module
 */

import { join } from "node:path";
import {
  mergeRatings,
  type MethodSettings,
  parseCells,
  rateRun,
  readConfig,
  readRatingShare,
  resolveSpace,
  stopSignal,
  useEngine,
  writeRatings,
} from "../mod.ts";
import { chooseProgress } from "../lib/progress.ts";
import { ensureTensorFlow } from "../lib/tensorflow/install/ensure.ts";
import { runTask } from "./_main.ts";
import {
  helpText,
  number,
  oneOf,
  type OptionSpecs,
  readOptions,
  UsageError,
  wholeNumber,
} from "./_options.ts";
import { openSites, SITE_OPTIONS, sitesGiven } from "./_sites.ts";

const OPTIONS: OptionSpecs = {
  part: { value: "I/N", help: "the I-th of N parts of the work, from 1", default: "1/1" },
  cells: {
    value: "B.C,…",
    help: "only these cells, as 3.1,5.0 from 0",
    default: "those of the run",
  },
  out: { value: "FILE", help: "the part's file; one that is there is gone on with" },
  features: {
    value: "TYPE",
    help: "keep the teacher's maps on disk, as float32 or float16",
    default: "as the run",
  },
  "cache-limit": { value: "BYTES", help: "most disk for the maps of one set of images" },
  lanes: { value: "N", help: "parts that compute at the same time", default: "one a core" },
  device: { value: "NAME", help: "device, as CPU:0 or GPU:1", default: "first GPU, else CPU" },
  ...SITE_OPTIONS,
  checkpoint: { value: "SECONDS", help: "work between two savings", default: "20" },
  quiet: { help: "show no progress" },
  json: { help: "progress and result as JSON" },
  help: { help: "this text" },
};

const MERGE_OPTIONS: OptionSpecs = {
  out: { value: "FILE", help: "where the ratings go", default: "ratings.json" },
  json: { help: "the result as JSON" },
  help: { help: "this text" },
};

const USAGE = "deno task rate RUN --part I/N --out FILE [options]\n" +
  "       deno task rate merge FILE… --out ratings.json";
const ABOUT =
  "Rates a part of the paths of a run whose supernet is trained; the run is only read. Parts can be\n" +
  "rated by several processes and machines: each knows which paths are its own. `merge` puts them\n" +
  "together, and refuses parts of different supernets, images or settings, overlaps and gaps.";

await runTask(async () => {
  if (Deno.args[0] === "merge") return await merge(Deno.args.slice(1));
  const { given, words: [folder] } = readOptions(Deno.args, OPTIONS, 1);
  if (given.help) return console.log(helpText(USAGE, ABOUT, OPTIONS));
  if (folder === undefined) {
    throw new UsageError("rate needs a run's folder: deno task rate runs/… --out part.json");
  }
  const part = partGiven(given.part as string | undefined);
  const out = given.out as string | undefined ??
    join(folder, `ratings.part-${part.index}-of-${part.of}.json`);
  const lanes = wholeNumber(given, "lanes", 1, 256);
  const cacheLimit = number(given, "cache-limit", 0, Number.MAX_SAFE_INTEGER);
  const checkpointSeconds = number(given, "checkpoint", 0, 86_400);
  const places = sitesGiven(given);
  const features = oneOf(given, "features", ["float16", "float32"]) as MethodSettings["features"];
  const { options } = await readConfig(folder, "rate") as { options?: MethodSettings };
  const text = given.cells as string | undefined ?? options?.cells;
  const cells = text === undefined || !options
    ? undefined
    : parseCells(text, resolveSpace(options.space));
  const [quiet, json] = [given.quiet === true, given.json === true];
  await ensureTensorFlow({ quiet, again: ["rate", ...Deno.args].join(" ") });
  await useEngine({
    device: given.device as string | undefined,
    cpuDevices: places.cpuDevices,
  });
  const progress = chooseProgress({ quiet, json });
  const say = (line: string) => {
    progress.close();
    if (!quiet && !json) console.error(line);
  };
  using opened = await openSites(places, say);
  using stop = stopSignal();
  try {
    const share = await rateRun(folder, {
      part,
      cells,
      out,
      features,
      cacheLimit,
      lanes,
      sites: opened.sites,
      checkpointSeconds,
      say,
      onProgress: progress.report,
      signal: stop.signal,
    });
    progress.close();
    const paths = share.parts.reduce((sum, { sums }) => sum + sums.length, 0);
    if (json) console.log(JSON.stringify({ out, parts: share.parts.length, paths }));
    else console.log(`${out}: ${share.parts.length} parts of ${paths} sums`);
  } catch (error) {
    progress.close();
    if (!stop.signal.aborted) throw error;
    throw new DOMException("Stopped. To go on: the same command", "AbortError");
  }
});
// Calls to a worker that hangs may never end.
if (Deno.args.some((arg) => arg.startsWith("--workers"))) Deno.exit();

/** `2/8`: the second of eight. */
function partGiven(text = "1/1"): { index: number; of: number } {
  const match = /^(\d{1,6})\/(\d{1,6})$/.exec(text);
  const [index, of] = [Number(match?.[1]), Number(match?.[2])];
  if (!match || index < 1 || index > of) {
    throw new UsageError(
      `--part is ${JSON.stringify(text)}: a part of a number of parts is needed, as 2/8`,
    );
  }
  return { index, of };
}

async function merge(args: readonly string[]): Promise<void> {
  const { given, words } = readOptions(args, MERGE_OPTIONS, 100_000);
  if (given.help) return console.log(helpText(USAGE, ABOUT, MERGE_OPTIONS));
  if (words.length === 0) {
    throw new UsageError("merge needs files: deno task rate merge part-1.json part-2.json …");
  }
  const shares = [];
  for (const file of words) shares.push(await readRatingShare(file));
  const ratings = mergeRatings(shares, words);
  const out = given.out as string | undefined ?? "ratings.json";
  await writeRatings(out, ratings);
  const paths = ratings.blocks.flatMap(({ cells }) => cells)
    .reduce((sum, { losses }) => sum + losses.length, 0);
  console.log(
    given.json ? JSON.stringify({ out, files: words.length, paths }) : `${out}: ${paths} paths`,
  );
}
