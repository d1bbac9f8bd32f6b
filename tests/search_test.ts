import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { createRandom } from "../lib/random.ts";
import { type Ratings, ratingsSpace } from "../lib/ratings.ts";
import { pathGroups } from "../lib/search/_groups.ts";
import { costTables, pathCost, UNITS } from "../lib/search/_tables.ts";
import { sampleArchitectures } from "../lib/search/sample.ts";
import { search } from "../lib/search/search.ts";
import { traversalSearch } from "../lib/search/traversal.ts";
import type { SearchOptions } from "../lib/search/types.ts";
import { assemble } from "../lib/space/assemble.ts";
import { cost } from "../lib/space/cost.ts";
import { formatArchitecture } from "../lib/space/format.ts";
import { parseArchitecture } from "../lib/space/parse.ts";
import { pathDigits } from "../lib/space/paths.ts";
import { searchSpace } from "../lib/space/spaces.ts";
import type { BlockChoice, Space } from "../lib/space/types.ts";
import { paperRatings } from "./_paper_ratings.ts";
import { everyChoice, generator, ratingsOf, smallRatings } from "./_spaces.ts";

const OPTIONS = { params: "maxParams", flops: "maxFlops", macs: "maxMacs" } as const;

interface Network {
  choice: BlockChoice[];
  loss: number;
  params: number;
  flops: number;
  macs: number;
}

/** Every network of the ratings' space. */
function everyNetwork(ratings: Ratings, weights: readonly number[]): Network[] {
  const space = ratingsSpace(ratings);
  const { resolution, classes } = ratings;
  return [...everyChoice(space)].map((choice) => ({
    choice,
    loss: choice.reduce(
      (sum, { cell, path }, i) => sum + weights[i] * ratings.blocks[i].cells[cell].losses[path],
      0,
    ),
    ...cost(assemble(space, choice), { resolution, classes }),
  }));
}

/** The best network that fits, by loss, then by the constrained costs, then the first choice; found by looking at all. */
function bruteForce(networks: Network[], options: SearchOptions): Network | undefined {
  const units = UNITS.filter((unit) => options[OPTIONS[unit]] !== undefined);
  return networks
    .filter((network) => units.every((unit) => network[unit] <= options[OPTIONS[unit]]!))
    .reduce<Network | undefined>((best, network) => {
      if (!best) return network;
      for (const key of ["loss", ...units] as const) {
        if (network[key] !== best[key]) return network[key] < best[key] ? network : best;
      }
      return best;
    }, undefined);
}

const cases = fc.record({
  ratings: smallRatings,
  units: fc.constantFrom<(keyof typeof OPTIONS)[]>(
    [],
    ["params"],
    ["flops"],
    ["macs"],
    ["params", "flops"],
    ["params", "macs"],
    ["params", "flops", "macs"],
  ),
  weights: fc.constantFrom(undefined, [1, 2, 3], [0, 1, 0], [4, 0.5, 0]),
  picks: fc.array(fc.nat(), { minLength: 3, maxLength: 3 }),
  below: fc.constantFrom(0, 0, 1),
});

Deno.test("search() and traversalSearch() return the optimum of small spaces, under any constraints", () => {
  let fitting = 0;
  fc.assert(
    fc.property(cases, ({ ratings, units, weights, picks, below }) => {
      const used = weights?.slice(0, ratings.blocks.length);
      const networks = everyNetwork(ratings, used ?? [1, 1, 1]);
      const options: SearchOptions = used ? { weights: used } : {};
      units.forEach((unit, k) => {
        options[OPTIONS[unit]] = networks[picks[k] % networks.length][unit] - below;
      });
      const best = bruteForce(networks, options);
      if (!best) {
        const cheapest = units.map((unit) => Math.min(...networks.map((network) => network[unit])));
        const error = assertThrows(
          () => search(ratings, options),
          RangeError,
          "Cannot search: no network of space",
        );
        const alone = units.findIndex((unit, k) => cheapest[k] > options[OPTIONS[unit]]!);
        if (alone >= 0) {
          const text = `the cheapest has ${cheapest[alone].toLocaleString("en-US")} ${
            units[alone]
          }`;
          assert((error as Error).message.includes(text), (error as Error).message);
        }
        assertThrows(() => traversalSearch(ratings, options), RangeError, "the cheapest");
        return;
      }
      fitting++;
      const found = search(ratings, options);
      assertEquals(found.choice.map(({ cell, path }) => ({ cell, path })), best.choice);
      const { loss, params, flops, macs } = found;
      assertEquals({ choice: best.choice, loss, params, flops, macs }, best);
      const traversed = traversalSearch(ratings, options);
      assertEquals(traversed.loss, best.loss);
      for (const unit of units) assert(traversed[unit] <= options[OPTIONS[unit]]!);
    }),
    { numRuns: 400 },
  );
  assert(fitting > 200);
});

