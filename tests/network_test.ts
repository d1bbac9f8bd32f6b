import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { join } from "node:path";
import {
  type Architecture,
  buildNetwork,
  cost,
  createRandom,
  defineTeacher,
  parseArchitecture,
  readSafetensors,
  sampleArchitectures,
  searchSpace,
  tf,
  useEngine,
  type Weights,
  writeSafetensors,
} from "../mod.ts";
import { fromTimm, permute, timmShape, toTimm } from "../lib/network/timm_weights.ts";
import { type Slot, slotsSize, unpack } from "../lib/nn/layout.ts";
import { applyModule } from "../lib/nn/learner.ts";
import { normalisedConvolution } from "../lib/nn/ops.ts";
import { networkModules, wholeNetwork } from "../lib/nn/network.ts";
import { architectures } from "./_spaces.ts";
import { difference, noise } from "./_tensors.ts";

await useEngine();

// A network of timm's, with what PyTorch computes of it: see tests/fixtures/make_network_fixture.py.
const FIXTURE = new URL("./fixtures/network.safetensors", import.meta.url);
const { tensors, metadata } = await readSafetensors(FIXTURE.pathname);
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

Deno.test("buildNetwork() computes timm's logits from timm's weights", () => {
  const logits = network().logits(fixture("images") as tf.Tensor4D);
  assert(difference(logits, fixture("logits")) < 1e-5);
});

for (const padding of ["same", "symmetric"] as const) {
  Deno.test(`buildNetwork() computes timm's logits with padding ${padding}, at even and odd sizes`, async () => {
    // See tests/fixtures/make_padding_fixture.py.
    const path = new URL("./fixtures/padding.safetensors", import.meta.url).pathname;
    const { tensors, metadata } = await readSafetensors(path);
    const weights = Object.fromEntries(
      Object.entries(tensors).filter(([name]) => name.startsWith("weights."))
        .map(([name, tensor]) => [name.slice(8), tensor]),
    ) as Weights;
    const tensor = (name: string) =>
      tf.tensor(tensors[name].data as Float32Array, [...tensors[name].shape]);
    const epsilon = padding === "same" ? undefined : 1e-5;
    const built = buildNetwork(parseArchitecture(metadata.architecture), {
      classes: 4,
      resolution: 36,
      weights,
      padding,
      epsilon,
    });
    assertEquals([built.padding, built.epsilon], [padding, epsilon ?? 1e-3]);
    const other = padding === "same" ? "symmetric" : "same";
    for (const size of ["even", "odd"]) {
      const logits = built.logits(tensor(`images.${size}`) as tf.Tensor4D);
      assert(difference(logits, tensor(`logits.${padding}.${size}`)) < 1e-4, size);
      assert(difference(logits, tensor(`logits.${other}.${size}`)) > 1e-2, "the fixture tells");
    }
    const again = built.toWeights();
    for (const [name, { data }] of Object.entries(again)) assertEquals(data, weights[name].data);
  });
}

Deno.test("symmetric padding gives maps of the same sizes, and so the same costs", () => {
  for (const kernel of [1, 3, 5, 7]) {
    for (const stride of [1, 2]) {
      for (let size = 1; size < 12; size++) {
        const named = {
          "c.weight": tf.ones([kernel, kernel, 1, 2]),
          "n.weight": tf.ones([2]),
          "n.bias": tf.zeros([2]),
        };
        const part = {
          convolution: "c",
          norm: "n",
          stride,
          convention: { padding: "symmetric", epsilon: 1e-5 } as const,
        };
        const x = tf.ones([2, size, size, 1]);
        const y = normalisedConvolution(named, part, x, { training: true, statistics: {} });
        const side = Math.ceil(size / stride);
        assertEquals(y.shape, [2, side, side, 2]);
      }
    }
  }
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
    assert(difference(map, fixture(`maps.${i}`)) < 1e-5);
  });
  assertEquals(teacher.widths, [8, 16, 24, 32]);
  assertEquals(teacher.sizes, [8, 4, 4, 2]);
});

