import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import fc from "fast-check";
import { join } from "node:path";
import { formatRatings, type Ratings } from "../lib/ratings.ts";
import { type Certificate, certify } from "../lib/search/certify.ts";
import { search } from "../lib/search/search.ts";
import { verifyCertificate } from "../lib/search/verify/verify.ts";
import type { SearchOptions } from "../lib/search/types.ts";
import { searchSpace } from "../lib/space/spaces.ts";
import { fakeRun } from "./_fake_run.ts";
import { FRACTION, WAIT } from "./_brute_force.ts";
import { paperRatings } from "./_paper_ratings.ts";
import { generator, ratingsOf, smallRatings } from "./_spaces.ts";
import { runTask, withFolder } from "./_task.ts";

const copy = <T>(value: T): T => JSON.parse(JSON.stringify(value));

Deno.test("certify() certifies each optimum of small spaces, and nothing else", () => {
  let refused = 0;
  fc.assert(
    fc.property(
      smallRatings,
      fc.constantFrom<("maxParams" | "maxFlops" | "maxMacs")[]>(
        [],
        ["maxParams"],
        ["maxFlops", "maxMacs"],
        ["maxParams", "maxFlops"],
      ),
      fc.nat(),
      fc.nat(),
      fc.constantFrom(undefined, [2, 0, 1]),
      (ratings, limited, pick, other, weights) => {
        const all = search(ratings, { top: 1000 });
        const some = all[pick % all.length];
        const cost = { maxParams: some.params, maxFlops: some.flops, maxMacs: some.macs };
        const options: SearchOptions = {
          ...Object.fromEntries(limited.map((key) => [key, cost[key]])),
          ...(weights && { weights: weights.slice(0, ratings.blocks.length) }),
        };
        const best = search(ratings, options);
        const certificate = certify(best, ratings, options);
        const verified = verifyCertificate(copy(certificate), copy(ratings));
        assertEquals(verified.loss, best.loss);
        assert(certificate.bound <= best.loss);
        assertEquals(certificate.remaining!.length, ratings.blocks.length);

        const worse = all[other % all.length];
        const { loss } = search(ratings, { ...options, top: 1000 })
          .find(({ text }) => text === worse.text) ?? { loss: NaN };
        if (loss === best.loss) return;
        refused++;
        const message = Number.isNaN(loss) ? "above its budget" : "another network within";
        assertThrows(() => certify(worse, ratings, options), Error, message);
      },
    ),
    { numRuns: 200 },
  );
  assert(refused > 50);
});

interface Step {
  to: number;
  loss: number;
  costs: readonly number[];
}

/** The certificate's claim checked by the few lines that it is meant for: a bound, and a walk over what it leaves. */
function check(
  certificate: Certificate,
  steps: Step[][][],
) {
  const prices = Object.values(certificate.prices);
  const budgets = Object.values(certificate.budgets) as number[];
  const own = (step: Step) =>
    step.costs.reduce((sum, cost, k) => sum + prices[k] * cost, step.loss);
  const ends = [[0, 0, 0]];
  for (const byInput of steps.toReversed()) {
    ends.unshift(
      byInput.map((list) =>
        list.reduce((least, step) => Math.min(least, own(step) + ends[0][step.to]), Infinity)
      ),
    );
  }
  const allowance = prices.reduce((sum, price, k) => sum + price * budgets[k], 0);
  const walk = (
    block: number,
    from: number,
    loss: number,
    priced: number,
    costs: number[],
  ): void => {
    if (block === steps.length) {
      assert(loss >= certificate.loss - 1e-9 || costs.some((cost, k) => cost > budgets[k]));
      return;
    }
    for (const step of steps[block][from]) {
      const bound = priced + own(step) + ends[block + 1][step.to] - allowance;
      if (bound >= certificate.loss - 1e-9) continue;
      const sums = costs.map((cost, k) => cost + step.costs[k]);
      walk(block + 1, step.to, loss + step.loss, priced + own(step), sums);
    }
  };
  walk(0, 0, 0, 0, budgets.map(() => 0));
  return ends[0][0] - allowance;
}

Deno.test("a certificate's prices give the bound it says, by code of a few lines", async () => {
  const { searchProblem } = await import("../lib/search/_problem.ts");
  const { searchStages } = await import("../lib/search/_stages.ts");
  for (
    const [seed, options] of [[1, { maxParams: 120e3 }], [2, {
      maxParams: 120e3,
      maxFlops: 4e6,
    }]] as const
  ) {
    const ratings = ratingsOf("fashion", searchSpace("fashion"), generator(seed), 28);
    const certificate = certify(search(ratings, options), ratings, options);
    const problem = searchProblem(ratings, options);
    const steps = searchStages(problem, problem.units, Infinity).map(({ inputs, edges }) =>
      Array.from({ length: inputs }, (_, from) => edges.filter((edge) => edge.from === from))
    );
    const bound = check(certificate, steps);
    assert(Math.abs(bound - certificate.bound) < 1e-9);
  }
});

