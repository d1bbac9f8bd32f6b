import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import {
  buildNetwork,
  cost,
  createRandom,
  defineTeacher,
  parseArchitecture,
  readSafetensors,
  searchSpace,
  tf,
  useEngine,
} from "../mod.ts";
import { fromTimm, permute, toTimm } from "../lib/network/timm_weights.ts";
import { pack, type Slot, slotsSize, unpack } from "../lib/nn/layout.ts";
import { networkModules, wholeNetwork } from "../lib/nn/network.ts";
import { sampleArchitectures } from "../mod.ts";

await useEngine();

// A network of timm's, with what PyTorch computes of it: see tests/fixtures/make_network_fixture.py.
const { tensors, metadata } = await readSafetensors(
  new URL("./fixtures/network.safetensors", import.meta.url).pathname,
);
const ARCHITECTURE = parseArchitecture(metadata.architecture);
const WEIGHTS = below("weights.");

/** Tensors whose names begin so, without the beginning. */
function below(prefix: string): typeof tensors {
  return Object.fromEntries(
    Object.entries(tensors).filter(([name]) => name.startsWith(prefix))
      .map(([name, tensor]) => [name.slice(prefix.length), tensor]),
  );
}

function fixture(name: string): tf.Tensor {
  const { data, shape } = tensors[name];
  return tf.tensor(data as Float32Array, [...shape]);
}

function network() {
  return buildNetwork(ARCHITECTURE, { classes: 5, resolution: 15, weights: WEIGHTS as never });
}

/** Largest difference as a share of the largest value. */
function difference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  assertEquals(a.length, b.length);
  let [most, scale] = [0, 0];
  for (let i = 0; i < a.length; i++) {
    most = Math.max(most, Math.abs(a[i] - b[i]));
    scale = Math.max(scale, Math.abs(b[i]));
  }
  return most / scale;
}

Deno.test("buildNetwork() computes timm's logits from timm's weights", () => {
  const logits = network().logits(fixture("images") as tf.Tensor4D);
  assert(difference(logits.dataSync(), tensors.logits.data as Float32Array) < 1e-4);
});

Deno.test("teacher.features() are timm's maps after each block", () => {
  const teacher = defineTeacher({
    name: "timm",
    network: network(),
    cuts: [0, 1, 2, 3],
    mean: [0],
    std: [1],
  });
  teacher.features(fixture("images") as tf.Tensor4D).forEach((map, i) => {
    assertEquals(map.shape, [...tensors[`maps.${i}`].shape]);
    assert(difference(map.dataSync(), tensors[`maps.${i}`].data as Float32Array) < 1e-4);
  });
  assertEquals(teacher.widths, [8, 16, 24, 32]);
  assertEquals(teacher.sizes, [8, 4, 4, 2]);
});

Deno.test("networks in training give PyTorch's logits and gradients of every weight", () => {
  const { module, weights } = network();
  const named = unpack(weights, module.weights);
  const names = module.weights.map(({ name }) => name);
  const images = fixture("images");
  const target = tf.oneHot(tf.tensor1d(tensors.labels.data as Int32Array, "int32"), 5);
  let logits: tf.Tensor | undefined;
  const gradients = tf.grads((...parts: tf.Tensor[]) => {
    const given = Object.fromEntries(names.map((name, i) => [name, parts[i]]));
    logits = tf.keep(module.apply(given, images, { training: true, statistics: {} }));
    return tf.logSoftmax(logits).mul(target).sum(-1).mean().neg();
  })(names.map((name) => named[name]));
  assert(difference(logits!.dataSync(), tensors.training.data as Float32Array) < 1e-4);
  module.weights.forEach((slot, i) => {
    const ours = toTimm(slot, gradients[i].dataSync<"float32">()).data;
    const theirs = tensors[`gradients.${slot.name}`].data as Float32Array;
    // What is exactly 0 by symmetry is noise on both sides.
    if (Math.max(...theirs.map(Math.abs)) < 1e-5) return;
    assert(difference(ours, theirs) < 1e-3, slot.name);
  });
});

Deno.test("network.toWeights() gives back the weights it was built with", () => {
  const weights = network().toWeights();
  assertEquals(Object.keys(weights).sort(), Object.keys(WEIGHTS).sort());
  for (const [name, { shape, data }] of Object.entries(weights)) {
    assertEquals([shape, data], [[...WEIGHTS[name].shape], WEIGHTS[name].data]);
  }
});

Deno.test("buildNetwork() and logits() refuse what does not fit", () => {
  const options = { classes: 5, resolution: 15 };
  assertThrows(() => buildNetwork(ARCHITECTURE, { ...options, classes: 0 }), RangeError, "classes");
  assertThrows(
    () => buildNetwork(ARCHITECTURE, { ...options, weights: {} }),
    Error,
    'missing: "conv_stem.weight"',
  );
  const absent = { ...options, weights: "/absent.safetensors" };
  assertThrows(() => buildNetwork(ARCHITECTURE, absent), Error, "/absent.safetensors");
  assertThrows(() => network().logits(tf.zeros([1, 15, 15, 3])), TypeError, "[N, H, W, 1]");
});

Deno.test("a network has as many weights as cost() counts", () => {
  const space = searchSpace("dna");
  const options = { resolution: 224, classes: 1000 };
  for (const { architecture, params } of sampleArchitectures(space, createRandom(1), 20, options)) {
    assertEquals(slotsSize(wholeNetwork(networkModules(architecture, 1000)).weights), params);
    assertEquals(cost(architecture, options).params, params);
  }
});

Deno.test("toTimm() and fromTimm() are each other's inverse, and so are pack() and unpack()", () => {
  const sizes = fc.integer({ min: 1, max: 4 });
  const slots = fc.oneof(
    fc.tuple(sizes, sizes, sizes, sizes).map((shape): Slot => ({
      name: "a",
      shape,
      kind: "convolution",
    })),
    fc.tuple(sizes, sizes, sizes).map(([h, w, c]): Slot => ({
      name: "b",
      shape: [h, w, c, 1],
      kind: "depthwise",
    })),
    fc.tuple(sizes, sizes).map((shape): Slot => ({ name: "c", shape, kind: "dense" })),
  );
  fc.assert(fc.property(slots, (slot) => {
    const data = Float32Array.from({ length: slotsSize([slot]) }, (_, i) => i);
    assertEquals(fromTimm(slot, toTimm(slot, data).data), data);
    const vector = tf.tensor1d(data);
    assertEquals(pack(unpack(vector, [slot]), [slot]).dataSync(), data);
  }));
  assertEquals([...permute(Float32Array.of(1, 2, 3, 4, 5, 6), [2, 3], [1, 0])], [1, 4, 2, 5, 3, 6]);
});
