/** Arbitrary spaces, ratings and networks for property tests. */
import fc from "fast-check";
import type {
  Architecture,
  BlockChoice,
  LayerSpec,
  Space,
  SpaceDefinition,
} from "../lib/space/types.ts";
import { defineSpace } from "../lib/space/define.ts";
import { pathCount } from "../lib/space/paths.ts";
import type { Ratings } from "../lib/ratings.ts";

const activation = fc.constantFrom("swish" as const, "relu" as const, "relu6" as const);
const stride = fc.constantFrom(1 as const, 2 as const);

const layer: fc.Arbitrary<LayerSpec> = fc.record({
  type: fc.constantFrom("ds" as const, "ir" as const),
  kernel: fc.constantFrom(1, 3, 5, 7, 31),
  stride: fc.constant(1 as const),
  expansion: fc.constantFrom(1, 2.5, 3, 6, 1 / 3),
  width: fc.constantFrom(8, 24, 40, 65_536),
  se: fc.constantFrom(0, 0.25, 1 / 3, 0.001),
  activation: fc.option(activation, { nil: undefined }),
  skip: fc.option(fc.boolean(), { nil: undefined }),
}).map((layer) => layer.type === "ds" ? { ...layer, expansion: 1 } : layer);

/** Any architecture, not always in canonical form. */
export const architectures: fc.Arbitrary<Architecture> = fc.record({
  stem: fc.record({ channels: fc.constantFrom(1, 3), width: fc.constantFrom(8, 32), stride }),
  blocks: fc.array(
    fc.tuple(stride, fc.array(layer, { minLength: 1, maxLength: 4 }))
      .map(([stride, [first, ...rest]]) => [{ ...first, stride }, ...rest]),
    { minLength: 1, maxLength: 4 },
  ),
  head: fc.constantFrom(1280, 256),
  activation,
});

/** Definitions of spaces with few networks. */
export const smallDefinitions: fc.Arbitrary<SpaceDefinition> = fc.record({
  name: fc.constant("small"),
  stem: fc.record({ channels: fc.constant(3), width: fc.constantFrom(8, 16), stride }),
  first: fc.constantFrom(null, {
    type: "ds" as const,
    kernel: 3,
    stride: 1 as const,
    expansion: 1,
    width: 8,
    se: 0.25,
  }),
  blocks: fc.array(
    fc.record({
      stride,
      cells: fc.array(
        fc.record({
          width: fc.constantFrom(8, 12, 24),
          depth: fc.constantFrom(1, 1, 2),
        }),
        { minLength: 1, maxLength: 3 },
      ),
    }),
    { minLength: 1, maxLength: 3 },
  ),
  operations: fc.array(
    fc.record({ kernel: fc.constantFrom(3, 5), expansion: fc.constantFrom(1, 3, 6) }),
    { minLength: 1, maxLength: 3 },
  ),
  head: fc.constantFrom(16, 64),
}).filter((definition) => defineSpace(definition).size <= 400n);

/** Ratings of a definition, with losses of a kind that tests ask for. */
export function ratingsOf(
  definition: SpaceDefinition | string,
  space: Space,
  loss: () => number,
  resolution = 32,
  classes = 10,
): Ratings {
  const blocks = space.blocks.map(({ cells }) => ({
    cells: cells.map(({ width, depth }) => ({
      width,
      depth,
      losses: Array.from({ length: pathCount(space, depth) }, loss),
    })),
  }));
  return { space: definition, resolution, classes, blocks };
}

/** Small ratings, a few of them with many equal losses. */
export const smallRatings: fc.Arbitrary<Ratings> = fc.tuple(
  smallDefinitions,
  fc.integer({ min: 0, max: 2 ** 31 }),
  fc.constantFrom(2, 5, 1e6),
).map(([definition, seed, levels]) => {
  const next = generator(seed);
  const loss = () => Math.floor(next() * levels) - 1;
  return ratingsOf(definition, defineSpace(definition), loss);
});

/** Every choice of a space. */
export function* everyChoice(space: Space, block = 0): Generator<BlockChoice[]> {
  if (block === space.blocks.length) return yield [];
  for (const [cell, { depth }] of space.blocks[block].cells.entries()) {
    for (let path = 0; path < pathCount(space, depth); path++) {
      for (const rest of everyChoice(space, block + 1)) yield [{ cell, path }, ...rest];
    }
  }
}

/** Numbers of [0, 1) from a seed (mulberry32). */
export function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
