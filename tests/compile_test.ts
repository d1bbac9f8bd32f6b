/**
 * compile(): the same numbers as eager code, gradients, variables, the cache, async calls.
 */

import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { compile, tf, useEngine } from "../lib/engine.ts";
import type { Backend } from "../lib/tensorflow/backend.ts";
import { onTape } from "../lib/tensorflow/tape.ts";

await useEngine();
const backend = tf.backend() as unknown as Backend;

/** Random numbers that are the same for each tensor of a shape, so that a second run sees them again. */
const random = <T extends tf.Tensor>(...shape: number[]): T =>
  tf.randomUniform(shape, -1, 1, "float32", shape.join("×")) as unknown as T;
const ints = (...values: number[]) => tf.tensor1d(values, "int32");

/** Tests that leak no tensors. */
function test(name: string, body: () => void | Promise<void>): void {
  Deno.test(name, async () => {
    const before = [tf.memory().numTensors, backend.binding.getNumOfTensors()];
    tf.engine().startScope();
    await body();
    tf.disposeVariables();
    tf.engine().endScope();
    assertEquals([tf.memory().numTensors, backend.binding.getNumOfTensors()], before);
  });
}

function assertClose(actual: tf.Tensor, expected: tf.Tensor, what: string): void {
  assertEquals([actual.dtype, actual.shape], [expected.dtype, expected.shape], what);
  const [a, b] = [actual.dataSync(), expected.dataSync()];
  for (let i = 0; i < a.length; i++) {
    const error = Math.abs(a[i] - b[i]);
    assert(!(error > 1e-5 * Math.max(1, Math.abs(b[i]))), `${what}: ${a[i]} for ${b[i]} at ${i}`);
  }
}

/** TensorFlow's fused batch normalisation with a gradient of its own, as networks here use it. */
function fusedBatchNorm(x: tf.Tensor, scale: tf.Tensor, offset: tf.Tensor): tf.Tensor[] {
  const attributes = (training: boolean) => [
    { name: "T", type: 4, value: 1 },
    { name: "U", type: 4, value: 1 },
    { name: "epsilon", type: 2, value: 1e-3 },
    { name: "is_training", type: 3, value: training },
  ];
  return onTape([x, scale, offset], (save) => {
    const none = tf.tensor1d([]);
    const inputs = [x, scale, offset, none, none];
    const results = backend.executeMultipleOutputs("FusedBatchNormV3", attributes(true), inputs, 6);
    save([x, scale, results[3], results[4], results[5]]);
    return results.slice(0, 3);
  }, ([dy], [x, scale, mean, variance, rest]) =>
    backend.executeMultipleOutputs(
      "FusedBatchNormGradV3",
      attributes(true),
      [dy, x, scale, mean, variance, rest],
      5,
    ).slice(0, 3));
}

const image = random<tf.Tensor4D>(2, 6, 6, 3);
const labels = tf.oneHot(ints(0, 2), 3);
// The values go to TensorFlow when they are first used.
tf.tidy(() => [image.neg(), labels.neg()]);

