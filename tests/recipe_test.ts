import { assert, assertAlmostEquals, assertEquals, assertRejects, assertThrows } from "@std/assert";
import fc from "fast-check";
import {
  buildNetwork,
  compile,
  cosine,
  createRandom,
  datasetFromArrays,
  type Network,
  parseArchitecture,
  readSafetensors,
  RECIPE_SECTION_4_1,
  RECIPE_SMALL,
  recipeOptions,
  RECIPES,
  rmsprop,
  sgd,
  tf,
  train,
  type TrainCheckpoint,
  type TrainOptions,
  useEngine,
  warmup,
  type Weights,
} from "../mod.ts";
import { nextLossScale } from "../lib/network/_loss_scale.ts";
import { objective } from "../lib/network/_objective.ts";
import { averageKeep, movingAverage } from "../lib/nn/average.ts";
import { clipByGlobalNorm } from "../lib/nn/clipping.ts";
import { dropBranch, dropFeatures, dropSeed } from "../lib/nn/dropping.ts";
import { mbconv } from "../lib/nn/mbconv.ts";
import { networkModules, wholeNetwork } from "../lib/nn/network.ts";
import { unpack } from "../lib/nn/layout.ts";
import { smallImages } from "./_supernet.ts";
import { difference, noise } from "./_tensors.ts";

await useEngine();

// What PyTorch and timm compute: see tests/fixtures/make_training_fixture.py.
const RECIPE = JSON.parse(
  await Deno.readTextFile(new URL("./fixtures/recipe.json", import.meta.url)),
);
const { tensors: TRAINING, metadata } = await readSafetensors(
  new URL("./fixtures/training.safetensors", import.meta.url).pathname,
);

/** The fixture's weights whose names begin so. */
function weights(prefix: string): Weights {
  return Object.fromEntries(
    Object.entries(TRAINING).filter(([name]) => name.startsWith(prefix))
      .map(([name, tensor]) => [name.slice(prefix.length), tensor]),
  ) as never;
}

const START = buildNetwork(parseArchitecture(metadata.architecture), {
  classes: 4,
  resolution: 12,
  weights: weights("first."),
});

/** The sixteen images of the fixture, a whole batch, so that their order does not matter. */
const SIXTEEN = (() => {
  const images = TRAINING.pixels.data as Uint8Array;
  const part = { images, labels: Array.from(TRAINING.labels.data as Int32Array) };
  const { splits } = datasetFromArrays({
    classes: ["a", "b", "c", "d"],
    height: 12,
    width: 12,
    train: part,
    validation: part,
    test: part,
  });
  return { data: splits.train, mean: [0.4], std: [0.3], batch: 16, epochs: 5, seed: 1 };
})();

const SYMMETRIC = buildNetwork(parseArchitecture(metadata.architecture), {
  classes: 4,
  resolution: 12,
  weights: weights("first."),
  padding: "symmetric",
  epsilon: 1e-5,
});

const WALKS: [
  name: string,
  start: Network,
  options: Pick<TrainOptions, "rate"> & Partial<TrainOptions>,
][] = [
  ["plain", START, { rate: 0.05 }],
  ["symmetric", SYMMETRIC, { rate: 0.05 }],
  ["recipe", START, {
    rate: 0.01,
    optimizer: rmsprop(),
    weightDecay: 0.01,
    labelSmoothing: 0.1,
    clipNorm: 0.5,
  }],
];

for (const [name, start, options] of WALKS) {
  Deno.test(`train() takes PyTorch's five steps, ${name}: losses, weights, statistics, averages to 1e-4`, async () => {
    const losses: number[] = [];
    for (const [part, averageDecay] of [["last", 0], ["average", 0.9]] as const) {
      const { network, epochs } = await train(start, { ...SIXTEEN, ...options, averageDecay });
      losses.splice(0, losses.length, ...epochs.map(({ loss }) => loss));
      const wanted = weights(`${name}.${part}.`);
      for (const [key, { data }] of Object.entries(network.toWeights())) {
        const found = difference(data, wanted[key].data);
        // Biases that a normalisation takes away again have gradients of rounding alone.
        const close = data.every((value, i) => Math.abs(value - wanted[key].data[i]) < 1e-6);
        assert(close || found < 1e-4, `${part} ${key}: ${found}`);
      }
      network.dispose();
    }
    const reference = TRAINING[`${name}.losses`].data as Float32Array;
    losses.forEach((loss, i) => assertAlmostEquals(loss, reference[i], 1e-4));
  });
}

