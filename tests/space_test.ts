import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { assemble } from "../lib/space/assemble.ts";
import { defineSpace } from "../lib/space/define.ts";
import { operationLabel, pathCount, pathDigits, pathIndex } from "../lib/space/paths.ts";
import { pathOperations } from "../lib/space/paths.ts";
import { searchSpace, SPACE_NAMES } from "../lib/space/spaces.ts";
import type { SpaceDefinition } from "../lib/space/types.ts";
import { everyChoice, smallDefinitions } from "./_spaces.ts";

Deno.test("searchSpace() gives the paper's Table 1", () => {
  const space = searchSpace("dna");
  assertEquals(
    space.blocks.map(({ cells }) => cells.map(({ depth, width }) => `${depth}×${width}`).join(" ")),
    [
      "2×24 3×24 2×32",
      "2×40 3×40 4×40",
      "2×80 3×80 4×80",
      "3×112 4×112 4×96",
      "4×192 5×192 5×160",
      "1×320",
    ],
  );
  assertEquals(space.blocks.map(({ stride }) => stride), [2, 2, 2, 1, 2, 1]);
  assertEquals(space.operations.map(operationLabel).join(" "), "k3e6 k5e6 k7e6 k3e3 k5e3 k7e3");
  assertEquals(space.size, 195_898_498_887_057_408n);
});

Deno.test("searchSpace() gives the smaller spaces", () => {
  assertEquals(
    searchSpace("dna-fast").operations.map(operationLabel).join(" "),
    "k3e6 k5e6 k3e3 k5e3",
  );
  assertEquals(searchSpace("dna-fast").blocks, searchSpace("dna").blocks);
  const single = searchSpace("dna-single-cell");
  assertEquals(single.blocks.reduce((sum, { cells }) => sum + cells[0].depth, 0), 18);
  assertEquals(single.size, 4n ** 18n);
  assertEquals(searchSpace("fashion").size, 36n * 468n * 288n * 288n);
});

Deno.test("searchSpace() lists the known names for an unknown one", () => {
  for (const name of ["DNA", "", "__proto__", "constructor", "x".repeat(1e6)]) {
    assertThrows(
      () => searchSpace(name),
      RangeError,
      "known are dna, dna-fast, dna-single-cell, fashion",
    );
  }
  assertThrows(() => searchSpace(undefined as unknown as string), TypeError, "is missing");
});

Deno.test("searchSpace() gives frozen spaces, and defineSpace() makes equal ones of their JSON", () => {
  for (const name of SPACE_NAMES) {
    const space = searchSpace(name);
    assert(Object.isFrozen(space) && Object.isFrozen(space.blocks[0].cells[0]));
    const { size: _, ...definition } = space;
    assertEquals(defineSpace(JSON.parse(JSON.stringify(definition))), space);
    assertEquals(defineSpace(space), space);
  }
});

const GOOD = {
  name: "mine",
  blocks: [1, 2, 2].map((stride) => ({ stride, cells: [{ width: 8, depth: 2 }] })),
} as SpaceDefinition;

/** GOOD with one value put in at a path such as `blocks.2.cells.0.width`. */
function broken(path: string, value: unknown): SpaceDefinition {
  const copy = structuredClone({ ...defineSpace(GOOD), size: undefined });
  const keys = path.split(".");
  const last = keys.pop()!;
  // deno-lint-ignore no-explicit-any
  keys.reduce((part: any, key) => part[key], copy)[last] = value;
  return copy as unknown as SpaceDefinition;
}

