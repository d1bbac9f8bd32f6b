import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import fc from "fast-check";
import { compile, createRandom, sgd, tf, useEngine } from "../mod.ts";
import {
  decayMask,
  initialise,
  pack,
  type Slot,
  type SlotKind,
  slotsSize,
  unpack,
} from "../lib/nn/layout.ts";
import { applyModule, learn, newLearnerState, stepScalars } from "../lib/nn/learner.ts";
import { mbconv } from "../lib/nn/mbconv.ts";
import { type Module, sequence } from "../lib/nn/module.ts";
import { TENSORFLOW_CONVENTION } from "../lib/nn/convention.ts";
import { activate, normalisedConvolution, swish } from "../lib/nn/ops.ts";
import { classifierModule, headModule, stemModule } from "../lib/nn/stem_and_head.ts";
import { layerChannels, type LayerSpec } from "../mod.ts";
import { difference, noise } from "./_tensors.ts";

await useEngine();

Deno.test("swish() has the value and the gradient of x · sigmoid(x)", () => {
  const x = noise([2, 3, 3, 4], 1).mul(3);
  const dy = noise([2, 3, 3, 4], 2);
  const plain = (x: tf.Tensor) => x.mul(tf.sigmoid(x));
  assert(difference(swish(x), plain(x)) < 1e-6);
  assert(difference(tf.grad(swish)(x, dy), tf.grad(plain)(x, dy)) < 1e-5);
});

Deno.test("activate() knows swish, relu and relu6", () => {
  const x = tf.tensor1d([-1, 0.5, 7]);
  assertEquals([...activate(x, "relu").dataSync()], [0, 0.5, 7]);
  assertEquals([...activate(x, "relu6").dataSync()], [0, 0.5, 6]);
  assertEquals(activate(x, "swish").dataSync(), swish(x).dataSync());
});

for (const depthwise of [false, true]) {
  const kind = depthwise ? "depthwise" : "dense";
  for (const training of [true, false]) {
    const title = `normalisedConvolution() equals its parts, ${kind}, ` +
      (training ? "in training" : "in inference");
    Deno.test(`${title}: value, statistics and gradients`, () => {
      const out = depthwise ? 4 : 6;
      const x = noise([3, 7, 8, 4], 1);
      const kernel = noise([3, 3, 4, depthwise ? 1 : out], 2);
      const scale = noise([out], 3);
      const offset = noise([out], 4);
      const running = [noise([out], 5), noise([out], 6).square().add(0.5)];
      const convolve = (x: tf.Tensor4D, kernel: tf.Tensor4D) =>
        depthwise ? tf.depthwiseConv2d(x, kernel, 2, "same") : tf.conv2d(x, kernel, 2, "same");
      let moments: tf.Tensor[] = [];
      const plain = (...[x, kernel, scale, offset]: tf.Tensor[]) => {
        const y = convolve(x as tf.Tensor4D, kernel as tf.Tensor4D);
        const { mean, variance } = tf.moments(y, [0, 1, 2]);
        const [m, v] = training ? [mean, variance] : running;
        const samples = y.size / out;
        moments = [tf.keep(mean), tf.keep(variance.mul(samples / (samples - 1)))];
        return y.sub(m).mul(v.add(TENSORFLOW_CONVENTION.epsilon).rsqrt()).mul(scale).add(offset);
      };
      const statistics: Record<string, tf.Tensor> = {};
      const ours = (...[x, kernel, scale, offset]: tf.Tensor[]) => {
        const named = {
          "c.weight": kernel,
          "n.weight": scale,
          "n.bias": offset,
          "n.running_mean": running[0],
          "n.running_var": running[1],
        };
        const part = { convolution: "c", norm: "n", stride: 2, depthwise };
        const pass = { training, statistics: {} as Record<string, tf.Tensor> };
        const y = normalisedConvolution(named, part, x, pass);
        for (const [name, value] of Object.entries(pass.statistics)) {
          statistics[name] = tf.keep(value);
        }
        return y;
      };
      const inputs = [x, kernel, scale, offset];
      assert(difference(ours(...inputs), plain(...inputs)) < 1e-5);
      const dy = noise([3, 4, 4, out], 7);
      const [a, b] = [ours, plain].map((fn) => tf.grads(fn)(inputs, dy));
      a.forEach((gradient, i) => assert(difference(gradient, b[i]) < 1e-4, `input ${i}`));
      if (!training) return assertEquals(statistics, {});
      assert(difference(statistics["n.running_mean"], moments[0]) < 1e-5);
      assert(difference(statistics["n.running_var"], moments[1]) < 1e-5);
    });
  }
}

