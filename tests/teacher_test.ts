import { assert, assertAlmostEquals, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { join } from "node:path";
import {
  accuracy,
  buildNetwork,
  createRandom,
  defineTeacher,
  loadDataset,
  loadTeacher,
  outlineTeacher,
  parseArchitecture,
  readJson,
  TEACHER_NAMES,
  tf,
  useEngine,
  writeSafetensors,
} from "../mod.ts";
import { FASHION_LOG, FASHION_WEIGHTS } from "../lib/teacher/fashion.ts";
import { unpack } from "../lib/nn/layout.ts";
import { sequence } from "../lib/nn/module.ts";
import { difference, noise } from "./_tensors.ts";

await useEngine();
const teacher = await loadTeacher("fashion", { weights: "random" });
const images = noise([3, 28, 28, 1], 1) as tf.Tensor4D;

Deno.test("loadTeacher() gives what outlineTeacher() says, for every name", async () => {
  for (const name of TEACHER_NAMES) {
    const outline = outlineTeacher(name);
    const { network, widths, sizes, classes, resolution } = await loadTeacher(name, {
      weights: "random",
    });
    const { architecture } = network;
    assertEquals({ architecture, widths, sizes, classes, resolution }, outline);
  }
});

Deno.test("teacher.features() have the widths and sizes that the teacher says, at any resolution", async () => {
  const shapes = teacher.features(images).map(({ shape }) => shape);
  assertEquals(shapes, [[3, 14, 14, 16], [3, 7, 7, 24], [3, 7, 7, 40], [3, 4, 4, 64]]);
  assertEquals(shapes.map(([, , , width]) => width), teacher.widths);
  assertEquals(shapes.map(([, size]) => size), teacher.sizes);
  const larger = await loadTeacher("fashion", { weights: "random", resolution: 50 });
  const maps = larger.features(noise([1, 50, 50, 1], 1) as tf.Tensor4D);
  assertEquals(maps.map(({ shape }) => shape[1]), larger.sizes);
});

Deno.test("teacher.features() lead to the logits, which they leave as they are", () => {
  const before = teacher.logits(images).dataSync().slice();
  const { network } = teacher;
  const { head, classifier } = network.modules;
  const named = {
    ...unpack(network.weights, network.module.weights),
    ...unpack(network.statistics, network.module.statistics),
  };
  const last = teacher.features(images).at(-1)!;
  const pass = { training: false, statistics: {} };
  const logits = sequence([head, classifier]).apply(named, last, pass);
  assert(difference(logits, before) < 1e-5);
  assertEquals(teacher.logits(images).dataSync(), before);
  assertEquals(teacher.logits(images).dataSync(), network.logits(images).dataSync());
});

Deno.test("teacher.featuresAsync() gives what features() gives, and keeps nothing else", async () => {
  const maps = teacher.features(images);
  const kept = tf.memory().numTensors;
  const async = await teacher.featuresAsync(images);
  assertEquals(async.map((map) => map.dataSync()), maps.map((map) => map.dataSync()));
  assertEquals(tf.memory().numTensors, kept + async.length);
});

Deno.test("teacher.features() of an image do not depend on the others: inference mode", () => {
  const together = teacher.features(images);
  teacher.features(images.slice(1, 1)).forEach((map, i) =>
    assert(difference(map, together[i].slice(1, 1)) < 1e-5)
  );
});

Deno.test("a teacher refuses images of another shape or type", async () => {
  const shapes = [[1, 28, 28, 3], [28, 28, 1], [1, 1, 28, 28, 1]];
  const others = [...shapes.map((shape) => noise(shape, 1)), tf.zeros([1, 28, 28, 1], "int32")];
  for (const wrong of others as tf.Tensor4D[]) {
    assertThrows(() => teacher.features(wrong), TypeError, "[N, H, W, 1] fits");
    assertThrows(() => teacher.logits(wrong), TypeError, "[N, H, W, 1] fits");
    await assertRejects(() => teacher.featuresAsync(wrong), TypeError, "[N, H, W, 1] fits");
  }
  assertEquals(teacher.logits(images).shape, [3, 10]);
});

Deno.test("defineTeacher() takes rising cuts, and no others", () => {
  const { network } = teacher;
  const cut = (cuts: number[]) =>
    defineTeacher({ name: "cut", network, cuts, mean: [0], std: [1] });
  const whole = teacher.features(images);
  const some = cut([1, 3]);
  assertEquals([some.widths, some.sizes], [[24, 64], [7, 4]]);
  some.features(images).forEach((map, i) => assert(difference(map, whole[[1, 3][i]]) < 1e-5));
  for (const cuts of [[], [4], [-1], [1, 1], [2, 1], [0.5], [NaN]]) {
    assertThrows(() => cut(cuts), RangeError, "rising positions from 0 to 3 fit");
  }
});

Deno.test("loadTeacher() draws random weights by its generator", async () => {
  const [a, b, c] = await Promise.all(
    [1, 1, 2].map((seed) =>
      loadTeacher("fashion", { weights: "random", random: createRandom(seed) })
    ),
  );
  assertEquals(a.network.toWeights(), b.network.toWeights());
  assert(difference(a.network.weights, c.network.weights) > 0.01);
  assert(a.name.includes("random"));
});

Deno.test("loadTeacher() takes weights by name, from a file and from a URL", async () => {
  const weights = (await loadTeacher("fashion", { weights: "random", random: createRandom(5) }))
    .network.toWeights();
  const folder = await Deno.makeTempDir({ prefix: "a b " });
  try {
    const path = join(folder, "teacher.safetensors");
    await writeSafetensors(path, weights);
    const url = new URL(`file://${encodeURI(path)}`);
    for (const source of [weights, path, url]) {
      const { network } = await loadTeacher("fashion", { weights: source });
      assertEquals(network.toWeights(), weights);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("loadTeacher() says in a few lines what is wrong with a file", async () => {
  const folder = await Deno.makeTempDir();
  const path = join(folder, "teacher.safetensors");
  const message = async (weights: string): Promise<string> => {
    const error = await assertRejects(() => loadTeacher("fashion", { weights })) as Error;
    const lines = error.message.split("\n").length;
    assert(lines <= 8, `${lines} lines`);
    assert(error.message.includes(weights), error.message);
    return error.message;
  };
  try {
    assert((await message(path)).startsWith("Cannot read"));
    const text = "stem_i1_c16 | ir_r1_k3_s2_e6_c24_se0.25 | head_c256";
    const other = buildNetwork(parseArchitecture(text), { classes: 10, resolution: 28 });
    await writeSafetensors(path, other.toWeights());
    const listed = await message(path);
    assert(listed.includes("weights of another network"));
    assert(listed.includes('missing: "blocks.0.'), listed);
    assert(/and \d+ more/.test(listed), listed);

    const weights = teacher.network.toWeights();
    const bias = weights["classifier.bias"];
    const broken = { ...bias, data: bias.data.map((value, i) => i === 3 ? NaN : value) };
    await writeSafetensors(path, { ...weights, "classifier.bias": broken });
    assert((await message(path)).includes('"classifier.bias" holds NaN'));

    await writeSafetensors(path, weights);
    const bytes = await Deno.readFile(path);
    for (const length of [0, 7, 100, bytes.length - 1]) {
      await Deno.writeFile(path, bytes.subarray(0, length));
      assertEquals((await message(path)).split("\n").length, 1);
    }
    await Deno.writeTextFile(path, "no safetensors at all, but some text");
    assertEquals((await message(path)).split("\n").length, 1);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("loadTeacher() refuses unknown names and resolutions, before it reads weights", async () => {
  const known = TEACHER_NAMES.join(", ");
  await assertRejects(() => loadTeacher("b99"), RangeError, known);
  assertThrows(() => outlineTeacher("toString"), RangeError, known);
  for (const resolution of [0, -28, 1.5, NaN]) {
    const options = { weights: "random", resolution };
    await assertRejects(() => loadTeacher("fashion", options), RangeError, "resolution");
  }
});

/** Whether the weights that ship are here. */
const shipped = await Deno.stat(FASHION_WEIGHTS).then(() => true, () => false);

Deno.test({
  name: "the shipped teacher has the accuracy that its log says, at least 92 %",
  ignore: !shipped,
  async fn() {
    const log = await readJson(FASHION_LOG.pathname) as { test: { top1: number } };
    assert(log.test.top1 >= 0.92);
    const teacher = await loadTeacher("fashion");
    assert((await Deno.stat(FASHION_WEIGHTS)).size < 3e6);
    const { splits } = await loadDataset("fashion-mnist");
    const { top1 } = await accuracy(teacher, splits.test, {
      mean: [...teacher.mean],
      std: [...teacher.std],
    });
    assertAlmostEquals(top1, log.test.top1, 0.001);
  },
});
