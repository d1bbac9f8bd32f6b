import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  checkFit,
  createRandom,
  createSupernet,
  distill,
  type DistillOptions,
  type DistillPosition,
  loadSupernetWeights,
  restoreSupernet,
  saveSupernet,
  searchSpace,
  type Supernet,
  type SupernetState,
  supernetWeights,
  tf,
  useEngine,
} from "../mod.ts";
import { makeBatch } from "../mod.ts";
import { applyModule } from "../lib/nn/learner.ts";
import { smallImages, smallTeacher, SPACE } from "./_supernet.ts";

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

Deno.test("distill() moves weights by equation 7: the mean squared difference to the teacher's map", async () => {
  const supernet = fresh();
  const batch = smallImages(16);
  const normalisation = { mean: [...teacher.mean], std: [...teacher.std] };
  const before = saveSupernet(supernet);
  const [shallow] = await distill(supernet, { ...OPTIONS, data: batch, epochs: 1, augment: false });
  // By hand: the first cell's two paths, in training mode, on the one batch there is.
  const { images, shape } = makeBatch(
    batch,
    Array.from({ length: 16 }, (_, i) => i),
    normalisation,
  );
  const x = tf.tensor4d(images, shape);
  const [target] = teacher.features(x);
  const cell = fresh().blocks[0][0];
  const losses = cell.layers[1].map((variant) => {
    const [stem] = cell.layers[0];
    const y = applyModule(stem.module, stem.state.weights, stem.state.statistics, x, true).y;
    const { weights, statistics } = variant.state;
    return applyModule(variant.module, weights, statistics, y, true).y
      .squaredDifference(target).mean().dataSync()[0];
  });
  assert(losses.some((loss) => Math.abs(loss - shallow.loss) < 1e-5 * loss), `${losses}`);
  // Of each layer one variant moved, and no other.
  const after = saveSupernet(supernet);
  for (const [name, steps] of Object.entries(after.steps)) {
    const same = after.vectors[`${name}.weights`].every((value, i) =>
      value === before.vectors[`${name}.weights`][i]
    );
    assertEquals(same, steps === 0, name);
  }
  const moved = Object.values(after.steps).reduce((sum, steps) => sum + steps, 0);
  assertEquals(moved, 2 + 4 + 2);
  supernet.dispose();
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

Deno.test("distill() names the cell whose loss is no number", async () => {
  const supernet = fresh();
  const [, deep] = supernet.blocks[0];
  for (const variant of deep.layers[3]) {
    variant.state.weights = tf.fill([variant.state.weights.size], NaN);
  }
  await assertRejects(() => distill(supernet, OPTIONS), Error, "block 1, cell 1");
  await assertRejects(() => distill(fresh(), { ...OPTIONS, batch: 65 }), RangeError, "64 images");
});

Deno.test("loadSupernetWeights() puts back what supernetWeights() gave, and names what is missing", () => {
  const [a, b] = [fresh(), createSupernet(SPACE, teacher, { random: createRandom(2) })];
  const weights = supernetWeights(a);
  loadSupernetWeights(b, weights, "a.safetensors");
  assertEquals(supernetWeights(b), weights);
  assertThrows(() => loadSupernetWeights(b, {}, "a.safetensors"), Error, "a.safetensors");
});

Deno.test("checkFit() refuses a teacher of other sizes", () => {
  checkFit(SPACE, teacher);
  const other = { ...teacher, sizes: [6, 6] };
  assertThrows(() => checkFit(SPACE, other), RangeError, "block 2 gives maps of 3 pixels");
  assertThrows(() => checkFit(searchSpace("dna"), teacher), RangeError, "6 blocks");
});