const layers: fc.Arbitrary<LayerSpec> = fc.record({
  type: fc.constantFrom("ds" as const, "ir" as const),
  kernel: fc.constantFrom(1, 3, 5, 7),
  stride: fc.constantFrom(1 as const, 2 as const),
  expansion: fc.constantFrom(1, 2, 3, 2.5),
  width: fc.constantFrom(8, 16),
  se: fc.constantFrom(0, 0.25),
  activation: fc.constantFrom(undefined, "relu" as const, "relu6" as const),
  skip: fc.constantFrom(undefined, false),
});

Deno.test("mbconv() gives ⌈size / stride⌉ pixels of its width, and adds its input where it says", () => {
  fc.assert(
    fc.property(
      layers,
      fc.constantFrom(8, 16),
      fc.integer({ min: 1, max: 9 }),
      (spec, input, size) => {
        const layer = spec.type === "ds" ? { ...spec, expansion: 1 } : spec;
        const module = mbconv("a.", layer, input, "swish");
        const { weights, statistics } = newLearnerState(module, sgd(), createRandom(1));
        const x = noise([2, size, size, input], 1);
        const y = applyModule(module, weights, statistics, x, false).y;
        const side = Math.ceil(size / layer.stride);
        assertEquals(y.shape, [2, side, side, layer.width]);
        assertEquals(module.width, layer.width);
        // With a last normalisation of scale 0 nothing is left but the input, where it is added.
        const named = unpack(weights, module.weights);
        const last = `a.${layer.type === "ir" ? "bn3" : "bn2"}.weight`;
        named[last] = tf.zeros([layer.width]);
        const rest = applyModule(module, pack(named, module.weights), statistics, x, false).y;
        const { skip } = layerChannels(layer, input);
        assertEquals(rest.dataSync(), (skip ? x : tf.zeros(y.shape)).dataSync());
      },
    ),
    { numRuns: 40 },
  );
});

/** A small network of all kinds of parts. */
function parts(): Module {
  return sequence([
    stemModule({ channels: 1, width: 8, stride: 2 }, "swish"),
    mbconv(
      "blocks.0.0.",
      { type: "ir", kernel: 3, stride: 1, expansion: 2, width: 8, se: 0.25 },
      8,
      "swish",
    ),
    headModule(8, 12, "swish"),
    classifierModule(12, 3),
  ]);
}

Deno.test("sequence() has the weights of its parts in their order, each name once", () => {
  const module = parts();
  const names = [...module.weights, ...module.statistics].map(({ name }) => name);
  assertEquals(new Set(names).size, names.length);
  assertEquals(names.slice(0, 2), ["conv_stem.weight", "bn1.weight"]);
  assertEquals(module.width, 3);
});

Deno.test("learn() moves weights against the gradient, with weight decay of kernels alone", () => {
  const module = parts();
  const optimizer = sgd({ momentum: 0, nesterov: false });
  const state = newLearnerState(module, optimizer, createRandom(1));
  // Away from the first values, where biases are 0 and would not show a decay.
  state.weights = state.weights.add(0.1);
  const x = noise([4, 8, 8, 1], 1);
  const dy = noise([4, 3], 2);
  const mask = decayMask(module.weights);
  const decay = tf.tensor1d(mask.map((part) => 0.01 * part));
  const objective = (y: tf.Tensor) => ({ loss: y.mul(dy).sum(), size: y.abs().sum() });
  const scalars = stepScalars(optimizer, 0.1, 1);
  const options = { decay, inputGradient: true };
  const result = learn(module, optimizer, state, x, scalars, objective, options);
  const loss = (weights: tf.Tensor, x: tf.Tensor) =>
    applyModule(module, weights as tf.Tensor1D, state.statistics, x, true).y.mul(dy).sum();
  const [gradient, dx] = tf.grads(loss)([state.weights, x]);
  const wanted = state.weights.sub(gradient.add(state.weights.mul(decay)).mul(0.1));
  assert(difference(result.state.weights, wanted) < 1e-5);
  assert(difference(result.dx!, dx) < 1e-4);
  assertAlmostEquals(
    result.values.loss.dataSync()[0],
    loss(state.weights, x).dataSync<"float32">()[0],
    1e-4,
  );
  // The first step keeps a tenth of the running statistics.
  const { y, statistics } = applyModule(module, state.weights, state.statistics, x, true);
  assertAlmostEquals(result.values.size.dataSync()[0], y.abs().sum().dataSync()[0], 1e-4);
  const running = state.statistics.mul(0.1).add(statistics.mul(0.9));
  assert(difference(result.state.statistics, running) < 1e-5);
});

