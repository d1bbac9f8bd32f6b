/**
 * `deno task latency`: measures every layer of a space on this machine, into a table for `deno task pareto` and
 * `deno task search`.
 *
 * @module
 */

import { dirname } from "node:path";
import {
  formatDuration,
  formatLatency,
  type LatencyTable,
  measureLatency,
  resolveSpace,
  SPACE_NAMES,
  useEngine,
  writeLatencyTable,
} from "../mod.ts";
import { chooseProgress } from "../lib/progress.ts";
import { stopSignal } from "../lib/runs/stop.ts";
import { ensureTensorFlow } from "../lib/tensorflow/install/ensure.ts";
import { LATENCY_OPTIONS, latencySettings } from "./latency/_options.ts";
import { runTask } from "./_main.ts";
import { helpText, type OptionSpecs, readOptions, UsageError } from "./_options.ts";

const ABOUT =
  "Measures how long every layer of a search space takes on this machine, in inference form,\n" +
  "and writes a table for --latency of `deno task pareto` and `deno task search`.";

const OPTIONS: OptionSpecs = {
  ...LATENCY_OPTIONS,
  out: { value: "FILE", help: "the table, as JSON", default: "latency-<space>.json" },
  json: { help: "the table on standard output, and progress as JSON" },
  quiet: { help: "show no progress" },
  help: { help: "this text" },
};

await runTask(async () => {
  const { given } = readOptions(Deno.args, OPTIONS);
  if (given.help) {
    return console.log(helpText("deno task latency [options]", ABOUT, OPTIONS));
  }
  const { space: name, threads, ...settings } = latencySettings(given);
  const space = resolveSpace(name);
  const out = (given.out as string | undefined) ??
    `latency-${SPACE_NAMES.includes(name) ? name : "space"}.json`;
  // Minutes of measuring should not end in a place that cannot be written to.
  if (await isFolder(out)) throw new UsageError(`--out ${out}: it is a folder, not a file`);
  if (!await isFolder(dirname(out))) {
    throw new Error(`Cannot write ${out}: its folder ${dirname(out)} does not exist`);
  }
  const [quiet, json] = [given.quiet === true, given.json === true];
  await ensureTensorFlow({ quiet, again: ["latency", ...Deno.args].join(" ") });
  await useEngine({ device: settings.device, threads });
  const progress = chooseProgress({ quiet, json });
  using stop = stopSignal();
  const began = performance.now();
  try {
    const table = await measureLatency(space, {
      ...settings,
      onProgress: progress.report,
      signal: stop.signal,
    });
    progress.close();
    await writeLatencyTable(out, table);
    const seconds = (performance.now() - began) / 1e3;
    console.log(json ? JSON.stringify(table) : summary(table, seconds, out));
  } finally {
    progress.close();
  }
});

function summary(table: LatencyTable, seconds: number, out: string): string {
  const { machine, device, threads, batch, resolution, classes, rounds, call, parts } = table;
  const spreads = Object.values(parts);
  const medians = spreads.map(({ median }) => median);
  const relative = spreads.map(({ low, median, high }) => (high - low) / median)
    .sort((a, b) => a - b);
  const typical = relative[relative.length >> 1];
  return [
    `${machine}; device ${device}; threads: ${threads ?? "TensorFlow's choice"}`,
    `${spreads.length} layers of space ${table.space}, batch ${batch}, ${resolution} pixels, ` +
    `${classes} classes: ${formatLatency(Math.min(...medians))} to ` +
    `${formatLatency(Math.max(...medians))}, a call ${formatLatency(call.median)}`,
    `Quartiles lie ${(100 * typical).toFixed(0)} % of the median apart (median of the layers)` +
    `${typical > 0.25 ? ": the machine was busy, measure again when it is not" : ""}`,
    `${rounds} rounds in ${formatDuration(seconds)}: ${out}`,
  ].join("\n");
}

async function isFolder(path: string): Promise<boolean> {
  return (await Deno.stat(path).catch(() => undefined))?.isDirectory ?? false;
}
