import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { join } from "node:path";
import {
  defineSpace,
  explorerData,
  explorerHtml,
  type LatencyTable,
  paretoFront,
  parseArchitecture,
  type Ratings,
  ratingsSpace,
  search,
  searchSpace,
  type Space,
} from "../mod.ts";
import { frontByCost } from "../lib/explorer/page/front.js";
import { architectureText, chosenBlocks } from "../lib/explorer/page/network.js";
import { solveNetwork, solverBlocks } from "../lib/explorer/page/solver.js";
import { budgetOf, costText } from "../lib/explorer/page/words.js";
import { latencyCost } from "../lib/latency/latency.ts";
import { spaceParts } from "../lib/latency/_parts.ts";
import { openPages, type Page } from "./_page.ts";
import { generator, ratingsOf, smallDefinitions, smallRatings } from "./_spaces.ts";
import { withFolder } from "./_task.ts";

/** A latency table of random times. */
function randomTable(space: Space, resolution: number, classes: number, next: () => number) {
  const time = (median: number) => ({ low: median, median, high: median });
  const keys = [...spaceParts(space, { resolution, classes }).keys()];
  const table: LatencyTable = {
    space: space.name,
    machine: "made up",
    device: "CPU:0",
    threads: 1,
    versions: {},
    batch: 1,
    resolution,
    classes,
    rounds: 1,
    call: time(1e-6),
    parts: Object.fromEntries(keys.map((key) => [key, time(Math.round(1e4 * next()) / 1e8)])),
  };
  return table;
}

/** What `search` finds where the page's costs all count: the page's order of networks. */
function searched(
  ratings: Ratings,
  weights: number[],
  [params, flops, latency]: number[],
  table?: LatencyTable,
) {
  try {
    const { loss, choice, text, ...rest } = search(ratings, {
      weights,
      maxParams: params,
      maxFlops: flops,
      ...(table && { costs: [{ cost: latencyCost(table), max: latency }] }),
    });
    const costs = [rest.params, rest.flops, ...(table ? [rest.costs!.latency] : [])];
    return { loss, costs, choice: choice.map(({ cell, path }) => ({ cell, path })), text };
  } catch (error) {
    assert(error instanceof RangeError && error.message.includes("the cheapest"), `${error}`);
    return null;
  }
}

/** What the page finds. */
function explored(ratings: Ratings, weights: number[], budgets: number[], table?: LatencyTable) {
  const data = explorerData(ratings, { latency: table, sample: 0 });
  const blocks = solverBlocks(data);
  const found = solveNetwork(blocks, weights, budgets);
  if (!found) return null;
  const { loss, costs, edges } = found;
  const choice = edges.map((e, b) => ({ cell: blocks[b].cell[e], path: blocks[b].path[e] }));
  return { loss, costs, choice, text: architectureText(data, chosenBlocks(data, choice)) };
}

const lambda = fc.constantFrom(0, 0, 1, 1, 1, 0.05, 0.3, 2.5, 1e-3);

Deno.test("the page's search finds what search() finds, for any budgets and any λ", () => {
  fc.assert(
    fc.property(
      smallRatings,
      fc.array(lambda, { minLength: 3, maxLength: 3 }),
      fc.array(fc.double({ min: -0.1, max: 1.3, noNaN: true }), { minLength: 3, maxLength: 3 }),
      fc.array(fc.constantFrom("none", "between", "exact", "below"), {
        minLength: 3,
        maxLength: 3,
      }),
      fc.option(fc.integer({ min: 0, max: 1000 })),
      (ratings, lambdas, shares, kinds, seed) => {
        const space = ratingsSpace(ratings);
        const weights = lambdas.slice(0, space.blocks.length);
        const table = seed === null ? undefined : randomTable(space, 32, 10, generator(seed));
        const free = [Infinity, Infinity, Infinity];
        const dear = searched(ratings, weights, free, table)!.costs;
        const cheap = searched(ratings, weights.map(() => 0), free, table)!.costs;
        const budgets = dear.map((cost, k) => {
          const between = Math.round(cheap[k] + shares[k] * (cost - cheap[k]));
          return { none: Infinity, between, exact: cost, below: cost - 1 }[kinds[k]]!;
        }).map((budget) => Math.max(0, budget));
        assertEquals(
          explored(ratings, weights, budgets, table),
          searched(ratings, weights, budgets, table),
        );
      },
    ),
    { numRuns: 150 },
  );
});