const LOSSES: [name: string, mixes: boolean, smoothing: number, distil?: [number, number]][] = [
  ["smoothing", false, 0.1],
  ["mixup", true, 0],
  ["mixup and smoothing", true, 0.1],
  ["teacher", false, 0, [0.7, 4]],
  ["all", true, 0.1, [0.4, 2]],
];

for (const [name, mixes, labelSmoothing, given] of LOSSES) {
  Deno.test(`the loss and its gradient are PyTorch's and timm's: ${name}`, () => {
    const labels = tf.tensor1d(RECIPE.first, "int32");
    const mix = { labels: tf.tensor1d(RECIPE.second, "int32"), share: tf.tensor1d(RECIPE.share) };
    const distil = given && { share: given[0], temperature: given[1] };
    const loss = (logits: tf.Tensor) =>
      objective(
        logits,
        { labels, ...(mixes && { mix }), ...(distil && { teacher: tf.tensor2d(RECIPE.teacher) }) },
        { classes: 5, labelSmoothing, distil },
      ).loss as tf.Scalar;
    const { value, grad } = tf.valueAndGrad(loss)(tf.tensor2d(RECIPE.logits));
    const wanted = RECIPE.losses[name];
    assertAlmostEquals(value.dataSync()[0], wanted.loss, 1e-5);
    assert(difference(grad, tf.tensor2d(wanted.gradient)) < 1e-5);
  });
}

Deno.test("clipByGlobalNorm() gives what PyTorch's clip_grad_norm_ gives", () => {
  for (const { before, after } of RECIPE.clipped) {
    const found = clipByGlobalNorm(tf.tensor1d(before), RECIPE.clipNorm);
    assert(difference(found, tf.tensor1d(after)) < 1e-6);
  }
  assertEquals([...clipByGlobalNorm(tf.zeros([3]), 1).dataSync()], [0, 0, 0]);
});

Deno.test("movingAverage() gives what timm's ModelEmaV2 and ModelEmaV3 give over 20 steps", () => {
  for (const name of ["v2", "v3"]) {
    const [first, ...values] = RECIPE.averages.values;
    let average = tf.tensor1d(first);
    values.forEach((now: number[], i: number) => {
      const keep = tf.scalar(averageKeep(i, 0.8, false));
      average = movingAverage(average, tf.tensor1d(now), keep);
      assert(difference(average, tf.tensor1d(RECIPE.averages[name][i])) < 1e-5);
    });
  }
});

Deno.test("averageKeep() begins as TensorFlow's averages with the number of updates, and ends at the decay", () => {
  assertEquals(averageKeep(0, 0.9999, true), 0.1);
  assertEquals(averageKeep(10, 0.9999, true), 11 / 20);
  assertEquals(averageKeep(10_000_000, 0.9999, true), 0.9999);
  assertEquals(averageKeep(0, 0.9999, false), 0.9999);
});

/** What a step leaves out. */
function dropping(step: number, dropout: number, stochasticDepth: number) {
  const seed = tf.tensor1d(dropSeed(createRandom(7, "drop", step)), "int32");
  return { seed, dropout, stochasticDepth };
}

Deno.test("dropFeatures() leaves out the share it is told, scales what stays, and passes gradients there alone", () => {
  const x = noise([64, 500], 1).add(3);
  const kept = dropFeatures(x, dropping(0, 0.2, 0)).div(x).dataSync<"float32">();
  const zeros = kept.filter((factor) => factor === 0).length / kept.length;
  // Six standard deviations of 32,000 draws.
  assertAlmostEquals(zeros, 0.2, 0.0135);
  assert(kept.every((factor) => factor === 0 || Math.abs(factor - 1.25) < 1e-6));
  const gradient = tf.grad((x: tf.Tensor) => dropFeatures(x, dropping(0, 0.2, 0)).sum())(x);
  gradient.dataSync().forEach((value, i) => assertAlmostEquals(value, kept[i], 1e-5));
  assertEquals(dropFeatures(x, dropping(0, 0, 0.5)), x);
});

