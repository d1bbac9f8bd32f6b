import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  createRandom,
  createSupernet,
  makeBatch,
  parseRatings,
  pathDigits,
  rate,
  type RatedPart,
  type RateOptions,
  search,
  type Supernet,
  tf,
  useEngine,
} from "../mod.ts";
import { applyModule } from "../lib/nn/learner.ts";
import { smallImages, smallTeacher, SPACE } from "./_supernet.ts";

await useEngine();
const teacher = smallTeacher();
const validation = smallImages(40, 5);
const calibration = smallImages(24, 6);
const supernet: Supernet = createSupernet(SPACE, teacher, { random: createRandom(4) });
const OPTIONS: RateOptions = { teacher, validation, calibration, batch: 16 };

/** A split's maps before and after a block, all images at once. */
function mapsAround(split: typeof validation, block: number): [tf.Tensor, tf.Tensor] {
  const all = Array.from({ length: split.count }, (_, i) => i);
  const { images, shape } = makeBatch(split, all, { mean: [0.5], std: [0.25] });
  const maps = [tf.tensor4d(images, shape), ...teacher.features(tf.tensor4d(images, shape))];
  return [maps[block], maps[block + 1]];
}

/** Equation 8 for one path, on its own from beginning to end. */
function ratePathAlone(block: number, cell: number, path: number): number {
  const { layers, stem, depth } = supernet.blocks[block][cell];
  const digits = pathDigits(SPACE, depth, path);
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
  const values = target.dataSync<"float32">();
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return x.sub(target).abs().mean().dataSync()[0] / Math.sqrt(variance);
}

Deno.test("rate() equals rating each path alone to 1e-6, and computes each shared prefix once", async () => {
  const ratings = await rate(supernet, OPTIONS);
  ratings.blocks.forEach(({ cells }, block) =>
    cells.forEach(({ losses }, cell) =>
      losses.forEach((loss, path) => {
        const alone = ratePathAlone(block, cell, path);
        assert(
          Math.abs(loss - alone) <= 1e-6 * alone,
          `${block}.${cell}.${path}: ${loss} ${alone}`,
        );
      })
    )
  );
  // Depth 1 with stem: 1 + 2; depth 3 with stem: 1 + 2 + 4 + 8; depth 2: 2 + 4.
  assertEquals(ratings.layers, { computed: 3 + 15 + 6, alone: 2 * 2 + 8 * 4 + 4 * 2 });
  const checked = parseRatings(JSON.parse(JSON.stringify(ratings)));
  const best = checked.blocks.map(({ cells }) => Math.min(...cells.flatMap((cell) => cell.losses)));
  assertEquals(search(checked).loss, best.reduce((sum, loss) => sum + loss, 0));
});

Deno.test("rate() goes on from any parts to the same ratings, and counts its progress whole", async () => {
  const parts: RatedPart[] = [];
  const whole = await rate(supernet, { ...OPTIONS, onPart: (part) => void parts.push(part) });
  assertEquals(parts.length, 3 * 2);
  for (const kept of [parts.slice(0, 1), parts.slice(2), parts]) {
    let last = 0;
    const again = await rate(supernet, {
      ...OPTIONS,
      lanes: 1,
      parts: kept,
      onProgress: ({ done }) => last = done,
    });
    assertEquals(again, whole);
    assert(kept === parts || last <= whole.layers.computed);
  }
});

Deno.test("rate() keeps no tensors and stops at a signal", async () => {
  const before = tf.memory().numTensors;
  await rate(supernet, OPTIONS);
  assertEquals(tf.memory().numTensors, before);
  await assertRejects(() => rate(supernet, { ...OPTIONS, signal: AbortSignal.abort() }));
});
