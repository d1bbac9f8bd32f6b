import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import fc from "fast-check";
import {
  createRandom,
  createSupernet,
  formatRatings,
  mergeRatings,
  planRating,
  rate,
  type RatedPart,
  type RateOptions,
  rateParts,
  type RatingShare,
  ratingShare,
  readRatingShare,
  tf,
  useEngine,
  writeJson,
} from "../mod.ts";
import { smallImages, smallTeacher, SPACE } from "./_supernet.ts";

await useEngine();
const teacher = smallTeacher();
const OPTIONS: RateOptions = {
  teacher,
  validation: smallImages(40, 5),
  calibration: smallImages(24, 6),
  batch: 16,
  chunk: 32,
};
const make = (seed: number) => createSupernet(SPACE, teacher, { random: createRandom(seed) });
const supernet = make(4);
const whole = formatRatings(await rate(supernet, OPTIONS));

/** A share of some paths, as it comes from its file. */
async function share(parts: RatedPart[], options = OPTIONS, of = supernet): Promise<RatingShare> {
  return JSON.parse(JSON.stringify({ ...await ratingShare(of, options), parts }));
}

Deno.test("mergeRatings() of any number of shares gives what one process gives, to the byte", async () => {
  for (const count of [1, 2, 3, 5, 9]) {
    const shares: RatingShare[] = [];
    for (const { places } of planRating(supernet, teacher, count)) {
      const before = tf.memory().numTensors;
      shares.push(await share(await rateParts(supernet, { ...OPTIONS, only: places, lanes: 1 })));
      assertEquals(tf.memory().numTensors, before);
    }
    assertEquals(formatRatings(mergeRatings(shares.reverse())), whole, `${count} shares`);
  }
});

Deno.test("rateParts() goes on from parts that are there, and counts its progress", async () => {
  const only = planRating(supernet, teacher, 2)[0].places;
  const all: RatedPart[] = [];
  const wanted = await rateParts(supernet, {
    ...OPTIONS,
    only,
    onPart: (part) => void all.push(part),
  });
  assertEquals(all.length, wanted.length);
  for (const parts of [all.slice(0, 1), all.slice(2), all]) {
    let [last, total] = [0, 0];
    const computed: RatedPart[] = [];
    const again = await rateParts(supernet, {
      ...OPTIONS,
      only,
      parts,
      onPart: (part) => void computed.push(part),
      onProgress: (event) => [last, total] = [event.done, event.total],
    });
    assertEquals(again, wanted);
    assertEquals(computed.length, all.length - parts.length);
    assert(last <= total, `${last} of ${total}`);
  }
  await assertRejects(
    () => rateParts(supernet, { ...OPTIONS, only: [{ block: 1, cell: 1, first: 0 }] }),
    RangeError,
    "no such paths",
  );
});

Deno.test("mergeRatings() takes each cut without overlaps and gaps, and names what is wrong with others", async () => {
  const parts = await rateParts(supernet, OPTIONS);
  const empty = await share([]);
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.nat(2), { minLength: parts.length, maxLength: parts.length }),
      fc.nat(parts.length - 1),
      (owners, index) => {
        const shares = [0, 1, 2].map((owner) => ({
          ...empty,
          parts: parts.filter((_, i) => owners[i] === owner),
        }));
        assertEquals(formatRatings(mergeRatings(shares)), whole);
        const { block, cell, first, start } = parts[index];
        const name = `block ${block}, cell ${cell}, prefix ${["k3e2", "k5e1"][first]}`;
        const other = shares[(owners[index] + 1) % 3];
        const extra = { ...other, parts: [...other.parts, parts[index]] };
        const doubled = shares.map((each) => each === other ? extra : each);
        assertThrows(() => mergeRatings(doubled), RangeError, `${name} is rated in share`);
        const cut = shares.map((each) => ({
          ...each,
          parts: each.parts.filter((part) => part !== parts[index]),
        }));
        const missing = `${name}, images from ${start}, is missing`;
        assertThrows(() => mergeRatings(cut), RangeError, missing);
        return Promise.resolve();
      },
    ),
    { numRuns: 30 },
  );
  assertThrows(() => mergeRatings([]), RangeError, "there are no shares");
  const doubled = { ...empty, parts: [...parts, parts[2]] };
  assertThrows(() => mergeRatings([doubled], ["a.json"]), RangeError, "is rated twice in a.json");
});

