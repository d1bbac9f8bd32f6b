import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  cacheFeatures,
  cellMemory,
  createRandom,
  createSupernet,
  describeStopped,
  distill,
  type DistillOptions,
  type DistillPosition,
  featureBytes,
  parseCells,
  rate,
  restoreSupernet,
  saveSupernet,
  sgd,
  type StoppedCell,
  type Supernet,
  type SupernetState,
  tf,
  useEngine,
} from "../mod.ts";
import { SupernetStepper } from "../lib/supernet/_step.ts";
import { Graph } from "../lib/tensorflow/_graph.ts";
import { smallImages, smallTeacher, SPACE } from "./_supernet.ts";

await useEngine();
const teacher = smallTeacher();
const data = smallImages(72);
const OPTIONS: DistillOptions = { teacher, data, epochs: 2, batch: 16, seed: 3 };

function fresh(optimizer = sgd({ momentum: 0.9, nesterov: false })): Supernet {
  return createSupernet(SPACE, teacher, { random: createRandom(1), optimizer });
}

/** The state after a distillation, and the losses of its epochs. */
async function after(options: Partial<DistillOptions>, supernet = fresh()) {
  const epochs = await distill(supernet, { ...OPTIONS, ...options });
  const state = saveSupernet(supernet);
  supernet.dispose();
  return { state, losses: epochs.map(({ loss }) => loss) };
}

/** The largest difference of two states' vectors, as a share of the vector's length. */
function distance(a: SupernetState, b: SupernetState): number {
  assertEquals(a.steps, b.steps);
  return Math.max(
    ...Object.entries(a.vectors).map(([name, values]) => {
      const other = b.vectors[name];
      const difference = Math.hypot(...values.map((value, i) => value - other[i]));
      return difference / Math.max(1e-3, Math.hypot(...values));
    }),
  );
}

Deno.test("distill() with recompute moves as without, to 1e-5", async () => {
  const [kept, again] = [await after({}), await after({ recompute: true })];
  assert(distance(kept.state, again.state) < 1e-5, `${distance(kept.state, again.state)}`);
});

Deno.test("distill() in synchronised parts moves as with whole batches, statistics too, to 1e-5", async () => {
  const whole = await after({});
  for (const microBatch of [8, 4]) {
    const parts = await after({ microBatch, syncBn: true });
    const far = distance(whole.state, parts.state);
    assert(far < 1e-5, `${microBatch} at once: ${far}`);
    parts.losses.forEach((loss, i) => assert(Math.abs(loss / whole.losses[i] - 1) < 1e-5));
  }
});

Deno.test("a step in parts moves by the mean of what each part alone would do", async () => {
  const images = tf.randomNormal([16, 12, 12, 1], 0, 1, "float32", 5) as tf.Tensor4D;
  const step = async (part: tf.Tensor4D, parts: number, recompute = false) => {
    const supernet = fresh(sgd({ momentum: 0, nesterov: false }));
    const stepper = new SupernetStepper(supernet, { weightDecay: 0, recompute, lanes: 2, parts });
    const seen: boolean[] = [];
    await stepper.step(
      {
        maps: [part, ...teacher.features(part)],
        path: ({ layers }) => layers.map((variants) => variants.length - 1),
        rate: () => 0.1,
      },
      (_cell, _loss, moved) => seen.push(moved),
    );
    stepper.dispose();
    assertEquals(seen, [true, true, true]);
    return saveSupernet(supernet);
  };
  const [cut, recomputed] = [await step(images, 2), await step(images, 2, true)];
  assert(distance(cut, recomputed) < 1e-5);
  const [first, second] = tf.split(images, 2) as tf.Tensor4D[];
  const [a, b] = [await step(first, 1), await step(second, 1)];
  const mean = structuredClone(a);
  for (const [name, values] of Object.entries(mean.vectors)) {
    values.forEach((value, i) => values[i] = (value + b.vectors[name][i]) / 2);
  }
  assert(distance(mean, cut) < 1e-5, `${distance(mean, cut)}`);
  // Which is not the step of the whole batch: that has other batch statistics.
  assert(distance(await step(images, 1), cut) > 1e-3);
  await assertRejects(() => after({ microBatch: 5 }), RangeError, "5 images at once");
});