Deno.test("the page's search finds what search() finds, on space dna", () => {
  const space = searchSpace("dna");
  const next = generator(11);
  const table = randomTable(space, 224, 1000, next);
  // Losses of pure chance, and such as fall with a path's size, as those of networks do.
  const random = ratingsOf("dna", space, next, 224, 1000);
  const sizes = space.operations.map(({ kernel, expansion }) => expansion * (1 + 0.07 * kernel));
  const falling = ratingsOf("dna", space, () => 0, 224, 1000);
  for (const { cells } of falling.blocks) {
    for (const cell of cells) {
      cell.losses = cell.losses.map((_, path) => {
        let size = 0;
        for (let rest = path, layer = 0; layer < cell.depth; layer++) {
          size += sizes[rest % 6];
          rest = Math.floor(rest / 6);
        }
        return 1 / (1 + 0.02 * size) + 0.05 * next();
      });
    }
  }
  for (const ratings of [random, falling]) {
    const data = explorerData(ratings, { latency: table, sample: 0 });
    const blocks = solverBlocks(data);
    const dear = searched(ratings, [1, 1, 1, 1, 1, 1], [Infinity, Infinity, Infinity], table)!;
    for (const share of [1, 0.9, 0.75, 0.6]) {
      for (const weights of [[1, 1, 1, 1, 1, 1], [2, 0.5, 0, 1, 3, 0.25]]) {
        const budgets = dear.costs.map((cost, k) => Math.round((share + 0.05 * k) * cost));
        const found = solveNetwork(blocks, weights, budgets);
        const wanted = searched(ratings, weights, budgets, table);
        assertEquals(
          found && { loss: found.loss, costs: found.costs },
          wanted && {
            loss: wanted.loss,
            costs: wanted.costs,
          },
        );
        if (!found || !wanted) continue;
        const choice = found.edges.map((e, b) => ({
          cell: blocks[b].cell[e],
          path: blocks[b].path[e],
        }));
        assertEquals(choice, wanted.choice);
        assertEquals(architectureText(data, chosenBlocks(data, choice)), wanted.text);
      }
    }
  }
});

Deno.test("the page's fronts are paretoFront()'s, for any λ", () => {
  fc.assert(
    fc.property(
      smallRatings,
      fc.array(lambda, { minLength: 3, maxLength: 3 }),
      (ratings, lambdas) => {
        const { blocks: { length } } = ratingsSpace(ratings);
        const weights = lambdas.slice(0, length);
        const blocks = solverBlocks(explorerData(ratings, { sample: 0 }));
        for (const [k, by] of (["params", "flops"] as const).entries()) {
          const front = paretoFront(ratings, by, { weights });
          const { costs, losses } = frontByCost(blocks, weights, k);
          assertEquals([...costs], front.map((network) => network[by]));
          assertEquals([...losses], front.map(({ loss }) => loss));
        }
      },
    ),
    { numRuns: 60 },
  );
});

Deno.test("explorerData() keeps to allowed cells and operations", () => {
  const space = searchSpace("fashion");
  const ratings = ratingsOf("fashion", space, generator(2), 28, 10);
  const narrowed = { cells: { 1: [0, 2], 2: [1] }, without: ["k7e6", "k3e3"] };
  const blocks = solverBlocks(explorerData(ratings, { ...narrowed, sample: 0 }));
  const found = solveNetwork(blocks, [1, 1, 1, 1], [90_000, 4e6])!;
  const wanted = search(ratings, { ...narrowed, maxParams: 90_000, maxFlops: 4e6 });
  assertEquals(
    found.edges.map((e, b) => ({ cell: blocks[b].cell[e], path: blocks[b].path[e] })),
    wanted.choice.map(({ cell, path }) => ({ cell, path })),
  );
});