/** Ops of networks, as functions of one float tensor of shape [2, 6, 6, 3]. */
const OPS: Record<string, (x: tf.Tensor4D) => tf.Tensor> = {
  conv2d: (x) => tf.conv2d(x, random<tf.Tensor4D>(3, 3, 3, 4), 2, "same"),
  "conv2d of 1×1": (x) => tf.conv2d(x, random<tf.Tensor4D>(1, 1, 3, 4), 1, "valid"),
  depthwiseConv2d: (x) => tf.depthwiseConv2d(x, random<tf.Tensor4D>(3, 3, 3, 1), 1, "same"),
  conv2dTranspose: (x) =>
    tf.conv2dTranspose(x, random<tf.Tensor4D>(3, 3, 4, 3), [2, 12, 12, 4], 2, "same"),
  batchNorm: (x) =>
    tf.batchNorm(x, random(3), random<tf.Tensor1D>(3).square(), random(3), random(3)),
  FusedBatchNormV3: (x) => fusedBatchNorm(x, random(3), random(3))[0],
  moments: (x) => tf.moments(x, [0, 1, 2]).variance,
  matMul: (x) => tf.matMul(x.reshape([12, 18]), random(18, 5)),
  "matMul, transposed": (x) => tf.matMul(x.reshape([18, 12]), random(18, 5), true),
  "batched matMul": (x) => tf.matMul(x, random(2, 6, 3, 4)),
  "add and multiply": (x) => x.add(1).mul(x).sub(random(3)).div(2),
  "powers and roots": (x) => x.square().add(1).sqrt().add(x.abs().add(1).pow(1.5)).rsqrt(),
  "exp and log": (x) => x.exp().add(1).log().add(x.square().log1p()),
  sigmoid: (x) => tf.sigmoid(x),
  swish: (x) => x.mul(tf.sigmoid(x)),
  relu: (x) => tf.relu(x),
  relu6: (x) => tf.relu6(x.mul(10)),
  tanh: (x) => tf.tanh(x),
  softplus: (x) => tf.softplus(x),
  gelu: (x) => x.mul(tf.erf(x.div(Math.SQRT2)).add(1)).div(2),
  "mean of axes": (x) => tf.mean(x, [1, 2], true),
  "sum, max and min": (x) => x.sum(3).add(x.max(3)).add(x.min(3)),
  norm: (x) => x.norm(),
  softmax: (x) => tf.softmax(x),
  logSoftmax: (x) => tf.logSoftmax(x),
  logSumExp: (x) => tf.logSumExp(x, 3),
  "softmax cross-entropy": (x) =>
    tf.losses.softmaxCrossEntropy(labels, x.mean([1, 2]) as tf.Tensor2D),
  pad: (x) => tf.pad(x, [[0, 0], [1, 2], [0, 1], [0, 0]]),
  mirrorPad: (x) => tf.mirrorPad(x, [[0, 0], [1, 2], [0, 1], [0, 0]], "reflect"),
  avgPool: (x) => tf.avgPool(x, 2, 2, "same"),
  maxPool: (x) => tf.maxPool(x, 3, 2, "same"),
  "concat and split": (x) => {
    const [a, b] = tf.split(x, 2, 1);
    return tf.concat([b, a.mul(2)], 3);
  },
  slice: (x) => tf.slice(x, [0, 1, 2, 0], [2, 3, 2, 3]),
  transpose: (x) => tf.transpose(x, [0, 3, 1, 2]),
  "stack and unstack": (x) => tf.stack(tf.unstack(x, 1), 3),
  reverse: (x) => tf.reverse(x, 2),
  tile: (x) => tf.tile(x, [1, 2, 1, 1]),
  "reshape, squeeze, expandDims": (x) => x.reshape([2, 36, 3, 1]).squeeze([3]).expandDims(1),
  resizeBilinear: (x) => tf.image.resizeBilinear(x, [9, 4]),
  resizeNearestNeighbor: (x) => tf.image.resizeNearestNeighbor(x, [9, 4]),
  gather: (x) => tf.gather(x, ints(5, 0, 0), 1),
  "where and comparison": (x) => tf.where(random(2, 6, 6, 3).greater(0.1), x, x.mul(0.1)),
  "clipByValue, maximum, minimum": (x) => x.clipByValue(-0.5, 0.5).maximum(-0.2).minimum(0.3),
  cumsum: (x) => tf.cumsum(x, 3),
  dropout: (x) => tf.dropout(x, 0.5, undefined, 7),
  prelu: (x) => tf.prelu(x, random<tf.Tensor4D>(6, 6, 3)),
  elu: (x) => tf.elu(x),
  broadcastTo: (x) => tf.broadcastTo(x.mean(0, true), [4, 6, 6, 3]),
  unsortedSegmentSum: (x) => tf.unsortedSegmentSum(x.reshape([6, 36]), ints(0, 1, 0, 2, 2, 1), 3),
};

