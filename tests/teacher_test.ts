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

/** Whether the weights that ship are here. */
const shipped = await Deno.stat(FASHION_WEIGHTS).then(() => true, () => false);

Deno.test("loadTeacher() gives what outlineTeacher() says", async () => {
  for (const name of ["fashion", "tf_efficientnet_b0", "tf_efficientnet_lite0"]) {
    const { cuts: _, hub: __, ...outline } = outlineTeacher(name);
    const teacher = await loadTeacher(name, { weights: "random" });
    const { network, widths, sizes, classes, resolution, mean, std } = teacher;
    const { architecture } = network;
    assertEquals({ architecture, widths, sizes, classes, resolution, mean, std }, outline);
    teacher.dispose();
  }
});

Deno.test("outlineTeacher() cuts every EfficientNet into six blocks of the paper's sizes", () => {
  const names = TEACHER_NAMES.filter((name) => name !== "fashion");
  assertEquals(names.length, 13);
  for (const name of names) {
    const { architecture, widths, sizes } = outlineTeacher(name, { resolution: 224 });
    assertEquals(sizes, [56, 28, 14, 14, 7, 7]);
    assertEquals(widths, architecture.blocks.slice(1).map(([{ width }]) => width));
  }
  assertEquals(outlineTeacher("tf_efficientnet_b7").widths, [48, 80, 160, 224, 384, 640]);
  assertEquals(outlineTeacher("tf_efficientnet_b7").resolution, 600);
  for (const resolution of [0, 1.5, NaN]) {
    assertThrows(() => outlineTeacher("fashion", { resolution }), RangeError, "resolution is");
  }
});

Deno.test("teachers with AdvProp's weights have AdvProp's normalisation", async () => {
  const [imagenet, halves] = [[0.485, 0.456, 0.406], [0.5, 0.5, 0.5]];
  const mean = (weights?: string) => outlineTeacher("tf_efficientnet_b0", { weights }).mean;
  assertEquals(mean(), imagenet);
  assertEquals(mean("timm/tf_efficientnet_b0.in1k"), imagenet);
  assertEquals(mean("timm/tf_efficientnet_b0.ap_in1k"), halves);
  assertEquals(mean("timm/tf_efficientnet_b0.ap_in1k@main"), halves);
  const options = { weights: "random", mean: [0.1], std: [0.2] };
  const { mean: given, std } = await loadTeacher("fashion", options);
  assertEquals([given, std], [[0.1], [0.2]]);
});

Deno.test("loadTeacher() without weights warns where none ship with the teacher", async () => {
  const { warn } = console;
  const lines: string[] = [];
  console.warn = (line: string) => lines.push(line);
  try {
    const { name, dispose } = await loadTeacher("tf_efficientnet_b0", { resolution: 32 });
    dispose();
    assertEquals(name, "tf_efficientnet_b0 (random weights)");
    assertEquals(lines.length, 1);
    assert(lines[0].includes('weights: "timm/tf_efficientnet_b0.ns_jft_in1k"'), lines[0]);
    await loadTeacher("fashion", { weights: "random" });
    if (shipped) await loadTeacher("fashion");
    assertEquals(lines.length, 1);
  } finally {
    console.warn = warn;
  }
});

Deno.test("loadTeacher() reads half-precision weights, and no other than floats", async () => {
  const folder = await Deno.makeTempDir();
  const path = join(folder, "half.safetensors");
  const weights = teacher.network.toWeights();
  const bias = "classifier.bias";
  weights[bias].data.forEach((_, i, data) => data[i] = i / 7);
  try {
    for (const [dtype, round] of [["F16", 2 ** -11], ["BF16", 2 ** -8]] as const) {
      const halves = Object.entries(weights).map(([name, tensor]) => [name, { ...tensor, dtype }]);
      await writeSafetensors(path, Object.fromEntries(halves));
      const read = (await loadTeacher("fashion", { weights: path })).network.toWeights();
      for (const [name, { data }] of Object.entries(weights)) {
        assert(difference(read[name].data, data) <= round, name);
      }
      assert(difference(read[bias].data, weights[bias].data) > round / 100);
    }
    const whole = { dtype: "I32", shape: [10], data: new Int32Array(10) } as const;
    await writeSafetensors(path, { ...weights, [bias]: whole });
    await assertRejects(() => loadTeacher("fashion", { weights: path }), TypeError, "floats");
  } finally {
    await Deno.remove(folder, { recursive: true });
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
    for (const name of Object.keys(teacher.network.toWeights())) {
      const shared = Object.hasOwn(other.toWeights(), name);
      assert(shared || listed.includes(`${JSON.stringify(name)} [`), name);
    }

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
    const options = { weights: "nobody/nothing", resolution };
    await assertRejects(() => loadTeacher("fashion", options), RangeError, "resolution");
  }
});

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
