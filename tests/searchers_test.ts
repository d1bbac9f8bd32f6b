import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import fc from "fast-check";
import {
  type Candidate,
  candidateOf,
  cost,
  createRandom,
  defineSpace,
  dnaRater,
  evolutionSearcher,
  exactSearcher,
  flopsRater,
  paramsRater,
  randomRater,
  randomSearcher,
  type Rater,
  type SpaceDefinition,
} from "../mod.ts";
import { cross, mutate } from "../lib/searchers/_genes.ts";
import { everyChoice, generator, ratingsOf, smallRatings } from "./_spaces.ts";

const SIZES = { resolution: 32, classes: 10 };

/** Two blocks with cells of different width and depth. */
const DEFINITION: SpaceDefinition = {
  name: "searched",
  stem: { channels: 3, width: 8, stride: 2 },
  blocks: [
    { stride: 2, cells: [{ width: 8, depth: 2 }, { width: 12, depth: 2 }, { width: 8, depth: 1 }] },
    {
      stride: 2,
      cells: [{ width: 16, depth: 2 }, { width: 24, depth: 2 }, { width: 24, depth: 2 }],
    },
  ],
  operations: [3, 5].flatMap((kernel) => [2, 3].map((expansion) => ({ kernel, expansion }))),
  head: 32,
};
/** 1,728 networks. */
const SPACE = defineSpace(DEFINITION);
const RATINGS = ratingsOf(DEFINITION, SPACE, generator(5));

/** Every network of the space with its costs and a rater's score, the best first. */
async function everyNetwork(rater: Rater) {
  const candidates = [...everyChoice(SPACE)].map((choice) => candidateOf(SPACE, choice));
  const scores = await rater.rate(candidates);
  return candidates.map((candidate, i) => ({
    ...candidate,
    ...cost(candidate.architecture, SIZES),
    score: scores[i],
  })).sort((a, b) => b.score - a.score);
}

const rater = dnaRater(RATINGS);
const networks = await everyNetwork(rater);
const middle = networks.map(({ flops }) => flops).sort((a, b) => a - b)[networks.length / 3 | 0];
const bestWithin = networks.find(({ flops }) => flops <= middle)!;

Deno.test("exactSearcher() finds the best of all networks by brute force, within budgets", async () => {
  const task = { ...SIZES, space: SPACE, rater };
  const free = await exactSearcher().find(task);
  assertEquals([free.choice, free.score], [[...networks[0].choice], networks[0].score]);
  const found = await exactSearcher().find({ ...task, maxFlops: middle });
  assertEquals(found.choice, [...bestWithin.choice]);
  assertEquals([found.score, found.flops], [bestWithin.score, bestWithin.flops]);
  // λ of the rater are the search's.
  const weighted = dnaRater(RATINGS, { weights: [1, 0] });
  const { score } = await exactSearcher().find({ ...task, rater: weighted });
  assertEquals(score, (await everyNetwork(weighted))[0].score);
  await assertRejects(
    () => exactSearcher().find({ ...task, rater: randomRater(1) }),
    TypeError,
    "Cannot search exactly with rater random",
  );
  await assertRejects(
    () => exactSearcher().find({ ...task, resolution: 28 }),
    RangeError,
    "resolution is 28, its ratings are for 32",
  );
  const other = defineSpace({ ...DEFINITION, operations: [{ kernel: 3, expansion: 2 }] });
  await assertRejects(() => exactSearcher().find({ ...task, space: other }), RangeError, "not of");
});

Deno.test("evolutionSearcher() finds the brute-force optimum of a small space", async () => {
  for (const limits of [{}, { maxFlops: middle }]) {
    const wanted = "maxFlops" in limits ? bestWithin : networks[0];
    for (let seed = 0; seed < 5; seed++) {
      const task = { ...SIZES, space: SPACE, rater, seed, ...limits };
      const found = await evolutionSearcher().find(task);
      assertEquals(found.score, wanted.score);
      assert(found.evaluations <= 1000);
    }
  }
});

Deno.test("evolutionSearcher() beats random search with the same evaluations, on average", async () => {
  let [evolved, drawn] = [0, 0];
  for (let seed = 0; seed < 20; seed++) {
    const task = { ...SIZES, space: SPACE, rater, seed };
    const options = { population: 20, generations: 8, parents: 5 };
    const one = await evolutionSearcher(options).find(task);
    const other = await randomSearcher({ evaluations: 160 }).find(task);
    evolved += one.score;
    drawn += other.score;
    assert(one.evaluations <= 160 && other.evaluations <= 160);
  }
  assert(evolved > drawn, `${evolved} is not above ${drawn}`);
});