Deno.test("dropBranch() leaves whole images out, more often the later the layer, none at the first", () => {
  const x = noise([4000, 2, 2, 3], 1).add(3);
  for (const index of [0, 1, 5, 9]) {
    const y = dropBranch(x, dropping(1, 0, 0.4), { index, count: 10 });
    const factors = y.div(x).reshape([4000, -1]).arraySync() as number[][];
    const rate = 0.4 * index / 10;
    for (const row of factors) {
      const whole = row.every((factor) => Math.abs(factor - row[0]) < 1e-5);
      assert(whole && (row[0] === 0 || Math.abs(row[0] - 1 / (1 - rate)) < 1e-5));
    }
    const share = factors.filter(([factor]) => factor === 0).length / 4000;
    assertAlmostEquals(share, rate, 6 * Math.sqrt(rate * (1 - rate) / 4000) + 1e-9);
  }
});

Deno.test("what is left out follows from the step alone, compiled or not, and differs between steps and layers", () => {
  const x = tf.ones([256, 1, 1, 1]);
  const run = (step: number, index: number) =>
    dropBranch(x, dropping(step, 0, 0.5), { index, count: 10 }).greater(0).dataSync().join();
  assertEquals(run(3, 8), run(3, 8));
  assert(run(3, 8) !== run(4, 8));
  // Equal rates, other layers.
  const compiled = compile((seed: tf.Tensor1D) => {
    const what = { seed, dropout: 0, stochasticDepth: 0.5 };
    return [8, 9].map((index) => dropBranch(x, what, { index, count: 2 * index }).greater(0));
  });
  const [a, b] = compiled(dropping(3, 0, 0.5).seed).map((mask) => mask.dataSync().join());
  assert(a !== b);
  assertEquals(
    a,
    dropBranch(x, dropping(3, 0, 0.5), { index: 8, count: 16 }).greater(0).dataSync().join(),
  );
  compiled.dispose();
});

Deno.test("stochastic depth touches residual layers alone", () => {
  const what = dropping(0, 0, 0.9);
  const pass = () => ({ training: true, statistics: {}, dropping: what });
  for (const stride of [1, 2] as const) {
    const layer = { type: "ir", kernel: 3, stride, expansion: 2, width: 8, se: 0 } as const;
    const at = (position?: { index: number; count: number }) => {
      const module = mbconv("", layer, 8, "swish", { position });
      const named = unpack(
        noise([module.weights.reduce(size, 0)], 2) as tf.Tensor1D,
        module.weights,
      );
      return module.apply(named, noise([64, 4, 4, 8], 3), pass()).dataSync();
    };
    assertEquals(at({ index: 0, count: 4 }), at());
    const last = at({ index: 3, count: 4 });
    assertEquals(last.join() === at().join(), stride === 2, `stride ${stride}`);
  }
});

Deno.test("stochastic depth counts the layers of the whole network, as timm's: rate · index / count", () => {
  const text = "stem_i1_s1_c8 | ds_r1_k3_s1_c8 | ir_r2_k1_s1_e2_c8 | head_c16";
  const [, block] = networkModules(parseArchitecture(text), 3).blocks;
  const values = noise([block.weights.reduce(size, 0)], 4) as tf.Tensor1D;
  const x = noise([3000, 2, 2, 8], 5);
  for (const [layer, other] of [[1, 0], [0, 1]]) {
    // The other layer's branch gives nothing: what stays as it came was left out by this one.
    const named = unpack(values, block.weights);
    for (const part of ["weight", "bias"]) named[`blocks.1.${other}.bn3.${part}`] = tf.zeros([8]);
    const pass = { training: true, statistics: {}, dropping: dropping(0, 0, 0.9) };
    const change = block.apply(named, x, pass).sub(x).abs().sum([1, 2, 3]);
    const left = change.equal(0).mean().dataSync()[0];
    const rate = 0.9 * (1 + layer) / 3;
    assertAlmostEquals(left, rate, 6 * Math.sqrt(rate * (1 - rate) / 3000));
  }
});