Deno.test("search() returns the optimum at exactly a network's cost, and another one below it", () => {
  fc.assert(
    fc.property(smallRatings, fc.nat(), (ratings, pick) => {
      const networks = everyNetwork(ratings, [1, 1, 1]);
      const { params } = networks[pick % networks.length];
      for (const maxParams of [params, params - 1]) {
        const best = bruteForce(networks, { maxParams });
        if (best) assertEquals(search(ratings, { maxParams }).loss, best.loss);
        else assertThrows(() => search(ratings, { maxParams }), RangeError);
      }
    }),
    { numRuns: 100 },
  );
});

Deno.test("search() says what the cheapest network within the other budget costs", () => {
  const space = {
    name: "crossed",
    blocks: [2, 1].map((stride) => ({
      stride: stride as 1 | 2,
      cells: [{ width: 32, depth: 1 }, { width: 40, depth: 2 }],
    })),
    // Squeeze-and-excitation costs parameters, a wide kernel FLOPs.
    operations: [{ kernel: 3, expansion: 3, se: 1 }, { kernel: 7, expansion: 3, se: 0 }],
  };
  const ratings = ratingsOf(space, ratingsSpace({ space }), generator(3));
  const networks = everyNetwork(ratings, [1, 1]);
  const cheapest = networks.reduce((a, b) => a.params < b.params ? a : b);
  const maxFlops = cheapest.flops - 1;
  const within = networks.filter(({ flops }) => flops <= maxFlops).map(({ params }) => params);
  const least = Math.min(...within);
  assert(least > cheapest.params);
  assertEquals(search(ratings, { maxParams: least, maxFlops }).params, least);
  assertThrows(
    () => search(ratings, { maxParams: least - 1, maxFlops }),
    RangeError,
    `(maxFlops) has ${least.toLocaleString("en-US")} params`,
  );
});

Deno.test("search() decides equal losses by cost, then by the first choice", () => {
  const ratings = ratingsOf("fashion", searchSpace("fashion"), () => 1, 28);
  const first = { cell: 0, path: 0, loss: 1 };
  assertEquals(search(ratings).choice, [first, first, first, first]);
  const [cheapest] = search(ratings, { maxParams: 1e9 }).choice;
  assertEquals(cheapest, { cell: 0, path: 3 * 6 + 3, loss: 1 });
});

Deno.test("search() works in a space of one cell and one path", () => {
  const space = {
    name: "one",
    blocks: [{ stride: 2 as const, cells: [{ width: 8, depth: 3 }] }],
    operations: [{ kernel: 3, expansion: 6 }],
  };
  const ratings = ratingsOf(space, ratingsSpace({ space }), () => -0.5);
  const { params, loss, text } = search(ratings, { weights: [3] });
  assertEquals([loss, text], [-1.5, "ir_r3_k3_s2_e6_c8_se0.25"]);
  assertEquals(search(ratings, { maxParams: params }).params, params);
  assertEquals(traversalSearch(ratings, { maxParams: params }).visited, 1);
  assertThrows(() => search(ratings, { maxParams: params - 1 }), RangeError, "the cheapest has");
});

Deno.test("search() takes losses of any finite size", () => {
  const sizes = [1e300, -1e300, 5e-324, 0, 1, -1];
  let i = 0;
  const ratings = ratingsOf(
    "fashion",
    searchSpace("fashion"),
    () => sizes[i++ % 6] * ((i % 5) + 1),
    28,
  );
  const options = { maxParams: search(ratings).params * 0.9 };
  assertEquals(search(ratings, options).loss, traversalSearch(ratings, options).loss);
  ratings.blocks[1].cells[0].losses[7] = 1e308;
  assertThrows(
    () => search(ratings),
    RangeError,
    "blocks[1] has losses up to 1e+308, too large to be added up",
  );
});

