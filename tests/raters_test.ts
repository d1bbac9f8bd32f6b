import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertNotEquals,
  assertRejects,
  assertThrows,
} from "@std/assert";
import {
  accuracy,
  batches,
  buildNetwork,
  candidateOf,
  cost,
  createRandom,
  createSpos,
  createSupernet,
  defineSpace,
  DNA_D,
  dnaRater,
  formatArchitecture,
  naswot,
  naswotRater,
  paramsRater,
  parseArchitecture,
  pathDigits,
  type ProgressiveOptions,
  progressiveRatings,
  type ProgressiveState,
  randomRater,
  restoreSpos,
  restoreSupernet,
  saveSpos,
  search,
  searchSpace,
  sgd,
  type SposPosition,
  sposRater,
  sposScores,
  type SposSupernet,
  synflow,
  synflowRater,
  tf,
  trainSpos,
  type TrainSposOptions,
  useEngine,
  type Weights,
} from "../mod.ts";
import { applyModule, learn, newLearnerState, stepScalars } from "../lib/nn/learner.ts";
import { sequence } from "../lib/nn/module.ts";
import { wholeNetwork } from "../lib/nn/network.ts";
import { weightsOf } from "../lib/network/network.ts";
import { logDeterminant } from "../lib/raters/naswot.ts";
import { prefixed } from "../lib/raters/_prefix.ts";
import { drawChoice, sposPath } from "../lib/raters/spos.ts";
import { everyChoice, generator, ratingsOf } from "./_spaces.ts";
import { smallImages, smallTeacher, SPACE } from "./_supernet.ts";
import { difference } from "./_tensors.ts";

await useEngine();

/** What make_raters_fixture.py wrote. */
const fixture: {
  architecture: string;
  weights: Record<string, { shape: number[]; data: number[] }>;
  images: number[];
  synflow: number;
  naswot: number;
  kernel: number[];
} = JSON.parse(await Deno.readTextFile(new URL("fixtures/raters.json", import.meta.url)));

function fixtureNetwork() {
  const weights: Weights = Object.fromEntries(
    Object.entries(fixture.weights).map(([name, { shape, data }]) => [
      name,
      { dtype: "F32", shape, data: Float32Array.from(data) },
    ]),
  );
  const architecture = parseArchitecture(fixture.architecture);
  return buildNetwork(architecture, { classes: 3, resolution: 8, weights });
}

const SIZES = { resolution: 12, classes: 4 };
const data = smallImages(64);
const IMAGES = { mean: [0.5], std: [0.25] };

Deno.test("paramsRater() and randomRater() score a network, wherever it stands", async () => {
  const candidates = [...everyChoice(SPACE)].slice(0, 9).map((choice) =>
    candidateOf(SPACE, choice)
  );
  const params = candidates.map(({ architecture }) => cost(architecture, SIZES).params);
  assertEquals(await paramsRater(SIZES).rate(candidates), params);
  const scores = await randomRater("a").rate(candidates);
  assertEquals(new Set(scores).size, 9);
  assertEquals(await randomRater("a").rate(candidates.toReversed()), scores.toReversed());
  assertNotEquals(await randomRater("b").rate(candidates), scores);
});

Deno.test("dnaRater() gives minus the loss that search() finds", async () => {
  const { size: _, ...definition } = SPACE;
  const ratings = ratingsOf(definition, SPACE, generator(1), 12, 4);
  const weights = [2, 0.5];
  for (const { choice, architecture, loss } of search(ratings, { weights, top: 10 })) {
    const [score] = await dnaRater(ratings, { weights }).rate([{ choice, architecture }]);
    assertEquals(score, -loss);
  }
  assertThrows(() => dnaRater(ratings, { weights: [1] }), RangeError, "weights has 1");
  const { architecture } = candidateOf(SPACE, [{ cell: 0, path: 0 }, { cell: 0, path: 0 }]);
  const choice = [{ cell: 0, path: 2 }, { cell: 0, path: 0 }];
  assertThrows(
    () => dnaRater(ratings).rate([{ choice, architecture }]),
    RangeError,
    "block 1 takes path 2 of cell 0, the cell has 2 paths",
  );
});

