import type { ProgressEvent } from "../progress.ts";
import { assemble } from "../space/assemble.ts";
import type { Architecture, BlockChoice, Space } from "../space/types.ts";

/** A network to be rated: a choice of a space, and what it stands for. */
export interface Candidate {
  /** Cell and path of each block. */
  choice: readonly BlockChoice[];
  /** The network. */
  architecture: Architecture;
}

/** How a rater is watched and stopped. */
export interface RaterOptions {
  /** Stops between two parts of the work. */
  signal?: AbortSignal;
  /** Told of each part of the work. */
  onProgress?: (event: ProgressEvent) => void;
}

/** Gives networks a score: the higher, the better it takes the network to be. */
export interface Rater {
  /** Its name, for tables. */
  readonly name: string;
  /**
   * Scores networks; the same network always gets the same score.
   *
   * @param candidates The networks, all of the rater's space.
   * @param options How it is watched and stopped.
   * @returns A score for each, higher better.
   */
  rate(candidates: readonly Candidate[], options?: RaterOptions): Promise<number[]>;
}

/**
 * Makes a choice of a space a candidate.
 *
 * @param space The space.
 * @param choice Cell and path of each block.
 * @returns The choice with its architecture.
 * @throws {TypeError | RangeError} Where the choice is none of the space's.
 *
 * @example
 * ```ts
 * import { candidateOf, formatArchitecture, searchSpace } from "@dna/kernel";
 * import { assertEquals } from "@std/assert";
 *
 * const space = searchSpace("fashion");
 * const { architecture } = candidateOf(space, space.blocks.map(() => ({ cell: 0, path: 0 })));
 * assertEquals(formatArchitecture(architecture).split(" | ").length, 6);
 * ```
 */
export function candidateOf(space: Space, choice: readonly BlockChoice[]): Candidate {
  return { choice, architecture: assemble(space, choice) };
}

/** Rates candidates one after the other. */
export async function rateEach(
  candidates: readonly Candidate[],
  stage: string,
  { signal, onProgress }: RaterOptions,
  score: (candidate: Candidate) => number | Promise<number>,
): Promise<number[]> {
  const scores: number[] = [];
  for (const candidate of candidates) {
    signal?.throwIfAborted();
    scores.push(await score(candidate));
    const done = scores.length;
    onProgress?.({ stage, done, total: candidates.length, unit: "networks" });
  }
  return scores;
}