Deno.test("the page writes architectures as formatArchitecture() does", () => {
  fc.assert(
    fc.property(smallDefinitions, fc.integer({ min: 0, max: 1e6 }), (definition, seed) => {
      const operations = [
        ...definition.operations!,
        { kernel: 3, expansion: 2.5, se: 0, activation: "relu" as const },
      ];
      const space = defineSpace({ ...definition, operations, activation: "swish" });
      const ratings = ratingsOf({ ...definition, operations }, space, generator(seed));
      const free = [Infinity, Infinity];
      const weights = space.blocks.map(() => 1);
      const { text } = explored(ratings, weights, free)!;
      assertEquals(text, searched(ratings, weights, free)!.text);
      parseArchitecture(text);
    }),
    { numRuns: 60 },
  );
});

Deno.test("budgets are read as they are written", () => {
  const known: [string, "count" | "ns", number | null | undefined][] = [
    ["4,400,000", "count", 4_400_000],
    ["4.4M", "count", 4_400_000],
    ["4.39 M", "count", 4_390_000],
    ["350k", "count", 350_000],
    ["", "count", null],
    ["12ms", "count", undefined],
    ["-5", "count", undefined],
    ["x", "count", undefined],
    ["12 ms", "ns", 12e6],
    ["12.3", "ns", 12.3e6],
    ["800µs", "ns", 800e3],
    ["1s", "ns", 1e9],
    ["4M", "ns", undefined],
  ];
  for (const [text, unit, budget] of known) assertEquals(budgetOf(text, unit), budget, text);
  assertEquals(costText(4_394_386, "count"), "4.39 M");
  assertEquals([12_345_678, 999_960, 845_000].map((ns) => costText(ns, "ns")), [
    "12.3 ms",
    "1.00 ms",
    "845 µs",
  ]);
});

Deno.test("explorerHtml() is one page that loads nothing, under 3 MB on space dna", () => {
  const space = searchSpace("dna");
  const next = generator(4);
  const table = randomTable(space, 224, 1000, next);
  const ratings = ratingsOf("dna", space, next, 224, 1000);
  const html = explorerHtml(ratings, { latency: table });
  assert(html.length < 3e6, `${html.length} characters`);
  assert(!/https?:(?!\/\/www\.w3\.org\/2000\/svg)|<link|@import |url\(|\bimport\b/.test(html));
  assertEquals(explorerHtml(ratings, { latency: table }), html);
  // Every control has a name, and every id is there once.
  const ids = [...html.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id);
  assertEquals(new Set(ids).size, ids.length);
  for (const [control] of html.matchAll(/<input [^>]*>/g)) {
    const id = /id="([^"]*)"/.exec(control)![1];
    assert(control.includes("aria-label=") || html.includes(`<label for="${id}">`), control);
  }
});

Deno.test("explorerData() refuses what is wrong, naming it", () => {
  const space = searchSpace("fashion");
  const ratings = ratingsOf("fashion", space, generator(2), 28, 10);
  const table = randomTable(space, 28, 10, generator(3));
  const wrong = [
    [{ sample: -1 }, RangeError, "sample is -1"],
    [{ sample: 1.5 }, RangeError, "sample is 1.5"],
    [{ budget: 1 }, TypeError, 'unknown key "budget"'],
    [{ maxLatency: 0.01 }, TypeError, "maxLatency needs latency"],
    [{ maxLatency: -1, latency: table }, RangeError, "maxLatency is -1"],
    [{ weights: [1] }, RangeError, "weights has 1 entries"],
    [{ maxParams: NaN }, RangeError, "maxParams is NaN"],
    [{ latency: { ...table, classes: 9 } }, RangeError, "28 pixels and 9 classes"],
    [{ latency: { ...table, parts: {} } }, Error, "has no stem_s2_c16_nsw"],
  ] as const;
  for (const [options, Kind, message] of wrong) {
    assertThrows(() => explorerData(ratings, options as never), Kind, message);
  }
});

