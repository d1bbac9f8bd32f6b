import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { type Ratings, ratingsSpace } from "../lib/ratings.ts";
import { authorsSearch } from "../lib/search/authors.ts";
import { searchProblem } from "../lib/search/_problem.ts";
import { customCost, networkParts } from "../lib/search/parts.ts";
import { feasibleChoice, search } from "../lib/search/search.ts";
import { solve } from "../lib/search/_solve.ts";
import { searchStages } from "../lib/search/_stages.ts";
import { costTables, pathCost } from "../lib/search/_tables.ts";
import { traversalSearch } from "../lib/search/traversal.ts";
import type { CustomCost, SearchOptions } from "../lib/search/types.ts";
import { defineSpace } from "../lib/space/define.ts";
import { pathDigits } from "../lib/space/paths.ts";
import { searchSpace } from "../lib/space/spaces.ts";
import { everyNetwork, FRACTION, limitsOf, ranking, WAIT } from "./_brute_force.ts";
import { paperRatings } from "./_paper_ratings.ts";
import { generator, ratingsOf, smallRatings } from "./_spaces.ts";

/** Options of every kind for ratings, with budgets at or just below the costs of some network. */
function someOptions(ratings: Ratings, seed: number): SearchOptions {
  const next = generator(seed);
  const isOn = () => next() < 0.4;
  const { blocks, operations } = ratingsSpace(ratings);
  const some = (count: number) =>
    Array.from({ length: count }, (_, i) => i).filter((i) => i === 0 || next() < 0.5);
  const options: SearchOptions = {};
  if (isOn()) options.weights = blocks.map(() => [0, 0.5, 1, 3][Math.floor(4 * next())]);
  if (isOn()) {
    options.cells = Object.fromEntries(
      some(blocks.length).map((block) => [block, some(blocks[block].cells.length)]),
    );
  }
  const { kernel, expansion } = operations[Math.floor(next() * operations.length)];
  const isOnly = operations.every((operation) =>
    operation.kernel === kernel && operation.expansion === expansion
  );
  if (!isOnly && isOn()) {
    options.without = [next() < 0.5 ? `k${kernel}e${expansion}` : { kernel, expansion }];
  }
  options.costs = [{ cost: WAIT }];
  const networks = everyNetwork(ratings, options);
  const one = () => networks[Math.floor(next() * networks.length)].costs;
  const below = () => next() < 0.3 ? 1 : 0;
  if (isOn()) options.maxParams = one().params - below();
  if (isOn()) options.maxFlops = one().flops - below();
  if (isOn()) options.maxMacs = one().macs;
  if (isOn()) options.costs = [{ cost: WAIT, max: one().wait - below() }];
  return options;
}

const plain = (choice: readonly { cell: number; path: number }[]) =>
  choice.map(({ cell, path }) => ({ cell, path }));

Deno.test("search({ top }) gives the best networks in order, under up to four constraints of any kind", () => {
  let several = 0;
  fc.assert(
    fc.property(
      smallRatings,
      fc.nat(),
      fc.constantFrom(1, 2, 3, 10, 1000),
      (ratings, seed, top) => {
        const options = someOptions(ratings, seed);
        const wanted = ranking(everyNetwork(ratings, options), options).slice(0, top);
        if (wanted.length === 0) {
          assertThrows(() => search(ratings, options), RangeError, "the cheapest");
          return;
        }
        const found = search(ratings, { ...options, top });
        assertEquals(
          found.map(({ choice, loss, params, flops, macs, costs }) => ({
            choice: plain(choice),
            loss,
            costs: { params, flops, macs, ...costs },
          })),
          wanted.map(({ choice, loss, costs }) => ({ choice, loss, costs })),
        );
        assertEquals(search(ratings, options), found[0]);
        for (const bounds of [true, false]) {
          const { loss, visited } = traversalSearch(ratings, { ...options, bounds });
          assertEquals(loss, wanted[0].loss);
          assert(visited >= ratings.blocks.length);
        }
        if (limitsOf(options).length >= 3) several++;
      },
    ),
    { numRuns: 400 },
  );
  assert(several > 20);
});