function size(sum: number, { shape }: { shape: number[] }): number {
  return sum + shape.reduce((a, b) => a * b, 1);
}

Deno.test("the gradient of a network with parts left out is that of the sampled network", () => {
  const module = wholeNetwork(networkModules(
    parseArchitecture(
      "stem_i1_s1_c8 | ir_r3_k3_s1_e2_c8_se0.25 | head_c16",
    ),
    3,
  ));
  const named = unpack(noise([module.weights.reduce(size, 0)], 4) as tf.Tensor1D, module.weights);
  const x = noise([4, 6, 6, 1], 5);
  const what = dropping(2, 0.3, 0.6);
  const name = "classifier.weight";
  const loss = (kernel: tf.Tensor) =>
    module.apply({ ...named, [name]: kernel }, x, {
      training: true,
      statistics: {},
      dropping: what,
    }).square().sum();
  const gradient = tf.grad(loss)(named[name]);
  // The loss is quadratic in this kernel: central differences are exact but for rounding.
  const direction = noise(named[name].shape, 6);
  const step = direction.mul(0.01);
  const slope = loss(named[name].add(step)).sub(loss(named[name].sub(step))).div(0.02);
  assert(difference(gradient.mul(direction).sum().reshape([1]), slope.reshape([1])) < 1e-2);
});

Deno.test("nextLossScale() halves at once, doubles after 2,000 finite steps, and counts what was skipped", () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { maxLength: 30 }), (walk) => {
      let scale = { factor: 2 ** 15, finite: 0, skipped: 0 };
      for (const ok of walk) scale = nextLossScale(scale, ok);
      const bad = walk.filter((ok) => !ok).length;
      assertEquals(scale.skipped, bad);
      assertEquals(scale.factor, Math.max(1, 2 ** (15 - bad)));
    }),
  );
  let scale = { factor: 8, finite: 0, skipped: 0 };
  for (let i = 0; i < 1999; i++) scale = nextLossScale(scale, true);
  assertEquals(scale.factor, 8);
  assertEquals(nextLossScale(scale, true), { factor: 16, finite: 0, skipped: 0 });
});

const IMAGES = smallImages(64);
const SMALL = buildNetwork(
  parseArchitecture("stem_i1_c8 | ir_r3_k3_s1_e2_c8_se0.25 | head_c16"),
  { classes: 4, resolution: 12 },
);
const TEACHER = buildNetwork(parseArchitecture("stem_i1_c8 | ds_r1_k3_s1_c8 | head_c16"), {
  classes: 4,
  resolution: 12,
  random: createRandom(9),
});

/** Everything that a recipe can ask for. */
const ALL: TrainOptions = {
  data: IMAGES,
  mean: [0.5],
  std: [0.25],
  epochs: 2,
  batch: 32,
  accumulate: 2,
  rate: warmup(0.02, 2),
  optimizer: rmsprop(),
  weightDecay: 1e-4,
  labelSmoothing: 0.1,
  dropout: 0.2,
  stochasticDepth: 0.3,
  clipNorm: 0.1,
  distil: { teacher: TEACHER, share: 0.3, temperature: 2 },
  lossScale: 2 ** 10,
  averageDecay: 0.9,
  averageWarmup: true,
  augment: { flip: true, shift: 1 },
  seed: 3,
};

Deno.test("train() with everything on goes on from each step to the same bits, and keeps no tensors", async () => {
  const kept = tf.memory().numTensors;
  const numbers: number[] = [];
  const saved: TrainCheckpoint[] = [];
  const whole = await train(SMALL, {
    ...ALL,
    checkpointSeconds: 0,
    onCheckpoint: (checkpoint) => void saved.push(structuredClone(checkpoint)),
    onProgress: () => numbers.push(tf.memory().numTensors),
  });
  assertEquals(saved.map(({ step }) => step), [0, 1, 2, 3]);
  assertEquals(new Set(numbers).size, 1);
  for (const checkpoint of saved) {
    const rest = await train(SMALL, { ...ALL, checkpoint });
    assertEquals(rest.network.toWeights(), whole.network.toWeights());
    assertEquals(rest.epochs, whole.epochs.slice(-rest.epochs.length));
    rest.network.dispose();
  }
  whole.network.dispose();
  assertEquals(tf.memory().numTensors, kept);
});