Deno.test("distill() of some cells gives them the bits that they have among all, and leaves the others", async () => {
  const [start, whole] = [saveSupernet(fresh()), (await after({})).state];
  const cells = parseCells("0.1,1.0", SPACE);
  const some = (await after({ cells })).state;
  for (const [name, values] of Object.entries(some.vectors)) {
    const from = name.startsWith("blocks.0.cells.0.") ? start : whole;
    assertEquals(values, from.vectors[name], name);
  }
});

Deno.test("distill() keeps the number of tensors over a hundred steps, in parts and synchronised too", async () => {
  for (const options of [{}, { microBatch: 8 }, { microBatch: 8, syncBn: true }]) {
    const supernet = fresh();
    const seen: number[] = [];
    const epochs = "syncBn" in options ? 2 : "microBatch" in options ? 5 : 25;
    await distill(supernet, {
      ...OPTIONS,
      ...options,
      epochs,
      onProgress: () => seen.push(tf.memory().numTensors),
    });
    assertEquals([seen.length, new Set(seen).size], [4 * epochs, 1]);
    supernet.dispose();
  }
});

/** A supernet whose deep cell of block 0 has weights that are no numbers. */
function broken(): Supernet {
  const supernet = fresh();
  for (const variant of supernet.blocks[0][1].layers[3]) {
    variant.state.weights.dispose();
    variant.state.weights = tf.fill([variant.module.weights.reduce(size, 0)], NaN);
  }
  return supernet;
  function size(sum: number, { shape }: { shape: number[] }): number {
    return sum + shape.reduce((product, side) => product * side, 1);
  }
}

Deno.test("distill() stops a cell whose loss is no number, and only that one", async () => {
  const [whole, supernet] = [(await after({})).state, broken()];
  const before = saveSupernet(supernet);
  const told: StoppedCell[] = [];
  const tensors = tf.memory().numTensors;
  const epochs = await distill(supernet, { ...OPTIONS, onStopped: (each) => void told.push(each) });
  assertEquals(tf.memory().numTensors, tensors);
  const wanted = { block: 0, cell: 1, epoch: 1, step: 1, reason: "its loss is NaN" };
  assertEquals([told, supernet.blocks[0][1].stopped], [[wanted], wanted]);
  assert(describeStopped(wanted).startsWith("Cell 0.1 stopped at step 1 of epoch 1: its loss is"));
  assertEquals(epochs.map(({ block, cell }) => `${block}.${cell}`), ["0.0", "1.0", "0.0", "1.0"]);
  const state = saveSupernet(supernet);
  for (const [name, values] of Object.entries(state.vectors)) {
    const from = name.startsWith("blocks.0.cells.1.") ? before : whole;
    assertEquals(values, from.vectors[name], name);
  }
  supernet.dispose();
});

Deno.test("distill() stops a cell whose loss rises far above its random start, at its last weights", async () => {
  // A learning rate for the first block that no training survives.
  const supernet = fresh();
  const told: StoppedCell[] = [];
  const run = (rates: [number, number]) =>
    distill(supernet, { ...OPTIONS, rates, onStopped: (each) => void told.push(each) });
  await run([1e3, 1e-3]);
  assertEquals(told.map(({ block }) => block), [0, 0]);
  for (const { step, reason } of told) {
    assert(step > 1 && /more than 10 times|its loss is|not finite/.test(reason), reason);
  }
  for (const values of Object.values(saveSupernet(supernet).vectors)) {
    assert(values.every((value) => Number.isFinite(value)));
  }
  // What is said of a stopped cell goes with its ratings, which are those of its last weights.
  const ratings = await rate(supernet, { teacher, validation: data, calibration: data, batch: 24 });
  assertEquals(
    ratings.blocks.map(({ cells }) => cells.map(({ stopped }) => stopped !== undefined)),
    [[true, true], [false]],
  );
  supernet.dispose();
  const hopeless = fresh();
  await assertRejects(
    () => distill(hopeless, { ...OPTIONS, rates: [1e6, 1e6] }),
    Error,
    "every cell has been stopped",
  );
});

