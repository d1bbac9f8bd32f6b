import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import fc from "fast-check";
import {
  formatRatings,
  parseRatings,
  type Ratings,
  ratingsSpace,
  readRatings,
  writeRatings,
} from "../lib/ratings.ts";
import { searchSpace } from "../lib/space/spaces.ts";
import { generator, ratingsOf, smallRatings } from "./_spaces.ts";

/** Ratings of the space `fashion`, with one value put in at a path such as `blocks.2.cells.0.losses.5`. */
function fashion(path?: string, value?: unknown): Ratings {
  const ratings = ratingsOf("fashion", searchSpace("fashion"), generator(1), 28);
  if (path === undefined) return ratings;
  const keys = path.split(".");
  const last = keys.pop()!;
  // deno-lint-ignore no-explicit-any
  keys.reduce((part: any, key) => part[key], ratings)[last] = value;
  return ratings;
}

Deno.test("parseRatings() names block, cell and place of what is wrong", () => {
  const { width } = searchSpace("fashion").blocks[0].cells[0];
  const cell = { width, depth: 2, losses: new Array(36).fill(0) };
  const cases: [path: string, value: unknown, kind: typeof TypeError, message: string][] = [
    [
      "blocks.2.cells.0.losses.5",
      NaN,
      TypeError,
      "blocks[2].cells[0].losses[5] is NaN, must be a finite number",
    ],
    ["blocks.2.cells.1.losses.5", null, TypeError, "blocks[2].cells[1].losses[5] is null"],
    ["blocks.2.cells.0.losses.0", Infinity, TypeError, "losses[0] is Infinity"],
    ["blocks.2.cells.0.losses.0", "0.5", TypeError, 'losses[0] is "0.5"'],
    ["blocks.2.cells.0.losses", new Array(36), TypeError, "losses[0] is missing"],
    [
      "blocks.2.cells.0.losses",
      [],
      RangeError,
      "blocks[2].cells[0].losses has 0 numbers, must have 36",
    ],
    [
      "blocks.2.cells.1.losses",
      new Array(217).fill(0),
      RangeError,
      "has 217 numbers, must have 216",
    ],
    ["blocks.2.cells.0.losses", "abc", TypeError, 'losses is "abc", must be an array of numbers'],
    ["blocks.2.cells.0.losses", undefined, TypeError, "losses is missing"],
    [
      "blocks.0.cells.0.width",
      17,
      RangeError,
      `blocks[0].cells[0].width is 17, must be ${width} as in space "fashion"`,
    ],
    ["blocks.0.cells.0.width", -16, RangeError, `width is -16, must be ${width}`],
    ["blocks.0.cells.0.depth", "2", TypeError, 'blocks[0].cells[0].depth is "2", must be 2'],
    ["blocks.0.cells.0", null, TypeError, "blocks[0].cells[0] is null, must be an object"],
    [
      "blocks.1.cells",
      [cell],
      RangeError,
      'blocks[1].cells has 1 cells, must have 3 as space "fashion"',
    ],
    ["blocks.0.cells.0.depth", 3, RangeError, "blocks[0].cells[0].depth is 3, must be 2"],
    ["blocks.0.cells.0.losses.1", -Infinity, TypeError, "losses[1] is -Infinity"],
    ["blocks.0.cells.0.losses.1", 1n, TypeError, "losses[1] is 1n"],
    ["blocks.1.cells", [], RangeError, "blocks[1].cells has 0 cells, must have 3"],
    ["blocks.3", undefined, TypeError, "blocks[3] is missing, must be an object"],
    ["blocks.3", null, TypeError, "blocks[3] is null, must be an object"],
    ["space", "dna-fast", RangeError, "blocks has 4 blocks, must have 6"],
    ["resolution", NaN, RangeError, "resolution is NaN"],
    ["blocks.0.cells", undefined, TypeError, "blocks[0].cells is missing"],
    ["blocks.0", [], TypeError, "blocks[0] is an array of 0, must be an object"],
    ["blocks", [], RangeError, "blocks has 0 blocks, must have 4"],
    ["blocks", undefined, TypeError, "blocks is missing"],
    ["space", "fashionable", RangeError, 'search space "fashionable": known are dna'],
    ["space", "dna", RangeError, 'blocks has 4 blocks, must have 6 as space "dna"'],
    ["space", 5, TypeError, "space is 5, must be a known name or a definition"],
    ["space", { name: "x", blocks: [] }, RangeError, "blocks has 0 entries"],
    ["resolution", 0, RangeError, "resolution is 0, must be a whole number from 1 to 16384"],
    ["resolution", "28", TypeError, 'resolution is "28"'],
    ["classes", -1, RangeError, "classes is -1"],
    ["classes", undefined, TypeError, "classes is missing"],
  ];
  for (const [path, value, kind, message] of cases) {
    assertThrows(() => parseRatings(fashion(path, value), "ratings.json"), kind, message);
    assertThrows(
      () => parseRatings(fashion(path, value), "ratings.json"),
      kind,
      "Cannot use ratings.json:",
    );
  }
  for (const value of [undefined, null, 5, "ratings", [], () => {}]) {
    assertThrows(() => parseRatings(value), TypeError, "must be an object");
  }
});

