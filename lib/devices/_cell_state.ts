/**
 * The state of some cells of a supernet, read from and put back to wherever they are.
 *
 * @module
 */

import type { CellPlace } from "../supernet/cell_names.ts";
import {
  restoreSupernet,
  type Supernet,
  type SupernetCell,
  type SupernetState,
  variantsOf,
} from "../supernet/supernet.ts";

/** The cells of these places. */
export function cellsAt({ blocks }: Supernet, places: readonly CellPlace[]): SupernetCell[] {
  return places.map(({ block, cell }) => blocks[block][cell]);
}

/** A copy of the state of cells, read without holding the event loop. */
export async function readCells(supernet: Supernet, places: CellPlace[]): Promise<SupernetState> {
  const variants = variantsOf([cellsAt(supernet, places)]);
  const state: SupernetState = { vectors: {}, steps: {} };
  await Promise.all(
    variants.flatMap(([name, { state: { weights, statistics, optimizer }, steps }]) => {
      state.steps[name] = steps;
      const parts = [
        ["weights", weights],
        ["statistics", statistics],
        ...optimizer.entries(),
      ] as const;
      return parts.map(async ([part, tensor]) => {
        state.vectors[`${name}.${part}`] = Float32Array.from(await tensor.data<"float32">());
      });
    }),
  );
  return state;
}

/** Puts the state of cells back, into memory of this process. */
export function restoreCells(supernet: Supernet, places: CellPlace[], state: SupernetState): void {
  restoreSupernet({ ...supernet, blocks: [cellsAt(supernet, places)] }, state);
}
