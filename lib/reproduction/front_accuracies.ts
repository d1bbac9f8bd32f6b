/**
 * Networks of a front trained from scratch: what figure 3 shows of one's own search.
 *
 * @module
 */

import { useEngine } from "../engine.ts";
import { retrained } from "../experiments/_settings.ts";
import { resultsFolder } from "../experiments/results_folder.ts";
import { runParts } from "../experiments/run.ts";
import { type ScaleName, SCALES } from "../experiments/scales.ts";
import { openParts, type PartStore } from "../experiments/store.ts";
import { type Part, resultOf, type Watching } from "../experiments/types.ts";
import { createRandom } from "../random.ts";
import { type Ratings, ratingsSpace } from "../ratings.ts";
import { bestWithin, paretoFront } from "../search/pareto.ts";
import { sampleArchitectures } from "../search/sample.ts";

/** A network of a front, or a random one beside it. */
export interface FrontNetwork {
  /** Whether the search found it or it was drawn. */
  kind: "front" | "random";
  /** The network as text. */
  text: string;
  /** Trainable parameters. */
  params: number;
  /** Multiply–adds for one image. */
  macs: number;
  /** FLOPs for one image, as the paper counts them. */
  flops: number;
}

/** A network with what its training gave. */
export interface JudgedNetwork extends FrontNetwork {
  /** Share of test images whose class came first, 0–1. */
  top1: number;
  /** Share of test images whose class was among the first five, 0–1. */
  top5: number;
  /** Mean cross-entropy of the test images, in nats. */
  crossEntropy: number;
}

/** Options of {@linkcode frontAccuracies}. */
export interface FrontAccuracyOptions extends Watching {
  /** Folder with the images, for scale `paper`. Default: `$DNA_DATA`. */
  data?: string;
  /** Folder of results. Default: `results/SCALE` of this library. */
  results?: string;
  /** Told what begins, in a line. */
  say?: (line: string) => void;
}

/** What was learnt of a front's networks. */
export interface FrontAccuracies {
  /** The networks by rising FLOPs. */
  networks: JudgedNetwork[];
  /** Whether all was among the recorded results, so that nothing was computed. */
  recorded: boolean;
  /** Seconds of work that the trainings took, whenever they were made. */
  seconds: number;
}

/** Networks of each kind that are trained. */
const COUNTS: Readonly<Record<ScaleName, number>> = { quick: 2, small: 5, paper: 4 };

/**
 * Picks networks along a front, evenly in the logarithm of FLOPs, and draws a random one of nearly the same FLOPs for each.
 *
 * @param ratings The ratings whose front it is.
 * @param count How many of each kind, at least 2.
 * @returns The networks by rising FLOPs; fewer where the front has fewer.
 *
 * @example
 * ```ts
 * import { frontNetworks, type Ratings } from "@dna/kernel";
 * import { assertEquals } from "@std/assert";
 *
 * const ratings: Ratings = {
 *   space: { name: "one", blocks: [{ stride: 1, cells: [{ width: 8, depth: 1 }] }] },
 *   resolution: 32,
 *   classes: 10,
 *   blocks: [{ cells: [{ width: 8, depth: 1, losses: [3, 2, 1, 6, 5, 4] }] }],
 * };
 * const networks = frontNetworks(ratings, 2);
 * assertEquals(networks.map(({ kind }) => kind), ["front", "random", "front", "random"]);
 * ```
 */
export function frontNetworks(ratings: Ratings, count: number): FrontNetwork[] {
  const { resolution, classes } = ratings;
  const space = ratingsSpace(ratings);
  const front = paretoFront(ratings, "flops");
  const [low, high] = [front[0].flops, front.at(-1)!.flops];
  const budgets = Array.from(
    { length: count },
    (_, i) => Math.ceil(low * (high / low) ** (i / (count - 1))),
  );
  const found = new Set(budgets.map((budget) => bestWithin(front, budget)!));
  return [...found].flatMap(({ text, params, macs, flops }, i): FrontNetwork[] => {
    const random = createRandom("front accuracies", i);
    const [drawn] = sampleArchitectures(space, random, 1, {
      resolution,
      classes,
      flops: [Math.floor(0.9 * flops), Math.ceil(1.02 * flops)],
    });
    return [
      { kind: "front", text, params, macs, flops },
      {
        kind: "random",
        text: drawn.text,
        params: drawn.params,
        macs: drawn.macs,
        flops: drawn.flops,
      },
    ];
  });
}

/**
 * Trains networks along a front from scratch, and random ones of the same FLOPs beside them. What is among the results of the
 * scale is read; what is missing is done and kept there, so that a call that was stopped goes on.
 *
 * @param ratings The ratings whose front it is.
 * @param scale How much is done: 2 networks of each kind in seconds, 5 in about ten minutes on two cores, or 4 as the paper trains.
 * @param options Progress, stopping, and where the results are.
 * @returns The networks with their test accuracies.
 * @throws {DOMException} `AbortError`, if the signal stops it; a later call goes on.
 *
 * @example
 * ```ts ignore
 * import { frontAccuracies, sharedRun } from "@dna/kernel";
 *
 * const { networks } = await frontAccuracies((await sharedRun("quick")).ratings, "quick");
 * ```
 */
export async function frontAccuracies(
  ratings: Ratings,
  scale: ScaleName,
  {
    data = Deno.env.get("DNA_DATA") || undefined,
    results = resultsFolder(scale),
    say,
    ...watching
  }: FrontAccuracyOptions = {},
): Promise<FrontAccuracies> {
  const known = SCALES[scale];
  const folder = scale === "paper" ? data : undefined;
  const settings = { ...known, data: { ...known.data, ...(folder !== undefined && { folder }) } };
  const networks = frontNetworks(ratings, COUNTS[scale]);
  const parts = networks.map(({ text, kind, flops }) =>
    retrained(settings, text, 0, `a ${kind} network of ${flops.toLocaleString("en-US")} FLOPs`)
  );
  const store = await openParts(results);
  const recorded = await allDone(store, parts);
  if (!recorded) {
    const engine = await useEngine();
    await runParts({ parts: () => parts }, settings, store, { engine, say, ...watching });
  }
  const judged = networks.map((network, i): JudgedNetwork => {
    const { top1, top5, crossEntropy } = resultOf(store, parts[i]);
    return { ...network, top1, top5, crossEntropy };
  });
  return {
    networks: judged.sort((a, b) => a.flops - b.flops),
    recorded,
    seconds: parts.reduce((sum, part) => sum + Number(store.made(part)?.seconds ?? 0), 0),
  };
}

async function allDone(store: PartStore, parts: readonly Part[]): Promise<boolean> {
  for (const part of parts) if (!await store.has(part)) return false;
  return true;
}