Deno.test("certify() and verifyCertificate() hold on the paper's space, with costs of one's own too", () => {
  const ratings = paperRatings(2, 0.5);
  const limits: SearchOptions[] = [
    {},
    { maxFlops: 350e6, weights: [1, 2, 1, 1, 0.5, 0] },
    { maxParams: 4.2e6, maxFlops: 350e6, cells: { 3: [0, 2] }, without: ["k7e6"] },
    { maxParams: 4.5e6, costs: [{ cost: WAIT, max: 6000 }] },
    { maxParams: 4.5e6, costs: [{ cost: FRACTION, max: 6000 / 7 }] },
  ];
  for (const options of limits) {
    const certificate = copy(certify(search(ratings, options), ratings, options));
    const own = options.costs?.map(({ cost }) => cost);
    const { loss, remaining } = verifyCertificate(certificate, ratings, { costs: own });
    assert(Math.abs(loss - certificate.loss) < 1e-9);
    assert(remaining.reduce((a, b) => a + b) < 100_000);
    // The prices only save work.
    const { prices: _, bound: __, ...plain } = certificate;
    assertEquals(verifyCertificate(plain, ratings, { costs: own }).loss, loss);
  }
});

/** A result as a run saves it. */
function savedRun() {
  const { ratings, result, config } = fakeRun();
  return { ratings, result: copy(result), config };
}

Deno.test("verifyCertificate() refuses each tampered claim in one sentence", () => {
  const { ratings, result } = savedRun();
  assertEquals(verifyCertificate(result, ratings).loss, result.loss);
  const cheaper = search(ratings, { maxParams: 100e3, maxFlops: 4e6 });
  const broken = (change: (ratings: Ratings) => void) => {
    const other = copy(ratings);
    change(other);
    return other;
  };
  const cases: [claim: unknown, ratings: Ratings, message: string][] = [
    [{ ...result, architecture: cheaper.text, choice: undefined }, ratings, " params, not "],
    [{ ...result, loss: result.loss - 1e-3 }, ratings, "its loss is"],
    [{ ...result, params: result.params - 1 }, ratings, `it has ${result.params} params, not`],
    [{ ...result, macs: 5 }, ratings, "macs, not 5"],
    [{ ...result, budgets: { maxParams: 100e3 } }, ratings, "above its budget of 100000"],
    [{ ...result, budgets: { maxParams: 130e3, maxFlops: 4.2e6 } }, ratings, "another network"],
    [{ ...result, lambda: [1, 1, 1, 2] }, ratings, "its loss is"],
    [
      { ...result, choice: result.choice.with(0, { cell: 0, path: 35, loss: 0 }) },
      ratings,
      "block 0 are not the layers",
    ],
    [
      { ...cheaper, architecture: cheaper.text, budgets: { maxParams: 120e3, maxFlops: 4e6 } },
      ratings,
      "another network within the budgets has less loss",
    ],
    [
      result,
      broken(({ blocks: [, { cells }] }) => cells[0].losses = cells[0].losses.map((x) => x - 9)),
      "another network",
    ],
    [
      result,
      broken(({ blocks }) =>
        blocks.forEach(({ cells }) =>
          cells.forEach((cell) => cell.losses = cell.losses.map((x) => x + 1))
        )
      ),
      "its loss is",
    ],
    [result, { ...ratings, resolution: 32 }, "flops, not"],
    [
      { ...result, architecture: result.architecture.replace(/head_c\d+/, "head_c128") },
      ratings,
      "its head has 128 channels",
    ],
    [
      { ...result, architecture: result.architecture.replace(/^stem_i1_c16/, "stem_i1_c8") },
      ratings,
      "its stem is another one",
    ],
    [
      { ...result, architecture: result.architecture.replace(/ \| ir[^|]*\| head/, " | head") },
      ratings,
      "it has 3 blocks, not 4",
    ],
    [{ ...result, costs: { latency: 5 } }, ratings, 'nothing is known of its cost "latency"'],
  ];
  for (const [claim, ratings, message] of cases) {
    const error = assertThrows(() => verifyCertificate(claim, ratings), Error, message) as Error;
    assertMatch(error.message, /^Verification failed: [^\n]+$/);
  }
});

