import type { ProgressEvent } from "../progress.ts";
import type { Figure } from "../plots/types.ts";
import type { Run } from "../runs/run.ts";
import type { SafetensorsTensor } from "../safetensors.ts";
import type { ExperimentScale } from "./scales.ts";

/** Who is told of a part's work, and who may stop it. */
export interface Watching {
  /** Told of each step. */
  onProgress?: (event: ProgressEvent) => void;
  /** Stops between two steps, after a checkpoint. */
  signal?: AbortSignal;
  /** Seconds between two checkpoints. Default 20. */
  checkpointSeconds?: number;
}

/** What a part works with. */
export interface PartContext extends Watching {
  /** Holds the part's checkpoints; removed when the part is done. */
  run: Run;
  /** Keeps tensors by a name beside the part's result, for parts that build upon them. */
  keep(tensors: Record<string, SafetensorsTensor>, name: string): Promise<void>;
  /** Reads what a part that is done kept by a name. */
  kept(part: Part, name: string): Promise<Record<string, SafetensorsTensor>>;
}

/**
 * A piece of an experiment's work, of at most some twenty minutes at scale `small`: its result follows from its settings, so that
 * experiments whose settings agree share it.
 */
export interface Part<R = unknown> {
  /** What is done: "retrain", "distil". */
  kind: string;
  /** For messages: "retrain network 12, seed 1". */
  label: string;
  /** Everything that decides the result, as plain data. */
  settings: Record<string, unknown>;
  /** Does it; the engine has been started. */
  run(context: PartContext): Promise<R>;
}

/** A part's result as its file holds it. */
export interface PartRecord<R = unknown> {
  /** What was done. */
  kind: string;
  /** What decided the result. */
  settings: Record<string, unknown>;
  /** The result, plain data. */
  result: R;
  /** What made it: versions, device, threads, platform, seconds of work. */
  made: Record<string, unknown>;
}

/** The parts that are done. */
export interface Found {
  /** A part's result, or undefined where it is still to be done. */
  get<R>(part: Part<R>): R | undefined;
  /** What made it. */
  made(part: Part): Record<string, unknown> | undefined;
}

/** A claim of the paper beside what was found. */
export interface Claim {
  /** What is claimed, in a sentence. */
  claim: string;
  /** The paper's number. */
  paper: string;
  /** Ours, with its interval. */
  ours: string;
  /** Whether it holds at this scale. */
  verdict: "holds" | "does not hold" | "cannot tell";
  /** Why, in a sentence, where the verdict does not say all. */
  why?: string;
}

/** What an experiment comes to. */
export interface Conclusion {
  /** Every number, as plain data. */
  results: Record<string, unknown>;
  /** The tables, in words for a terminal. */
  text: string;
  /** What it says of the paper's claims. */
  claims?: Claim[];
  /** Drawn as NAME.svg, and kept as plotly's NAME.json. */
  figures: Record<string, { title: string; figure: Figure } | { title: string; svg: string }>;
}

/** One of the paper's tables or figures. */
export interface Experiment {
  /** Its name: `figure-4`. */
  name: string;
  /** What it asks, in a line. */
  summary: string;
  /** Where it stands in the paper. */
  section: string;
  /**
   * The parts that can be named by now, in the order of their work: some follow from other parts' results.
   *
   * @param scale How much is done.
   * @param found The parts that are done.
   */
  parts(scale: ExperimentScale, found: Found): Part[];
  /**
   * What the parts come to; asked when all are done, and by whoever wants to see how far they go before.
   *
   * @param scale How much was done.
   * @param found The parts that are done.
   */
  conclude(scale: ExperimentScale, found: Found): Conclusion;
}

/** Too few parts are done to conclude anything: no fault, but work that is still to be done. */
export class UnfinishedError extends Error {}

/**
 * A part's result, which must be there.
 *
 * @throws {UnfinishedError} Where it is not.
 */
export function resultOf<R>(found: Found, part: Part<R>): R {
  const result = found.get(part);
  if (result === undefined) {
    throw new UnfinishedError(`Cannot conclude: "${part.label}" is not done yet`);
  }
  return result;
}
