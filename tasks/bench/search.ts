/**
 * `deno task bench search`: fronts and searches on the paper's space, beside HiGHS and the paper's algorithms.
 *
 * @module
 */

import { availableParallelism, cpus } from "node:os";
import { authorsSearch, bestWithin, paretoFront, type Ratings } from "../../mod.ts";
import { search, type SearchOptions, traversalSearch, writeFile } from "../../mod.ts";
import { searchProblem } from "../../lib/search/_problem.ts";
import { searchStages } from "../../lib/search/_stages.ts";
import { createRandom } from "../../lib/random.ts";
import { helpText, type OptionSpecs, readOptions, wholeNumber } from "../_options.ts";
import { type Growth, measureGrowth, type Shape, shapesOf, SWEEPS } from "./_growth.ts";
import { growthDrawing } from "./_growth_svg.ts";
import { type Peer, startPeer } from "./_peer.ts";
import { randomRatings } from "./_ratings.ts";
import { spread } from "./_spread.ts";

const OPTIONS: OptionSpecs = {
  rounds: { value: "N", help: "runs of each work of ours", default: "15" },
  "peer-rounds": { value: "N", help: "runs of HiGHS; 0 leaves it out", default: "3" },
  python: { value: "PATH", help: "a Python with SciPy", default: "one is set up below .dna/" },
  growth: { value: "FILE", help: "draw the growth with cells, depth and operations, as SVG" },
  json: { help: "JSON in place of tables" },
  help: { help: "this text" },
};

const SCIPY = { folder: "peer-scipy", version: "1.16.3", requirements: ["scipy==1.16.3"] };

const BOTH: SearchOptions = { maxParams: 4.2e6, maxFlops: 350e6 };

interface Row {
  work: string;
  /** Median, in ms. */
  ms: number;
  /** The first run's time, before JavaScript is compiled. */
  first: number;
  /** How many times as long as our search for the same. */
  ratio?: number;
  note?: string;
}

/** Runs the bench and prints it. */
export async function benchSearch(args: readonly string[]): Promise<void> {
  const { given } = readOptions(args, OPTIONS);
  if (given.help) {
    const about =
      "Measures fronts and searches on the paper's space, and what others need for them.";
    return console.log(helpText("deno task bench search [options]", about, OPTIONS));
  }
  const rounds = wholeNumber(given, "rounds", 1, 10_000) ?? 15;
  const peerRounds = wholeNumber(given, "peer-rounds", 0, 1000) ?? 3;
  const ratings = randomRatings("dna", 1);
  const rows = ownRows(ratings, rounds);
  if (peerRounds > 0) {
    console.error("Measuring HiGHS");
    rows.push(...await peerRows(ratings, peerRounds, rows, given.python as string | undefined));
  }
  const misses = countMisses(400);
  const sweeps: [keyof Shape, Growth[]][] = [];
  if (given.growth !== undefined) {
    for (const varied of Object.keys(SWEEPS) as (keyof Shape)[]) {
      const points: Growth[] = [];
      for (const shape of shapesOf(varied)) {
        console.error(`Measuring growth with ${varied}: ${shape[varied]}`);
        points.push(await measureGrowth(shape, Math.min(rounds, 5)));
      }
      sweeps.push([varied, points]);
    }
    await writeFile(given.growth as string, growthDrawing(sweeps));
  }
  const machine = `${cpus()[0]?.model ?? Deno.build.arch}, ${availableParallelism()} threads`;
  if (given.json) {
    const growth = Object.fromEntries(sweeps);
    return console.log(JSON.stringify({ bench: "search", machine, rounds, rows, misses, growth }));
  }
  console.log(
    [
      `${machine}; deno ${Deno.version.deno}; medians of ${rounds} runs; 1.96·10^17 networks`,
      "",
      ...columns([
        ["", "median", "first run", "ratio", ""],
        ...rows.map(({ work, ms, first, ratio, note }) => [
          work,
          milliseconds(ms),
          milliseconds(first),
          ratio === undefined ? "" : `${ratio.toFixed(ratio < 10 ? 1 : 0)} ×`,
          note ?? "",
        ]),
      ]),
      "",
      `authorsSearch on 400 random instances: ${misses.right} optima, ${misses.missed} worse ` +
      `networks, ${misses.above} above the budget, ${misses.none} none found; our search: 400.`,
      ...(sweeps.length > 0 ? ["", ...growthTable(sweeps)] : []),
    ].join("\n"),
  );
}

function timed(work: string, rounds: number, run: () => string | void): Row {
  console.error(`Measuring ${work}`);
  const times: number[] = [];
  let note: string | void = undefined;
  // The first runs, before JavaScript is compiled, are told apart.
  for (let round = 0; round < rounds + 5; round++) {
    const began = performance.now();
    note = run();
    times.push(performance.now() - began);
  }
  return { work, ms: spread(times.slice(5)).median, first: times[0], ...(note && { note }) };
}