Deno.test("search() equals traversalSearch() on the paper's space", () => {
  for (const [seed, slope] of [[1, 0], [2, 0], [3, 0.5]]) {
    const ratings = paperRatings(seed, slope);
    for (
      const options of [
        {},
        { maxParams: 5.3e6 },
        { maxParams: 3.6e6 },
        { maxFlops: 350e6 },
        { maxParams: 4.2e6, maxFlops: 350e6, weights: [1, 1, 2, 1, 0.5, 0] },
      ]
    ) {
      const found = search(ratings, options);
      const traversed = traversalSearch(ratings, options);
      assert(Math.abs(found.loss - traversed.loss) < 1e-12 * found.loss);
      assert(found.params <= (options.maxParams ?? Infinity));
      assert(found.flops <= (options.maxFlops ?? Infinity));
      assertEquals(parseArchitecture(found.text), found.architecture);
      assertEquals(cost(found.architecture, { resolution: 224, classes: 1000 }), {
        params: found.params,
        macs: found.macs,
        flops: found.flops,
      });
    }
  }
});

Deno.test("search() refuses wrong options and ratings, naming the place", () => {
  const ratings = ratingsOf("fashion", searchSpace("fashion"), generator(1), 28);
  const bad: [options: unknown, kind: typeof TypeError, message: string][] = [
    [{ maxParams: NaN }, RangeError, "Cannot search: maxParams is NaN, must be a number from 0"],
    [{ maxParams: -1 }, RangeError, "maxParams is -1"],
    [{ maxFlops: "350M" }, TypeError, 'maxFlops is "350M"'],
    [{ maxMacs: null }, TypeError, "maxMacs is null"],
    [
      { maxparams: 1 },
      TypeError,
      'unknown key "maxparams", known: maxParams, maxFlops, maxMacs, weights',
    ],
    [{ weights: [1, 1, 1] }, RangeError, "weights has 3 entries, must have 4, one for each block"],
    [{ weights: [1, 1, 1, NaN] }, RangeError, "weights[3] is NaN"],
    [{ weights: [1, -1, 1, 1] }, RangeError, "weights[1] is -1"],
    [{ weights: [1, Infinity, 1, 1] }, RangeError, "weights[1] is Infinity"],
    [{ weights: new Array(4) }, TypeError, "weights[0] is missing"],
    [{ weights: 2 }, TypeError, "weights is 2, must be an array of 4 numbers"],
    [5, TypeError, "options is 5, must be an object"],
    [null, TypeError, "options is null"],
  ];
  for (const method of [search, traversalSearch]) {
    for (const [options, kind, message] of bad) {
      assertThrows(() => method(ratings, options as SearchOptions), kind, message);
    }
    const broken = structuredClone(ratings);
    broken.blocks[2].cells[1].losses[3] = NaN;
    assertThrows(() => method(broken), TypeError, "blocks[2].cells[1].losses[3] is NaN");
    assertThrows(() => method(null as unknown as Ratings), TypeError, "must be an object");
  }
  assertEquals(search(ratings, { maxParams: Infinity }).loss, search(ratings).loss);
});

/** Cost of a choice by the look-up tables. */
function tableCost(space: Space, choice: BlockChoice[], resolution: number, classes: number) {
  const tables = costTables(space, { resolution, classes });
  const sums = { params: 0, flops: 0, macs: 0 };
  let input = 0;
  choice.forEach(({ cell, path }, i) => {
    const table = tables[i].cells[cell];
    const digits = pathDigits(space, space.blocks[i].cells[cell].depth, path);
    for (const unit of UNITS) sums[unit] += pathCost(table, unit, input, digits);
    input = table.output;
  });
  return sums;
}

Deno.test("the look-up tables of costs add up to cost() of the assembled network", () => {
  for (const name of ["dna", "fashion"]) {
    const space = searchSpace(name);
    const random = createRandom(5);
    fc.assert(fc.property(fc.integer({ min: 1, max: 230 }), (resolution) => {
      const choice = space.blocks.map(({ cells }) => {
        const cell = random.int(cells.length);
        return { cell, path: random.int(6 ** cells[cell].depth) };
      });
      assertEquals(
        tableCost(space, choice, resolution, 7),
        cost(assemble(space, choice), { resolution, classes: 7 }),
      );
    }));
  }
});