Deno.test("search() is exact where a cost of one's own is not whole", () => {
  fc.assert(
    fc.property(smallRatings, fc.nat(), fc.boolean(), (ratings, pick, isBelow) => {
      // The budget is a network's cost exactly as it is added up, or the number just below.
      const costs = [{ cost: FRACTION }];
      const all = search(ratings, { costs, top: 1000 });
      const exact = all[pick % all.length].costs!.fraction;
      const max = isBelow ? exact * (1 - 2 ** -52) : exact;
      const wanted = all.filter((network) => network.costs!.fraction <= max);
      const options = { costs: [{ cost: FRACTION, max }] };
      if (wanted.length === 0) {
        assertThrows(() => search(ratings, options), RangeError, "fraction (costs)");
        return;
      }
      const least = Math.min(...wanted.map(({ loss }) => loss));
      assertEquals(search(ratings, options).loss, least);
      assertEquals(traversalSearch(ratings, options).loss, least);
    }),
    { numRuns: 200 },
  );
});

Deno.test("search({ top }) gives on the paper's space what single searches cannot beat", () => {
  const ratings = paperRatings(5, 0.5);
  for (const options of [{}, { maxParams: 4.2e6 }, { maxParams: 4.2e6, maxFlops: 350e6 }]) {
    const found = search(ratings, { ...options, top: 30 });
    assertEquals(found[0], search(ratings, options));
    assertEquals(new Set(found.map(({ text }) => text)).size, 30);
    for (let i = 1; i < 30; i++) assert(found[i].loss >= found[i - 1].loss);
    // Without one cell of a block at a time, the best network is among them, or worse than all.
    for (let block = 0; block < 5; block++) {
      for (let cell = 0; cell < 3; cell++) {
        const { text, loss } = search(ratings, { ...options, cells: { [block]: [cell] } });
        assert(found.some((other) => other.text === text) || loss >= found[29].loss);
      }
    }
  }
});

Deno.test("search() is exact where losses depend on little but two costs, however little is merged at once", () => {
  const space = searchSpace("fashion");
  const sizes = { resolution: 28, classes: 10 };
  const tables = costTables(space, sizes);
  for (const noise of [0.1, 0.001, 0]) {
    const next = generator(6);
    const ratings = ratingsOf("fashion", space, () => 0, 28);
    ratings.blocks.forEach(({ cells }, block) =>
      cells.forEach((cell, i) => {
        const { depth } = cell;
        cell.losses = cell.losses.map((_, path) => {
          const digits = pathDigits(space, depth, path);
          const sum = (unit: string) => pathCost(tables[block].cells[i], unit, 0, digits);
          return 10 - sum("params") / 1e5 - sum("flops") / 4e6 + noise * next();
        });
      })
    );
    const options = { maxParams: 110e3, maxFlops: 4e6 };
    const problem = searchProblem(ratings, options);
    const stages = searchStages(problem);
    const feasible = feasibleChoice(problem, stages);
    const lossWith = (effort?: { atOnce: number; lookedAt: number }) =>
      solve(stages, problem.budgets, feasible, stages, 1, effort)[0]
        .reduce((sum, edge) => sum + edge.loss, 0);
    const { loss } = search(ratings, options);
    assertEquals(lossWith(), loss);
    assertEquals(lossWith({ atOnce: 50, lookedAt: 1e9 }), loss);
    if (noise === 0.1) {
      assert(Math.abs(traversalSearch(ratings, options).loss - loss) < 1e-12 * loss);
    }
    assertThrows(() => lossWith({ atOnce: 50, lookedAt: 3 }), Error, "after 3 partial networks");
  }
});

Deno.test("search() takes zeros as budgets and costs", () => {
  const ratings = ratingsOf("fashion", searchSpace("fashion"), generator(9), 28);
  const nothing: CustomCost = { name: "nothing", of: () => 0 };
  assertEquals(search(ratings, { costs: [{ cost: nothing, max: 0 }] }).loss, search(ratings).loss);
  const wide: CustomCost = { name: "wide", of: ({ layer }) => layer?.kernel === 7 ? 1 : 0 };
  const found = search(ratings, { costs: [{ cost: wide, max: 0 }], maxParams: 1e5 });
  assertEquals(found.loss, search(ratings, { without: ["k7e6", "k7e3"], maxParams: 1e5 }).loss);
});