/** Ops without a gradient. */
const DISCRETE: Record<string, (x: tf.Tensor4D) => tf.Tensor> = {
  stridedSlice: (x) => tf.stridedSlice(x, [0, 1, 0, 0], [2, 6, 6, 3], [1, 2, 3, 1]),
  einsum: (x) => tf.einsum("nhwc,cd->nd", x, random(3, 4)),
  "gather at what was computed": (x) =>
    tf.gather(x, image.argMax(3).reshape([72]).cast("int32"), 1),
  cast: (x) => x.mul(10).cast("int32").cast("float32"),
  oneHot: (x) => tf.oneHot(x.argMax(3) as tf.Tensor1D, 3),
  argMax: (x) => tf.argMax(x, 3),
  topk: (x) => tf.topk(x, 2).indices,
  "topk's values": (x) => tf.topk(x, 2).values,
  equal: (x) => x.argMax(3).equal(x.argMin(3)),
  logicalAnd: (x) => x.greater(0).logicalAnd(x.less(0.5)),
  "floor, ceil, round, sign": (x) => x.floor().add(x.ceil()).add(x.round()).add(x.sign()),
  all: (x) => x.greater(-2).all().logicalOr(x.less(-2).any()),
  "fill and range": (x) => tf.range(0, 3).add(tf.fill([3], 2)).mul(x),
  fft: (x) => tf.real(tf.spectral.fft(tf.complex(x, x))),
};

for (const [name, op] of [...Object.entries(OPS), ...Object.entries(DISCRETE)]) {
  test(`compile() gives eager's numbers for ${name}`, () => {
    const compiled = compile(op);
    assertClose(compiled(image), op(image), name);
    compiled.dispose();
  });
}

for (const [name, op] of Object.entries(OPS)) {
  test(`compile() gives eager's gradients for ${name}`, () => {
    const gradient = tf.grad((x) => op(x as tf.Tensor4D).square().sum());
    const expected = gradient(image);
    const inside = compile(gradient);
    assertClose(inside(image), expected, "a gradient inside");
    inside.dispose();
    const compiled = compile(op);
    assertClose(
      tf.grad((x) => compiled(x as tf.Tensor4D).square().sum())(image),
      expected,
      "the gradient of a compiled function",
    );
    compiled.dispose();
  });
}

test("compile() takes and gives nested records and arrays", () => {
  const f = compile(({ a, list }: { a: tf.Tensor; list: [tf.Tensor, { b: tf.Tensor }] }) => ({
    sum: a.add(list[0]),
    rest: [list[1].b.neg(), { same: a }],
    plain: 5,
  }));
  const out = f({ a: tf.scalar(1), list: [tf.scalar(2), { b: tf.scalar(3) }] });
  const [b, { same }] = out.rest as [tf.Tensor, { same: tf.Tensor }];
  assertEquals([out.sum, b, same].map((t) => t.dataSync()[0]), [3, -3, 1]);
  assertEquals(out.plain, 5);
  f.dispose();
});

test("compile() traces once for each signature, plain values and structure among it", () => {
  const f = compile((x: tf.Tensor, power: number, flag?: boolean) => flag ? x : x.pow(power));
  assertEquals(f(tf.scalar(3), 2).dataSync()[0], 9);
  assertEquals(f(tf.scalar(4), 2).dataSync()[0], 16);
  assertEquals(f.traces, 1);
  assertEquals(f(tf.scalar(2), 3).dataSync()[0], 8);
  f(tf.tensor1d([1, 2]), 2);
  f(tf.scalar(2, "int32"), 2);
  f(tf.scalar(2), 2, true);
  assertEquals([f.traces, f.size], [5, 5]);
  f.dispose();
  assertEquals(f.size, 0);
});

test("compile() drops the signature used longest ago", () => {
  const f = compile((x: tf.Tensor) => x.add(1), { cacheSize: 2 });
  const [a, b, c] = [1, 2, 3].map((n) => tf.zeros([n]));
  for (const x of [a, b, a, c, a]) f(x);
  assertEquals([f.traces, f.size], [3, 2]);
  f(b);
  assertEquals(f.traces, 4);
  f.dispose();
});

test("compile() of a compiled function records its code", () => {
  const inner = compile((x: tf.Tensor) => x.square());
  const outer = compile((x: tf.Tensor) => inner(inner(x)));
  assertEquals(outer(tf.scalar(3)).dataSync()[0], 81);
  assertEquals(inner.traces, 0);
  outer.dispose();
});

test("compile() gives second-order gradients", () => {
  const cube = compile((x: tf.Tensor) => x.mul(x).mul(x));
  const second = (f: (x: tf.Tensor) => tf.Tensor) =>
    tf.grad((x) => tf.grad((x) => f(x).sum())(x).sum());
  const x = tf.tensor1d([1, 2, 3]);
  assertEquals([...second(cube)(x).dataSync()], [6, 12, 18]);
  assertEquals([...compile(second((x) => x.mul(x).mul(x)))(x).dataSync()], [6, 12, 18]);
  cube.dispose();
});

