import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertNotEquals,
  assertRejects,
} from "@std/assert";
import {
  createRandom,
  createSupernet,
  defineSpace,
  makeBatch,
  parseRatings,
  pathCount,
  pathDigits,
  rate,
  type RatedPart,
  type RateOptions,
  search,
  searchSpace,
  type Supernet,
  tf,
  useEngine,
} from "../mod.ts";
import { applyModule } from "../lib/nn/learner.ts";
import { siblingGroups } from "../lib/supernet/_siblings.ts";
import { layerCounts } from "../lib/supernet/rate.ts";
import { smallImages, smallTeacher, SPACE } from "./_supernet.ts";

await useEngine();
const teacher = smallTeacher();
const validation = smallImages(40, 5);
const calibration = smallImages(24, 6);
const supernet: Supernet = createSupernet(SPACE, teacher, { random: createRandom(4) });
/** As the paper's spaces, with a first stage behind the stem; three operations. */
const STAGED = createSupernet(
  defineSpace({
    name: "staged",
    stem: { channels: 1, width: 8, stride: 2 },
    first: { type: "ds", kernel: 3, stride: 1, expansion: 1, width: 8, se: 0.25 },
    head: 16,
    blocks: [
      { stride: 1, cells: [{ width: 8, depth: 2 }] },
      { stride: 2, cells: [{ width: 16, depth: 1 }] },
    ],
    operations: [
      { kernel: 3, expansion: 2 },
      { kernel: 5, expansion: 1 },
      { kernel: 7, expansion: 1, se: 0, activation: "relu" },
    ],
  }),
  teacher,
  { random: createRandom(5) },
);
const OPTIONS: RateOptions = { teacher, validation, calibration, batch: 16 };

/** A split's maps before and after a block, all images at once. */
function mapsAround(split: typeof validation, block: number): [tf.Tensor, tf.Tensor] {
  const all = Array.from({ length: split.count }, (_, i) => i);
  const { images, shape } = makeBatch(split, all, { mean: [0.5], std: [0.25] });
  const maps = [tf.tensor4d(images, shape), ...teacher.features(tf.tensor4d(images, shape))];
  return [maps[block], maps[block + 1]];
}

/** Standard deviation of all values. */
function deviation(values: Float32Array): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return Math.sqrt(variance);
}

/** Equation 8 for one path, on its own from beginning to end: the operation of each layer. */
function ratePathAlone(
  { blocks }: Supernet,
  block: number,
  cell: number,
  digits: number[],
): number {
  const { layers, stem } = blocks[block][cell];
  let [calibrated] = mapsAround(calibration, block);
  let [x, target] = mapsAround(validation, block);
  (stem ? [0, ...digits] : digits).forEach((digit, i) => {
    const { module, state } = layers[i][digit];
    const { y, statistics } = applyModule(
      module,
      state.weights,
      state.statistics,
      calibrated,
      true,
    );
    x = applyModule(module, state.weights, statistics, x, false).y;
    calibrated = y;
  });
  return x.sub(target).abs().mean().dataSync()[0] / deviation(target.dataSync<"float32">());
}

for (const [title, given] of [["", supernet], [", behind a first stage", STAGED]] as const) {
  Deno.test(`rate() equals rating each path alone to 1e-6${title}`, async () => {
    const { blocks } = await rate(given, OPTIONS);
    blocks.forEach(({ cells, sigma }, block) => {
      const target = mapsAround(validation, block)[1].dataSync<"float32">();
      assertAlmostEquals(sigma as number, deviation(target), 1e-6);
      cells.forEach(({ losses, depth }, cell) => {
        assertEquals(losses.length, pathCount(given.space, depth));
        losses.forEach((loss, path) => {
          const digits = pathDigits(given.space, depth, path);
          const alone = ratePathAlone(given, block, cell, digits);
          assertAlmostEquals(loss, alone, 1e-6 * alone, `${block}.${cell}.${path}`);
        });
      });
    });
  });
}

Deno.test("rate() orders paths with the first layer's operation as the most significant digit", async () => {
  const { losses } = (await rate(supernet, OPTIONS)).blocks[0].cells[1];
  const alone = (digits: number[]) => ratePathAlone(supernet, 0, 1, digits);
  assertAlmostEquals(losses[4], alone([1, 0, 0]), 1e-6 * losses[4]);
  assertAlmostEquals(losses[1], alone([0, 0, 1]), 1e-6 * losses[1]);
  assert(Math.abs(losses[4] - losses[1]) > 1e-4, "paths that the test can tell apart");
});

Deno.test("rate() computes each shared prefix once, and gives ratings that search() takes", async () => {
  const ratings = await rate(supernet, OPTIONS);
  // Depth 1 with stem: 1 + 2; depth 3 with stem: 1 + 2 + 4 + 8; depth 2: 2 + 4.
  assertEquals(ratings.layers, { computed: 3 + 15 + 6, alone: 2 * 2 + 8 * 4 + 4 * 2 });
  const checked = parseRatings(JSON.parse(JSON.stringify(ratings)));
  const best = checked.blocks.map(({ cells }) => Math.min(...cells.flatMap((cell) => cell.losses)));
  assertEquals(search(checked).loss, best.reduce((sum, loss) => sum + loss, 0));
});

