/**
 * Groups of cells that are trained together, and where each of them stands.
 *
 * @module
 */

import type { DistillPosition } from "../supernet/distill.ts";
import { cellName, type CellPlace } from "../supernet/cell_names.ts";

/** Cells that stand at the same step. */
export interface CellGroup {
  /** The cells. */
  cells: CellPlace[];
  /** Where they stand; undefined at the beginning. */
  position?: DistillPosition;
  /** The last epoch whose losses were reported. */
  reported: number;
  /** Images at once in their steps, which stay as they were wherever the cells go on; undefined at the beginning. */
  microBatch?: number;
}

/** Groups as few as can be: those that stand at the same step become one. */
export function joinGroups(groups: readonly CellGroup[]): CellGroup[] {
  const key = ({ position, reported, microBatch }: CellGroup) =>
    `${position?.step ?? 0} ${reported} ${microBatch}`;
  return [...Map.groupBy(groups, key).values()].map((same) => ({
    cells: same.flatMap(({ cells }) => cells),
    position: joinPositions(same),
    reported: same[0].reported,
    microBatch: same[0].microBatch,
  }));
}

function joinPositions(groups: readonly CellGroup[]): DistillPosition | undefined {
  const first = groups[0].position;
  if (!first) return undefined;
  const sums = first.sums.map((block) => [...block]);
  for (const { cells, position } of groups) {
    for (const { block, cell } of cells) sums[block][cell] = position!.sums[block][cell];
  }
  const stopped = groups.flatMap(({ position }) => position!.stopped ?? []);
  return {
    step: first.step,
    sums,
    starts: Object.assign({}, ...groups.map(({ position }) => position!.starts)),
    ...(stopped.length > 0 && { stopped }),
  };
}

/** Some cells of a group as a group of their own. */
export function partOf(
  { position, reported, microBatch }: CellGroup,
  cells: CellPlace[],
): CellGroup {
  if (!position) return { cells, reported, microBatch };
  const names = new Set(cells.map(cellName));
  const stopped = position.stopped?.filter((cell) => names.has(cellName(cell))) ?? [];
  const { starts = {}, stopped: _, ...rest } = position;
  return {
    cells,
    position: {
      ...rest,
      sums: position.sums.map((block) => [...block]),
      starts: Object.fromEntries(Object.entries(starts).filter(([name]) => names.has(name))),
      ...(stopped.length > 0 && { stopped }),
    },
    reported,
    microBatch,
  };
}