Deno.test("a cost of one's own is asked for every part with its place, sizes and activation", () => {
  const space = defineSpace({
    name: "placed",
    first: { type: "ds", kernel: 3, stride: 1, expansion: 1, width: 16, se: 0.25 },
    blocks: [
      { stride: 2, cells: [{ width: 24, depth: 2 }, { width: 32, depth: 1 }] },
      { stride: 1, cells: [{ width: 40, depth: 1 }] },
    ],
    operations: [{ kernel: 3, expansion: 6, activation: "relu" }],
  });
  const seen = new Set<string>();
  const cost: CustomCost = {
    name: "seen",
    of: (part) => {
      const { kind, inputWidth, width, inputSize, size, activation, place } = part;
      const at = place ? `${place.block}.${place.cell}.${place.layer}` : kind;
      seen.add(`${at} ${inputWidth}>${width} ${inputSize}>${size} ${activation}`);
      return 1;
    },
  };
  costTables(space, { resolution: 32, classes: 10 }, [cost]);
  assertEquals([...seen].sort(), [
    "0.0.0 16>24 16>8 relu",
    "0.0.1 24>24 8>8 relu",
    "0.1.0 16>32 16>8 relu",
    "1.0.0 24>40 8>8 relu",
    "1.0.0 32>40 8>8 relu",
    "classifier 1280>10 1>1 undefined",
    "first 32>16 16>16 swish",
    "head 40>1280 8>8 swish",
    "stem 3>32 32>16 swish",
  ]);
});

Deno.test("customCost() of the network found is the sum that search() kept to", () => {
  const ratings = paperRatings(7, 0.5);
  const found = search(ratings, { costs: [{ cost: WAIT, max: 6000 }], maxParams: 5e6 });
  const sizes = { resolution: 224, classes: 1000 };
  assertEquals(customCost(found.architecture, WAIT, sizes), found.costs!.wait);
  assertEquals(networkParts(found.architecture, sizes)[0].inputSize, 224);
});

