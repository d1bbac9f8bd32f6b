/**
 * Networks as genes: of each block a cell, and of each layer an operation.
 *
 * @module
 */

import type { Random } from "../random.ts";
import { pathDigits, pathIndex } from "../space/paths.ts";
import type { BlockChoice, Space } from "../space/types.ts";

/** The genes of a block. */
interface BlockGenes {
  cell: number;
  operations: number[];
}

function genesOf(space: Space, choice: readonly BlockChoice[]): BlockGenes[] {
  return choice.map(({ cell, path }, block) => ({
    cell,
    operations: pathDigits(space, space.blocks[block].cells[cell].depth, path),
  }));
}

function choiceOf(space: Space, genes: readonly BlockGenes[]): BlockChoice[] {
  return genes.map(({ cell, operations }) => ({ cell, path: pathIndex(space, operations) }));
}

/** Draws each gene anew with some probability; layers that a new cell has more of are drawn. */
export function mutate(
  space: Space,
  parent: readonly BlockChoice[],
  rate: number,
  random: Pick<Random, "int" | "uniform">,
): BlockChoice[] {
  const draw = () => random.int(space.operations.length);
  const genes = genesOf(space, parent).map(({ cell, operations }, block) => {
    const { cells } = space.blocks[block];
    const next = random.uniform() < rate ? random.int(cells.length) : cell;
    return {
      cell: next,
      operations: Array.from(
        { length: cells[next].depth },
        (_, layer) =>
          layer >= operations.length || random.uniform() < rate ? draw() : operations[layer],
      ),
    };
  });
  return choiceOf(space, genes);
}

/** Takes each gene of one of two parents; layers that only one of them has are its. */
export function cross(
  space: Space,
  one: readonly BlockChoice[],
  other: readonly BlockChoice[],
  random: Pick<Random, "int">,
): BlockChoice[] {
  const parents = [genesOf(space, one), genesOf(space, other)];
  const genes = parents[0].map((_, block) => {
    const own = parents.map((genes) => genes[block]);
    const { cell } = own[random.int(2)];
    const { depth } = space.blocks[block].cells[cell];
    return {
      cell,
      operations: Array.from({ length: depth }, (_, layer) => {
        const having = own.filter(({ operations }) => layer < operations.length);
        return having[random.int(having.length)].operations[layer];
      }),
    };
  });
  return choiceOf(space, genes);
}
