import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import {
  adam,
  cosine,
  exponential,
  type Optimizer,
  rmsprop,
  scaledRate,
  type Schedule,
  sgd,
  tf,
  useEngine,
  warmup,
} from "../mod.ts";
import { stepScalars } from "../lib/nn/learner.ts";

await useEngine();

// What PyTorch and timm compute: see tests/fixtures/make_optimizer_fixture.py.
const FIXTURE: {
  rate: number;
  begin: number[];
  gradients: number[][];
  weights: Record<string, number[][]>;
  schedules: Record<string, number[]>;
} = JSON.parse(
  await Deno.readTextFile(new URL("./fixtures/optimizers.json", import.meta.url)),
);

const OPTIMIZERS: [string, string, Optimizer][] = [
  ["adam()", "adam", adam()],
  ["sgd() with momentum", "sgd", sgd({ nesterov: false })],
  ["sgd() in Nesterov's form", "nesterov", sgd()],
  ["rmsprop()", "rmsprop", rmsprop()],
];

for (const [title, name, optimizer] of OPTIMIZERS) {
  Deno.test(`${title} takes the reference's 20 steps to 1e-5`, () => {
    let weights = tf.tensor1d(FIXTURE.begin);
    let state = Array.from({ length: optimizer.slots }, () => tf.zeros<tf.Rank.R1>([5]));
    FIXTURE.gradients.forEach((values, i) => {
      const rate = i < 10 ? FIXTURE.rate : FIXTURE.rate / 2;
      const [learningRate, , ...own] = tf.unstack(stepScalars(optimizer, rate, i + 1));
      const gradient = tf.tensor1d(values);
      ({ weights, state } = optimizer.update(weights, gradient, state, learningRate, own));
      weights.dataSync().forEach((weight, w) => {
        const wanted = FIXTURE.weights[name][i][w];
        assertAlmostEquals(weight, wanted, 1e-5 * Math.max(1, Math.abs(wanted)), `step ${i + 1}`);
      });
    });
  });
}

/** Schedules with the reference's rates, and the first step at which both say the same. */
const SCHEDULES: [title: string, name: string, schedule: Schedule, from: number][] = [
  [
    "timm's decay every 2.4 epochs",
    "timm steps",
    exponential(0.256, { factor: 0.97, every: 2.4 }),
    0,
  ],
  // timm rises from 0, ours from the first share of the rate.
  ["timm's cosine", "timm cosine", cosine(0.256, { steps: 25, warmup: 5, end: 0.01 }), 5],
  [
    "timm's decay after its warm-up",
    "timm steps, warm-up",
    warmup(exponential(0.256, { factor: 0.97, every: 2.4 }), 5, { start: 1e-4 }),
    0,
  ],
  [
    "timm's decay that begins with the end of its warm-up",
    "timm steps, warm-up before",
    warmup(exponential(0.256, { factor: 0.97, every: 2.4 }), 5, { shift: true }),
    0,
  ],
  [
    "timm's cosine after its warm-up",
    "timm cosine, warm-up",
    warmup(cosine(0.256, { steps: 20, end: 0.01 }), 5, { start: 1e-4 }),
    0,
  ],
  [
    "timm's cosine that begins with the end of its warm-up",
    "timm cosine, warm-up before",
    warmup(cosine(0.256, { steps: 20 }), 5, { shift: true }),
    0,
  ],
  ["PyTorch's decay", "torch exponential", exponential(0.256, { factor: 0.9, every: 1 }), 0],
  [
    "PyTorch's decay, smooth or not",
    "torch exponential",
    exponential(0.256, { factor: 0.9, every: 1, staircase: false }),
    0,
  ],
  ["PyTorch's cosine", "torch cosine", cosine(0.256, { steps: 20, end: 0.01 }), 0],
];

for (const [title, name, schedule, from] of SCHEDULES) {
  Deno.test(`schedules give ${title}`, () => {
    FIXTURE.schedules[name].slice(from).forEach((rate, i) =>
      assertAlmostEquals(schedule(from + i), rate, 1e-12)
    );
  });
}

Deno.test("schedules begin, bend and end where they say", () => {
  const half = cosine(1, { steps: 110, warmup: 10 });
  assertEquals([half(0), half(9), half(10)], [0.1, 1, 1]);
  assertAlmostEquals(half(60), 0.5, 1e-12);
  assertAlmostEquals(half(110), 0, 1e-12);
  assertEquals(half(1000), half(110));
  const stairs = exponential(2, { factor: 0.5, every: 10 });
  assertEquals([stairs(9), stairs(10), stairs(25)], [2, 1, 0.5]);
  const smooth = exponential(2, { factor: 0.5, every: 10, staircase: false });
  assertAlmostEquals(smooth(5), Math.SQRT2, 1e-12);
});

Deno.test("warmup() rises linearly to the first rate, also to one that stays", () => {
  const rate = warmup(0.4, 4, { start: 0.2 });
  assertEquals([0, 1, 2, 3, 4, 9].map(rate).map((value) => value.toFixed(2)), [
    "0.20",
    "0.25",
    "0.30",
    "0.35",
    "0.40",
    "0.40",
  ]);
  assertEquals(warmup(0.4, 0)(0), 0.4);
  for (const steps of [-1, NaN, Infinity]) assertThrows(() => warmup(0.1, steps), RangeError);
});

Deno.test("scaledRate() is proportional to the batch", () => {
  assertAlmostEquals(scaledRate(0.256, 4096, 4096), 0.256, 1e-15);
  assertAlmostEquals(scaledRate(0.256, 4096, 128), 0.008, 1e-15);
  for (const batch of [0, -1, NaN]) assertThrows(() => scaledRate(1, 256, batch), RangeError);
});

Deno.test("optimizers describe themselves for the run's record, and have the state they say", () => {
  for (const [, , optimizer] of OPTIMIZERS) {
    const description = JSON.parse(JSON.stringify(optimizer.description));
    assertEquals(description, optimizer.description);
    const vector = tf.zeros<tf.Rank.R1>([3]);
    const state = Array.from({ length: optimizer.slots }, () => vector);
    const scalars = optimizer.scalars(1).map((value) => tf.scalar(value));
    const next = optimizer.update(vector, vector, state, tf.scalar(0.1), scalars);
    assertEquals(next.state.map(({ shape }) => shape), state.map(() => [3]));
    assert(next.weights.dataSync().every((weight) => weight === 0), "no gradient, no step");
  }
});
