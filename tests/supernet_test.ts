import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertNotEquals,
  assertRejects,
  assertThrows,
} from "@std/assert";
import {
  checkFit,
  createRandom,
  createSupernet,
  distill,
  type DistillOptions,
  type DistillPosition,
  loadSupernetWeights,
  makeBatch,
  operationLabel,
  restoreSupernet,
  saveSupernet,
  searchSpace,
  sgd,
  type Supernet,
  type SupernetState,
  supernetWeights,
  tf,
  useEngine,
} from "../mod.ts";
import { applyModule } from "../lib/nn/learner.ts";
import { cellLayers } from "../lib/supernet/cells.ts";
import { countingAdam, smallImages, smallTeacher, SPACE } from "./_supernet.ts";
import { difference, noise } from "./_tensors.ts";

await useEngine();
const teacher = smallTeacher();
const data = smallImages(64);
const OPTIONS: DistillOptions = { teacher, data, epochs: 2, batch: 16, seed: 3, augment: true };

function fresh(): Supernet {
  return createSupernet(SPACE, teacher, { random: createRandom(1) });
}

Deno.test("createSupernet() gives cells that read and imitate the teacher's widths", () => {
  const supernet = fresh();
  const widths = supernet.blocks.flat().map(({ layers }) =>
    layers.map((variants) => variants[0].module.width)
  );
  // Each cell of block 1 has a stem of its own; the last layer gives the teacher's width.
  assertEquals(widths, [[8, 12], [8, 8, 8, 12], [16, 16]]);
  assertEquals(supernet.blocks.flat().map(({ layers }) => layers.map((v) => v.length)), [
    [1, 2],
    [1, 2, 2, 2],
    [2, 2],
  ]);
  // The first layer of block 2 reads the teacher's 12 channels, expanded twice.
  const first = supernet.blocks[1][0].layers[0][0].module.weights[0];
  assertEquals(first.shape, [1, 1, 12, 24]);
  supernet.dispose();
});

Deno.test("cellLayers() reads and imitates the teacher's widths in the paper's space (Table 1)", () => {
  const space = searchSpace("dna");
  const widths = [48, 80, 160, 224, 384, 640];
  space.blocks.forEach(({ cells, stride }, block) =>
    cells.forEach(({ depth, width }, cell) => {
      const { stem, layers } = cellLayers(space, block, cell, widths);
      assertEquals(stem !== undefined, block === 0);
      assertEquals(layers.length, depth);
      layers.forEach((variants, layer) => {
        assertEquals(variants.map(({ label }) => label), space.operations.map(operationLabel));
        const input = layer > 0 ? width : block === 0 ? 16 : widths[block - 1];
        const output = layer < depth - 1 ? width : widths[block];
        variants.forEach(({ module }, operation) => {
          const { kernel, expansion } = space.operations[operation];
          const shapes = module.weights.map(({ shape }) => shape.join());
          assertEquals(shapes[0], `1,1,${input},${input * expansion}`);
          assert(shapes.includes(`${kernel},${kernel},${input * expansion},1`));
          // Squeeze-and-excitation: a quarter of the input's width.
          assert(shapes.includes(`1,1,${input * expansion},${Math.round(input / 4)}`));
          assertEquals(module.width, output);
        });
      });
      // The stem: 3×3 to 32 channels, then an MBConv without expansion to 16.
      assertEquals(stem?.module.width, block === 0 ? 16 : undefined);
      assertEquals(stem?.module.weights[0].shape, block === 0 ? [3, 3, 3, 32] : undefined);
      assert([1, 2].includes(stride));
    })
  );
});

Deno.test("cells give maps of the teacher's size: the first layer has the block's stride", () => {
  const supernet = fresh();
  const images = noise([2, 12, 12, 1], 1) as tf.Tensor4D;
  const maps = [images, ...teacher.features(images)];
  for (const { block, layers } of supernet.blocks.flat()) {
    let x: tf.Tensor = maps[block];
    const sizes = layers.map(([{ module, state }]) => {
      x = applyModule(module, state.weights, state.statistics, x, false).y;
      return x.shape[1];
    });
    assertEquals(x.shape, maps[block + 1].shape);
    // Block 1: the stem halves 12 pixels; block 2: its first layer halves 6.
    assertEquals(sizes, layers.map(() => block === 0 ? 6 : 3));
  }
  supernet.dispose();
});