Deno.test("parseRatings() gives a copy and keeps what else there is", () => {
  const ratings = { ...fashion(), seed: 7, notes: { b: [1, { d: 1, c: 2 }], a: 2 } };
  ratings.blocks[0].cells[0].deviation = 0.5;
  const parsed = parseRatings(ratings);
  assertEquals(parsed, ratings);
  parsed.blocks[0].cells[0].losses[0] = 9;
  assertEquals(ratings.blocks[0].cells[0].losses[0] === 9, false);
  const space = searchSpace("fashion");
  const { size: _, ...definition } = space;
  assertEquals(parseRatings({ ...ratings, space }).space, definition);
  assertEquals(ratingsSpace({ space: definition }), space);
});

Deno.test("formatRatings() gives equal ratings equal bytes, whatever the order of keys", () => {
  fc.assert(
    fc.property(smallRatings, (ratings) => {
      const text = formatRatings({ ...ratings, z: 1, a: { y: [1, 2], b: null } });
      const reversed = reverseKeys(JSON.parse(text)) as Ratings;
      assertEquals(formatRatings(reversed), text);
      assertEquals(parseRatings(JSON.parse(text)).blocks, ratings.blocks);
    }),
    { numRuns: 30 },
  );
  const hostile = JSON.parse('{"__proto__": {"x": 1}}');
  const kept = JSON.parse(formatRatings(Object.assign(fashion(), { hostile })));
  assertEquals(Object.keys(kept.hostile), ["__proto__"]);
});

function reverseKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reverseKeys);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([key, part]) => [key, reverseKeys(part)]);
  return Object.fromEntries(entries.reverse());
}

Deno.test("readRatings() reads what writeRatings() wrote, and names a broken file", async () => {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/ratings.json`;
  await writeRatings(path, fashion());
  assertEquals(await readRatings(path), fashion());
  await assertRejects(() => writeRatings(path, fashion("classes", 0)), RangeError, "classes is 0");
  assertEquals((await readRatings(path)).classes, 10);
  assertEquals([...Deno.readDirSync(folder)].length, 1);
  await Deno.writeTextFile(path, '{"space": "fashion", ');
  await assertRejects(() => readRatings(path), SyntaxError, path);
  await Deno.writeTextFile(path, '{"space": "fashion", "classes": 10}');
  await assertRejects(() => readRatings(path), TypeError, `${path}: blocks is missing`);
  await Deno.remove(folder, { recursive: true });
  await assertRejects(() => readRatings(path), Error, path);
  await assertRejects(() => writeRatings(path, fashion()), Error, path);
});
