import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { type Ratings, ratingsSpace } from "../lib/ratings.ts";
import { argsort } from "../lib/search/_argsort.ts";
import { bestWithin, type FrontCost, type ParetoFront, paretoFront } from "../lib/search/pareto.ts";
import { search } from "../lib/search/search.ts";
import type { SearchOptions } from "../lib/search/types.ts";
import { formatArchitecture } from "../lib/space/format.ts";
import { searchSpace } from "../lib/space/spaces.ts";
import { cost } from "../lib/space/cost.ts";
import { everyNetwork, FRACTION, frontOf, limitsOf, WAIT } from "./_brute_force.ts";
import { paperRatings } from "./_paper_ratings.ts";
import { generator, ratingsOf, smallRatings } from "./_spaces.ts";

const OPTIONS = { params: "maxParams", flops: "maxFlops", macs: "maxMacs" } as const;

const bys = fc.constantFrom<FrontCost[]>(
  ["params"],
  ["flops"],
  ["macs"],
  [WAIT],
  ["params", "flops"],
  ["flops", "params"],
  ["macs", WAIT],
  [WAIT, "params"],
);

Deno.test("paretoFront() gives every network of small spaces that none beats, by one cost and by two", () => {
  let points = 0;
  fc.assert(
    fc.property(
      smallRatings,
      bys,
      fc.constantFrom(undefined, [1, 2, 3], [0, 1, 0]),
      fc.constantFrom<("params" | "flops" | "macs")[]>([], ["params"], ["flops"], [
        "macs",
        "params",
      ]),
      fc.nat(),
      (ratings, by, weights, limited, pick) => {
        const options: SearchOptions = {
          ...(weights && { weights: weights.slice(0, ratings.blocks.length) }),
        };
        const all = everyNetwork(ratings, { ...options, costs: [{ cost: WAIT }] });
        for (const unit of limited) {
          options[OPTIONS[unit]] = all[pick % all.length].costs[unit];
        }
        const names = by.map((cost) => typeof cost === "string" ? cost : cost.name);
        const fitting = all.filter(({ costs }) =>
          limitsOf(options).every(([name, most]) => costs[name] <= most)
        );
        const found = paretoFront(ratings, by.length === 1 ? by[0] : by, options);
        const others = limitsOf(options).map(([name]) => name).filter((name) =>
          !names.includes(name)
        );
        const wanted = frontOf(fitting, names, others);
        assertEquals(
          found.map(({ choice, loss }) => ({
            choice: choice.map(({ cell, path }) => ({ cell, path })),
            loss,
          })),
          wanted.map(({ choice, loss }) => ({ choice, loss })),
        );
        assertEquals(found.by, names);
        for (const [i, { params, flops, macs, costs }] of found.entries()) {
          assertEquals(
            { params, flops, macs, wait: wanted[i].costs.wait, ...costs },
            wanted[i].costs,
          );
        }
        points += found.length;
      },
    ),
    { numRuns: 400 },
  );
  assert(points > 600);
});

Deno.test("paretoFront() is exact where costs are no whole numbers", () => {
  fc.assert(
    fc.property(smallRatings, fc.nat(), (ratings, pick) => {
      const front = paretoFront(ratings, FRACTION);
      for (const [i, { loss, costs }] of front.entries()) {
        if (i > 0) assert(loss < front[i - 1].loss);
        const max = costs!.fraction;
        assertEquals(search(ratings, { costs: [{ cost: FRACTION, max }] }).loss, loss);
      }
      const all = everyNetwork(ratings, { costs: [{ cost: FRACTION }] });
      const { costs, loss } = all[pick % all.length];
      assert(
        front.some((point) =>
          point.loss <= loss && point.costs!.fraction <= costs.fraction * (1 + 1e-12)
        ),
      );
    }),
    { numRuns: 100 },
  );
});

Deno.test("paretoFront() keeps allowed cells and forbidden operations", () => {
  const ratings = paperRatings(4, 0.5);
  const options = { cells: { 0: [1], 3: [0, 2] }, without: ["k7e6", { kernel: 7, expansion: 3 }] };
  for (const point of paretoFront(ratings, "flops", options)) {
    assert(!/k7/.test(point.text));
    assertEquals(point.choice[0].cell, 1);
    assert(point.choice[3].cell !== 1);
  }
});

Deno.test("paretoFront() agrees with search() at and below each cost of the paper's space", () => {
  for (const [seed, slope] of [[1, 0], [2, 0.5]]) {
    const ratings = paperRatings(seed, slope);
    for (const unit of ["params", "flops"] as const) {
      const front = paretoFront(ratings, unit);
      const step = Math.ceil(front.length / 12);
      for (let i = step; i < front.length; i += step) {
        const at = search(ratings, { [OPTIONS[unit]]: front[i][unit] });
        assertEquals([at.text, at.loss, at[unit]], [front[i].text, front[i].loss, front[i][unit]]);
        const below = search(ratings, { [OPTIONS[unit]]: front[i][unit] - 1 });
        assertEquals([below.text, below.loss], [front[i - 1].text, front[i - 1].loss]);
      }
    }
  }
});

Deno.test("paretoFront() by two costs holds the optimum of each pair of budgets", () => {
  const ratings = paperRatings(3, 0.5);
  const limits = { maxParams: 3.6e6, maxFlops: 260e6 };
  const front = paretoFront(ratings, ["params", "flops"], limits);
  const next = generator(8);
  for (let i = 0; i < 10; i++) {
    const budgets = [3.3e6 + 0.3e6 * next(), 200e6 + 60e6 * next()];
    const found = search(ratings, { maxParams: budgets[0], maxFlops: budgets[1] });
    assertEquals(bestWithin(front, budgets)?.loss, found.loss);
  }
});