Deno.test("distill() goes on after a cell has stopped, to the same bits", async () => {
  const rates = [1e3, 1e-3] as const;
  const whole = fresh();
  const saved: { position: DistillPosition; state: SupernetState }[] = [];
  await distill(whole, {
    ...OPTIONS,
    rates,
    checkpointSeconds: 0,
    onCheckpoint: (position) => void saved.push({ position, state: saveSupernet(whole) }),
  });
  for (const { position, state } of saved) {
    const again = fresh();
    restoreSupernet(again, state);
    await distill(again, { ...OPTIONS, rates, position: JSON.parse(JSON.stringify(position)) });
    assertEquals(saveSupernet(again), saveSupernet(whole));
    assertEquals(
      again.blocks.flat().map((cell) => cell.stopped),
      whole.blocks.flat().map((cell) => cell.stopped),
    );
    again.dispose();
  }
  whole.dispose();
});

Deno.test("parseCells() reads names, and refuses what is none or not there", () => {
  assertEquals(parseCells("1.0, 0.1,1.0", SPACE), [{ block: 0, cell: 1 }, { block: 1, cell: 0 }]);
  for (const text of ["", "1", "1.0.0", "1.0,", "-1.0", "a.b"]) {
    assertThrows(() => parseCells(text, SPACE), SyntaxError, "block and cell from 0");
  }
  assertThrows(() => parseCells("1.1", SPACE), RangeError, "space small has 0.0, 0.1, 1.0");
});

Deno.test("kept features: float32 trains to the same bits as the teacher, over the whole and a last part", async () => {
  const folder = await Deno.makeTempDir();
  const features = await cacheFeatures({ teacher, split: data, folder, batch: 16 });
  const [run, kept] = [await after({}), await after({ features })];
  assertEquals(kept, run);
  await assertRejects(() => after({ features, augment: true }), TypeError, "kept features");
  await Deno.remove(folder, { recursive: true });
});

Deno.test("kept features: float16 takes half the space, and trains near the teacher", async () => {
  const folder = await Deno.makeTempDir();
  const features = await cacheFeatures({ teacher, split: data, folder, dtype: "float16" });
  const single = featureBytes({ ...teacher, channels: 1 }, 72);
  assertEquals(features!.bytes, single / 2);
  const exact = await cacheFeatures({ teacher, split: data, folder });
  assert(exact!.folder !== features!.folder);
  const [near, all] = [await features!.maps([0, 71, 5]), await exact!.maps([0, 71, 5])];
  near.forEach((map, block) => {
    const values = all[block].dataSync();
    map.dataSync().forEach((value, i) =>
      // Half of the distance between two float16; below 2^-14 that is constant.
      assert(Math.abs(value - values[i]) <= Math.max(2 ** -11 * Math.abs(values[i]), 2 ** -25))
    );
  });
  const [run, kept] = [await after({}), await after({ features })];
  kept.losses.forEach((loss, i) => assert(Math.abs(loss / run.losses[i] - 1) < 1e-2));
  await Deno.remove(folder, { recursive: true });
});