Deno.test("rate() computes as many layers as it says, in siblings together and one by one", async () => {
  for (const [given, chunks] of [[supernet, 1], [STAGED, 1], [supernet, 3]] as const) {
    let reports = 0;
    const chunk = 48 / chunks;
    const { layers } = await rate(given, { ...OPTIONS, chunk, onProgress: () => reports++ });
    assertEquals(reports, chunks * layers.computed);
  }
});

Deno.test("layerCounts() of the paper's space: 27,636 layers instead of 106,566, and block 1's stems", () => {
  const { computed, alone } = layerCounts(searchSpace("dna"));
  // One stem for each of block 1's three cells, or for each of their 288 paths.
  assertEquals([computed - 3, alone - 288], [27_636, 106_566]);
});

Deno.test("siblingGroups() keeps the order, and holds maps of 32 MiB together at most", () => {
  const layers = STAGED.blocks[0][0].layers[2];
  // Two operations of expansion 1 give 12 channels at most, the one of expansion 2 has 16.
  const widths = [16, 12, 12];
  for (const values of [1, 2 ** 18, 3 * 2 ** 18, 2 ** 19, 2 ** 23]) {
    const groups = siblingGroups(layers, values);
    assertEquals(groups.flat(), layers);
    let at = 0;
    for (const group of groups) {
      const bytes = group.reduce((sum) => sum + 4 * values * widths[at++], 0);
      assert(group.length === 1 || bytes <= 2 ** 25, `${values}: ${bytes}`);
    }
  }
  assertEquals(siblingGroups(layers, 1).length, 1);
  assertEquals(siblingGroups(layers, 2 ** 18).map(({ length }) => length), [2, 1]);
  assertEquals(siblingGroups(layers, 2 ** 23).length, 3);
});

Deno.test("rate() depends on the calibration images, and not on how images come in batches", async () => {
  const whole = await rate(supernet, OPTIONS);
  const other = await rate(supernet, { ...OPTIONS, calibration: smallImages(24, 7) });
  assertNotEquals(other.blocks, whole.blocks);
  const batches = await rate(supernet, { ...OPTIONS, batch: 7 });
  batches.blocks.forEach(({ cells }, block) =>
    cells.forEach(({ losses }, cell) =>
      losses.forEach((loss, path) =>
        assertAlmostEquals(loss, whole.blocks[block].cells[cell].losses[path], 1e-6 * loss)
      )
    )
  );
});

Deno.test("rate() gives the same ratings chunk by chunk, and goes on from any of their parts", async () => {
  const whole = await rate(supernet, OPTIONS);
  const parts: RatedPart[] = [];
  const options = { ...OPTIONS, chunk: 17 };
  const chunks = await rate(supernet, { ...options, onPart: (part) => void parts.push(part) });
  // 40 images in chunks of one batch of 16.
  assertEquals([...new Set(parts.map(({ start }) => start))], [0, 16, 32]);
  assertEquals(parts.length, 3 * 3 * 2);
  chunks.blocks.forEach(({ cells, sigma }, block) => {
    assertAlmostEquals(sigma as number, whole.blocks[block].sigma as number, 1e-6);
    cells.forEach(({ losses }, cell) =>
      losses.forEach((loss, path) =>
        assertAlmostEquals(loss, whole.blocks[block].cells[cell].losses[path], 1e-6 * loss)
      )
    );
  });
  const before = tf.memory().numTensors;
  for (const kept of [parts.slice(0, 8), parts.filter((_, i) => i % 3 > 0)]) {
    assertEquals(await rate(supernet, { ...options, parts: kept }), chunks);
  }
  assertEquals(tf.memory().numTensors, before);
});

Deno.test("rate() goes on from any parts to the same bytes, and counts its progress whole", async () => {
  const parts: RatedPart[] = [];
  const whole = JSON.stringify(
    await rate(supernet, { ...OPTIONS, onPart: (part) => void parts.push(part) }),
  );
  assertEquals(parts.length, 3 * 2);
  for (const kept of [[], parts.slice(0, 1), parts.slice(2), parts.slice(1, 4), parts]) {
    let [last, total] = [0, 0];
    const again = await rate(supernet, {
      ...OPTIONS,
      lanes: 1,
      // Parts come from a file.
      parts: JSON.parse(JSON.stringify(kept)),
      onProgress: (event) => [last, total] = [event.done, event.total],
    });
    assertEquals(JSON.stringify(again), whole);
    assert(kept.length > 0 ? last <= total : last === total, `${last} of ${total}`);
  }
});

Deno.test("rate() keeps no tensors, also where a signal stops it", async () => {
  const before = tf.memory().numTensors;
  const parts: RatedPart[] = [];
  const { blocks } = await rate(supernet, OPTIONS);
  assertEquals(tf.memory().numTensors, before);
  await assertRejects(() => rate(supernet, { ...OPTIONS, signal: AbortSignal.abort() }));
  for (const stop of [1, 6, 14]) {
    const controller = new AbortController();
    await assertRejects(
      () =>
        rate(supernet, {
          ...OPTIONS,
          lanes: 2,
          parts,
          signal: controller.signal,
          onPart: (part) => void parts.push(part),
          onProgress: ({ done }) => done >= stop && controller.abort(),
        }),
      DOMException,
    );
    assertEquals(tf.memory().numTensors, before);
  }
  assertEquals((await rate(supernet, { ...OPTIONS, parts })).blocks, blocks);
});