Deno.test("search() refuses wrong options of every kind, naming the place", () => {
  const ratings = ratingsOf("fashion", searchSpace("fashion"), generator(1), 28);
  const cost = WAIT;
  const bad: [options: unknown, kind: typeof TypeError, message: string][] = [
    [{ top: 0 }, RangeError, "top is 0, must be a whole number from 1 to 10000"],
    [{ top: 1.5 }, RangeError, "top is 1.5"],
    [{ top: "5" }, TypeError, 'top is "5"'],
    [{ top: NaN }, RangeError, "top is NaN"],
    [{ cells: { 4: [0] } }, TypeError, 'cells has the unknown key "4", known: 0, 1, 2, 3'],
    [{ cells: { 1: [3] } }, RangeError, "cells[1][0] is 3, must be a whole number from 0 to 2"],
    [{ cells: { 1: [] } }, RangeError, "cells[1] has 0 entries"],
    [{ cells: { 1: 0 } }, TypeError, "cells[1] is 0, must be an array"],
    [{ cells: { 1: [null] } }, TypeError, "cells[1][0] is null"],
    [{ cells: [[0]] }, TypeError, "cells is an array of 1, must be an object"],
    [{ without: "k7e6" }, TypeError, 'without is "k7e6", must be an array'],
    [
      { without: ["k9e6"] },
      RangeError,
      'without[0] is "k9e6", must be an operation of space "fashion": k3e6, k5e6, k7e6, k3e3',
    ],
    [{ without: [{ kernel: 3 }] }, TypeError, "without[0].expansion is missing"],
    [{ without: [7] }, TypeError, "without[0] is 7, must be an object"],
    [
      { without: ["k3e6", "k5e6", "k7e6", "k3e3", "k5e3", "k7e3"] },
      RangeError,
      "without has every operation",
    ],
    [{ costs: cost }, TypeError, "costs is an object, must be an array"],
    [{ costs: [cost] }, TypeError, 'costs[0] has the unknown key "name", known: cost, max'],
    [{ costs: [{}] }, TypeError, "costs[0].cost is missing"],
    [{ costs: [{ cost, max: NaN }] }, RangeError, "costs[0].max is NaN"],
    [{ costs: [{ cost, max: "12ms" }] }, TypeError, 'costs[0].max is "12ms"'],
    [{ costs: [{ cost, max: -1 }] }, RangeError, "costs[0].max is -1"],
    [{ costs: [{ cost }, { cost }] }, RangeError, 'costs[1].cost.name is "wait"'],
    [{ costs: [{ cost: { of: () => 1 } }] }, TypeError, "costs[0].cost.name is missing"],
    [{ costs: [{ cost: { ...cost, unit: 5 } }] }, TypeError, "costs[0].cost.unit is 5"],
    [{ costs: [{ cost: { ...cost, of: 5 } }] }, TypeError, "costs[0].cost.of is 5"],
    [
      { costs: [{ cost: { name: "x", of: () => NaN } }] },
      RangeError,
      'Cannot use the cost "x": it gives NaN for the stem, which reads 1 channels of 28×28',
    ],
    [
      { costs: [{ cost: { name: "x", of: (p: { place?: object }) => p.place ? "5" : 1 } }] },
      TypeError,
      'it gives "5" for layer 0 of cell 0 of block 0 with kernel 3 and expansion 6',
    ],
    [{ costs: [{ cost, max: 10 }] }, RangeError, "10 ns wait (costs); the cheapest has"],
    [
      { maxParams: 30e3, cells: { 3: [1] } },
      RangeError,
      'of space "fashion" of the allowed cells and operations has at most 30,000 params',
    ],
  ];
  for (const [options, kind, message] of bad) {
    assertThrows(() => search(ratings, options as SearchOptions), kind, message);
  }
  assertThrows(
    () => traversalSearch(ratings, { bounds: 1 as unknown as boolean }),
    TypeError,
    "bounds is 1, must be true or false",
  );
});

Deno.test("authorsSearch() never beats search() within the budget, and misses it often", () => {
  let missed = 0;
  for (let seed = 0; seed < 200; seed++) {
    const next = generator(seed);
    const definition = {
      name: "random",
      blocks: Array.from({ length: 3 }, () => ({
        stride: 1 as const,
        cells: Array.from({ length: 2 }, () => ({
          width: [16, 24][Math.floor(2 * next())],
          depth: 1 + Math.floor(2 * next()),
        })),
      })),
      operations: [{ kernel: 3, expansion: 3 }, { kernel: 5, expansion: 6 }],
    };
    const ratings = ratingsOf(definition, defineSpace(definition), next);
    const networks = everyNetwork(ratings);
    const maxParams = networks[Math.floor(next() * networks.length)].costs.params + 1;
    const best = search(ratings, { maxParams });
    try {
      const found = authorsSearch(ratings, { maxParams });
      if (found.params <= maxParams) assert(found.loss >= best.loss);
      if (found.params > maxParams || found.loss > best.loss) missed++;
    } catch (error) {
      assert(error instanceof RangeError && error.message.includes("finds no network"));
      missed++;
    }
  }
  assert(missed > 60 && missed < 200, `${missed}`);
});

Deno.test("authorsSearch() finds the best network where its short cuts do no harm", () => {
  // One block: the first path of least loss that fits, as in Algorithm 2.
  const space = { name: "one", blocks: [{ stride: 1 as const, cells: [{ width: 16, depth: 2 }] }] };
  const ratings = ratingsOf(space, defineSpace(space), generator(3));
  const { params } = search(ratings);
  assertEquals(authorsSearch(ratings, { maxParams: params + 1 }).text, search(ratings).text);
  assertEquals(authorsSearch(ratings, { maxParams: params + 1 }).visited, 1);
  assertThrows(
    () => authorsSearch(ratings, { maxParams: 1e6, maxFlops: 1e9 }),
    TypeError,
    "needs exactly one of maxParams",
  );
});