Deno.test("pathGroups() puts paths together that begin alike and go on with the same operations", () => {
  const { of, first } = pathGroups(3, 4);
  assertEquals(first.length, 3 * 10);
  const space = { operations: [3, 5, 7].map((kernel) => ({ kernel, expansion: 3 })) };
  const key = (path: number) => {
    const [head, ...rest] = pathDigits(space, 4, path);
    return `${head} ${rest.sort()}`;
  };
  const groups = new Map<string, number>();
  of.forEach((group, path) => {
    if (!groups.has(key(path))) {
      groups.set(key(path), group);
      assertEquals(first[group], path);
    }
    assertEquals(groups.get(key(path)), group);
  });
  assertEquals(new Set(groups.values()).size, 30);
});

Deno.test("sampleArchitectures() draws every network within the budgets equally often", () => {
  const space = ratingsSpace({
    space: {
      name: "small",
      blocks: [
        { stride: 2, cells: [{ width: 8, depth: 1 }, { width: 16, depth: 2 }] },
        { stride: 1, cells: [{ width: 24, depth: 1 }] },
      ],
      operations: [{ kernel: 3, expansion: 3 }, { kernel: 5, expansion: 6 }],
    },
  });
  const sizes = { resolution: 32, classes: 10 };
  const networks = [...everyChoice(space)].map((choice) => assemble(space, choice));
  const params = networks.map((network) => cost(network, sizes).params).sort((a, b) => a - b);
  const within = (low: number, high: number) => params.filter((p) => p >= low && p <= high).length;
  for (const [low, high] of [[0, Infinity], [params[2], params[8]], [params[5], params[5]]]) {
    const wanted = within(low, high);
    const drawn = sampleArchitectures(space, createRandom(9), 200 * wanted, {
      ...sizes,
      params: [low, high],
    });
    const counts = new Map<string, number>();
    for (const { text, architecture, choice, ...costs } of drawn) {
      assertEquals(costs, cost(architecture, sizes));
      assertEquals(formatArchitecture(assemble(space, choice)), text);
      counts.set(text, (counts.get(text) ?? 0) + 1);
    }
    assertEquals(counts.size, wanted);
    for (const count of counts.values()) assert(Math.abs(count - 200) < 70, `${count}`);
  }
});

Deno.test("sampleArchitectures() keeps every budget, and the same seed gives the same networks", () => {
  const space = searchSpace("dna");
  const options = {
    resolution: 224,
    classes: 1000,
    params: [4.5e6, 5e6] as const,
    flops: [330e6, 350e6] as const,
  };
  const networks = sampleArchitectures(space, createRandom("s"), 20, options);
  for (const { params, flops } of networks) {
    assert(params >= 4.5e6 && params <= 5e6 && flops >= 330e6 && flops <= 350e6);
  }
  assertEquals(sampleArchitectures(space, createRandom("s"), 20, options), networks);
  const least = search(ratingsOf("dna", space, () => 0, 224, 1000), { maxParams: 1e9 }).params;
  const [cheapest] = sampleArchitectures(space, createRandom(1), 1, {
    resolution: 224,
    classes: 1000,
    params: [0, least],
  });
  assertEquals(cheapest.params, least);
});

Deno.test("sampleArchitectures() refuses budgets in which there is no network, and wrong options", () => {
  const space = searchSpace("fashion");
  const sizes = { resolution: 28, classes: 10 };
  const draw = (options: object, n = 1) => () =>
    sampleArchitectures(space, createRandom(1), n, { ...sizes, ...options });
  assertThrows(
    draw({ params: [0, 10] }),
    RangeError,
    'no network of space "fashion" has params from 0 to 10',
  );
  assertThrows(draw({ flops: [1e12, 2e12] }), RangeError, "no network of space");
  assertThrows(draw({ params: [2, 1] }), RangeError, "params[1] is 1, must be a number from 2");
  assertThrows(draw({ params: 5 }), TypeError, "params is 5, must be an array of two numbers");
  assertThrows(draw({ params: [1] }), RangeError, "params has 1 entries");
  assertThrows(draw({ params: [NaN, 1] }), RangeError, "params[0] is NaN");
  assertThrows(draw({ resolution: 0 }), RangeError, "resolution is 0");
  assertThrows(draw({ size: 0 }), TypeError, 'unknown key "size"');
  assertThrows(draw({}, -1), RangeError, "n is -1");
  assertEquals(draw({}, 0)(), []);
});