Deno.test("a front's network is put together when it is asked for, once, and has all that search() gives", () => {
  const ratings = ratingsOf("fashion", searchSpace("fashion"), generator(2), 28);
  const front = paretoFront(ratings, "params");
  const point = front[front.length >> 1];
  assert(point.architecture === point.architecture);
  assertEquals(formatArchitecture(point.architecture), point.text);
  const { params, macs, flops } = point;
  assertEquals(cost(point.architecture, { resolution: 28, classes: 10 }), { params, macs, flops });
  assertEquals({ ...point }, search(ratings, { maxParams: params }));
  assertEquals(JSON.parse(JSON.stringify(front)).length, front.length);
});

Deno.test("paretoFront() of equal losses is the cheapest network alone; of one path, that one", () => {
  const equal = ratingsOf("fashion", searchSpace("fashion"), () => 0, 28);
  const [only, ...others] = paretoFront(equal, "macs");
  assertEquals([others.length, only.loss], [0, 0]);
  assertEquals(only.macs, search(equal, { maxMacs: Infinity }).macs);
  const space = {
    name: "one",
    blocks: [{ stride: 2 as const, cells: [{ width: 8, depth: 3 }] }],
    operations: [{ kernel: 3, expansion: 6 }],
  };
  const one = ratingsOf(space, ratingsSpace({ space }), () => 5e-324);
  assertEquals(paretoFront(one, ["params", WAIT]).map(({ loss }) => loss), [5e-324]);
});

Deno.test("bestWithin() finds what a walk over the front finds, and nothing below it", () => {
  fc.assert(
    fc.property(smallRatings, fc.integer({ min: -1, max: 1 }), fc.nat(), (ratings, off, pick) => {
      for (const by of [["params"], ["params", WAIT]] as FrontCost[][]) {
        const front = paretoFront(ratings, by);
        const { params, costs } = front[pick % front.length];
        const budgets = [params + off, (costs?.wait ?? 0) + off].slice(0, by.length);
        const fitting = front.filter((point) =>
          point.params <= budgets[0] && (by.length === 1 || point.costs!.wait <= budgets[1])
        );
        const best = fitting.map(({ loss }) => loss).sort((a, b) => a - b)[0];
        assertEquals(bestWithin(front, budgets)?.loss, best);
        assertEquals(bestWithin(front, budgets.map(() => -1)), undefined);
        assertEquals(
          bestWithin(front, budgets.map(() => Infinity))!.loss,
          front
            .map(({ loss }) => loss).sort((a, b) => a - b)[0],
        );
      }
    }),
    { numRuns: 60 },
  );
});

Deno.test("paretoFront() and bestWithin() refuse what is wrong, naming it", () => {
  const ratings = ratingsOf("fashion", searchSpace("fashion"), generator(1), 28);
  const bad: [by: unknown, options: unknown, kind: typeof TypeError, message: string][] = [
    ["latency", {}, RangeError, 'by is "latency", must be "params", "flops", "macs" or a cost'],
    [undefined, {}, TypeError, "by is missing"],
    [[], {}, RangeError, "by has 0 entries"],
    [["params", "flops", "macs"], {}, RangeError, "by has 3 entries, must have from 1 to 2"],
    [["params", "params"], {}, RangeError, "by has the same cost twice"],
    [["params", 5], {}, TypeError, "by[1] is 5"],
    [{ name: "x" }, {}, TypeError, "by.of is missing"],
    [{ name: "macs", of: () => 1 }, {}, RangeError, 'name is "macs", must be another name'],
    [{ name: "x", of: () => -1 }, {}, RangeError, 'the cost "x": it gives -1 for the stem'],
    ["params", { maxParams: 10 }, RangeError, "the cheapest has"],
    ["params", { top: 3 }, TypeError, 'unknown key "top"'],
    [
      WAIT,
      { costs: [{ cost: { ...WAIT, of: () => 1 } }] },
      TypeError,
      'two costs have the name "wait"',
    ],
  ];
  for (const [by, options, kind, message] of bad) {
    assertThrows(
      () => paretoFront(ratings, by as FrontCost, options as SearchOptions),
      kind,
      message,
    );
  }
  assertThrows(() => paretoFront({} as Ratings, "params"), TypeError, "space is missing");
  const front = paretoFront(ratings, "params");
  assertThrows(() => bestWithin(front, NaN), TypeError, "must be a number for each of params");
  assertThrows(() => bestWithin(front, [1, 2]), TypeError, "an array of 2");
  assertThrows(() => bestWithin([] as unknown as ParetoFront, 1), TypeError, "paretoFront gave");
  assertThrows(() => bestWithin(null as unknown as ParetoFront, 1), TypeError, "paretoFront gave");
});

Deno.test("argsort() sorts numbers of any size and sign, and keeps equal ones in order", () => {
  const number = fc.oneof(
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.integer(),
    fc.constantFrom(0, -0, 1),
  );
  // Few numbers are sorted by comparison, many by their digits.
  for (const times of [1, 10_000]) {
    fc.assert(
      fc.property(fc.array(number, { minLength: 1 }), (values) => {
        const keys = Float64Array.from(
          { length: times },
          (_, i) => values[(i * i) % values.length],
        );
        const all = times === 1 ? Float64Array.from(values) : keys;
        const wanted = Array.from(all, (_, i) => i).sort((a, b) => all[a] - all[b] || a - b);
        assertEquals([...argsort(all)], wanted);
      }),
      { numRuns: times === 1 ? 100 : 10 },
    );
  }
});
