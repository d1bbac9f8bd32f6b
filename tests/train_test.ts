import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import {
  accuracy,
  adam,
  buildNetwork,
  cosine,
  exponential,
  loadTeacher,
  parseArchitecture,
  readJson,
  rmsprop,
  sgd,
  tf,
  train,
  type TrainCheckpoint,
  type TrainOptions,
  useEngine,
} from "../mod.ts";
import { loadDataset } from "../mod.ts";
import { FASHION_LOG } from "../lib/teacher/fashion.ts";
import { smallImages } from "./_supernet.ts";

await useEngine();
const data = smallImages(64);
const NORMALISATION = { mean: [0.5], std: [0.25] };
const ARCHITECTURE = parseArchitecture("stem_i1_c8 | ir_r1_k3_s1_e2_c8_se0.25 | head_c16");
const network = buildNetwork(ARCHITECTURE, { classes: 4, resolution: 12 });
const OPTIONS: TrainOptions = {
  ...NORMALISATION,
  data,
  epochs: 3,
  batch: 16,
  rate: 0.05,
  weightDecay: 1e-4,
  labelSmoothing: 0.1,
  averageDecay: 0.9,
  augment: true,
  seed: 1,
};

Deno.test("train() learns classes of different brightness, and leaves the first network as it was", async () => {
  const before = network.weights.dataSync().slice();
  const { network: trained, epochs } = await train(network, {
    ...OPTIONS,
    epochs: 12,
    rate: cosine(0.1, { steps: 48, warmup: 4 }),
    augment: false,
    averageWarmup: true,
  });
  assertEquals(network.weights.dataSync(), before);
  assert(epochs[11].loss < epochs[0].loss);
  const { top1, top5, count } = await accuracy(trained, data, NORMALISATION);
  assertEquals([top5, count], [1, 64]);
  assert(top1 > 0.95, `${top1}`);
});

Deno.test("train() goes on from any checkpoint to the same bits and keeps the number of tensors", async () => {
  const tensors: number[] = [];
  const whole = await train(network, {
    ...OPTIONS,
    onProgress: () => tensors.push(tf.memory().numTensors),
  });
  assertEquals(new Set(tensors).size, 1);
  for (const stop of [1, 4, 9]) {
    const controller = new AbortController();
    let saved: TrainCheckpoint | undefined;
    await assertRejects(() =>
      train(network, {
        ...OPTIONS,
        signal: controller.signal,
        onProgress: ({ done }) => done === stop && controller.abort(),
        onCheckpoint: (checkpoint) => void (saved = structuredClone(checkpoint)),
      })
    );
    assertEquals(saved!.step, stop);
    const rest = await train(network, { ...OPTIONS, checkpoint: saved });
    assertEquals(rest.network.toWeights(), whole.network.toWeights());
    assertEquals(rest.epochs, whole.epochs.slice(-rest.epochs.length));
  }
});

Deno.test("train() refuses a batch above the images, and says where a loss is no number", async () => {
  await assertRejects(() => train(network, { ...OPTIONS, batch: 65 }), RangeError, "64 images");
  await assertRejects(() => train(network, { ...OPTIONS, rate: 1e30 }), Error, "at step");
});

Deno.test("accuracy() counts a logit that is no number as wrong", async () => {
  const classifier = { logits: (x: tf.Tensor4D) => tf.fill([x.shape[0], 4], NaN) as tf.Tensor2D };
  assertEquals((await accuracy(classifier, data, NORMALISATION)).top1, 0);
});

Deno.test("optimizers take the steps of their definitions", () => {
  const gradients = Array.from({ length: 20 }, (_, i) => Math.sin(i) + 0.1);
  const run = (optimizer: ReturnType<typeof adam>): number => {
    let weights = tf.tensor1d([1]);
    let state = Array.from({ length: optimizer.slots }, () => tf.zeros<tf.Rank.R1>([1]));
    gradients.forEach((gradient, i) => {
      const scalars = optimizer.scalars(i + 1).map((value) => tf.scalar(value));
      const rate = tf.scalar(0.1);
      ({ weights, state } = optimizer.update(
        weights,
        tf.tensor1d([gradient]),
        state,
        rate,
        scalars,
      ));
    });
    return weights.dataSync()[0];
  };
  // The definitions, step by step in double precision.
  let [w, m, v] = [1, 0, 0];
  gradients.forEach((g, i) => {
    [m, v] = [0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g];
    w -= 0.1 * m / (1 - 0.9 ** (i + 1)) / (Math.sqrt(v / (1 - 0.999 ** (i + 1))) + 1e-8);
  });
  assertAlmostEquals(run(adam()), w, 1e-5);
  [w, v] = [1, 0];
  for (const g of gradients) [v, w] = [0.9 * v + g, w - 0.1 * (g + 0.9 * (0.9 * v + g))];
  assertAlmostEquals(run(sgd()), w, 1e-5);
  [w, m, v] = [1, 0, 0];
  for (const g of gradients) {
    v = 0.9 * v + 0.1 * g * g;
    m = 0.9 * m + 0.1 * g / Math.sqrt(v + 1e-3);
    w -= m;
  }
  assertAlmostEquals(run(rmsprop()), w, 1e-5);
});

Deno.test("schedules begin, bend and end where they say", () => {
  const half = cosine(1, { steps: 110, warmup: 10 });
  assertEquals([half(0), half(9), half(10)], [0.1, 1, 1]);
  assertAlmostEquals(half(60), 0.5, 1e-12);
  assertAlmostEquals(half(110), 0, 1e-12);
  const stairs = exponential(2, { factor: 0.5, every: 10 });
  assertEquals([stairs(9), stairs(10), stairs(25)], [2, 1, 0.5]);
});

Deno.test("the shipped teacher has the accuracy that its log says, at least 92 %", async () => {
  const log = await readJson(FASHION_LOG.pathname) as { test: { top1: number } };
  assert(log.test.top1 >= 0.92);
  const teacher = await loadTeacher("fashion");
  const { splits } = await loadDataset("fashion-mnist");
  const { top1 } = await accuracy(teacher, splits.test, {
    mean: [...teacher.mean],
    std: [...teacher.std],
  });
  assertAlmostEquals(top1, log.test.top1, 0.001);
});