test("compile() gives gradients of variables that it reads", () => {
  const w = tf.variable(tf.tensor1d([2, 3]));
  const loss = compile((x: tf.Tensor) => w.mul(x).square().sum() as tf.Scalar);
  for (const value of [[2, 3], [5, 7]]) {
    w.assign(tf.tensor1d(value));
    const { value: at, grads } = tf.variableGrads(() => loss(tf.tensor1d([1, 2])));
    assertEquals(at.dataSync()[0], value[0] ** 2 + 4 * value[1] ** 2);
    assertEquals([...grads[w.name].dataSync()], [2 * value[0], 8 * value[1]]);
  }
  assertEquals(loss.traces, 1);
  loss.dispose();
});

test("compile() reads variables' values of each call, and other tensors' of the first", () => {
  const variable = tf.variable(tf.scalar(1));
  const constant = tf.scalar(10);
  const f = compile((x: tf.Tensor) => x.add(variable).add(constant));
  assertEquals(f(tf.scalar(0)).dataSync()[0], 11);
  variable.assign(tf.scalar(2));
  constant.dispose();
  assertEquals(f(tf.scalar(0)).dataSync()[0], 12);
  f.dispose();
});

test("compile() assigns variables in each call", () => {
  const count = tf.variable(tf.scalar(0));
  const f = compile((x: tf.Tensor) => {
    count.assign(count.add(x) as tf.Scalar);
    return count.mul(2);
  });
  assertEquals([1, 2, 3].map((x) => f(tf.scalar(x)).dataSync()[0]), [2, 6, 12]);
  assertEquals(count.dataSync()[0], 6);
  assertEquals(f.traces, 1);
  f.dispose();
});

const OPTIMIZERS: Record<string, () => tf.Optimizer> = {
  sgd: () => tf.train.sgd(0.1),
  momentum: () => tf.train.momentum(0.1, 0.9),
  adagrad: () => tf.train.adagrad(0.1),
  adadelta: () => tf.train.adadelta(0.1),
  adam: () => tf.train.adam(0.1),
  adamax: () => tf.train.adamax(0.1),
  rmsprop: () => tf.train.rmsprop(0.1),
};

for (const [name, make] of Object.entries(OPTIMIZERS)) {
  test(`compile() contains steps of tf.train.${name}`, () => {
    const weights = [false, true].map((compiled) => {
      const optimizer = make();
      const w = tf.variable(tf.tensor1d([1, -2]));
      const step = (x: tf.Tensor) =>
        optimizer.minimize(() => w.mul(x).sub(3).square().sum() as tf.Scalar, true, [w])!;
      const run = compiled ? compile(step) : step;
      for (let i = 0; i < 5; i++) run(tf.tensor1d([1, 2]));
      optimizer.dispose();
      // Upstream forgets this one.
      if (optimizer instanceof tf.MomentumOptimizer) {
        tf.dispose(Object.values(optimizer).filter((v) => v instanceof tf.Tensor));
      }
      return w;
    });
    assertClose(weights[1].clone(), weights[0].clone(), name);
  });
}

test("compile() keeps no tensors of a call", () => {
  const w = tf.variable(tf.scalar(1));
  const f = compile((x: tf.Tensor) => {
    w.assign(w.add(1) as tf.Scalar);
    return tf.grad((x) => x.mul(w).square().sum())(x);
  });
  const x = tf.ones([3]);
  f(x).dispose();
  const before = [tf.memory().numTensors, backend.binding.getNumOfTensors()];
  for (let i = 0; i < 20; i++) f(x).dispose();
  const gradient = tf.grad((x) => f(x).sum());
  for (let i = 0; i < 3; i++) gradient(x).dispose();
  assertEquals([tf.memory().numTensors, backend.binding.getNumOfTensors()], before);
  f.dispose();
});

test("compile() refuses what it cannot take", () => {
  const f = compile((x: unknown) => x as tf.Tensor);
  assertThrows(() => f(new Map()), TypeError, "Map");
  assertThrows(() => f(() => {}), TypeError, "function");
  assertThrows(() => compile(5 as never), TypeError, "number");
  assertThrows(() => compile(f, { cacheSize: 0 }), RangeError, "cacheSize");
});

