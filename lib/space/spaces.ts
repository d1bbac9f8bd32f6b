import { show } from "./_check.ts";
import { deepFreeze } from "./_freeze.ts";
import { defineSpace } from "./define.ts";
import type { BlockSpec, LayerSpec, Operation, Space, SpaceDefinition } from "./types.ts";

/** Cells written as [depth, width], as in Table 1. */
function block(stride: 1 | 2, ...cells: [number, number][]): BlockSpec {
  return { stride, cells: cells.map(([depth, width]) => ({ width, depth })) };
}

const FIRST: LayerSpec = { type: "ds", kernel: 3, stride: 1, expansion: 1, width: 16, se: 0.25 };

const FAST_OPERATIONS: Operation[] = [6, 3].flatMap((expansion) =>
  [3, 5].map((kernel) => ({ kernel, expansion }))
);

const PAPER_BLOCKS: BlockSpec[] = [
  block(2, [2, 24], [3, 24], [2, 32]),
  block(2, [2, 40], [3, 40], [4, 40]),
  block(2, [2, 80], [3, 80], [4, 80]),
  block(1, [3, 112], [4, 112], [4, 96]),
  block(2, [4, 192], [5, 192], [5, 160]),
  block(1, [1, 320]),
];

const DEFINITIONS: SpaceDefinition[] = [
  { name: "dna", first: FIRST, blocks: PAPER_BLOCKS },
  { name: "dna-fast", first: FIRST, blocks: PAPER_BLOCKS, operations: FAST_OPERATIONS },
  {
    name: "dna-single-cell",
    first: FIRST,
    blocks: [
      block(2, [3, 24]),
      block(2, [3, 40]),
      block(2, [3, 80]),
      block(1, [4, 112]),
      block(2, [4, 192]),
      block(1, [1, 320]),
    ],
    operations: FAST_OPERATIONS,
  },
  {
    name: "fashion",
    stem: { channels: 1, width: 16, stride: 2 },
    blocks: [
      block(1, [2, 8]),
      block(2, [2, 16], [3, 16], [3, 24]),
      block(1, [2, 24], [3, 24], [2, 32]),
      block(2, [2, 40], [3, 40], [2, 48]),
    ],
    head: 160,
  },
];

const SPACES: ReadonlyMap<string, Space> = new Map(
  DEFINITIONS.map((definition) => [definition.name, deepFreeze(defineSpace(definition))]),
);

/** The names that `searchSpace` knows. */
export const SPACE_NAMES: readonly string[] = [...SPACES.keys()];

/**
 * Gives a search space by its name.
 *
 * - `dna`: Table 1 of the paper, six blocks, 16 cells, six operations, 1.96·10^17 networks;
 * - `dna-fast`: the same cells with kernels 3 and 5 only;
 * - `dna-single-cell`: one cell a block, the 18 layers of section 4.3, kernels 3 and 5;
 * - `fashion`: four blocks for images of 28×28×1, 1.4·10^9 networks.
 *
 * @param name One of `SPACE_NAMES`.
 * @returns The space; shared and frozen.
 * @throws {TypeError} Where the name is no text.
 * @throws {RangeError} Where the name is unknown, listing the known ones.
 *
 * @example
 * ```ts
 * import { searchSpace } from "@dna/kernel";
 * import { assertEquals } from "@std/assert";
 *
 * const space = searchSpace("dna");
 * assertEquals(space.blocks.length, 6);
 * assertEquals(space.blocks[3].cells[2], { width: 96, depth: 4 });
 * assertEquals(space.size, 288n * 1548n * 1548n * 2808n * 16848n * 6n);
 * ```
 */
export function searchSpace(name: string): Space {
  const space = SPACES.get(name);
  if (space) return space;
  const known = `known are ${SPACE_NAMES.join(", ")}`;
  if (typeof name === "string") {
    throw new RangeError(`Cannot find search space ${show(name)}: ${known}`);
  }
  throw new TypeError(`Cannot find a search space: its name is ${show(name)}, ${known}`);
}