Deno.test("synflow() equals PyTorch's, and stays a number for deep networks", async () => {
  const network = fixtureNetwork();
  const before = tf.memory().numTensors;
  assertAlmostEquals(synflow(network), fixture.synflow, 1e-4);
  assertEquals(tf.memory().numTensors, before);
  network.dispose();
  // The sum itself is beyond 10^38, the greatest of a float.
  const rater = synflowRater({ resolution: 32, classes: 10, seed: 1 });
  const choice = searchSpace("dna").blocks.map(() => ({ cell: 0, path: 0 }));
  const [score] = await rater.rate([{ choice, architecture: DNA_D }]);
  assert(score > 100 && Number.isFinite(score), `${score}`);
  assertEquals(await rater.rate([{ choice, architecture: DNA_D }]), [score]);
  assertEquals(tf.memory().numTensors, before - 2);
});

Deno.test("naswot() equals PyTorch's", () => {
  const network = fixtureNetwork();
  const images = tf.tensor4d(fixture.images, [12, 8, 8, 1]);
  const before = tf.memory().numTensors;
  assertAlmostEquals(logDeterminant(Float64Array.from(fixture.kernel), 12), fixture.naswot, 1e-9);
  // One activation beside 0 that rounds to the other side moves it by far less than this.
  assertAlmostEquals(naswot(network, images), fixture.naswot, 0.05);
  assertEquals(tf.memory().numTensors, before);
  const twice = tf.concat4d([images, images], 0);
  assertEquals(naswot(network, twice), -Infinity);
  assertThrows(() => naswot(network, images.concat(images, 3) as tf.Tensor4D), TypeError);
  tf.dispose([images, twice]);
  network.dispose();
});

Deno.test("naswotRater() takes the same images for all networks, and can be stopped", async () => {
  const candidates = [0, 1].map((path) =>
    candidateOf(SPACE, [{ cell: 0, path }, { cell: 0, path }])
  );
  const before = tf.memory().numTensors;
  const options = { data, ...IMAGES, resolution: 12, images: 16, seed: 2 };
  const rater = naswotRater(options);
  const scores = await rater.rate(candidates);
  assertEquals(await rater.rate([candidates[1]]), [scores[1]]);
  assertNotEquals(scores[0], scores[1]);
  assertNotEquals(await naswotRater({ ...options, seed: 3 }).rate(candidates), scores);
  await assertRejects(() => rater.rate(candidates, { signal: AbortSignal.abort() }), DOMException);
  assertEquals(tf.memory().numTensors, before);
});

Deno.test("createSpos() has layers for all that the block before may give", () => {
  const space = defineSpace({
    name: "widths",
    stem: { channels: 1, width: 8, stride: 2 },
    blocks: [
      {
        stride: 1,
        cells: [{ width: 8, depth: 1 }, { width: 12, depth: 2 }, { width: 8, depth: 2 }],
      },
      { stride: 2, cells: [{ width: 16, depth: 1 }, { width: 24, depth: 2 }] },
    ],
    operations: [{ kernel: 3, expansion: 1 }, { kernel: 5, expansion: 2 }],
    head: 16,
  });
  const before = tf.memory().numTensors;
  const supernet = createSpos(space, { classes: 4, random: createRandom(1) });
  const counts = supernet.blocks.map((cells) =>
    cells.map(({ layers }) => layers.map((variants) => variants.length))
  );
  assertEquals(counts, [[[1]], [[2], [2, 2], [2, 2]], [[4], [4, 2]], [[2]]]);
  for (const choice of everyChoice(space)) {
    // Each layer reads what the one before gives, and the shapes are those of the assembled network.
    const shapes = sposPath(supernet, choice).flatMap(({ module }) =>
      module.weights.map(({ shape }) => shape.join())
    );
    const { architecture } = candidateOf(space, choice);
    const network = buildNetwork(architecture, { classes: 4, resolution: 12 });
    assertEquals(shapes, network.module.weights.map(({ shape }) => shape.join()));
    network.dispose();
  }
  supernet.dispose();
  assertEquals(tf.memory().numTensors, before);
});

const TRAINING: TrainSposOptions = {
  data,
  ...IMAGES,
  epochs: 2,
  batch: 16,
  seed: 3,
  augment: true,
};

/** A space of one network, and its supernet. */
function oneNetwork(): SposSupernet {
  const space = defineSpace({
    name: "one",
    stem: { channels: 1, width: 8, stride: 2 },
    blocks: [{ stride: 1, cells: [{ width: 8, depth: 2 }] }, {
      stride: 2,
      cells: [{ width: 12, depth: 1 }],
    }],
    operations: [{ kernel: 3, expansion: 2 }],
    head: 16,
  });
  return createSpos(space, { classes: 4, random: createRandom(1), optimizer: sgd() });
}

