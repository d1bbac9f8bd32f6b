import type { BlockChoice } from "../space/types.ts";
import { compareChoices, type Stage } from "./_stages.ts";

/** Beginnings of networks after a block, of one width: the edge chosen last, and the place of what is before it. */
export interface Links {
  /** Position of the edge among the stage's. */
  edge: ArrayLike<number>;
  /** Position of the beginning before it among those of the width that the edge reads. */
  before: ArrayLike<number>;
}

/** The links after each block, by width. */
export type Chain = Links[][];

/** The choice of a beginning: number `at` of `width` after block `block`. */
export function choiceAt(
  chain: Chain,
  stages: readonly Stage[],
  block: number,
  width: number,
  at: number,
): BlockChoice[] {
  const choice = new Array<BlockChoice>(block + 1);
  for (; block >= 0; block--) {
    const links = chain[block][width];
    const { cell, path, from } = stages[block].edges[links.edge[at]];
    choice[block] = { cell, path };
    at = links.before[at];
    width = from;
  }
  return choice;
}

/**
 * Orders two beginnings by the choice in the first block in which they differ. Each is an edge of block `block`, and the place
 * of what is before it.
 */
export function compareChains(
  chain: Chain,
  stages: readonly Stage[],
  block: number,
  edgeA: number,
  beforeA: number,
  edgeB: number,
  beforeB: number,
): number {
  let order = 0;
  for (;;) {
    const { edges } = stages[block];
    const [a, b] = [edges[edgeA], edges[edgeB]];
    order = compareChoices(a, b) || order;
    if (block === 0 || (a.from === b.from && beforeA === beforeB)) return order;
    block--;
    const [linksA, linksB] = [chain[block][a.from], chain[block][b.from]];
    edgeA = linksA.edge[beforeA];
    edgeB = linksB.edge[beforeB];
    beforeA = linksA.before[beforeA];
    beforeB = linksB.before[beforeB];
  }
}
