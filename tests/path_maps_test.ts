import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import {
  createRandom,
  createSupernet,
  makeBatch,
  pathCount,
  pathMaps,
  rate,
  tf,
  useEngine,
} from "../mod.ts";
import { smallImages, smallTeacher, SPACE } from "./_supernet.ts";

Deno.test("pathMaps() gives the maps whose distance from the teacher's rate() reports, for every path", async () => {
  await useEngine();
  const teacher = smallTeacher();
  const supernet = createSupernet(SPACE, teacher, { random: createRandom(1) });
  const split = smallImages(32);
  const ratings = await rate(supernet, { teacher, validation: split, calibration: split });
  const { images, shape } = makeBatch(split, Array.from({ length: 32 }, (_, i) => i), {
    mean: [...teacher.mean],
    std: [...teacher.std],
  });
  const x = tf.tensor4d(images, shape);
  const maps = teacher.features(x);
  const before = tf.memory().numTensors;
  for (const [block, { cells }] of ratings.blocks.entries()) {
    for (const [cell, { losses, depth }] of cells.entries()) {
      assertEquals(losses.length, pathCount(SPACE, depth));
      for (const [path, loss] of losses.entries()) {
        const y = pathMaps(supernet, { block, cell, path }, block === 0 ? x : maps[block - 1]);
        const own = y.dataSync<"float32">();
        const target = maps[block].dataSync<"float32">();
        y.dispose();
        const mean = target.reduce((sum, value) => sum + value, 0) / target.length;
        const variance = target.reduce((sum, value) => sum + (value - mean) ** 2, 0);
        const distance = own.reduce((sum, value, i) => sum + Math.abs(value - target[i]), 0);
        const expected = distance / target.length / Math.sqrt(variance / target.length);
        assertAlmostEquals(loss, expected, 1e-4 * expected);
      }
    }
  }
  assertEquals(tf.memory().numTensors, before);
  assertThrows(
    () => pathMaps(supernet, { block: 0, cell: 2, path: 0 }, x),
    RangeError,
    "there is no cell 2 in block 0",
  );
  tf.dispose([x, maps]);
  supernet.dispose();
  teacher.dispose();
});