/** A network's weights in a supernet, by the names of the assembled network. */
function weightsOfPath(supernet: SposSupernet, choice: Parameters<typeof sposPath>[1]): Weights {
  const path = sposPath(supernet, choice);
  const depths = choice.map(({ cell }, block) => supernet.space.blocks[block].cells[cell].depth);
  const names = depths.flatMap((depth, block) =>
    Array.from({ length: depth }, (_, layer) => `blocks.${block}.${layer}.`)
  );
  const parts = path.map(({ module, state }, i) => {
    const prefix = i === 0 || i === path.length - 1 ? "" : names[i - 1];
    const weights = weightsOf(module, {
      weights: state.weights.dataSync<"float32">(),
      statistics: state.statistics.dataSync<"float32">(),
    });
    return Object.entries(weights).map(([name, array]) => [`${prefix}${name}`, array]);
  });
  return Object.fromEntries(parts.flat());
}

Deno.test("trainSpos() of a space of one network trains it as a whole network is trained", async () => {
  const supernet = oneNetwork();
  const choice = [{ cell: 0, path: 0 }, { cell: 0, path: 0 }];
  const { architecture } = candidateOf(supernet.space, choice);
  const network = buildNetwork(architecture, {
    classes: 4,
    resolution: 12,
    weights: weightsOfPath(supernet, choice),
  });
  const module = wholeNetwork(network.modules);
  const optimizer = sgd();
  let state = newLearnerState(module, optimizer, createRandom(0));
  state = { ...state, weights: network.weights.clone() };
  let sum = 0;
  let steps = 0;
  const random = createRandom(3, "spos", 0);
  for await (const { images, labels, shape } of batches(data, { batch: 16, random, ...IMAGES })) {
    const scalars = stepScalars(optimizer, 0.01, ++steps);
    const x = tf.tensor4d(images, shape);
    const step = learn(module, optimizer, state, x, scalars, (logits) => {
      const losses = tf.losses.softmaxCrossEntropy(tf.oneHot(labels, 4), logits as tf.Tensor2D);
      return { loss: losses.mean() };
    });
    sum += step.values.loss.dataSync()[0];
    state = step.state;
  }
  const options = { ...TRAINING, augment: false, epochs: 1, rate: 0.01 };
  const [epoch] = await trainSpos(supernet, options);
  assertAlmostEquals(epoch.loss, sum / steps, 1e-4);
  const trained = buildNetwork(architecture, {
    classes: 4,
    resolution: 12,
    weights: weightsOfPath(supernet, choice),
  });
  assert(difference(trained.weights, state.weights) < 1e-3);
  assert(difference(trained.weights, network.weights) > 1e-2);
  for (const each of [trained, network, supernet]) each.dispose();
});

Deno.test("trainSpos() goes on from a checkpoint bit for bit, moves only paths, and leaks nothing", async () => {
  const before = tf.memory().numTensors;
  const make = () => createSpos(SPACE, { classes: 4, random: createRandom(1) });
  const whole = make();
  const epochs = await trainSpos(whole, TRAINING);
  const stopped = make();
  const controller = new AbortController();
  let position: SposPosition | undefined;
  await assertRejects(
    () =>
      trainSpos(stopped, {
        ...TRAINING,
        signal: controller.signal,
        onProgress: ({ done }) => done === 3 && controller.abort(),
        onCheckpoint: (given) => void (position = given),
      }),
    DOMException,
  );
  assertEquals(position!.step, 3);
  const next = createSpos(SPACE, { classes: 4, random: createRandom(9) });
  restoreSpos(next, structuredClone(saveSpos(stopped)));
  const rest = await trainSpos(next, { ...TRAINING, position: structuredClone(position) });
  assertEquals(saveSpos(next), saveSpos(whole));
  assertEquals(rest, epochs);
  // Each step moves one network: the stem always, and of each block one cell.
  const { steps } = saveSpos(whole);
  assertEquals(steps["blocks.0.cells.0.layers.0.stem"], 8);
  const first = Object.entries(steps).filter(([name]) => /^blocks\.1\..*layers\.0/.test(name));
  assertEquals(first.reduce((sum, [, count]) => sum + count, 0), 8);
  for (const each of [whole, stopped, next]) each.dispose();
  assertEquals(tf.memory().numTensors, before);
});