Deno.test("searchers never break a budget, and give the same for the same seed", async () => {
  const searchers = [
    evolutionSearcher({ population: 12, generations: 4, parents: 4 }),
    randomSearcher({ evaluations: 30 }),
  ];
  const sorted = (unit: "params" | "flops" | "macs") =>
    networks.map((network) => network[unit]).sort((a, b) => a - b);
  const raters = [flopsRater(SIZES), paramsRater(SIZES), randomRater(3)];
  for (const searcher of searchers) {
    for (const [i, rater] of raters.entries()) {
      for (const share of [0, 0.1, 0.5]) {
        const limit = (unit: "params" | "flops" | "macs") =>
          sorted(unit)[Math.floor(share * (networks.length - 1))];
        const limits = [{ maxFlops: limit("flops") }, { maxParams: limit("params") }, {
          maxMacs: limit("macs"),
          maxParams: limit("params"),
        }][share === 0 ? i % 2 : i];
        const task = { ...SIZES, space: SPACE, rater, seed: `a${share}`, ...limits };
        const seen: Candidate[] = [];
        const watching: Rater = {
          name: "watching",
          rate(candidates, options) {
            seen.push(...candidates);
            return rater.rate(candidates, options);
          },
        };
        const found = await searcher.find({ ...task, rater: watching });
        assertEquals(await searcher.find(task), found);
        assertEquals(seen.length, found.evaluations);
        assertEquals(new Set(seen.map(({ choice }) => JSON.stringify(choice))).size, seen.length);
        for (const { architecture } of seen) {
          const { params, flops, macs } = cost(architecture, SIZES);
          assert(!("maxParams" in limits) || params <= limits.maxParams!);
          assert(!("maxFlops" in limits) || flops <= limits.maxFlops!);
          assert(!("maxMacs" in limits) || macs <= limits.maxMacs!);
        }
        const [again] = await rater.rate([found]);
        assertEquals(found.score, again);
      }
    }
    await assertRejects(
      () => searcher.find({ ...SIZES, space: SPACE, rater, maxParams: 10 }),
      RangeError,
      "no network",
    );
  }
});

Deno.test("evolutionSearcher() stops where no network is left, and keeps to `evaluations`", async () => {
  const space = defineSpace({ ...DEFINITION, blocks: [SPACE.blocks[0]] });
  const task = { ...SIZES, space, rater: paramsRater(SIZES) };
  const all = await evolutionSearcher().find(task);
  assertEquals(all.evaluations, Number(space.size));
  assertEquals((await evolutionSearcher({ evaluations: 7 }).find(task)).evaluations, 7);
  assertThrows(() => evolutionSearcher({ population: 0 }), RangeError, "population is 0");
  assertThrows(
    () => evolutionSearcher({ population: 10, mutations: 8, crossovers: 8 }),
    RangeError,
    "mutations and crossovers are 16, must be at most the population, 10",
  );
  assertThrows(() => randomSearcher({ evaluations: 0 }), RangeError, "evaluations is 0");
  const broken: Rater = { name: "broken", rate: () => Promise.resolve([NaN]) };
  const only = { ...task, rater: broken };
  await assertRejects(() => randomSearcher({ evaluations: 1 }).find(only), RangeError, "is NaN");
  const signal = AbortSignal.abort();
  await assertRejects(() => evolutionSearcher().find({ ...task, signal }), DOMException);
});

Deno.test("mutate() and cross() give networks of the space, each gene with its probability", () => {
  fc.assert(
    fc.property(smallRatings, fc.nat(), (ratings, seed) => {
      const space = defineSpace(ratings.space as never);
      const random = createRandom(seed);
      const all = [...everyChoice(space)];
      const [a, b] = [0, 1].map(() => all[random.int(all.length)]);
      candidateOf(space, mutate(space, a, random.uniform(), random));
      assertEquals(mutate(space, a, 0, random), a);
      const child = cross(space, a, b, random);
      candidateOf(space, child);
      assertEquals(cross(space, a, a, random), a);
      child.forEach(({ cell }, block) => assert([a[block].cell, b[block].cell].includes(cell)));
    }),
    { numRuns: 50 },
  );
  const random = createRandom(1);
  const start = [{ cell: 1, path: 5 }, { cell: 0, path: 10 }];
  let changed = 0;
  for (let i = 0; i < 4000; i++) {
    if (mutate(SPACE, start, 0.1, random)[0].cell !== 1) changed++;
  }
  // A tenth of the draws, of which a third draws the same cell: 267 with a deviation of 16.
  assert(changed > 200 && changed < 330, `${changed}`);
});