Deno.test("defineSpace() names the place of what is wrong", () => {
  const cases: [path: string, value: unknown, kind: typeof TypeError, message: string][] = [
    [
      "blocks.2.cells.0.width",
      -3,
      RangeError,
      "blocks[2].cells[0].width is -3, must be a whole number from 1 to 65536",
    ],
    ["blocks.2.cells.0.width", "8", TypeError, 'blocks[2].cells[0].width is "8"'],
    ["blocks.2.cells.0.depth", 0, RangeError, "blocks[2].cells[0].depth is 0"],
    ["blocks.2.cells.0.depth", 40, RangeError, "blocks[2].cells[0].depth is 40, must be smaller"],
    ["blocks.2.cells.0.depth", NaN, RangeError, "blocks[2].cells[0].depth is NaN"],
    [
      "blocks.2.cells.0.kernel",
      3,
      TypeError,
      'blocks[2].cells[0] has the unknown key "kernel", known: width, depth',
    ],
    ["blocks.1.cells", [], RangeError, "blocks[1].cells has 0 entries"],
    ["blocks.1.cells", {}, TypeError, "blocks[1].cells is an object, must be an array of cells"],
    ["blocks.0.stride", 3, RangeError, "blocks[0].stride is 3, must be 1 or 2"],
    ["blocks.0", null, TypeError, "blocks[0] is null, must be an object"],
    ["blocks", [], RangeError, "blocks has 0 entries"],
    ["blocks", undefined, TypeError, "blocks is missing, must be an array of blocks"],
    ["operations", [], RangeError, "operations has 0 entries"],
    ["operations.1.kernel", 4, RangeError, "operations[1].kernel is 4, must be odd"],
    ["operations.1.expansion", Infinity, RangeError, "operations[1].expansion is Infinity"],
    ["operations.1.se", 2, RangeError, "operations[1].se is 2, must be a number from 0 to 1"],
    [
      "operations.1.activation",
      "mish",
      RangeError,
      'operations[1].activation is "mish", must be "swish", "relu" or "relu6"',
    ],
    ["stem.stride", 4, RangeError, "stem.stride is 4"],
    ["stem.width", 1.5, RangeError, "stem.width is 1.5"],
    ["first", { type: "ds" }, TypeError, "first.expansion is missing"],
    ["head", 1e9, RangeError, "head is 1000000000"],
    ["se", "0.25", TypeError, 'se is "0.25"'],
    ["activation", 1, TypeError, "activation is 1"],
    ["name", "", TypeError, 'name is ""'],
    ["colour", "red", TypeError, 'has the unknown key "colour"'],
  ];
  for (const [path, value, kind, message] of cases) {
    assertThrows(() => defineSpace(broken(path, value)), kind, message);
  }
  for (const value of [null, 5, "dna", [], undefined]) {
    assertThrows(
      () => defineSpace(value as unknown as SpaceDefinition),
      TypeError,
      "must be an object",
    );
  }
  const hostile = JSON.parse('{"__proto__": {}, "name": "x", "blocks": []}');
  assertThrows(() => defineSpace(hostile), TypeError, 'unknown key "__proto__"');
});

Deno.test("pathIndex() undoes pathDigits(), the first layer the most significant digit", () => {
  const space = searchSpace("dna");
  assertEquals(pathOperations(space, 2, 6).map(operationLabel), ["k5e6", "k3e6"]);
  fc.assert(fc.property(fc.integer({ min: 0, max: 6 ** 5 - 1 }), (index) => {
    assertEquals(pathIndex(space, pathDigits(space, 5, index)), index);
  }));
  assertThrows(() => pathDigits(space, 2, 36), RangeError, "index is 36");
  assertThrows(
    () => pathIndex(space, [0, 6]),
    RangeError,
    "layer 1 is 6, must be a whole number from 0 to 5",
  );
});

Deno.test("assemble() gives every layer the cell's width, and the block's stride to its first layer", () => {
  const space = searchSpace("dna");
  const { blocks } = assemble(space, [
    { cell: 2, path: 0 },
    { cell: 0, path: 35 },
    { cell: 0, path: 0 },
    { cell: 0, path: 0 },
    { cell: 0, path: 0 },
    { cell: 0, path: 4 },
  ]);
  assertEquals(blocks.length, 7);
  assertEquals(blocks[0], [space.first]);
  assertEquals(blocks[1].map(({ width, stride }) => [width, stride]), [[32, 2], [32, 1]]);
  assertEquals(blocks[2].map(({ kernel, expansion }) => [kernel, expansion]), [[7, 3], [7, 3]]);
  assertEquals(blocks[6], [{
    type: "ir",
    kernel: 5,
    stride: 1,
    expansion: 3,
    width: 320,
    se: 0.25,
  }]);
  assertThrows(() => assemble(space, []), TypeError, "6 blocks' { cell, path }");
  const choice = space.blocks.map(() => ({ cell: 0, path: 0 }));
  assertThrows(
    () => assemble(space, choice.with(5, { cell: 1, path: 0 })),
    RangeError,
    "block 6, cell is 1",
  );
  assertThrows(
    () => assemble(space, choice.with(5, { cell: 0, path: 6 })),
    RangeError,
    "block 6, path is 6",
  );
});

Deno.test("defineSpace() counts as many networks as there are choices", () => {
  fc.assert(
    fc.property(smallDefinitions, (definition) => {
      const space = defineSpace(definition);
      assertEquals(BigInt([...everyChoice(space)].length), space.size);
    }),
    { numRuns: 30 },
  );
  assertEquals(pathCount(searchSpace("dna"), 5), 7776);
});
