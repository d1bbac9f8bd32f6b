import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import {
  accuracy,
  adam,
  buildNetwork,
  type ByteSplit,
  cosine,
  datasetFromArrays,
  parseArchitecture,
  rmsprop,
  tf,
  train,
  type TrainCheckpoint,
  type TrainOptions,
  useEngine,
} from "../mod.ts";
import { countingAdam, smallImages } from "./_supernet.ts";
import { noise } from "./_tensors.ts";

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

/** A split of images of one pixel, whose byte is the image's number. */
function numbered(labels: number[]): ByteSplit {
  const part = { images: Uint8Array.from(labels.keys()), labels };
  const classes = Array.from({ length: 10 }, (_, i) => `${i}`);
  return datasetFromArrays({
    classes,
    height: 1,
    width: 1,
    train: part,
    validation: part,
    test: part,
  }).splits.train;
}

/** A classifier that looks an image's logits up by its number. */
function lookUp(table: number[][]) {
  const logits = (x: tf.Tensor4D) => {
    const numbers = x.mul(255).round().cast("int32").reshape([-1]);
    return tf.gather(tf.tensor2d(table), numbers as tf.Tensor1D) as tf.Tensor2D;
  };
  return { logits };
}

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

Deno.test("train() learns two easy classes to 100 %, with each optimizer", async () => {
  const labels = Uint8Array.from({ length: 64 }, (_, i) => i % 2);
  const images = Uint8Array.from({ length: 64 * 64 }, (_, i) => labels[i >> 6] ? 200 : 50);
  const { splits } = datasetFromArrays({
    classes: ["dark", "light"],
    height: 8,
    width: 8,
    train: { images, labels },
    validation: { images, labels },
    test: { images, labels },
  });
  const start = buildNetwork(ARCHITECTURE, { classes: 2, resolution: 8 });
  for (const [optimizer, rate] of [[undefined, 0.1], [adam(), 0.01], [rmsprop(), 0.01]] as const) {
    const { network: trained, epochs } = await train(start, {
      ...NORMALISATION,
      data: splits.train,
      epochs: 10,
      batch: 16,
      rate,
      optimizer,
      seed: 1,
    });
    assert(epochs[9].loss < epochs[0].loss / 2);
    const { top1, crossEntropy } = await accuracy(trained, splits.train, NORMALISATION);
    assertEquals(top1, 1);
    assert(crossEntropy < 0.3, `${crossEntropy}`);
  }
});

Deno.test("train() goes on from a stop at any step to the same bits and keeps the number of tensors", async () => {
  const tensors: number[] = [];
  const whole = await train(network, {
    ...OPTIONS,
    onProgress: () => tensors.push(tf.memory().numTensors),
  });
  assertEquals(new Set(tensors).size, 1);
  for (const stop of [1, 4, 9]) {
    const controller = new AbortController();
    const kept = tf.memory().numTensors;
    let saved: TrainCheckpoint | undefined;
    await assertRejects(
      () =>
        train(network, {
          ...OPTIONS,
          signal: controller.signal,
          onProgress: ({ done }) => done === stop && controller.abort(),
          onCheckpoint: (checkpoint) => void (saved = structuredClone(checkpoint)),
        }),
      DOMException,
    );
    assertEquals(tf.memory().numTensors, kept);
    assertEquals(saved!.step, stop);
    const rest = await train(network, { ...OPTIONS, checkpoint: saved });
    assertEquals(rest.network.toWeights(), whole.network.toWeights());
    assertEquals(rest.epochs, whole.epochs.slice(-rest.epochs.length));
  }
});

Deno.test("train() goes on from each checkpoint that it gives, as if nothing had been", async () => {
  const options = { ...OPTIONS, epochs: 2 };
  const saved: { checkpoint: TrainCheckpoint; reported: number }[] = [];
  let reported = 0;
  const whole = await train(network, {
    ...options,
    checkpointSeconds: 0,
    onEpoch: () => void reported++,
    onCheckpoint: (checkpoint) => void saved.push({ checkpoint, reported }),
  });
  assertEquals(saved.at(-1)!.checkpoint.step, 7);
  for (const { checkpoint, reported } of saved) {
    const rest = await train(network, { ...options, checkpoint });
    // Each epoch is reported once: before the checkpoint or after it.
    assertEquals(rest.epochs, whole.epochs.slice(reported));
    assertEquals(rest.network.toWeights(), whole.network.toWeights());
  }
});

Deno.test("train() tells optimizer and schedule the number of each step, also where it goes on", async () => {
  const { optimizer, steps } = countingAdam();
  const asked = new Set<number>();
  const rate = (step: number) => {
    asked.add(step);
    return 0.01;
  };
  let saved: TrainCheckpoint | undefined;
  const options = { ...OPTIONS, epochs: 2, optimizer, rate };
  await train(network, {
    ...options,
    checkpointSeconds: 0,
    onCheckpoint: (checkpoint) => void (saved = checkpoint.step === 3 ? checkpoint : saved),
  });
  assertEquals(steps, [1, 2, 3, 4, 5, 6, 7, 8]);
  assertEquals([...asked], [0, 1, 2, 3, 4, 5, 6, 7]);
  steps.length = 0;
  await train(network, { ...options, checkpoint: saved });
  assertEquals(steps, [4, 5, 6, 7, 8]);
});

