import { checkList, checkObject, checkWhole, MAX_BLOCKS, MAX_DEPTH, MAX_WIDTH } from "./_check.ts";
import { checkActivation, checkLayer, checkStem } from "./_layers.ts";
import type { Architecture } from "./types.ts";

/**
 * Checks that a value is an architecture, and gives a copy in its one canonical form.
 *
 * A layer's activation equal to the network's and `skip: true` say nothing, and are left out.
 *
 * @param value Any value, such as a part of a JSON file.
 * @param source What the value is called in messages.
 * @returns The architecture.
 * @throws {TypeError} Where a value is missing or has the wrong type, naming the place.
 * @throws {RangeError} Where a number is out of range, naming the place.
 *
 * @example
 * ```ts
 * import { checkArchitecture, DNA_A } from "@dna/kernel";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * assertEquals(checkArchitecture(JSON.parse(JSON.stringify(DNA_A))), DNA_A);
 * assertThrows(() => checkArchitecture({ ...DNA_A, head: 0 }), RangeError, "head is 0");
 * ```
 */
export function checkArchitecture(value: unknown, source = "the architecture"): Architecture {
  const start = `Cannot use ${source}:`;
  const given = checkObject(value, `Cannot use ${source}: it`, [
    "stem",
    "blocks",
    "head",
    "activation",
  ]);
  const activation = checkActivation(given.activation, `${start} activation`);
  const blocks = checkList(given.blocks, `${start} blocks`, "blocks", 1, MAX_BLOCKS).map(
    (block, i) =>
      checkList(block, `${start} blocks[${i}]`, "layers", 1, MAX_DEPTH).map((value, j) => {
        const layer = checkLayer(value, `${start} blocks[${i}][${j}]`, activation);
        if (j > 0 && layer.stride !== 1) {
          throw new RangeError(
            `${start} blocks[${i}][${j}].stride is 2, must be 1: only a block's first layer may have 2`,
          );
        }
        return layer;
      }),
  );
  return {
    stem: checkStem(given.stem, `${start} stem`),
    blocks,
    head: checkWhole(given.head, `${start} head`, 1, MAX_WIDTH),
    activation,
  };
}
