/**
 * `deno task bench explorer`: how long the page's own search takes when a budget or a λ is dragged, on space dna.
 *
 * @module
 */

import {
  createRandom,
  explorerData,
  explorerHtml,
  type LatencyTable,
  type Ratings,
  ratingsSpace,
} from "../../mod.ts";
import { frontByCost } from "../../lib/explorer/page/front.js";
import { solveNetwork, solverBlocks } from "../../lib/explorer/page/solver.js";
import { spaceParts } from "../../lib/latency/_parts.ts";
import { layerCost } from "../../lib/space/_layer_cost.ts";
import { helpText, type OptionSpecs, readOptions, wholeNumber } from "../_options.ts";
import { randomRatings } from "./_ratings.ts";
import { spread } from "./_spread.ts";

const ABOUT =
  "Measures the search of the explorer's page on space dna: random budgets of none to three\n" +
  "costs and random λ, on losses of chance and on such as fall with a path's size.";

const OPTIONS: OptionSpecs = {
  drags: { value: "N", help: "searches for each kind of losses", default: "400" },
  json: { help: "one line of JSON instead of the table" },
  help: { help: "this text" },
};

/** Times in milliseconds. */
interface Row {
  losses: string;
  paths: number;
  bytes: number;
  median: number;
  p95: number;
  p99: number;
  most: number;
  front: number;
}

/** Runs the bench with arguments of its own. */
export function benchExplorer(args: readonly string[]): Promise<void> {
  const { given } = readOptions(args, OPTIONS);
  if (given.help) {
    console.log(helpText("deno task bench explorer [options]", ABOUT, OPTIONS));
    return Promise.resolve();
  }
  const drags = wholeNumber(given, "drags", 10, 100_000) ?? 400;
  const rows = [["chance", 0], ["falling with size", 0.5]].map(([losses, slope]) =>
    measure(`${losses}`, randomRatings("dna", 1, { slope: Number(slope) }), drags)
  );
  console.log(given.json ? JSON.stringify({ bench: "explorer", drags, rows }) : table(rows, drags));
  return Promise.resolve();
}

function measure(losses: string, ratings: Ratings, drags: number): Row {
  const latency = madeUpTable(ratings);
  const blocks = solverBlocks(explorerData(ratings, { latency, sample: 0 }));
  const random = createRandom(0, "explorer drags");
  const free = [Infinity, Infinity, Infinity];
  const ones = blocks.map(() => 1);
  const dear = solveNetwork(blocks, ones, free)!.costs;
  const cheap = solveNetwork(blocks, ones.map(() => 0), free)!.costs;
  const times: number[] = [];
  for (let drag = -20; drag < drags; drag++) {
    const limited = random.shuffle([0, 1, 2]).slice(0, random.int(4));
    const budgets = free.map((none, k) =>
      limited.includes(k) ? Math.round(cheap[k] + random.uniform() * (dear[k] - cheap[k])) : none
    );
    const weights = ones.map((one) => random.int(2) ? one : random.int(61) / 20);
    const began = performance.now();
    solveNetwork(blocks, weights, budgets);
    // The first ones warm up.
    if (drag >= 0) times.push(performance.now() - began);
  }
  const fronts = Array.from({ length: 15 }, (_, i) => {
    const began = performance.now();
    frontByCost(blocks, ones, i % 3);
    return performance.now() - began;
  });
  times.sort((a, b) => a - b);
  const at = (share: number) => times[Math.round(share * (times.length - 1))];
  return {
    losses,
    paths: blocks.reduce((sum, { path }) => sum + path.length, 0),
    bytes: explorerHtml(ratings, { latency }).length,
    median: at(0.5),
    p95: at(0.95),
    p99: at(0.99),
    most: at(1),
    front: spread(fronts).median,
  };
}

/** Latencies that grow with FLOPs, each with its own speed. */
function madeUpTable(ratings: Ratings): LatencyTable {
  const { resolution, classes } = ratings;
  const space = ratingsSpace(ratings);
  const random = createRandom(0, "made-up latencies");
  const time = (median: number) => ({ low: median, median, high: median });
  const parts = [...spaceParts(space, { resolution, classes })].map(([key, part]) => {
    const { layer, inputWidth, inputSize } = part;
    const flops = layer ? layerCost(layer, inputWidth, inputSize).flops : 1e7;
    const seconds = 1e-4 + flops / 2e10 * (0.7 + 0.6 * random.uniform());
    return [key, time(Math.round(1e9 * seconds) / 1e9)];
  });
  return {
    space: space.name,
    machine: "made up",
    device: "CPU:0",
    threads: 1,
    versions: {},
    batch: 1,
    resolution,
    classes,
    rounds: 1,
    call: time(1e-5),
    parts: Object.fromEntries(parts),
  };
}

function table(rows: readonly Row[], drags: number): string {
  const lines = [
    ["losses", "paths", "page", "median", "95 %", "99 %", "most", "front"],
    ...rows.map(({ losses, paths, bytes, median, p95, p99, most, front }) => [
      losses,
      `${paths}`,
      `${(bytes / 1e3).toFixed(0)} kB`,
      ...[median, p95, p99, most, front].map((ms) => `${ms.toFixed(1)} ms`),
    ]),
  ];
  const widths = lines[0].map((_, i) => Math.max(...lines.map((line) => line[i].length)));
  return [
    `${drags} drags each on space dna; a front by one cost beside`,
    "",
    ...lines.map((line) =>
      line.map((cell, i) => i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i])).join("  ")
    ),
  ].join("\n");
}
