import { assert, assertEquals } from "@std/assert";
import { parseRatings, type Ratings, ratingsSpace } from "../lib/ratings.ts";
import { bestWithin, paretoFront } from "../lib/search/pareto.ts";
import { search } from "../lib/search/search.ts";
import { traversalSearch } from "../lib/search/traversal.ts";
import type { SearchOptions } from "../lib/search/types.ts";
import { pathLosses } from "../lib/ratings/_path_losses.ts";
import type { SpaceDefinition } from "../lib/space/types.ts";

/** An optimum that HiGHS found, see fixtures/make_search_fixtures.py. */
interface Case {
  space: "dna" | Definition;
  seed: number;
  slope: number;
  weights: number[];
  budgets: [params: number | null, flops: number | null];
  optimum: { choice: [cell: number, path: number][]; loss: number; params: number; flops: number };
}

interface Definition {
  stem: [channels: number, width: number, stride: 1 | 2];
  first: number;
  blocks: [stride: 1 | 2, cells: [depth: number, width: number][]][];
  operations: [kernel: number, expansion: number][];
  head: number;
  resolution: number;
  classes: number;
}

const CASES: Case[] = JSON.parse(
  Deno.readTextFileSync(new URL("fixtures/search_optima.json", import.meta.url)),
);

/** A number of [0, 1) from four whole numbers, as `mixed` of the fixture's script. */
function mixed(seed: number, block: number, cell: number, path: number): number {
  let x = (Math.imul(seed, 0x9e3779b1) + Math.imul(block, 0x85ebca77) +
    Math.imul(cell, 0xc2b2ae3d) + Math.imul(path, 0x27d4eb2f)) >>> 0;
  x ^= x >>> 15;
  x = Math.imul(x, 0x2c1b3c6d) >>> 0;
  x ^= x >>> 12;
  x = Math.imul(x, 0x297a2d39) >>> 0;
  x ^= x >>> 15;
  return (x >>> 0) / 2 ** 32;
}

function definition(space: Definition): SpaceDefinition {
  const [channels, width, stride] = space.stem;
  return {
    name: "random",
    stem: { channels, width, stride },
    first: space.first
      ? { type: "ds", kernel: 3, stride: 1, expansion: 1, width: space.first, se: 0.25 }
      : null,
    blocks: space.blocks.map(([stride, cells]) => ({
      stride,
      cells: cells.map(([depth, width]) => ({ depth, width })),
    })),
    operations: space.operations.map(([kernel, expansion]) => ({ kernel, expansion })),
    head: space.head,
  };
}

function ratingsOf({ space: given, seed, slope }: Case): Ratings {
  const name = typeof given === "string" ? given : definition(given);
  const space = ratingsSpace({ space: name });
  const blocks = pathLosses(space, (operations, { block, cell, path }) =>
    operations.reduce(
      (loss, { kernel, expansion }) => loss - slope * (kernel + expansion) / 16,
      mixed(seed, block, cell, path),
    ));
  const [resolution, classes] = typeof given === "string"
    ? [224, 1000]
    : [given.resolution, given.classes];
  return parseRatings({ space: name, resolution, classes, blocks });
}

Deno.test("search(), traversalSearch() and paretoFront() find the optima that HiGHS finds", () => {
  const kinds = new Set<string>();
  for (const fixture of CASES) {
    const { budgets: [maxParams, maxFlops], weights, optimum, seed } = fixture;
    const ratings = ratingsOf(fixture);
    const options: SearchOptions = {
      weights,
      ...(maxParams !== null && { maxParams }),
      ...(maxFlops !== null && { maxFlops }),
    };
    const found = search(ratings, options);
    const isNear = (loss: number) =>
      assert(Math.abs(loss - optimum.loss) < 1e-9, `${seed}: ${loss}, not ${optimum.loss}`);
    isNear(found.loss);
    if (weights.every((weight) => weight > 0)) {
      const { choice, params, flops } = found;
      assertEquals(choice.map(({ cell, path }) => [cell, path]), optimum.choice);
      assertEquals([params, flops], [optimum.params, optimum.flops]);
    }
    isNear(traversalSearch(ratings, options).loss);
    if (maxParams === null || maxFlops === null) {
      const unit = maxFlops === null ? "params" : "flops";
      const front = paretoFront(ratings, unit, { weights });
      isNear(bestWithin(front, maxParams ?? maxFlops ?? Infinity)!.loss);
    }
    kinds.add(`${fixture.space === "dna"} ${maxParams !== null} ${maxFlops !== null}`);
  }
  assertEquals(kinds.size, 7);
});