Deno.test("distill() takes one step by equation 7 on each cell's path, and on no other weights", async () => {
  const optimizer = sgd({ momentum: 0, nesterov: false });
  const make = () => createSupernet(SPACE, teacher, { random: createRandom(1), optimizer });
  const [supernet, before] = [make(), make()];
  const batch = smallImages(16);
  const rates = [0.3, 0.2] as const;
  const options = { ...OPTIONS, data: batch, epochs: 1, augment: false, rates };
  const epochs = await distill(supernet, options);

  // By hand: the whole path at once, on the one batch there is.
  const { images, shape } = makeBatch(batch, [...Array(16).keys()], {
    mean: [...teacher.mean],
    std: [...teacher.std],
  });
  const input = tf.tensor4d(images, shape);
  const maps = [input, ...teacher.features(input)];
  supernet.blocks.flat().forEach(({ block, cell, layers }, i) => {
    const drawn = layers.map((variants) => variants.map(({ steps }) => steps));
    for (const steps of drawn) assertEquals(steps.reduce((sum, count) => sum + count), 1);
    const path = drawn.map((steps, layer) =>
      before.blocks[block][cell].layers[layer][steps.indexOf(1)]
    );
    const loss = (...weights: tf.Tensor[]) =>
      path.reduce<tf.Tensor>(
        (x, { module, state }, layer) =>
          applyModule(module, weights[layer] as tf.Tensor1D, state.statistics, x, true).y,
        maps[block],
      ).squaredDifference(maps[block + 1]).mean();
    const weights = path.map(({ state }) => state.weights);
    let x: tf.Tensor = maps[block];
    const batchStatistics = path.map(({ module, state }) => {
      const result = applyModule(module, state.weights, state.statistics, x, true);
      x = result.y;
      return result.statistics;
    });
    const wanted = loss(...weights).dataSync()[0];
    assertAlmostEquals(epochs[i].loss, wanted, 1e-5 * wanted);
    const gradients = tf.grads(loss)(weights);
    const rate = rates[Math.min(block, 1)];
    layers.forEach((variants, layer) =>
      variants.forEach(({ state, steps }, choice) => {
        const old = before.blocks[block][cell].layers[layer][choice].state;
        if (steps === 0) {
          assertEquals(state.weights.dataSync(), old.weights.dataSync());
          assertEquals(state.statistics.dataSync(), old.statistics.dataSync());
        } else {
          const change = old.weights.sub(state.weights).div(rate);
          assert(difference(change, gradients[layer]) < 1e-4, `${block}.${cell}.${layer}`);
          // The first step keeps a tenth of the running statistics.
          const running = old.statistics.mul(0.1).add(batchStatistics[layer].mul(0.9));
          assert(difference(state.statistics, running) < 1e-5);
        }
      })
    );
  });
  supernet.dispose();
  before.dispose();
});

Deno.test("distill() lowers the loss of every cell and keeps the number of tensors", async () => {
  const supernet = fresh();
  const tensors: number[] = [];
  const epochs = await distill(supernet, {
    ...OPTIONS,
    epochs: 6,
    onProgress: () => tensors.push(tf.memory().numTensors),
  });
  for (const { block, cell, loss } of epochs.slice(0, 3)) {
    const last = epochs.slice(-3).find((each) => each.block === block && each.cell === cell)!;
    assert(last.loss < loss, `block ${block}, cell ${cell}: ${loss} → ${last.loss}`);
  }
  assertEquals(new Set(tensors).size, 1);
  supernet.dispose();
});

Deno.test("distill() goes on from any checkpoint to the same bits, with one lane or two", async () => {
  const whole = fresh();
  const history = await distill(whole, { ...OPTIONS, lanes: 1 });
  const wanted = saveSupernet(whole);
  for (const stop of [1, 4, 6]) {
    const first = fresh();
    const saved: { position?: DistillPosition; state?: SupernetState } = {};
    const controller = new AbortController();
    await assertRejects(
      () =>
        distill(first, {
          ...OPTIONS,
          lanes: 2,
          signal: controller.signal,
          onProgress: ({ done }) => done === stop && controller.abort(),
          onCheckpoint: (position) => {
            saved.position = structuredClone(position);
            saved.state = saveSupernet(first);
          },
        }),
      DOMException,
    );
    assertEquals(saved.position!.step, stop);
    const second = createSupernet(SPACE, teacher, { random: createRandom(99) });
    restoreSupernet(second, saved.state!);
    const rest = await distill(second, { ...OPTIONS, lanes: 2, position: saved.position });
    assertEquals(saveSupernet(second), wanted);
    assertEquals(rest, history.slice(-rest.length));
    first.dispose();
    second.dispose();
  }
  whole.dispose();
});

Deno.test("distill() goes on from each checkpoint that it gives, as if nothing had been", async () => {
  const whole = fresh();
  const saved: { position: DistillPosition; state: SupernetState; reported: number }[] = [];
  let reported = 0;
  const history = await distill(whole, {
    ...OPTIONS,
    checkpointSeconds: 0,
    onEpoch: () => void reported++,
    onCheckpoint: (position) =>
      void saved.push({ position, state: saveSupernet(whole), reported: 3 * reported }),
  });
  const wanted = saveSupernet(whole);
  assertEquals(saved.map(({ position }) => position.step), [0, 1, 2, 3, 4, 5, 6, 7]);
  const again = fresh();
  for (const { position, state, reported } of saved.slice(3)) {
    restoreSupernet(again, structuredClone(state));
    // Each epoch is reported once: before the checkpoint or after it.
    assertEquals(await distill(again, { ...OPTIONS, position }), history.slice(reported));
    assertEquals(saveSupernet(again), wanted);
  }
  again.dispose();
  whole.dispose();
});

