import { checkAnyObject, checkWhole } from "./_check.ts";
import { pathCount, pathOperations } from "./paths.ts";
import type { Architecture, BlockChoice, LayerSpec, Space } from "./types.ts";

/**
 * Builds the architecture of a choice of one path in each block.
 *
 * Every layer of a block has the width of the chosen cell; the block's stride is on its first layer.
 *
 * @param space The space.
 * @param choice Cell and path of each block, first to last.
 * @returns The network, its first block the space's fixed first layer where it has one.
 * @throws {TypeError} Where the choice is no list of one cell and path for each block.
 * @throws {RangeError} Where a cell or a path is not in the space, naming the block.
 *
 * @example
 * ```ts
 * import { assemble, defineSpace, formatArchitecture } from "@dna/kernel";
 * import { assertEquals } from "@std/assert";
 *
 * const cells = [{ width: 24, depth: 2 }, { width: 32, depth: 2 }];
 * const space = defineSpace({ name: "one block", blocks: [{ stride: 2, cells }] });
 * const architecture = assemble(space, [{ cell: 1, path: 4 }]);
 * assertEquals(
 *   formatArchitecture(architecture),
 *   "ir_r1_k3_s2_e6_c32_se0.25 ir_r1_k5_s1_e3_c32_se0.25",
 * );
 * ```
 */
export function assemble(space: Space, choice: readonly BlockChoice[]): Architecture {
  if (!Array.isArray(choice) || choice.length !== space.blocks.length) {
    throw new TypeError(
      `Cannot assemble a network of space "${space.name}": the choice must be an array of ` +
        `${space.blocks.length} blocks' { cell, path }`,
    );
  }
  const blocks = space.blocks.map((block, i) => {
    const place = `Cannot assemble a network of space "${space.name}": block ${i + 1}`;
    const { cell, path } = checkAnyObject(choice[i], place);
    const { width, depth } =
      block.cells[checkWhole(cell, `${place}, cell`, 0, block.cells.length - 1)];
    const index = checkWhole(path, `${place}, path`, 0, pathCount(space, depth) - 1);
    return pathOperations(space, depth, index).map((operation, layer): LayerSpec => ({
      type: "ir",
      kernel: operation.kernel,
      stride: layer === 0 ? block.stride : 1,
      expansion: operation.expansion,
      width,
      se: operation.se ?? space.se,
      ...(operation.activation && { activation: operation.activation }),
    }));
  });
  return {
    stem: { ...space.stem },
    blocks: space.first ? [[{ ...space.first }], ...blocks] : blocks,
    head: space.head,
    activation: space.activation,
  };
}
