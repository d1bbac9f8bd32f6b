import { checkList, checkObject, checkOneOf, checkWhole, MAX_BLOCKS, MAX_DEPTH } from "./_check.ts";
import { MAX_WIDTH, show } from "./_check.ts";
import {
  checkActivation,
  checkLayer,
  checkOperation,
  checkSe,
  checkStem,
  PAPER_HEAD,
  PAPER_STEM,
} from "./_layers.ts";
import type { BlockSpec, CellSpec, Operation, Space, SpaceDefinition } from "./types.ts";

/** The paper's six operations, in the order that path indices count in. */
export const PAPER_OPERATIONS: readonly Readonly<Operation>[] = [6, 3].flatMap((expansion) =>
  [3, 5, 7].map((kernel) => Object.freeze({ kernel, expansion }))
);

const KEYS = [
  "name",
  "stem",
  "first",
  "blocks",
  "operations",
  "head",
  "se",
  "activation",
  "size",
];

/**
 * Makes a search space of one's own from plain data (section 3.3 of the paper).
 *
 * What is left out is the paper's: six operations, the stem, head width 1280, SE ratio 0.25, swish; but no `first` layer.
 * A `Space` is a definition too: its size is counted again.
 *
 * @param definition The blocks with their cells, and what differs from the paper's.
 * @returns The space with nothing left out, and its exact size.
 * @throws {TypeError} Where a value is missing or has the wrong type, naming the place.
 * @throws {RangeError} Where a number is out of range, naming the place.
 *
 * @example
 * ```ts
 * import { defineSpace } from "@dna/kernel";
 * import { assertEquals } from "@std/assert";
 *
 * const space = defineSpace({
 *   name: "tiny",
 *   blocks: [
 *     { stride: 2, cells: [{ width: 16, depth: 1 }, { width: 24, depth: 2 }] },
 *     { stride: 2, cells: [{ width: 40, depth: 2 }] },
 *   ],
 * });
 * assertEquals(space.size, (6n + 36n) * 36n);
 * assertEquals(space.head, 1280);
 * ```
 */
export function defineSpace(definition: SpaceDefinition): Space {
  const given = checkObject(definition, "Cannot define a space: the definition", KEYS);
  const { name } = given;
  if (typeof name !== "string" || name.length === 0 || name.length > 100) {
    throw new TypeError(
      `Cannot define a space: name is ${show(name)}, must be a text of 1 to 100 characters`,
    );
  }
  const place = (key: string) => `Cannot define space ${show(name)}: ${key}`;
  const activation = checkActivation(given.activation ?? "swish", place("activation"));
  const operations = checkList(
    given.operations ?? PAPER_OPERATIONS,
    place("operations"),
    "operations",
    1,
    256,
  ).map((operation, i) => checkOperation(operation, place(`operations[${i}]`), activation));
  const blocks = checkList(given.blocks, place("blocks"), "blocks", 1, MAX_BLOCKS)
    .map((block, i) => checkBlock(block, place(`blocks[${i}]`), operations.length));
  return {
    name,
    stem: checkStem(given.stem ?? PAPER_STEM, place("stem")),
    first: given.first == null ? null : checkLayer(given.first, place("first"), activation),
    blocks,
    operations,
    head: checkWhole(given.head ?? PAPER_HEAD, place("head"), 1, MAX_WIDTH),
    se: checkSe(given.se ?? 0.25, place("se")),
    activation,
    size: countNetworks(blocks, operations.length),
  };
}

function checkBlock(value: unknown, place: string, operations: number): BlockSpec {
  const block = checkObject(value, place, ["stride", "cells"]);
  return {
    stride: checkOneOf(block.stride, `${place}.stride`, [1, 2]),
    cells: checkList(block.cells, `${place}.cells`, "cells", 1, 256)
      .map((cell, i) => checkCell(cell, `${place}.cells[${i}]`, operations)),
  };
}

function checkCell(value: unknown, place: string, operations: number): CellSpec {
  const cell = checkObject(value, place, ["width", "depth"]);
  const width = checkWhole(cell.width, `${place}.width`, 1, MAX_WIDTH);
  const depth = checkWhole(cell.depth, `${place}.depth`, 1, MAX_DEPTH);
  if (operations ** depth > Number.MAX_SAFE_INTEGER) {
    throw new RangeError(
      `${place}.depth is ${depth}, must be smaller: ${operations} operations give more than 2^53 paths`,
    );
  }
  return { width, depth };
}

/** The product over blocks of the sum over cells of operations^depth. */
function countNetworks(blocks: readonly BlockSpec[], operations: number): bigint {
  return blocks.reduce(
    (product, { cells }) =>
      product * cells.reduce((sum, { depth }) => sum + BigInt(operations) ** BigInt(depth), 0n),
    1n,
  );
}