Deno.test("train() without a feature gives other weights than with it", async () => {
  const digest = async (options: Partial<TrainOptions>) => {
    const { network } = await train(SMALL, { ...ALL, epochs: 1, ...options });
    const text = network.weights.dataSync().join();
    network.dispose();
    return text;
  };
  const all = await digest({});
  assertEquals(await digest({}), all);
  const OFF: Partial<TrainOptions>[] = [
    { accumulate: 1 },
    { weightDecay: 0 },
    { labelSmoothing: 0 },
    { dropout: 0 },
    { stochasticDepth: 0 },
    { clipNorm: undefined },
    { distil: undefined },
    { averageDecay: 0 },
    { seed: 4 },
  ];
  for (const off of OFF) assert(await digest(off) !== all, Object.keys(off)[0]);
});

Deno.test("train() in parts takes the mean of the parts' gradients", async () => {
  // Of one image many times each part's statistics are the whole's.
  const images = new Uint8Array(16 * 144);
  for (let i = 0; i < 16; i++) images.set(IMAGES.images.subarray(0, 144), i * 144);
  const part = { images, labels: new Array(16).fill(0) };
  const { splits } = datasetFromArrays({
    classes: ["a", "b", "c", "d"],
    height: 12,
    width: 12,
    train: part,
    validation: part,
    test: part,
  });
  const options = { data: splits.train, mean: [0.5], std: [0.25], epochs: 3, rate: 0.1, seed: 1 };
  const [one, four] = await Promise.all([1, 4].map(async (accumulate) => {
    const { network, epochs } = await train(SMALL, { ...options, batch: 16, accumulate });
    return { weights: network.weights, epochs };
  }));
  assert(difference(one.weights, four.weights) < 1e-4);
  one.epochs.forEach(({ loss, accuracy }, i) => {
    assertAlmostEquals(loss, four.epochs[i].loss, 1e-4);
    assertEquals(accuracy, four.epochs[i].accuracy);
  });
});

Deno.test("train() with a loss scale gives the same weights but for rounding, and skips what overflows", async () => {
  const options = { ...ALL, lossScale: undefined, epochs: 1, averageDecay: 0 };
  const plain = await train(SMALL, options);
  const scaled = await train(SMALL, { ...options, lossScale: 2 ** 10 });
  assert(difference(plain.network.weights, scaled.network.weights) < 1e-4);
  let last: TrainCheckpoint | undefined;
  const before = SMALL.weights.dataSync().slice();
  // Beyond float32's range: steps move nothing, and the factor falls.
  const { network } = await train(SMALL, {
    ...options,
    lossScale: 2 ** 1000,
    checkpointSeconds: 0,
    onCheckpoint: (checkpoint) => void (last = checkpoint),
  });
  assertEquals(last!.lossScale, { factor: 2 ** 999, finite: 0, skipped: 1 });
  assertEquals(last!.weights, before as Float32Array<ArrayBuffer>);
  assertEquals(network.weights.dataSync(), before);
});