Deno.test("dragging in the page shows the network that search() finds", async (t) => {
  const space = searchSpace("fashion");
  const next = generator(8);
  const table = randomTable(space, 28, 10, next);
  const ratings = ratingsOf("fashion", space, next, 28, 10);
  await withFolder(async (folder) => {
    const path = join(folder, "explorer.html");
    await Deno.writeTextFile(path, explorerHtml(ratings, { latency: table }));
    for await (const page of openPages(path)) {
      await t.step(page.engine, async () => {
        await using open = page;
        await drag(open, ratings, table);
      });
    }
  });
});

/** Uses the page's controls, and compares what it shows with what `search` finds. */
async function drag(page: Page, ratings: Ratings, table: LatencyTable): Promise<void> {
  const text = (id: string) => page.read(`document.getElementById("${id}").textContent`);
  const exact = async (id: string) =>
    Number(await page.read(`document.getElementById("${id}").dataset.value`));
  const value = (id: string) => page.read(`document.getElementById("${id}").value`);
  const set = (id: string, value: string, event: string) =>
    page.read(`(() => {
      const control = document.getElementById("${id}");
      control.value = "${value}";
      control.dispatchEvent(new Event("${event}", { bubbles: true }));
      return "";
    })()`);
  const agree = async (weights: number[], budgets: number[]) => {
    const wanted = searched(ratings, weights, budgets, table)!;
    assertEquals(await text("text"), wanted.text);
    assertEquals(await exact("loss"), wanted.loss);
    assertEquals(
      [await exact("cost-params"), await exact("cost-flops"), await exact("cost-latency")],
      wanted.costs,
    );
    return wanted;
  };
  const ones = [1, 1, 1, 1];
  const [none] = [Infinity];
  const free = await agree(ones, [none, none, none]);

  await set("slide-params", "400", "input");
  const params = Number((await value("budget-params")).replaceAll(",", ""));
  const dragged = await agree(ones, [params, none, none]);
  assert(dragged.costs[0] <= params && params < free.costs[0]);

  await set("budget-flops", `${Math.round(0.95 * dragged.costs[1])}`, "change");
  const flops = Math.round(0.95 * dragged.costs[1]);
  const limited = await agree(ones, [params, flops, none]);
  await set("budget-latency", `${limited.costs[2] - 1} ns`, "change");
  await agree(ones, [params, flops, limited.costs[2] - 1]);

  await set("lambda-1", "2.5", "input");
  await set("lambda-2", "0", "input");
  await agree([1, 2.5, 0, 1], [params, flops, limited.costs[2] - 1]);
  assertEquals(await text("lambda-1-value"), "2.5");

  // Read out after a while, and drawn: a box for each layer, a row for each block.
  const boxes = await page.read(`document.querySelectorAll("#drawing rect").length`);
  const rows = await page.read(`document.querySelectorAll("#blocks tr").length`);
  const layers = parseArchitecture(await text("text")).blocks.flat().length;
  assertEquals([Number(boxes), Number(rows)], [layers + 3, 4]);
  await new Promise((resolve) => setTimeout(resolve, 800));
  assertEquals(
    (await text("live")).replace(/;.*/, ""),
    `Loss ${Number((await exact("loss")).toPrecision(5))}`,
  );
  const counted = Number((await text("count-params")).replace(/ .*/, "").replaceAll(",", ""));
  assertEquals(counted, paretoFront(ratings, "params", { weights: [1, 2.5, 0, 1] }).length);

  await page.read(`(document.getElementById("ones").click(), "")`);
  for (const key of ["params", "flops", "latency"]) {
    await page.read(`(document.getElementById("free-${key}").click(), "")`);
  }
  await agree(ones, [none, none, none]);
  assertEquals(await value("slide-params"), "1000");

  // What cannot be: said in words, and nothing old stays to be seen.
  await set("budget-params", "12", "change");
  assertEquals(await page.read(`document.getElementById("result").hidden`), "true");
  assert((await text("nothing")).startsWith("No network has at most 12 parameters"));
  await set("budget-params", "many", "change");
  assertEquals(
    await page.read(`document.getElementById("budget-params").getAttribute("aria-invalid")`),
    "true",
  );
  await set("budget-params", "", "change");
  await agree(ones, [none, none, none]);
  assertAlmostEquals(await exact("loss"), free.loss, 0);
}
