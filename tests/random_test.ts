import { assert, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { createRandom, type RandomLabel, restoreRandom } from "../lib/random.ts";

const label = (): fc.Arbitrary<RandomLabel> => fc.oneof(fc.string(), fc.maxSafeInteger());
const draw = (random: ReturnType<typeof createRandom>, count: number): number[] =>
  Array.from({ length: count }, () => random.uniform());

Deno.test("createRandom() gives the same numbers for the same seed and labels", () => {
  fc.assert(fc.property(label(), fc.array(label()), (seed, labels) => {
    const forked = labels.reduce((random, each) => random.fork(each), createRandom(seed));
    assertEquals(draw(createRandom(seed, ...labels), 5), draw(forked, 5));
  }));
});

Deno.test("createRandom() is pinned: these numbers are those of every version", () => {
  const random = createRandom(7, "paths");
  assertEquals([random.int(1000), random.int(1000), random.int(1000)], [853, 470, 675]);
});

Deno.test("Random.fork() does not depend on what was drawn", () => {
  fc.assert(fc.property(label(), label(), fc.nat(20), (seed, name, draws) => {
    const random = createRandom(seed);
    const early = draw(random.fork(name), 3);
    draw(random, draws);
    assertEquals(draw(random.fork(name), 3), early);
  }));
});

Deno.test("Random.fork() gives different labels different numbers", () => {
  const texts: RandomLabel[] = ["", "1", 1, -1, "a", "a/b", 'a"/"b', "b", "ab", "\u0000", "é"];
  for (let i = 0; i < 2000; i++) texts.push(i + 10);
  const first = new Set(texts.map((text) => createRandom(0).fork(text).uniform()));
  assertEquals(first.size, texts.length);
  assertNotEquals(createRandom(0, "a", "b").uniform(), createRandom(0, "a/b").uniform());
  assertNotEquals(createRandom(0, "a", "b").uniform(), createRandom(0, "b", "a").uniform());
});

Deno.test("Random.fork() gives neighbouring labels uncorrelated numbers", () => {
  const count = 20_000;
  const root = createRandom(3);
  let product = 0;
  let sum = 0;
  for (let i = 0; i < count; i++) {
    const [x, y] = [root.fork(i).uniform() - 0.5, root.fork(i + 1).uniform() - 0.5];
    product += x * y;
    sum += x;
  }
  assert(Math.abs(12 * product / count) < 0.03);
  assert(Math.abs(sum / count) < 0.01);
});

Deno.test("Random.int() stays in its range and throws outside 1 … 2^53 − 1", () => {
  fc.assert(
    fc.property(fc.integer(), fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }), (seed, n) => {
      const drawn = createRandom(seed).int(n);
      assert(Number.isSafeInteger(drawn) && drawn >= 0 && drawn < n);
    }),
  );
  for (const n of [0, -1, 0.5, NaN, Infinity, 2 ** 53]) {
    assertThrows(() => createRandom(0).int(n), RangeError, "Cannot draw an integer below");
  }
});

Deno.test("Random.int() draws each value equally often", () => {
  const random = createRandom(11);
  for (const n of [2, 3, 6, 7, 1000]) {
    const counts = new Int32Array(n);
    for (let i = 0; i < 1000 * n; i++) counts[random.int(n)]++;
    const chiSquare = counts.reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0);
    // Mean n − 1 and variance 2(n − 1): five standard deviations.
    assert(chiSquare < n - 1 + 5 * Math.sqrt(2 * (n - 1)) + 5, `chi-square ${chiSquare} for ${n}`);
  }
});

Deno.test("Random.uniform() and normal() have their distributions' moments", () => {
  const random = createRandom(5);
  const count = 100_000;
  const moments = (next: () => number): number[] => {
    const sums = [0, 0, 0, 0];
    for (let i = 0; i < count; i++) {
      const x = next();
      for (let power = 1; power <= 4; power++) sums[power - 1] += x ** power;
    }
    return sums.map((sum) => sum / count);
  };
  const near = (found: number[], wanted: number[], tolerance: number) =>
    wanted.forEach((value, i) => assert(Math.abs(found[i] - value) < tolerance, `${found}`));
  near(moments(() => random.uniform()), [1 / 2, 1 / 3, 1 / 4, 1 / 5], 0.005);
  near(moments(() => random.normal()), [0, 1, 0, 3], 0.1);
});

Deno.test("Random.shuffle() permutes in place, arrays and typed arrays alike", () => {
  fc.assert(fc.property(fc.integer(), fc.array(fc.nat(255)), (seed, values) => {
    const array = createRandom(seed).shuffle([...values]);
    const bytes = Uint8Array.from(values);
    assert(createRandom(seed).shuffle(bytes) === bytes);
    assertEquals([...bytes], array);
    assertEquals(array.toSorted((a, b) => a - b), values.toSorted((a, b) => a - b));
  }));
});

Deno.test("Random.shuffle() gives every order equally often", () => {
  const random = createRandom(9);
  const counts = new Map<string, number>();
  for (let i = 0; i < 24_000; i++) {
    const order = random.shuffle([0, 1, 2, 3]).join("");
    counts.set(order, (counts.get(order) ?? 0) + 1);
  }
  assertEquals(counts.size, 24);
  for (const count of counts.values()) assert(Math.abs(count - 1000) < 160);
});

Deno.test("restoreRandom() goes on bit for bit, through JSON", () => {
  fc.assert(fc.property(label(), fc.nat(20), (seed, draws) => {
    const random = createRandom(seed, "x");
    draw(random, draws);
    const restored = restoreRandom(JSON.parse(JSON.stringify(random.state())));
    assertEquals(restored.fork("y").normal(), random.fork("y").normal());
    assertEquals(draw(restored, 5), draw(random, 5));
    assertEquals(restored.state(), random.state());
  }));
});

Deno.test("restoreRandom() and createRandom() refuse what is no state and no seed", () => {
  const { key, words } = createRandom(0).state();
  const states = [undefined, null, {}, { key }, { key, words: [1, 2, 3] }, { key: 1, words }];
  for (
    const state of [...states, { key, words: [1, 2, 3, 4.5] }, { key, words: [1, 2, 3, 2 ** 32] }]
  ) {
    // @ts-expect-error: deliberately not a RandomState
    assertThrows(() => restoreRandom(state), TypeError, "Cannot restore a random stream");
  }
  for (const seed of [NaN, 0.5, Infinity, 2 ** 60]) {
    assertThrows(() => createRandom(seed), TypeError, "Cannot seed random numbers");
  }
});
