import type { Point } from "./_front.ts";
import { compareChoices, type Edge } from "./_stages.ts";

/** A choice for some blocks in a row: the first ones, or the last ones. */
export interface Part extends Point {
  /** Loss and costs at the bound's prices, together. */
  priced: number;
  /** The choice of the block that was added last. */
  edge: Edge;
  /** The choice of the other blocks; none where there is one block. */
  others: Part | null;
}

/** The edges of a beginning, first block first. */
export function edgesOf({ others, edge }: Part): Edge[] {
  return [...(others ? edgesOf(others) : []), edge];
}

/** Orders beginnings by the choice in the first block in which they differ. */
export function compareBeginnings(a: Part, b: Part): number {
  const order = a.others && b.others && a.others !== b.others
    ? compareBeginnings(a.others, b.others)
    : 0;
  return order || compareChoices(a.edge, b.edge);
}

/** Orders endings by the choice in the first block in which they differ. */
export function compareEndings(a: Part, b: Part): number {
  const order = compareChoices(a.edge, b.edge);
  return order ||
    (a.others && b.others && a.others !== b.others ? compareEndings(a.others, b.others) : 0);
}