Deno.test("learn() gives the same when compiled, and keeps no tensors", () => {
  const module = parts();
  const optimizer = sgd();
  const state = newLearnerState(module, optimizer, createRandom(1));
  const x = noise([4, 8, 8, 1], 1);
  const scalars = stepScalars(optimizer, 0.1, 1);
  const step = (given: typeof state, x: tf.Tensor, scalars: tf.Tensor1D) =>
    learn(module, optimizer, given, x, scalars, (y) => ({ loss: y.square().mean() })).state;
  const compiled = compile(step);
  const eager = tf.tidy(() => step(state, x, scalars) as never) as unknown as typeof state;
  const traced = compiled(state, x, scalars);
  assert(difference(traced.weights, eager.weights) < 1e-5);
  assert(difference(traced.statistics, eager.statistics) < 1e-5);
  const before = tf.memory().numTensors;
  tf.dispose(compiled(state, x, scalars) as never);
  assertEquals(tf.memory().numTensors, before);
  compiled.dispose();
});

Deno.test("stepScalars() lets first batches weigh more in running statistics, at last 1 in 100", () => {
  const momentum = (step: number) => stepScalars(sgd(), 0.1, step).dataSync()[1];
  assertAlmostEquals(momentum(1), 0.1, 1e-6);
  assertAlmostEquals(momentum(9), 0.5, 1e-6);
  assertAlmostEquals(momentum(10_000), 0.99, 1e-6);
});

const kinds: fc.Arbitrary<SlotKind> = fc.constantFrom(
  "convolution",
  "depthwise",
  "dense",
  "zeros",
  "ones",
);

const slots: fc.Arbitrary<Slot[]> = fc.uniqueArray(
  fc.tuple(
    fc.string({ minLength: 1 }),
    fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 4, maxLength: 4 }),
    kinds,
  ),
  { selector: ([name]) => name, maxLength: 5 },
).map((list) =>
  list.filter(([name]) => name !== "__proto__").map(([name, shape, kind]) => ({
    name,
    shape: kind === "dense" ? shape.slice(0, 2) : shape,
    kind,
  }))
);

Deno.test("unpack() and pack() are each other's inverse, for any number of weights", () => {
  fc.assert(
    fc.property(slots, (slots) => {
      const values = Float32Array.from({ length: slotsSize(slots) }, (_, i) => i);
      const named = unpack(tf.tensor1d(values), slots);
      for (const { name, shape } of slots) assertEquals(named[name].shape, shape);
      assertEquals(pack(named, slots).dataSync(), values);
    }),
    { numRuns: 50 },
  );
});

Deno.test("initialise() draws from the distributions of EfficientNet's published code", () => {
  const spread = (slot: Slot) => {
    const values = initialise([slot], createRandom(1));
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const square = values.reduce((sum, value) => sum + value ** 2, 0) / values.length;
    return { mean, deviation: Math.sqrt(square), most: Math.max(...values.map(Math.abs)) };
  };
  // Fan-out of a 3×3 convolution to 32 channels is 288, of a depthwise one 9.
  const convolution = spread({ name: "c", shape: [3, 3, 64, 32], kind: "convolution" });
  assertAlmostEquals(convolution.deviation, Math.sqrt(2 / 288), 0.002);
  assertAlmostEquals(convolution.mean, 0, 0.002);
  const depthwise = spread({ name: "d", shape: [3, 3, 512, 1], kind: "depthwise" });
  assertAlmostEquals(depthwise.deviation, Math.sqrt(2 / 9), 0.02);
  const dense = spread({ name: "e", shape: [64, 100], kind: "dense" });
  assert(dense.most <= 0.1);
  assertAlmostEquals(dense.deviation, 0.1 / Math.sqrt(3), 0.002);
  assertEquals([...initialise([{ name: "f", shape: [2], kind: "ones" }], createRandom(1))], [1, 1]);
  assertEquals([...initialise([{ name: "g", shape: [2], kind: "zeros" }], createRandom(1))], [
    0,
    0,
  ]);
});

Deno.test("decayMask() is 1 for kernels and 0 for biases and normalisation", () => {
  const { weights } = parts();
  const mask = decayMask(weights);
  let at = 0;
  for (const slot of weights) {
    const size = slotsSize([slot]);
    const wanted = Number(/conv.*\.weight$|classifier\.weight$/.test(slot.name));
    assert(mask.subarray(at, at += size).every((part) => part === wanted), slot.name);
  }
});