Deno.test("networks in training give PyTorch's logits, batch statistics and gradients of every weight", () => {
  const { module, weights } = network();
  const named = unpack(weights, module.weights);
  const names = module.weights.map(({ name }) => name);
  const images = fixture("images");
  const target = tf.oneHot(tf.tensor1d(tensors.labels.data as Int32Array, "int32"), 5);
  let logits: tf.Tensor | undefined;
  const statistics: Record<string, tf.Tensor> = {};
  const gradients = tf.grads((...parts: tf.Tensor[]) => {
    const given = Object.fromEntries(names.map((name, i) => [name, parts[i]]));
    logits = tf.keep(module.apply(given, images, { training: true, statistics }));
    Object.values(statistics).forEach((value) => tf.keep(value));
    return tf.logSoftmax(logits).mul(target).sum(-1).mean().neg();
  })(names.map((name) => named[name]));
  assert(difference(logits!, fixture("training")) < 1e-4);
  assertEquals(Object.keys(statistics).sort(), Object.keys(below("statistics.")).sort());
  for (const [name, value] of Object.entries(statistics)) {
    assert(difference(value, fixture(`statistics.${name}`)) < 1e-4, name);
  }
  module.weights.forEach((slot, i) => {
    const ours = toTimm(slot, gradients[i].dataSync<"float32">()).data;
    const theirs = tensors[`gradients.${slot.name}`].data as Float32Array;
    // A bias before a 1×1 convolution that is normalised changes nothing: 0, and noise on both sides.
    const zero = [ours, theirs].every((values) => values.every((value) => Math.abs(value) < 1e-6));
    assert(zero || difference(ours, theirs) < 1e-4, `${slot.name}: ${difference(ours, theirs)}`);
  });
});

Deno.test("network.toWeights() gives back the weights it was built with", () => {
  const weights = network().toWeights();
  assertEquals(Object.keys(weights).sort(), Object.keys(WEIGHTS).sort());
  for (const [name, { shape, data }] of Object.entries(weights)) {
    assertEquals([shape, data], [[...WEIGHTS[name].shape], WEIGHTS[name].data]);
  }
});