function ownRows(ratings: Ratings, rounds: number): Row[] {
  const front = paretoFront(ratings, "params");
  const [low, high] = [front[0].params, front[front.length - 1].params];
  const budgets = Array.from({ length: 1000 }, (_, i) => low + (high - low) * i / 999);
  const rows = [
    timed("front by params", rounds, () => `${paretoFront(ratings, "params").length} networks`),
    timed("front by flops", rounds, () => `${paretoFront(ratings, "flops").length} networks`),
    timed(
      "front by params and flops",
      Math.min(rounds, 3),
      () => `${paretoFront(ratings, ["params", "flops"]).length} networks`,
    ),
    timed("1,000 budgets looked up", rounds, () => {
      for (const budget of budgets) bestWithin(front, budget);
    }),
    timed("search, params", rounds, () => void search(ratings, { maxParams: 4.2e6 })),
    timed("search, params and flops", rounds, () => void search(ratings, BOTH)),
    timed("top 100, no constraint", rounds, () => void search(ratings, { top: 100 })),
    timed("top 100, params and flops", rounds, () => void search(ratings, { ...BOTH, top: 100 })),
    timed(
      "traversalSearch, params and flops",
      rounds,
      () => `${traversalSearch(ratings, BOTH).visited} paths visited`,
    ),
  ];
  const ours = rows.find(({ work }) => work === "search, params and flops")!;
  rows[rows.length - 1].ratio = rows[rows.length - 1].ms / ours.ms;
  // The authors' search takes too long in the paper's space: the one it was made for has a cell a block.
  const small = randomRatings("fashion", 1, { resolution: 28, classes: 10 });
  const maxParams = 100e3;
  const mine = timed(
    "search, space fashion, params",
    rounds,
    () => void search(small, { maxParams }),
  );
  const theirs = timed("authorsSearch, space fashion, params", 1, () => {
    const { visited, loss, params } = authorsSearch(small, { maxParams });
    const least = search(small, { maxParams }).loss;
    return `${visited} paths visited; loss ${loss.toFixed(4)}, least ${least.toFixed(4)}; ` +
      `${params} params`;
  });
  return [...rows, mine, { ...theirs, ratio: theirs.ms / mine.ms }];
}

async function peerRows(
  ratings: Ratings,
  rounds: number,
  ours: readonly Row[],
  python: string | undefined,
): Promise<Row[]> {
  const peer = await startPeer("search_peer.py", { ...SCIPY, bench: "search" }, python);
  try {
    const { scipy } = await peer.ask<{ scipy: string }>({ task: "start" });
    const rows: Row[] = [];
    for (
      const [name, options] of [
        ["params", { maxParams: BOTH.maxParams }],
        ["params and flops", BOTH],
      ] as const
    ) {
      const times: number[] = [];
      for (let round = 0; round < rounds; round++) {
        times.push(await solveThere(peer, ratings, options));
      }
      const mine = ours.find(({ work }) => work === `search, ${name}`)!;
      const ms = spread(times).median;
      rows.push({
        work: `HiGHS (SciPy ${scipy}), ${name}`,
        ms,
        first: times[0],
        ratio: ms / mine.ms,
      });
    }
    return rows;
  } finally {
    await peer.close();
  }
}

/** Milliseconds that HiGHS needs for a search; its optimum must be ours. */
async function solveThere(peer: Peer, ratings: Ratings, options: SearchOptions): Promise<number> {
  const problem = searchProblem(ratings, options);
  const blocks = searchStages(problem, problem.units, Infinity).map(({ edges }) => ({
    from: edges.map(({ from }) => from),
    to: edges.map(({ to }) => to),
    loss: edges.map(({ loss }) => loss),
    costs: problem.units.map((_, k) => edges.map(({ costs }) => costs[k])),
  }));
  const { budgets } = problem;
  const { seconds, loss, message } = await peer.ask<
    { seconds: number; loss: number; message: string }
  >({ task: "solve", blocks, budgets });
  const mine = search(ratings, options).loss;
  if (!(Math.abs(loss - mine) < 1e-6)) {
    throw new Error(`HiGHS finds a loss of ${loss}, the search ${mine}: ${message}`);
  }
  return 1e3 * seconds;
}

/** How the authors' search ends on random spaces under a random budget. */
function countMisses(instances: number) {
  const ends = { right: 0, missed: 0, above: 0, none: 0 };
  for (let seed = 0; seed < instances; seed++) {
    const random = createRandom(seed, "authors");
    const space = {
      name: "random",
      blocks: Array.from({ length: 4 }, () => ({
        stride: 1 as const,
        cells: [16, 16, 24].slice(0, 1 + random.int(3)).map((width) => ({
          width,
          depth: 1 + random.int(3),
        })),
      })),
    };
    const ratings = randomRatings(space, seed, { slope: 0.1, resolution: 32, classes: 10 });
    const front = paretoFront(ratings, "params");
    const maxParams = front[random.int(front.length)].params + 1;
    const least = search(ratings, { maxParams }).loss;
    try {
      const { loss, params } = authorsSearch(ratings, { maxParams });
      if (params > maxParams) ends.above++;
      else if (loss > least) ends.missed++;
      else ends.right++;
    } catch {
      ends.none++;
    }
  }
  return ends;
}

function milliseconds(value: number): string {
  return `${value.toFixed(value < 1 ? 3 : value < 100 ? 1 : 0)} ms`;
}

function columns(rows: readonly string[][]): string[] {
  const widths = rows[0].map((_, i) => Math.max(...rows.map((row) => row[i].length)));
  const isText = (i: number) => i === 0 || i === rows[0].length - 1;
  return rows.map((row) =>
    row.map((text, i) => isText(i) ? text.padEnd(widths[i]) : text.padStart(widths[i])).join("  ")
      .trimEnd()
  );
}

function growthTable(sweeps: readonly [keyof Shape, Growth[]][]): string[] {
  return columns([
    ["", "blocks", "cells", "depth", "ops", "networks", "paths", "front", "search", "memory", ""],
    ...sweeps.flatMap(([varied, points]) =>
      points.map((p) => [
        varied,
        `${p.blocks}`,
        `${p.cells}`,
        `${p.depth}`,
        `${p.operations}`,
        `10^${p.networks.toFixed(1)}`,
        `${p.paths}`,
        milliseconds(p.front),
        milliseconds(p.search),
        `${p.memory.toFixed(0)} MB`,
        `${p.points} on the front`,
      ])
    ),
  ]);
}