Deno.test("mergeRatings() refuses shares of another supernet, teacher, images or settings", async () => {
  const first = await share([]);
  const others: [string, RatingShare][] = [
    ["another supernet: cell 0.0 has other weights", await share([], OPTIONS, make(5))],
    ["other images that rate", await share([], { ...OPTIONS, validation: smallImages(40, 9) })],
    ["other calibration images", await share([], { ...OPTIONS, calibration: smallImages(24, 9) })],
    ["another batch", await share([], { ...OPTIONS, batch: 8 })],
    ["another chunk", await share([], { ...OPTIONS, chunk: 16 })],
    ["another number of classes", await share([], { ...OPTIONS, classes: 9 })],
  ];
  for (const [words, other] of others) {
    const error = assertThrows(
      () => mergeRatings([first, other], ["a.json", "b.json"]),
      RangeError,
    );
    assertEquals(error.message, `Cannot merge ratings: b.json and a.json differ: ${words}`);
  }
  // Cells that were trained apart, but alike: each share vouches for those it rates.
  const origin = "the same training";
  const apart = await Promise.all([
    ratingShare(supernet, { ...OPTIONS, origin, cells: [{ block: 0, cell: 0 }] }),
    ratingShare(make(6), { ...OPTIONS, origin, cells: [{ block: 0, cell: 1 }] }),
  ]);
  assertThrows(() => mergeRatings(apart), RangeError, "block 0, cell 0, prefix k3e2, images");
  assertThrows(
    () => mergeRatings([apart[0], { ...apart[1], origin: "x" }]),
    RangeError,
    "otherwise",
  );
});

Deno.test("planRating() gives each part once, evenly, the same each time", () => {
  fc.assert(fc.property(fc.integer({ min: 1, max: 12 }), (count) => {
    const plans = planRating(supernet, teacher, count);
    assertEquals(plans.length, count);
    const keys = plans.flatMap(({ places }) => places.map((place) => JSON.stringify(place)));
    assertEquals([keys.length, new Set(keys).size], [6, 6]);
    assertEquals(planRating(supernet, teacher, count), plans);
    assert(Math.abs(plans.reduce((sum, { work }) => sum + work, 0) - 1) < 1e-9);
  }));
  assertThrows(() => planRating(supernet, teacher, 0), RangeError, "from 1");
});

Deno.test("readRatingShare() refuses what is no share, naming the file", async () => {
  const path = await Deno.makeTempFile({ suffix: ".json" });
  const parts = await rateParts(supernet, OPTIONS);
  const good = await share(parts);
  await writeJson(path, good);
  assertEquals(await readRatingShare(path), good);
  const wrong: unknown[] = [
    null,
    [],
    { ...good, kind: "ratings" },
    { ...good, chunk: 0 },
    { ...good, hashes: { ...good.hashes, teacher: "x" } },
    { ...good, cells: { "0.0": 7 } },
    { ...good, parts: {} },
    { ...good, parts: [{ ...parts[0], block: 7 }] },
    { ...good, parts: [{ ...parts[0], first: 2 }] },
    { ...good, parts: [{ ...parts[0], sums: [] }] },
    { ...good, parts: [{ ...parts[0], moments: { count: 1, sum: "1", squares: 1 } }] },
  ];
  for (const value of wrong) {
    await Deno.writeTextFile(path, JSON.stringify(value));
    await assertRejects(() => readRatingShare(path), SyntaxError, path);
  }
  await Deno.remove(path);
});