Deno.test("distill() draws paths by the seed, all of them in time", async () => {
  const run = async (seed: number) => {
    const supernet = fresh();
    const history = await distill(supernet, { ...OPTIONS, seed, epochs: 4 });
    const state = saveSupernet(supernet);
    supernet.dispose();
    return { history, state };
  };
  const [a, b, other] = [await run(3), await run(3), await run(4)];
  assertEquals(a, b);
  assertNotEquals(a.state.steps, other.state.steps);
  // 16 steps: each variant of two was drawn at least once, and those of a layer 16 times together.
  for (const [name, steps] of Object.entries(a.state.steps)) {
    assert(name.endsWith("stem") ? steps === 16 : steps > 0 && steps < 16, `${name}: ${steps}`);
  }
  // Section 4.1: 0.002 for the first block, 0.005 for the others, times 0.9 in each epoch.
  for (const { epoch, block, rate } of a.history) {
    assertAlmostEquals(rate, (block === 0 ? 0.002 : 0.005) * 0.9 ** (epoch - 1), 1e-12);
  }
});

Deno.test("distill() tells the optimizer for each variant how often its own weights have moved", async () => {
  const { optimizer, steps } = countingAdam();
  const supernet = createSupernet(SPACE, teacher, { random: createRandom(1), optimizer });
  const counts = () => Object.values(saveSupernet(supernet).steps);
  await distill(supernet, OPTIONS);
  const each = (from: number[]) =>
    counts().flatMap((count, i) =>
      Array.from({ length: count - from[i] }, (_, n) => from[i] + n + 1)
    );
  assertEquals(steps.toSorted(), each(counts().map(() => 0)).toSorted());
  // Going on, it counts on.
  const before = counts();
  steps.length = 0;
  const position = { step: 8, sums: [[0, 0], [0]] };
  await distill(supernet, { ...OPTIONS, epochs: 3, position });
  assertEquals(steps.toSorted(), each(before).toSorted());
  supernet.dispose();
});

Deno.test("distill() refuses a batch that the images cannot fill", async () => {
  await assertRejects(() => distill(fresh(), { ...OPTIONS, batch: 65 }), RangeError, "64 images");
});

Deno.test("saveSupernet() and restoreSupernet() keep every bit, and tell what does not fit", async () => {
  const a = fresh();
  await distill(a, { ...OPTIONS, epochs: 1 });
  const state = saveSupernet(a);
  const b = createSupernet(SPACE, teacher, { random: createRandom(2) });
  const kept = tf.memory().numTensors;
  restoreSupernet(b, state);
  assertEquals(saveSupernet(b), state);
  assertEquals(tf.memory().numTensors, kept);
  // A saved state is a copy: training on does not change it.
  const copy = structuredClone(state);
  await distill(b, { ...OPTIONS, epochs: 1 });
  assertEquals(state, copy);
  const name = "blocks.1.cells.0.layers.0.k3e2.weights";
  const { [name]: _, ...vectors } = state.vectors;
  assertThrows(() => restoreSupernet(b, { ...state, vectors }), Error, `${name} has no values`);
  const short = { ...state.vectors, [name]: new Float32Array(1) };
  assertThrows(
    () => restoreSupernet(b, { ...state, vectors: short }),
    Error,
    `${name} has 1 values`,
  );
  a.dispose();
  b.dispose();
});

Deno.test("loadSupernetWeights() puts back what supernetWeights() gave, and names what is missing", () => {
  const [a, b] = [fresh(), createSupernet(SPACE, teacher, { random: createRandom(2) })];
  const weights = supernetWeights(a);
  loadSupernetWeights(b, weights, "a.safetensors");
  assertEquals(supernetWeights(b), weights);
  // In timm's layout, by timm's names.
  assertEquals(weights["blocks.0.cells.1.stem.conv_stem.weight"].shape, [8, 1, 3, 3]);
  assertEquals(weights["blocks.0.cells.1.layers.2.k5e1.conv_dw.weight"].shape, [8, 1, 5, 5]);
  const { "blocks.1.cells.0.layers.1.k3e2.bn3.bias": taken, ...rest } = weights;
  const other = { ...rest, extra: taken };
  const lines = assertThrows(() => loadSupernetWeights(b, other, "a.safetensors"), Error).message;
  for (const part of ["a.safetensors", "missing: ", "layers.1.k3e2.bn3.bias", 'extra: "extra"']) {
    assert(lines.includes(part), lines);
  }
  // What does not fit changes nothing.
  assertEquals(supernetWeights(b), weights);
  a.dispose();
  b.dispose();
});

Deno.test("checkFit() refuses a teacher of other sizes", () => {
  checkFit(SPACE, teacher);
  const other = { ...teacher, sizes: [6, 6] };
  assertThrows(() => checkFit(SPACE, other), RangeError, "block 2 gives maps of 3 pixels");
  assertThrows(() => checkFit(searchSpace("dna"), teacher), RangeError, "6 blocks");
});
