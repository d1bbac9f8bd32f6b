import { checkList, checkWhole, MAX_DEPTH, show } from "./_check.ts";
import { ACTIVATION_CODES } from "./_layers.ts";
import type { Operation, Space } from "./types.ts";

/**
 * Names an operation in a few characters, such as `k5e6`.
 *
 * @param operation The operation.
 * @returns Kernel and expansion; SE ratio and activation (timm's code) where the operation has its own.
 *
 * @example
 * ```ts
 * import { operationLabel, searchSpace } from "@dna/kernel";
 * import { assertEquals } from "@std/assert";
 *
 * const labels = searchSpace("dna").operations.map(operationLabel);
 * assertEquals(labels.join(" "), "k3e6 k5e6 k7e6 k3e3 k5e3 k7e3");
 * assertEquals(operationLabel({ kernel: 3, expansion: 1, se: 0 }), "k3e1se0");
 * ```
 */
export function operationLabel(operation: Operation): string {
  const { kernel, expansion, se, activation } = operation;
  return `k${kernel}e${expansion}` + (se === undefined ? "" : `se${se}`) +
    (activation === undefined ? "" : `n${ACTIVATION_CODES[activation]}`);
}

/**
 * Counts the paths through a cell.
 *
 * @param space The space, for its number of operations.
 * @param depth Number of layers of the cell.
 * @returns operations^depth.
 *
 * @example
 * ```ts
 * import { pathCount, searchSpace } from "@dna/kernel";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(pathCount(searchSpace("dna"), 5), 7776);
 * ```
 */
export function pathCount(space: Pick<Space, "operations">, depth: number): number {
  return space.operations.length ** checkWhole(depth, "Cannot count paths: depth", 1, MAX_DEPTH);
}

/**
 * Gives the position of the operation that a path takes in each layer.
 *
 * @param space The space, for its number of operations.
 * @param depth Number of layers of the cell.
 * @param index The path's index, the first layer's operation as its most significant digit.
 * @returns Positions in `space.operations`, first layer first.
 * @throws {RangeError} Where the index is no path of such a cell.
 *
 * @example
 * ```ts
 * import { pathDigits, searchSpace } from "@dna/kernel";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(pathDigits(searchSpace("dna"), 3, 2 * 36 + 0 * 6 + 5), [2, 0, 5]);
 * ```
 */
export function pathDigits(
  space: Pick<Space, "operations">,
  depth: number,
  index: number,
): number[] {
  const base = space.operations.length;
  let rest = checkWhole(index, "Cannot read a path: index", 0, pathCount(space, depth) - 1);
  const digits = new Array<number>(depth);
  for (let layer = depth - 1; layer >= 0; layer--) {
    digits[layer] = rest % base;
    rest = Math.floor(rest / base);
  }
  return digits;
}

/**
 * Gives the operation that a path takes in each layer.
 *
 * @param space The space.
 * @param depth Number of layers of the cell.
 * @param index The path's index, the first layer's operation as its most significant digit.
 * @returns The operations, first layer first.
 * @throws {RangeError} Where the index is no path of such a cell.
 *
 * @example
 * ```ts
 * import { operationLabel, pathOperations, searchSpace } from "@dna/kernel";
 * import { assertEquals } from "@std/assert";
 *
 * const operations = pathOperations(searchSpace("dna"), 3, 77);
 * assertEquals(operations.map(operationLabel), ["k7e6", "k3e6", "k7e3"]);
 * ```
 */
export function pathOperations(
  space: Pick<Space, "operations">,
  depth: number,
  index: number,
): Operation[] {
  return pathDigits(space, depth, index).map((digit) => space.operations[digit]);
}

/**
 * Gives the index of a path; undoes `pathDigits`.
 *
 * @param space The space, for its number of operations.
 * @param digits Position in `space.operations` of each layer's operation, first layer first.
 * @returns The path's index.
 * @throws {RangeError} Where a position is no operation of the space.
 *
 * @example
 * ```ts
 * import { pathIndex, searchSpace } from "@dna/kernel";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(pathIndex(searchSpace("dna"), [2, 0, 5]), 77);
 * ```
 */
export function pathIndex(space: Pick<Space, "operations">, digits: readonly number[]): number {
  const base = space.operations.length;
  const layers = checkList(digits, "Cannot index a path: it", "positions", 1, MAX_DEPTH);
  const index = layers.reduce<number>(
    (sum, digit, layer) =>
      sum * base + checkWhole(digit, `Cannot index a path: layer ${layer}`, 0, base - 1),
    0,
  );
  if (!Number.isSafeInteger(index)) {
    throw new RangeError(`Cannot index a path: ${show(digits)} layers give more than 2^53 paths`);
  }
  return index;
}
