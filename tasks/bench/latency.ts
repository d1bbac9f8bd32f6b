/**
 * `deno task bench latency`: the sum of a table's layers against whole networks, measured.
 *
 * @module
 */

import {
  type CostOptions,
  costRange,
  createRandom,
  formatCount,
  formatLatency,
  latency,
  type LatencyTable,
  measureLatency,
  measureNetworks,
  resolveSpace,
  sampleArchitectures,
  type SampledArchitecture,
  type Space,
  useEngine,
  writeFile,
} from "../../mod.ts";
import { chooseProgress } from "../../lib/progress.ts";
import { stopSignal } from "../../lib/runs/stop.ts";
import { LATENCY_OPTIONS, latencySettings } from "../latency/_options.ts";
import { helpText, type OptionSpecs, readOptions, wholeNumber } from "../_options.ts";
import { correlation, mean } from "./_correlation.ts";
import { scatterSvg } from "./_scatter.ts";

const ABOUT =
  "Measures every layer of a space, and random networks of it as a whole: how well does\n" +
  "the sum of the layers foretell the network?";

const OPTIONS: OptionSpecs = {
  ...LATENCY_OPTIONS,
  networks: { value: "N", help: "random networks", default: "20" },
  any: {
    help: "draw from all networks alike: most cost much the same",
    default: "even over FLOPs",
  },
  seed: { value: "N", help: "decides which networks", default: "0" },
  out: { value: "FILE", help: "the networks as a scatter plot, SVG" },
  json: { help: "one line of JSON instead of the table" },
  quiet: { help: "show no progress" },
  help: { help: "this text" },
};

/** A network, in seconds for a batch. */
interface Line {
  text: string;
  params: number;
  flops: number;
  predicted: number;
  measured: number;
  low: number;
  high: number;
}

/** Random networks, one for each equal part of what networks of the space cost. */
function spreadNetworks(
  space: Space,
  count: number,
  seed: number,
  sizes: CostOptions,
): SampledArchitecture[] {
  const { cheapest, dearest } = costRange(space, "flops", sizes);
  const width = (dearest.flops - cheapest.flops) / count;
  return Array.from({ length: count }, (_, i) => {
    const low = cheapest.flops + i * width;
    const random = createRandom(seed, "part", i);
    return sampleArchitectures(space, random, 1, { ...sizes, flops: [low, low + width] })[0];
  });
}

/** Runs the bench with arguments of its own. */
export async function benchLatency(args: readonly string[]): Promise<void> {
  const { given } = readOptions(args, OPTIONS);
  if (given.help) {
    return console.log(helpText("deno task bench latency [options]", ABOUT, OPTIONS));
  }
  const { space: name, threads, ...settings } = latencySettings(given);
  const count = wholeNumber(given, "networks", 4, 1000) ?? 20;
  const seed = wholeNumber(given, "seed", 0, Number.MAX_SAFE_INTEGER) ?? 0;
  const { resolution, classes } = settings;
  const space = resolveSpace(name);
  const networks = given.any
    ? sampleArchitectures(space, createRandom(seed), count, { resolution, classes })
    : spreadNetworks(space, count, seed, { resolution, classes });
  await useEngine({ device: settings.device, threads });
  const progress = chooseProgress({ quiet: given.quiet === true, json: given.json === true });
  using stop = stopSignal();
  const watched = { ...settings, onProgress: progress.report, signal: stop.signal };
  try {
    const table = await measureLatency(space, watched);
    const times = await measureNetworks(networks.map(({ architecture }) => architecture), watched);
    progress.close();
    const lines = networks.map(({ architecture, text, params, flops }, i): Line => ({
      text,
      params,
      flops,
      predicted: latency(architecture, table),
      measured: times[i].median,
      low: times[i].low,
      high: times[i].high,
    })).sort((a, b) => a.predicted - b.predicted);
    const report = { bench: "latency", ...about(table), networks: lines, ...verdict(lines) };
    if (given.out !== undefined) await writeFile(given.out as string, figure(table, lines));
    console.log(given.json ? JSON.stringify(report) : page(table, lines));
  } finally {
    progress.close();
  }
}

/** The table without its layers. */
function about({ parts: _parts, ...rest }: LatencyTable): Omit<LatencyTable, "parts"> {
  return rest;
}

/** What foretells the measured times how well. */
function verdict(lines: readonly Line[]) {
  const measured = lines.map((line) => line.measured);
  const by = (key: "predicted" | "flops" | "params") =>
    correlation(lines.map((line) => line[key]), measured);
  return {
    correlations: { predicted: by("predicted"), flops: by("flops"), params: by("params") },
    /** Mean of measured / predicted. */
    ratio: mean(lines.map(({ predicted, measured }) => measured / predicted)),
  };
}

function page(table: LatencyTable, lines: readonly Line[]): string {
  const { correlations, ratio } = verdict(lines);
  const rows = [
    ["network", "params", "FLOPs", "predicted", "measured", "quartiles", "ratio"],
    ...lines.map(({ params, flops, predicted, measured, low, high }, i) => [
      `${i + 1}`,
      formatCount(params),
      formatCount(flops),
      formatLatency(predicted),
      formatLatency(measured),
      `${formatLatency(low)}–${formatLatency(high)}`,
      (measured / predicted).toFixed(2),
    ]),
  ];
  const widths = rows[0].map((_, i) => Math.max(...rows.map((row) => row[i].length)));
  const r = ({ r, low, high }: { r: number; low: number; high: number }) =>
    `${r.toFixed(3)} [${low.toFixed(3)}, ${high.toFixed(3)}]`;
  return [
    `${table.machine}; device ${table.device}; threads: ${table.threads ?? "TensorFlow's choice"}`,
    `Space ${table.space}, batch ${table.batch}, ${table.resolution} pixels; medians of ` +
    `${table.rounds} rounds`,
    "",
    ...rows.map((row) => row.map((text, i) => text.padStart(widths[i])).join("  ")),
    "",
    `Pearson's r with the measured time: sum of layers ${r(correlations.predicted)}, ` +
    `FLOPs ${r(correlations.flops)}, params ${r(correlations.params)}`,
    `Measured / predicted: ${ratio.toFixed(2)} on average`,
  ].join("\n");
}

function figure(table: LatencyTable, lines: readonly Line[]): string {
  const { r, low, high } = verdict(lines).correlations.predicted;
  const points = lines.map(({ text, predicted, measured }) => ({
    name: text,
    x: 1e3 * predicted,
    y: 1e3 * measured,
  }));
  return scatterSvg(points, {
    title: `${lines.length} networks of space ${table.space}: r = ${r.toFixed(3)} ` +
      `[${low.toFixed(3)}, ${high.toFixed(3)}]`,
    x: "sum of layers, ms",
    y: "whole network, measured, ms",
  });
}