Deno.test("verifyCertificate() refuses a certificate whose parts do not fit each other", () => {
  const ratings = ratingsOf("fashion", searchSpace("fashion"), generator(5), 28);
  const options = { maxParams: 110e3, maxFlops: 4e6, cells: { 1: [0, 2] }, without: ["k7e6"] };
  const certificate = certify(search(ratings, options), ratings, options);
  const other = copy(ratings);
  other.blocks[0].cells[0].losses[3] += 1e-12;
  const cases: [change: Partial<Certificate>, message: string][] = [
    [{ bound: certificate.loss + 1e-3 }, "its bound is"],
    [
      { cells: searchSpace("fashion").blocks.map(({ cells }) => cells.map((_, i) => i)) },
      "another",
    ],
    [{ without: [] }, "another network"],
    [{ without: ["k3e6", "k5e6", "k7e6", "k3e3", "k7e3"] }, "not allowed"],
    [{ ratings: "0".repeat(64) }, "it is about other ratings"],
  ];
  for (const [change, message] of cases) {
    assertThrows(() => verifyCertificate({ ...certificate, ...change }, ratings), Error, message);
  }
  assertThrows(() => verifyCertificate(certificate, other), Error, "it is about other ratings");
});

Deno.test("verifyCertificate() refuses what is no claim, naming the place", () => {
  const { ratings, result } = savedRun();
  const { budgets: _, ...unlimited } = result;
  const cases: [claim: unknown, kind: typeof TypeError, message: string][] = [
    [null, TypeError, "it is null, must be an object"],
    [[], TypeError, "it is an array of 0"],
    [unlimited, TypeError, "it has no budgets"],
    [{ ...result, budgets: { maxparams: 5 } }, TypeError, 'unknown key "maxparams"'],
    [{ ...result, budgets: { maxParams: -5 } }, RangeError, "budgets.maxParams is -5"],
    [{ ...result, loss: NaN }, RangeError, "loss is NaN"],
    [{ ...result, loss: "2" }, TypeError, 'loss is "2"'],
    [{ ...result, flops: null }, TypeError, "flops is null"],
    [{ ...result, architecture: "ir_k4" }, SyntaxError, "block 1, layer 1"],
    [{ ...result, architecture: 5 }, TypeError, "5"],
    [{ ...result, lambda: [1] }, RangeError, "lambda has 1 entries"],
    [{ ...result, lambda: [1, 1, 1, Infinity] }, RangeError, "lambda[3] is Infinity"],
    [{ ...result, choice: [] }, RangeError, "choice has 0 entries"],
    [{ ...result, prices: { params: "1" } }, TypeError, 'prices.params is "1"'],
    [{ ...result, cells: [[0], [9], [0], [0]] }, RangeError, "cells[1][0] is 9"],
  ];
  for (const [claim, kind, message] of cases) {
    assertThrows(() => verifyCertificate(claim, ratings), kind, message);
  }
});

Deno.test("deno task search verify checks a run's folder in another process", async () => {
  const { ratings, result, config } = savedRun();
  await withFolder(async (folder) => {
    const write = (name: string, text: string) => Deno.writeTextFile(join(folder, name), text);
    const file = join(folder, "architecture.json");
    await write("ratings.json", formatRatings(ratings));
    await write("config.json", JSON.stringify(config));
    await write("architecture.json", JSON.stringify(result));
    const good = await runTask("search", ["verify", file]);
    assertEquals([good.code, good.stderr], [0, ""]);
    assertMatch(good.stdout, /^Verified: .*architecture\.json\n.* params.*\n[^]*no better network/);

    const lambda = [1, 1, 1, 0];
    await write("config.json", JSON.stringify({ options: { lambda } }));
    const bad = await runTask("search", ["verify", file]);
    assertEquals([bad.code, bad.stdout], [1, ""]);
    assertMatch(bad.stderr, /^Verification failed: its loss is [^\n]+\n$/);

    const weighted = search(ratings, { ...result.budgets, weights: lambda });
    const { text: architecture, loss, params, macs, flops } = weighted;
    const claim = { architecture, loss, params, macs, flops, budgets: result.budgets };
    await write("other.json", JSON.stringify(claim));
    const again = await runTask("search", ["verify", join(folder, "other.json"), "--json"]);
    assertEquals(again.code, 0, again.stderr);
    assertEquals(JSON.parse(again.stdout).loss, loss);

    const missing = await runTask("search", ["verify", file, "--ratings", join(folder, "no.json")]);
    assertEquals([missing.code, missing.stderr.includes("no.json")], [1, true]);
    for (const args of [["verify"], ["verify", file, file], ["verify", file, "--rating", "x"]]) {
      assertEquals((await runTask("search", args)).code, 2);
    }
  });
});