Deno.test("buildNetwork() reads timm's weights from a file, and the file it writes is the same", async () => {
  const folder = await Deno.makeTempDir();
  try {
    // PyTorch's counters may be there: no network needs them.
    const counter = { dtype: "I64", shape: [], data: new BigInt64Array(1) } as const;
    const [first, second] = ["first", "second"].map((name) => join(folder, `${name}.safetensors`));
    await writeSafetensors(first, { ...WEIGHTS, "bn1.num_batches_tracked": counter });
    const options = { classes: 5, resolution: 15 };
    const read = buildNetwork(ARCHITECTURE, { ...options, weights: first });
    const images = fixture("images") as tf.Tensor4D;
    assert(difference(read.logits(images), fixture("logits")) < 1e-5);
    await writeSafetensors(first, WEIGHTS);
    await writeSafetensors(second, read.toWeights());
    assertEquals(await Deno.readFile(second), await Deno.readFile(first));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("buildNetwork() and logits() refuse what does not fit", () => {
  const options = { classes: 5, resolution: 15 };
  const whole = { dtype: "I32", shape: [5], data: new Int32Array(5) } as const;
  assertThrows(
    () =>
      buildNetwork(ARCHITECTURE, {
        ...options,
        weights: { ...WEIGHTS, "classifier.bias": whole } as never,
      }),
    TypeError,
    '"classifier.bias" is of type I32, floats are needed',
  );
  assertThrows(() => buildNetwork(ARCHITECTURE, { ...options, classes: 0 }), RangeError, "classes");
  assertThrows(
    () => buildNetwork(ARCHITECTURE, { ...options, weights: {} }),
    Error,
    '"conv_stem.weight"',
  );
  const wrong = [
    [{ padding: "valid" as never }, "same or symmetric"],
    [{ epsilon: 0 }, "epsilon is 0"],
    [{ epsilon: NaN }, "epsilon is NaN"],
  ] as const;
  for (const [convention, message] of wrong) {
    assertThrows(
      () => buildNetwork(ARCHITECTURE, { ...options, ...convention }),
      RangeError,
      message,
    );
  }
  const absent = { ...options, weights: "/absent.safetensors" };
  assertThrows(() => buildNetwork(ARCHITECTURE, absent), Error, "/absent.safetensors");
  assertThrows(() => network().logits(tf.zeros([1, 15, 15, 3])), TypeError, "[N, H, W, 1]");
});

/** The number of weights of a network that is not made. */
function weightCount(architecture: Architecture, classes: number): number {
  return slotsSize(wholeNetwork(networkModules(architecture, classes)).weights);
}

Deno.test("a network of the paper's space has as many weights as cost() counts", () => {
  const space = searchSpace("dna");
  const options = { resolution: 224, classes: 1000 };
  for (const { architecture, params } of sampleArchitectures(space, createRandom(1), 20, options)) {
    assertEquals(weightCount(architecture, 1000), params);
    assertEquals(cost(architecture, options).params, params);
  }
});

Deno.test("any architecture has as many weights as cost() counts, for any number of classes", () => {
  fc.assert(
    fc.property(architectures, fc.integer({ min: 1, max: 1000 }), (architecture, classes) => {
      const { params } = cost(architecture, { resolution: 32, classes });
      assertEquals(weightCount(architecture, classes), params);
    }),
  );
});

Deno.test("logits() of a random network are what its modules give, op by op", () => {
  const text = "stem_i2_c8_s1 | ds_r1_k3_s2_c8_nre ir_r1_k5_s1_e2.5_c16_noskip | " +
    "ir_r2_k7_s1_e1_c16_se0.5_nr6 | head_c20";
  const network = buildNetwork(parseArchitecture(text), { classes: 3, resolution: 9 });
  const images = noise([2, 9, 9, 2], 1) as tf.Tensor4D;
  const { module, weights, statistics } = network;
  const { y } = applyModule(module, weights, statistics, images, false);
  assert(difference(network.logits(images), y) < 1e-5);
  // Images of another size pass too: nothing but pooling depends on it.
  assertEquals(network.logits(noise([1, 12, 7, 2], 1) as tf.Tensor4D).shape, [1, 3]);
  // In inference an image's logits do not depend on the others.
  const alone = network.logits(images.slice(0, 1));
  assert(difference(alone, network.logits(images).slice(0, 1)) < 1e-5);
});

const sizes = fc.integer({ min: 1, max: 4 });

Deno.test("toTimm() and fromTimm() are each other's inverse", () => {
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
    sizes.map((size): Slot => ({ name: "d", shape: [size], kind: "ones" })),
  );
  fc.assert(fc.property(slots, (slot) => {
    const data = Float32Array.from({ length: slotsSize([slot]) }, (_, i) => i);
    const timm = toTimm(slot, data);
    assertEquals(timm.shape, timmShape(slot));
    assertEquals(fromTimm(slot, timm.data), data);
    assertEquals(toTimm(slot, fromTimm(slot, data)).data, data);
  }));
});

Deno.test("permute() moves axes as tf.transpose() does, and back", () => {
  const cases = fc.array(sizes, { minLength: 1, maxLength: 4 }).chain((shape) =>
    fc.tuple(
      fc.constant(shape),
      fc.shuffledSubarray([...shape.keys()], { minLength: shape.length }),
    )
  );
  fc.assert(
    fc.property(cases, ([shape, axes]) => {
      const size = shape.reduce((product, n) => product * n, 1);
      const data = Float32Array.from({ length: size }, (_, i) => i);
      const moved = permute(data, shape, axes);
      assertEquals(moved, tf.tensor(data, shape).transpose(axes).dataSync());
      const back = axes.map((_, axis) => axes.indexOf(axis));
      assertEquals(permute(moved, axes.map((axis) => shape[axis]), back), data);
    }),
    { numRuns: 50 },
  );
});