Deno.test("cacheFeatures() computes a cut or altered file again and says so, and keeps to its limit", async () => {
  const folder = await Deno.makeTempDir();
  const lines: string[] = [];
  const say = (line: string) => void lines.push(line);
  const open = (limit?: number) =>
    cacheFeatures({ teacher, split: data, folder, batch: 16, limit, say });
  const first = (await open())!;
  const wanted = (await first.maps([70, 3])).map((map) => map.arraySync());
  const path = `${first.folder}/00000.bin`;
  const bytes = Deno.readFileSync(path);
  assertEquals(bytes.length, first.bytes + 32);
  const changed = bytes.slice();
  changed[1000] ^= 1;
  for (const damaged of [bytes.slice(0, 500), changed, bytes.slice(0, 0)]) {
    Deno.writeFileSync(path, damaged);
    lines.length = 0;
    const again = (await open())!;
    assertEquals((await again.maps([70, 3])).map((map) => map.arraySync()), wanted);
    assertEquals(lines.length, 2, lines.join("\n"));
    assert(lines[1].includes(path) && lines[1].includes("computes it again"), lines[1]);
    assertEquals(Deno.readFileSync(path), bytes);
  }
  lines.length = 0;
  assertEquals(await open(first.bytes - 1), undefined);
  assert(lines[0].includes("more than the limit"), lines[0]);
  // A folder that cannot be made is said, not thrown.
  const none = await cacheFeatures({ teacher, split: data, folder: `${path}/x`, say });
  assertEquals(none, undefined);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("kept features: rate() gives the same bytes as with the teacher", async () => {
  const folder = await Deno.makeTempDir();
  const supernet = fresh();
  const options = { teacher, validation: smallImages(40, 5), calibration: data, batch: 16 };
  const wanted = await rate(supernet, options);
  const keep = (split: typeof data) => cacheFeatures({ teacher, split, folder, batch: 16 });
  const features = { validation: await keep(options.validation), calibration: await keep(data) };
  const before = tf.memory().numTensors;
  assertEquals(await rate(supernet, { ...options, features }), wanted);
  assertEquals(tf.memory().numTensors, before);
  supernet.dispose();
  await Deno.remove(folder, { recursive: true });
});

Deno.test("cellMemory() predicts what a step keeps between its halves, as its traces have it", async () => {
  const images = tf.zeros([4, 12, 12, 1]) as tf.Tensor4D;
  const maps = [images, ...teacher.features(images)];
  const supernet = fresh();
  const stepper = new SupernetStepper(supernet, { weightDecay: 0, recompute: false, lanes: 1 });
  const { divide } = Graph.prototype;
  let kept = 0;
  Graph.prototype.divide = function (...args) {
    const halves = divide.apply(this, args);
    // Maps alone: weights and vectors are the supernet's, or small.
    const isMap = ({ shape }: { shape: number[] }) => shape[0] === 4 && shape.length === 4;
    for (const output of halves.between.filter(isMap)) {
      kept += 4 * output.shape.reduce((product, side) => product * side, 1);
    }
    return halves;
  };
  try {
    const memory = cellMemory(supernet, teacher, { batch: 4 });
    const [deep] = supernet.blocks[0].slice(1);
    // Stem and first layer; the second has the first's shapes, so its function; the last is not in halves.
    await stepper.stepCell(deep, {
      maps,
      path: ({ layers }) => layers.map(() => 0),
      rate: () => 0,
    });
    const last = cellMemory(
      { ...supernet, blocks: [[{ ...deep, layers: deep.layers.slice(0, 2) }]] },
      teacher,
      { batch: 4 },
    )[0];
    const share = last.activations / kept;
    assert(share > 0.8 && share < 1.2, `${last.activations} predicted, ${kept} kept`);
    assert(memory[1].activations > last.activations);
    const state = saveSupernet(supernet);
    const bytes = (name: string) =>
      Object.entries(state.vectors).filter(([key]) => key.startsWith(name))
        .reduce((sum, [, { byteLength }]) => sum + byteLength, 0);
    memory.forEach(({ block, cell, weights, optimizer }) =>
      assertEquals(weights + optimizer, bytes(`blocks.${block}.cells.${cell}.`))
    );
  } finally {
    Graph.prototype.divide = divide;
    stepper.dispose();
    supernet.dispose();
  }
});
