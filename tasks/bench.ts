/**
 * `deno task bench NAME`: measures a part of DNA against what others use for it.
 *
 * @module
 */

import { parseArgs } from "@std/cli/parse-args";
import { runTask } from "./_main.ts";
import type { BenchOptions, Report, Row } from "./bench/_report.ts";

/** The benches; each loads what it needs when it is asked for. */
const BENCHES: Record<
  string,
  {
    summary: string;
    run(options: BenchOptions, onProgress: (text: string) => void): Promise<Report>;
  }
> = {
  engine: {
    summary: "ops, compiled functions and training steps against TensorFlow for Python",
    run: async (...args) => (await import("./bench/engine.ts")).benchEngine(...args),
  },
  data: {
    summary: "decoding, cropping and augmenting JPEG files against torchvision's loader",
    run: async (...args) => (await import("./bench/data.ts")).benchData(...args),
  },
};

/** Benches without a peer, which read options of their own. */
const OTHERS: Record<string, { summary: string; run(args: string[]): Promise<void> }> = {
  supernet: {
    summary: "a step of all cells of a space against PyTorch (it has options of its own)",
    run: async (args) => await (await import("./bench/supernet.ts")).benchSupernet(args),
  },
  rating: {
    summary: "paths rated with shared prefixes against each alone (it has options of its own)",
    run: async (args) => await (await import("./bench/rating.ts")).benchRating(args),
  },
  search: {
    summary: "fronts and searches against HiGHS, and their growth (it has options of its own)",
    run: async (args) => await (await import("./bench/search.ts")).benchSearch(args),
  },
  latency: {
    summary: "the sum of measured layers against whole networks (it has options of its own)",
    run: async (args) => await (await import("./bench/latency.ts")).benchLatency(args),
  },
  workers: {
    summary: "one and two worker processes against the simulation (it has options of its own)",
    run: async (args) => await (await import("./bench/workers.ts")).benchWorkers(args),
  },
  explorer: {
    summary: "the search of the explorer's page (it has options of its own)",
    run: async (args) => await (await import("./bench/explorer.ts")).benchExplorer(args),
  },
};

const ALL = { ...BENCHES, ...OTHERS };

const HELP =
  `Measures a part of DNA against what others use for it, both in one run, in alternation.

Usage: deno task bench NAME [options]

${Object.entries(ALL).map(([name, { summary }]) => `  ${name.padEnd(8)}  ${summary}`).join("\n")}

Options
  --device NAME   device for both sides, as CPU:0 or GPU:0 (default: the first GPU, else the CPU)
  --threads N     threads for both sides (default: TensorFlow's own choice), or images decoded at once
  --rounds N      rounds for each line of the table (default: 15)
  --python PATH   a Python that has the peer's packages (default: they are installed when first needed)
  --json          one line of JSON instead of the table
  --help          this text

A ratio is ours / the peer's: of times, below 1 DNA is faster; of images a second, above 1.`;

if (import.meta.main) {
  const [name = "", ...rest] = Deno.args;
  if (Object.hasOwn(OTHERS, name)) await runTask(() => OTHERS[name].run(rest));
  else Deno.exitCode = await main(Deno.args);
}

async function main(args: string[]): Promise<number> {
  const unknown: string[] = [];
  const given = parseArgs(args, {
    string: ["device", "threads", "rounds", "python"],
    boolean: ["json", "help"],
    unknown: (name: string, key?: string) => {
      if (key !== undefined) unknown.push(name);
      return key === undefined;
    },
  }) as { _: (string | number)[] } & Record<string, string | boolean | undefined>;
  if (given.help) {
    console.log(HELP);
    return 0;
  }
  const names = Object.keys(ALL).join(", ");
  const name = String(given._[0]);
  const bench = Object.hasOwn(BENCHES, name) ? BENCHES[name] : undefined;
  const threads = wholeNumber(given.threads, 4096);
  const rounds = wholeNumber(given.rounds ?? "15", 10_000);
  const mistake = unknown.length > 0
    ? `Unknown option ${
      unknown[0]
    }: bench knows --device, --threads, --rounds, --python, --json, --help`
    : given._.length !== 1
    ? `Name one bench: ${names}`
    : !bench
    ? `Unknown bench ${name}: there are ${names}`
    : given.threads !== undefined && threads === undefined
    ? `--threads ${given.threads}: a whole number from 1 to 4096 is needed`
    : rounds === undefined
    ? `--rounds ${given.rounds}: a whole number from 1 to 10000 is needed`
    : undefined;
  if (mistake) {
    console.error(mistake);
    return 2;
  }
  try {
    const [device, python] = [given.device, given.python] as (string | undefined)[];
    const report = await bench!.run(
      { device, threads, rounds: rounds!, python },
      (text) => console.error(`Measuring ${text}`),
    );
    console.log(given.json ? JSON.stringify(report) : table(report));
    return 0;
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    return 1;
  }
}

function wholeNumber(text: string | boolean | undefined, most: number): number | undefined {
  const value = typeof text === "string" && /^\d+$/.test(text) ? Number(text) : NaN;
  return value >= 1 && value <= most ? value : undefined;
}

function table({ machine, device, versions, threads, rounds, rows }: Report): string {
  const head = ["", "ours", "least", "peer", "least", "ratio", "quartiles"];
  const lines = [head, ...rows.map(cells)];
  const widths = head.map((_, i) => Math.max(...lines.map((line) => line[i].length)));
  const text = lines.map((line) =>
    line.map((cell, i) => i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i])).join("  ")
  );
  const software = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return [
    `${machine}; device ${device}; threads: ${threads ?? "TensorFlow's choice"}`,
    `${software.join(", ")}; medians of ${rounds} rounds`,
    "",
    ...text,
  ].join("\n");
}

function cells({ name, unit, ours, peer, ratio }: Row): string[] {
  const time = (value: number) => `${value.toFixed(value < 100 ? 1 : 0)} ${unit}`;
  return [
    name,
    time(ours.median),
    time(ours.least),
    time(peer.median),
    time(peer.least),
    ratio.median.toFixed(2),
    `${ratio.low.toFixed(2)}–${ratio.high.toFixed(2)}`,
  ];
}