Deno.test("drawChoice() draws each cell, and each of its paths, equally likely", () => {
  const random = createRandom(5);
  const counts = new Map<string, number>();
  for (let i = 0; i < 8000; i++) {
    const [{ cell, path }] = drawChoice(SPACE, random);
    const key = `${cell}.${path}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  // Cell 0 has 2 paths, cell 1 has 8.
  assertEquals(counts.size, 10);
  for (const [key, count] of counts) {
    const expected = key.startsWith("0") ? 2000 : 500;
    assert(Math.abs(count - expected) < 5 * Math.sqrt(expected), `${key}: ${count}`);
  }
});

Deno.test("sposScores() are those of the assembled network with recalibrated statistics", async () => {
  const supernet = createSpos(SPACE, { classes: 4, random: createRandom(1) });
  await trainSpos(supernet, { ...TRAINING, rate: 0.01, epochs: 4 });
  const before = tf.memory().numTensors;
  const validation = smallImages(40, 2);
  const calibration = smallImages(32, 3);
  const random = createRandom(4);
  const candidates = Array.from({ length: 4 }, () => candidateOf(SPACE, drawChoice(SPACE, random)));
  const options = { validation, calibration, ...IMAGES, batch: 16 };
  const events: number[] = [];
  const scores = await sposScores(supernet, candidates, options, {
    onProgress: ({ done, total }) => events.push(done / total),
  });
  assertEquals([events.length, events.at(-1)], [4 * (1 + 3), 1]);
  assertEquals(tf.memory().numTensors, before);
  for (const [i, { choice, architecture }] of candidates.entries()) {
    const weights = weightsOfPath(supernet, choice);
    const start = buildNetwork(architecture, { classes: 4, resolution: 12, weights });
    const statistics: tf.Tensor1D[] = [];
    for await (const { images, shape } of batches(calibration, { batch: 16, ...IMAGES })) {
      const x = tf.tensor4d(images, shape);
      const own = applyModule(start.module, start.weights, start.weights, x, true);
      statistics.push(own.statistics);
    }
    const recalibrated = buildNetwork(architecture, {
      classes: 4,
      resolution: 12,
      weights: weightsOf(start.module, {
        weights: start.weights.dataSync<"float32">(),
        statistics: tf.addN(statistics).div(statistics.length).dataSync<"float32">(),
      }),
    });
    const { crossEntropy, top1 } = await accuracy(recalibrated, validation, IMAGES);
    assertAlmostEquals(scores[i].crossEntropy, crossEntropy, 1e-4);
    assertAlmostEquals(scores[i].accuracy, top1, 1e-9);
    const alone = await sposScores(supernet, [candidates[i]], options);
    assertEquals(alone, [scores[i]]);
  }
  // Trained on bright and dark noise, the best of them knows some of it: a guess is right in a quarter.
  assert(Math.max(...scores.map(({ accuracy }) => accuracy)) > 0.4);
  const by = (kind?: "accuracy") => sposRater(supernet, { ...options, by: kind }).rate(candidates);
  assertEquals(await by(), scores.map(({ crossEntropy }) => -crossEntropy));
  assertEquals(await by("accuracy"), scores.map(({ accuracy }) => accuracy));
  const { architecture } = candidates[0];
  const bad = [{ choice: [{ cell: 5, path: 0 }, { cell: 0, path: 0 }], architecture }];
  await assertRejects(() => sposScores(supernet, bad, options), RangeError, "takes cell 5");
  supernet.dispose();
});

/** One cell in each block: 2 and 4 paths. */
const SINGLE = defineSpace({
  name: "single",
  stem: { channels: 1, width: 8, stride: 2 },
  blocks: [{ stride: 1, cells: [{ width: 8, depth: 1 }] }, {
    stride: 2,
    cells: [{ width: 16, depth: 2 }],
  }],
  operations: [{ kernel: 3, expansion: 2 }, { kernel: 5, expansion: 1 }],
  head: 16,
});
const teacher = smallTeacher();
const PROGRESSIVE: Omit<ProgressiveOptions, "strategy"> = {
  teacher,
  data,
  validation: smallImages(32, 2),
  calibration: smallImages(32, 3),
  epochs: 2,
  batch: 16,
  seed: 5,
};

for (const strategy of ["S1", "S2"] as const) {
  Deno.test(`progressiveRatings() of ${strategy} rates paths behind the student's own blocks`, async () => {
    const before = tf.memory().numTensors;
    const states: ProgressiveState[] = [];
    const ratings = await progressiveRatings(SINGLE, {
      ...PROGRESSIVE,
      strategy,
      onCheckpoint: (state) => void states.push(structuredClone(state)),
    });
    assertEquals(tf.memory().numTensors, before);
    assertEquals(ratings.blocks.map(({ cells }) => cells[0].losses.length), [2, 4]);
    const best = ratings.blocks.map(({ cells: [{ losses }] }) =>
      losses.indexOf(Math.min(...losses))
    );
    assertEquals(search(ratings).choice.map(({ path }) => path), best);
    // Rated again by hand: the whole chain from the image, recalibrated, beside the teacher's map.
    const supernet = createSupernet(SINGLE, teacher, { random: createRandom(1) });
    restoreSupernet(supernet, states.at(-1)!.supernet);
    const [[{ layers: [[stem], first] }], [{ layers: second }]] = supernet.blocks;
    const [validation, calibration] = await Promise.all(
      [PROGRESSIVE.validation, PROGRESSIVE.calibration].map(async (split) => {
        for await (const { images, shape } of batches(split, { batch: 32, ...IMAGES })) {
          return tf.tensor4d(images, shape);
        }
      }),
    );
    const y = teacher.features(validation!)[1];
    const sigma = tf.moments(y).variance.sqrt().dataSync()[0];
    ratings.blocks[1].cells[0].losses.forEach((loss, path) => {
      const [a, b] = pathDigits(SINGLE, 2, path);
      const chain = [stem, first[best[0]], second[0][a], second[1][b]];
      const module = sequence(chain.map(({ module }, i) => prefixed(module, `${i}.`)));
      const weights = tf.concat1d(chain.map(({ state }) => state.weights));
      const { statistics } = applyModule(module, weights, weights, calibration!, true);
      const x = applyModule(module, weights, statistics, validation!, false).y;
      assertAlmostEquals(x.sub(y).abs().mean().dataSync()[0] / sigma, loss, 1e-4);
    });
    supernet.dispose();
    // Between the stages S2 keeps what block 1 learnt, and S1 begins anew: eight steps a stage.
    const afterFirst = states.find(({ blocks }) => blocks.length === 1)!.supernet;
    const last = states.at(-1)!.supernet;
    const stepsOf = ({ steps }: typeof last, part: string) =>
      Object.entries(steps).filter(([name]) => name.startsWith(part))
        .reduce((sum, [, count]) => sum + count, 0);
    for (const part of ["blocks.0.cells.0.stem", "blocks.0.cells.0.layers.0"]) {
      assertEquals(stepsOf(afterFirst, part), strategy === "S1" ? 0 : 8);
      assertEquals(stepsOf(last, part), 8);
    }
    assertEquals(stepsOf(last, "blocks.1.cells.0.layers.0"), 8);
    const chosen = `blocks.0.cells.0.layers.0.${first[best[0]].label}`;
    assert(strategy === "S2" || last.steps[chosen] === 8);
    const moved = difference(
      afterFirst.vectors[`${chosen}.weights`],
      last.vectors[`${chosen}.weights`],
    );
    assertEquals(moved > 0, strategy === "S1");
  });

  Deno.test(`progressiveRatings() of ${strategy} goes on from any checkpoint bit for bit`, async () => {
    const options = { ...PROGRESSIVE, strategy };
    const whole = await progressiveRatings(SINGLE, options);
    for (const stopAt of [3, 11]) {
      const controller = new AbortController();
      let state: ProgressiveState | undefined;
      let steps = 0;
      await assertRejects(
        () =>
          progressiveRatings(SINGLE, {
            ...options,
            signal: controller.signal,
            onProgress: ({ unit }) => {
              if (unit === "steps" && ++steps === stopAt) controller.abort();
            },
            onCheckpoint: (given) => void (state = structuredClone(given)),
          }),
        DOMException,
      );
      assertEquals(state!.blocks.length, stopAt < 8 ? 0 : 1);
      assertEquals(await progressiveRatings(SINGLE, { ...options, state }), whole);
    }
  });
}

Deno.test("progressiveRatings() refuses several cells in a block, and an unknown design", async () => {
  await assertRejects(
    () => progressiveRatings(SPACE, { ...PROGRESSIVE, strategy: "S1" }),
    RangeError,
    'block 1 of space "small" has 2 cells, must have one',
  );
  await assertRejects(
    () => progressiveRatings(SINGLE, { ...PROGRESSIVE, strategy: "S3" as "S1" }),
    RangeError,
    "strategy",
  );
  assertEquals(
    formatArchitecture(
      candidateOf(SINGLE, [{ cell: 0, path: 0 }, { cell: 0, path: 0 }])
        .architecture,
    ).split(" | ").length,
    4,
  );
});
