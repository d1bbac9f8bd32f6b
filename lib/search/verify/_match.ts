/**
 * Which cell and path of a space each block of an architecture is, told from its layers alone.
 *
 * @module
 */

import type { Architecture, BlockChoice, LayerSpec, Space } from "../../space/types.ts";

/**
 * The choices that each block of the architecture can be: several where a space has equal operations or cells.
 *
 * @throws {Error} Where the architecture is not of the space, naming the block.
 */
export function matchSpace(architecture: Architecture, space: Space): BlockChoice[][] {
  const { stem, head, activation } = architecture;
  const start = `Verification failed: the architecture is not of space "${space.name}":`;
  if (JSON.stringify(stem) !== JSON.stringify({ ...stem, ...space.stem })) {
    throw new Error(`${start} its stem is another one`);
  }
  if (head !== space.head) throw new Error(`${start} its head has ${head} channels`);
  if (activation !== space.activation) throw new Error(`${start} its activation is ${activation}`);
  const blocks = space.first ? architecture.blocks.slice(1) : architecture.blocks;
  if (space.first) {
    const [first, ...others] = architecture.blocks[0];
    if (others.length > 0 || !isEqual(first, space.first)) {
      throw new Error(`${start} its first layer is another one`);
    }
  }
  if (blocks.length !== space.blocks.length) {
    throw new Error(`${start} it has ${blocks.length} blocks, not ${space.blocks.length}`);
  }
  return blocks.map((layers, i) => {
    const { stride, cells } = space.blocks[i];
    const choices = cells.flatMap(({ width, depth }, cell) => {
      if (depth !== layers.length) return [];
      let paths = [0];
      layers.forEach((layer, j) => {
        const digits = space.operations.flatMap(({ kernel, expansion, se, activation }, digit) =>
          isEqual(layer, {
              type: "ir",
              kernel,
              stride: j === 0 ? stride : 1,
              expansion,
              width,
              se: se ?? space.se,
              ...(activation && activation !== space.activation && { activation }),
            })
            ? [digit]
            : []
        );
        paths = paths.flatMap((path) =>
          digits.map((digit) => path * space.operations.length + digit)
        );
      });
      return paths.map((path) => ({ cell, path }));
    });
    if (choices.length === 0) throw new Error(`${start} no cell has the layers of block ${i}`);
    return choices;
  });
}

function isEqual(a: LayerSpec, b: LayerSpec): boolean {
  const text = ({ type, kernel, stride, expansion, width, se, activation, skip }: LayerSpec) =>
    JSON.stringify([type, kernel, stride, expansion, width, se, activation, skip]);
  return text(a) === text(b);
}