test("compile() does not let a failed trace change anything", () => {
  const w = tf.variable(tf.scalar(5));
  const f = compile((x: tf.Tensor) => {
    w.assign(w.mul(2) as tf.Scalar);
    w.assign(x.sum() as tf.Scalar);
    return x.reshape([7]);
  });
  assertThrows(() => f(tf.ones([3])), Error, "Reshape");
  assertEquals(w.dataSync()[0], 5);
  assertEquals(f.size, 0);
  assertEquals(f(tf.ones([7])).shape, [7]);
  assertEquals(w.dataSync()[0], 7);
  f.dispose();
});

test("compile().async leaves the event loop free", async () => {
  const f = compile((x: tf.Tensor) => {
    let y = x;
    for (let i = 0; i < 40; i++) y = tf.matMul(y, x).mul(1e-3);
    return y;
  });
  const x = tf.ones([500, 500]);
  f(x);
  let ticks = 0;
  const timer = setInterval(() => ticks++, 1);
  const y = await f.async(x);
  clearInterval(timer);
  assert(ticks > 0, "no timer ran meanwhile");
  assertEquals(y.shape, [500, 500]);
  y.dispose();
  f.dispose();
});

test("compile().async keeps the order of calls that change variables", async () => {
  const list = tf.variable(tf.scalar(1));
  const step = compile((x: tf.Tensor) => {
    list.assign(list.mul(10).add(x) as tf.Scalar);
    return list.clone();
  });
  step(tf.scalar(1));
  const results = await Promise.all([2, 3, 4].map((x) => step.async(tf.scalar(x))));
  assertEquals(results.map((y) => y.dataSync()[0]), [112, 1123, 11234]);
  assertEquals(list.dataSync()[0], 11234);
  tf.dispose(results);
  step.dispose();
});

test("compile().async survives eviction and disposal while it runs", async () => {
  const f = compile((x: tf.Tensor) => tf.matMul(x, x).sum(), { cacheSize: 1 });
  const x = tf.ones([400, 400]);
  const running = f.async(x);
  x.dispose();
  f(tf.ones([2, 2]));
  f.dispose();
  const y = await running;
  assertEquals(y.dataSync()[0], 400 ** 3);
  y.dispose();
});

test("compile().async rejects with the op's error, and the next call works", async () => {
  const f = compile((x: tf.Tensor, at: tf.Tensor1D) =>
    tf.tensorScatterUpdate(x, at.reshape([1, 1]), tf.ones([1]))
  );
  const x = tf.zeros([3]);
  const says = "TensorScatterUpdate: indices[0] = [7] does not index";
  await assertRejects(() => f.async(x, ints(7)), Error, says);
  assertThrows(() => f(x, ints(7)), Error, says);
  const y = await f.async(x, ints(1));
  assertEquals([...y.dataSync()], [0, 1, 0]);
  await assertRejects(() => f.async(x.reshape([3, 1]), ints(7)), Error, "updates.shape");
  y.dispose();
  f.dispose();
});

test("compile() makes variables in its first call only", () => {
  let w: tf.Variable | undefined;
  const f = compile((x: tf.Tensor) => {
    w ??= tf.variable(tf.scalar(3));
    w.assign(w.add(1) as tf.Scalar);
    return w.mul(x);
  });
  assertEquals([1, 1, 1].map((x) => f(tf.scalar(x)).dataSync()[0]), [4, 5, 6]);
  assertEquals(f.traces, 2);
  f.dispose();
});

test("compile() works on whole numbers, booleans, texts and complex numbers", () => {
  const f = compile((i: tf.Tensor, b: tf.Tensor, s: tf.Tensor, c: tf.Tensor) => ({
    i: i.mul(2),
    b: b.logicalNot(),
    s: s.reshape([2, 1]),
    c: c.mul(c),
  }));
  const out = f(
    ints(1, 2),
    tf.tensor1d([true, false]),
    tf.tensor1d(["a", "é"]),
    tf.complex([1], [2]),
  );
  assertEquals([...out.i.dataSync()], [2, 4]);
  assertEquals([...out.b.dataSync()], [0, 1]);
  assertEquals(out.s.arraySync(), [["a"], ["é"]] as never);
  assertEquals([...out.c.dataSync()], [-3, 4]);
  f.dispose();
});