Deno.test("train() refuses numbers out of range, in one sentence each", async () => {
  const WRONG: [Partial<TrainOptions>, string][] = [
    [{ epochs: 0 }, "epochs is 0"],
    [{ batch: 1.5 }, "batch is 1.5"],
    [{ batch: 65 }, "64 images"],
    [{ accumulate: 0 }, "accumulate is 0"],
    [{ accumulate: 5 }, "does not divide into 5"],
    [{ dropout: 1 }, "dropout is 1"],
    [{ stochasticDepth: -0.1 }, "stochasticDepth is -0.1"],
    [{ labelSmoothing: NaN }, "labelSmoothing is NaN"],
    [{ averageDecay: 1 }, "averageDecay is 1"],
    [{ weightDecay: -1 }, "weightDecay is -1"],
    [{ clipNorm: 0 }, "clipNorm is 0"],
    [{ lossScale: 0.5 }, "lossScale is 0.5"],
    [{ distil: { teacher: TEACHER, share: 2 } }, "share is 2"],
    [{ distil: { teacher: TEACHER, share: 0.5, temperature: 0 } }, "temperature is 0"],
    [{ distil: { teacher: { ...TEACHER, classes: 9 }, share: 0.5 } }, "9 classes"],
  ];
  for (const [options, message] of WRONG) {
    await assertRejects(() => train(SMALL, { ...ALL, ...options }), RangeError, message);
  }
  assertThrows(() => warmup(0.1, -1), RangeError);
});

Deno.test("useEngine() changes its precision no more once it has started", async () => {
  assertEquals((await useEngine({ mixedPrecision: false })).mixedPrecision, undefined);
  await assertRejects(() => useEngine({ mixedPrecision: true }), RangeError, "without it");
});

Deno.test("recipeOptions() turns epochs into steps and scales the rate with the batch", () => {
  const images = 1_281_167;
  for (const [batch, steps] of [[4096, 312], [256, 5004]]) {
    const { rate } = recipeOptions({ ...RECIPE_SECTION_4_1, batch }, images);
    const highest = 0.256 * batch / 4096;
    assertEquals(rate(0), 0);
    assertAlmostEquals(rate(2.5 * steps), highest / 2, 1e-12);
    for (const epoch of [6, 100.1, 349.9]) {
      const wanted = highest * 0.97 ** Math.floor(Math.floor(epoch * steps) / (2.4 * steps));
      assertAlmostEquals(rate(Math.floor(epoch * steps)), wanted, 1e-12);
    }
  }
  // What preset fashion does: half a cosine after a rise over a tenth of all steps.
  const { rate, optimizer } = recipeOptions({ ...RECIPE_SMALL, epochs: 3 }, 1280);
  const wanted = cosine(0.2, { steps: 30, warmup: 3 });
  for (let step = 0; step < 30; step++) assertEquals(rate(step), wanted(step));
  assertEquals(optimizer!.description, sgd().description);
  const constant = recipeOptions({ ...RECIPE_SMALL, schedule: { name: "constant" } }, 12_800).rate;
  assertEquals([constant(5), constant(10), constant(99)], [0.1, 0.2, 0.2]);
  assertThrows(() => recipeOptions(RECIPE_SMALL, 127), RangeError, "127 images");
});

Deno.test("RECIPE_SECTION_4_1 is the paper's and EfficientNet's, and plain data", () => {
  assertEquals(JSON.parse(JSON.stringify(RECIPES)), RECIPES);
  const { optimizer, augment, warmup: _, schedule: __, averageWarmup: ___, ...numbers } =
    RECIPE_SECTION_4_1;
  assertEquals(numbers, {
    epochs: 350,
    batch: 4096,
    rate: 0.256,
    rateBatch: 4096,
    weightDecay: 1e-5,
    labelSmoothing: 0.1,
    dropout: 0.2,
    stochasticDepth: 0.2,
    averageDecay: 0.9999,
  });
  const described = recipeOptions(RECIPE_SECTION_4_1, 5000).optimizer!.description;
  assertEquals(described, { ...optimizer });
  assertEquals(augment.autoAugment, true);
});

Deno.test("every recipe trains a small network, and learns", async () => {
  for (const [name, recipe] of Object.entries(RECIPES)) {
    const short = { ...recipe, epochs: 4, batch: 16, warmup: { epochs: 1 }, rate: 0.02 * 16 };
    const options = recipeOptions({ ...short, rateBatch: 16, augment: {} }, IMAGES.count);
    const { network, epochs } = await train(SMALL, {
      ...options,
      data: IMAGES,
      mean: [0.5],
      std: [0.25],
      seed: 1,
    });
    network.dispose();
    assert(epochs[3].loss < epochs[0].loss, name);
  }
});