Deno.test("train() gives the average of the weights of all steps, as averageDecay says", async () => {
  const weights = [network.weights.dataSync().slice()];
  const { network: averaged } = await train(network, {
    ...OPTIONS,
    epochs: 1,
    checkpointSeconds: 0,
    onCheckpoint: (checkpoint) => {
      if (checkpoint.step > 0) weights.push(checkpoint.weights);
    },
  });
  const { network: last } = await train(network, { ...OPTIONS, epochs: 1, averageDecay: 0 });
  weights.push(last.weights.dataSync().slice());
  assertEquals(weights.length, 5);
  const wanted = weights.reduce((mean, now) => mean.map((value, i) => 0.9 * value + 0.1 * now[i]));
  averaged.weights.dataSync().forEach((value, i) => assertAlmostEquals(value, wanted[i], 1e-6));
});

Deno.test("train() refuses a batch above the images, and says where a loss is no number", async () => {
  await assertRejects(() => train(network, { ...OPTIONS, batch: 65 }), RangeError, "64 images");
  const kept = tf.memory().numTensors;
  await assertRejects(() => train(network, { ...OPTIONS, rate: 1e30 }), Error, "at step");
  assertEquals(tf.memory().numTensors, kept);
});

Deno.test("accuracy() equals top-1, top-5 and cross-entropy worked out by hand", async () => {
  const labels = Array.from({ length: 23 }, (_, i) => (i * 7) % 10);
  const values = noise([23, 10], 1).arraySync() as number[][];
  const found = await accuracy(lookUp(values), numbered(labels), { mean: [0], std: [1], batch: 8 });
  const ranks = labels.map((label, i) =>
    [...values[i].keys()].sort((a, b) => values[i][b] - values[i][a]).indexOf(label)
  );
  const entropies = labels.map((label, i) => {
    const exponentials = values[i].map(Math.exp);
    return -Math.log(exponentials[label] / exponentials.reduce((sum, value) => sum + value));
  });
  assertEquals(found.count, 23);
  assertEquals(found.top1, ranks.filter((rank) => rank < 1).length / 23);
  assertEquals(found.top5, ranks.filter((rank) => rank < 5).length / 23);
  assert(found.top1 < found.top5 && found.top5 < 1);
  assertAlmostEquals(found.crossEntropy, entropies.reduce((sum, one) => sum + one) / 23, 1e-6);
});

Deno.test("accuracy() tells of each class and of the speed where it is asked to", async () => {
  const labels = [0, 0, 1, 2, 2, 2];
  const table = [[2, 1, 0, 0], [0, 1, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 1, 0], [
    9,
    0,
    0,
    0,
  ]];
  const normalisation = { mean: [0], std: [1], batch: 4 };
  const plain = await accuracy(lookUp(table), numbered(labels), normalisation);
  assertEquals([plain.perClass, plain.imagesPerSecond], [undefined, undefined]);
  const found = await accuracy(lookUp(table), numbered(labels), {
    ...normalisation,
    detailed: true,
  });
  assertEquals(found.perClass, [
    { count: 2, correct: 1 },
    { count: 1, correct: 1 },
    { count: 3, correct: 2 },
    { count: 0, correct: 0 },
  ]);
  assertEquals(found.top1, 4 / 6);
  const narrow = lookUp(table.map((row) => row.slice(0, 2)));
  await assertRejects(
    () => accuracy(narrow, numbered(labels), normalisation),
    RangeError,
    "an image is of class 2, the classifier knows 2 classes",
  );
  assert(found.imagesPerSecond! > 0);
});

Deno.test("train() keeps the padding and the epsilon of the network it begins with", async () => {
  const options = { padding: "symmetric", epsilon: 1e-5 } as const;
  const start = buildNetwork(ARCHITECTURE, { classes: 4, resolution: 12, ...options });
  const { network: trained } = await train(start, { ...OPTIONS, epochs: 1 });
  assertEquals([trained.padding, trained.epsilon], ["symmetric", 1e-5]);
  const x = noise([2, 12, 12, 1], 1) as tf.Tensor4D;
  const again = buildNetwork(ARCHITECTURE, {
    classes: 4,
    resolution: 12,
    weights: trained.toWeights(),
    ...options,
  });
  assertEquals(trained.logits(x).dataSync(), again.logits(x).dataSync());
});

Deno.test("accuracy() takes the first of equal logits, as argMax does", async () => {
  const table = [[1, 1, 1, 1, 1, 1], [1, 1, 1, 1, 1, 1], [0, 0, 0, 0, 0, 0], [0, 3, 3, 0, 0, 0]];
  const { top1, top5 } = await accuracy(lookUp(table), numbered([0, 4, 5, 1]), {
    mean: [0],
    std: [1],
  });
  assertEquals([top1, top5], [2 / 4, 3 / 4]);
});

Deno.test("accuracy() counts a logit that is no number as wrong, for any number of classes", async () => {
  for (const classes of [2, 4, 10]) {
    const table = [new Array(classes).fill(NaN), new Array(classes).fill(NaN)];
    const found = await accuracy(lookUp(table), numbered([0, 1]), { mean: [0], std: [1] });
    assertEquals([found.top1, found.top5, found.count], [0, 0, 2]);
  }
  const one = lookUp([[NaN, 1, 0], [0, 1, NaN]]);
  const found = await accuracy(one, numbered([1, 1]), { mean: [0], std: [1] });
  assertEquals(found.top1, 0);
});

Deno.test("accuracy() keeps no tensors and stops at a signal", async () => {
  const kept = tf.memory().numTensors;
  await accuracy(network, data, { ...NORMALISATION, batch: 16 });
  assertEquals(tf.memory().numTensors, kept);
  const controller = new AbortController();
  const done: number[] = [];
  await assertRejects(
    () =>
      accuracy(network, data, {
        ...NORMALISATION,
        batch: 16,
        signal: controller.signal,
        onProgress: (event) => {
          done.push(event.done);
          if (event.done === 32) controller.abort();
        },
      }),
    DOMException,
  );
  assertEquals(done, [16, 32]);
  assertEquals(tf.memory().numTensors, kept);
});
