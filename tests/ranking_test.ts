import { fileURLToPath } from "node:url";
import { assert, assertAlmostEquals, assertEquals, assertMatch, assertThrows } from "@std/assert";
import fc from "fast-check";
import {
  bootstrapInterval,
  compareRaters,
  cost,
  createRandom,
  designPower,
  kendallTau,
  noiseCeiling,
  normalTau,
  parseArchitecture,
  parseRankingCsv,
  partialTau,
  pearsonR,
  rankRaters,
  ranks,
  readRankingCsv,
  spearmanRho,
  topKRegret,
} from "../mod.ts";
import { normalQuantile, normalShare } from "../lib/ranking/normal.ts";
import { runTask, withFolder } from "./_task.ts";

/** What make_ranking_fixtures.py wrote. */
interface Fixture {
  cases: {
    x: number[];
    y: number[];
    held: number[][];
    tau: number;
    rho: number;
    r: number;
    partial: [number, number];
    ranks: number[];
  }[];
  bootstrap: { x: number[]; y: number[]; percentile: number[]; bca: number[] };
  normal: [share: number, z: number][];
}

const fixture: Fixture = JSON.parse(
  await Deno.readTextFile(new URL("fixtures/ranking.json", import.meta.url)),
);

/** Lists with ties, long enough for merges of several widths. */
const lists = fc.integer({ min: 2, max: 40 }).chain((n) => {
  const list = fc.array(fc.integer({ min: -4, max: 4 }), { minLength: n, maxLength: n });
  return fc.tuple(list, list, list);
});

Deno.test("kendallTau(), spearmanRho(), pearsonR() and ranks() equal SciPy's to 1e-12", () => {
  for (const { x, y, tau, rho, r, ranks: wanted } of fixture.cases) {
    assertAlmostEquals(kendallTau(x, y), tau, 1e-12);
    assertAlmostEquals(spearmanRho(x, y), rho, 1e-12);
    assertAlmostEquals(pearsonR(x, y), r, 1e-12);
    assertEquals(ranks(x), wanted);
  }
});

Deno.test("kendallTau() equals the count of all pairs", () => {
  fc.assert(fc.property(lists, ([x, y]) => {
    let [alike, onlyX, onlyY] = [0, 0, 0];
    for (let i = 0; i < x.length; i++) {
      for (let j = 0; j < i; j++) {
        const [a, b] = [Math.sign(x[i] - x[j]), Math.sign(y[i] - y[j])];
        alike += a * b;
        onlyX += Math.abs(a);
        onlyY += Math.abs(b);
      }
    }
    const tau = onlyX && onlyY ? alike / Math.sqrt(onlyX * onlyY) : NaN;
    assertAlmostEquals(kendallTau(x, y), tau, 1e-12);
    assertAlmostEquals(kendallTau(y, x), tau, 1e-12);
    assertAlmostEquals(kendallTau(x.map((v) => -v), y), -tau, 1e-12);
  }));
});

Deno.test("kendallTau() of a million networks is exact", () => {
  const n = 1_000_000;
  const x = Array.from({ length: n }, (_, i) => i);
  // Neighbours exchanged: n / 2 discordant pairs.
  const y = x.map((i) => i ^ 1);
  assertAlmostEquals(kendallTau(x, y), 1 - 2 * (n / 2) / (n * (n - 1) / 2), 1e-15);
});

Deno.test("correlations are NaN where a list has one value, and refuse what is no number", () => {
  for (const correlate of [kendallTau, spearmanRho, pearsonR]) {
    assertEquals(correlate([1, 1, 1], [1, 2, 3]), NaN);
    assertEquals(correlate([1, 2, 3], [0.1, 0.1, 0.1]), NaN);
    assertThrows(() => correlate([1, NaN], [1, 2]), TypeError, "x[1] is NaN, must be a finite");
    assertThrows(() => correlate([1, 2], [1, 2, 3]), RangeError, "y has 3 numbers, must have 2");
    assertThrows(() => correlate([1], [1]), RangeError, "Cannot correlate: x has 1");
  }
  assertAlmostEquals(pearsonR([1e300, 2e300, 4e300], [1e-300, 2e-300, 4e-300]), 1, 1e-12);
});

Deno.test("partialTau() equals the inverse of SciPy's tau matrix, and Kendall's formula", () => {
  for (const { x, y, held, partial } of fixture.cases) {
    assertAlmostEquals(partialTau(x, y, held.slice(0, 1)), partial[0], 1e-9);
    assertAlmostEquals(partialTau(x, y, held), partial[1], 1e-9);
    assertEquals(partialTau(x, y, []), kendallTau(x, y));
  }
  fc.assert(fc.property(lists, ([x, y, z]) => {
    const [xy, xz, yz] = [kendallTau(x, y), kendallTau(x, z), kendallTau(y, z)];
    fc.pre(Math.abs(xz) < 0.99 && Math.abs(yz) < 0.99 && !Number.isNaN(xy));
    const wanted = (xy - xz * yz) / Math.sqrt((1 - xz ** 2) * (1 - yz ** 2));
    assertAlmostEquals(partialTau(x, y, [z]), wanted, 1e-9);
    // The same quantity twice, or turned round, holds nothing more.
    assertAlmostEquals(partialTau(x, y, [z, z.map((v) => -3 * v)]), wanted, 1e-6);
  }));
});

Deno.test("partialTau() takes off what cost alone makes agree", () => {
  const random = createRandom(4);
  const cost = Array.from({ length: 20_000 }, () => random.normal());
  const [x, y] = [1, 2].map(() => cost.map((value) => value + random.normal()));
  assertAlmostEquals(kendallTau(x, y), normalTau(0.5), 0.02);
  // Kendall's partial tau of normal quantities is small, not exactly 0, where the partial r is.
  const tau = normalTau(Math.SQRT1_2);
  const expected = (normalTau(0.5) - tau ** 2) / (1 - tau ** 2);
  assertAlmostEquals(partialTau(x, y, [cost]), expected, 0.02);
  assert(expected < 0.12);
});

Deno.test("topKRegret() is the mean over all choices among equal scores", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.integer({ min: 0, max: 2 }), fc.integer({ min: 0, max: 9 })), {
        minLength: 2,
        maxLength: 7,
      }),
      fc.nat(),
      (pairs, draw) => {
        const k = 1 + draw % pairs.length;
        const [x, y] = [0, 1].map((side) => pairs.map((pair) => pair[side]));
        const chosen: number[] = [];
        for (let set = 0; set < 2 ** x.length; set++) {
          const inside = x.map((_, i) => i).filter((i) => set >> i & 1);
          const outside = x.map((_, i) => i).filter((i) => !(set >> i & 1));
          if (inside.length !== k) continue;
          if (outside.some((i) => inside.some((j) => x[i] > x[j]))) continue;
          chosen.push(Math.max(...inside.map((i) => y[i])));
        }
        const mean = chosen.reduce((sum, value) => sum + value, 0) / chosen.length;
        assertAlmostEquals(topKRegret(x, y, k), Math.max(...y) - mean, 1e-9);
      },
    ),
  );
  assertThrows(() => topKRegret([1, 2], [1, 2], 3), RangeError, "k is 3");
});

Deno.test("normalShare() and normalQuantile() equal SciPy's", () => {
  for (const [share, z] of fixture.normal) {
    assertAlmostEquals(normalShare(z) / share, 1, 1e-7);
    assertAlmostEquals(normalQuantile(share), z, 1e-7);
  }
});

Deno.test("bootstrapInterval() agrees with SciPy's, percentile and BCa", () => {
  const { x, y, percentile, bca } = fixture.bootstrap;
  const tau = (at: readonly number[]) => kendallTau(at.map((i) => x[i]), at.map((i) => y[i]));
  for (const [method, wanted] of [["percentile", percentile], ["bca", bca]] as const) {
    const options = { random: createRandom(1), samples: 8000, method };
    const interval = bootstrapInterval(x.length, tau, options);
    interval.forEach((end, i) => assertAlmostEquals(end, wanted[i], 0.012));
    const again = bootstrapInterval(x.length, tau, { ...options, random: createRandom(1) });
    assertEquals(again, interval);
  }
});

Deno.test("rankRaters() gives intervals that hold the true tau as often as they say", () => {
  const random = createRandom(11);
  const [r, n, runs] = [0.6, 40, 300];
  const held = { percentile: 0, bca: 0 };
  for (let run = 0; run < runs; run++) {
    const accuracies = Array.from({ length: n }, () => random.normal());
    const scores = accuracies.map((a) => r * a + Math.sqrt(1 - r * r) * random.normal());
    for (const method of ["percentile", "bca"] as const) {
      const options = { random: random.fork(run), samples: 200, method };
      const { interval } = rankRaters({ accuracies, raters: { scores } }, options).raters.scores;
      if (interval[0] <= normalTau(r) && normalTau(r) <= interval[1]) held[method]++;
    }
  }
  // 95 % of 300 is 285, with a deviation of 3.8.
  for (const count of Object.values(held)) assert(count > 268 && count < 298, `${count}`);
});

Deno.test("rankRaters() over seeds is narrower than over both, and needs seeds", () => {
  const random = createRandom(2);
  const truth = Array.from({ length: 60 }, () => random.normal());
  const accuracies = truth.map((t) => [1, 2, 3].map(() => t + 0.2 * random.normal()));
  const raters = { a: truth.map((t) => t + random.normal()), same: truth.map(() => 1) };
  const width = (over: "networks" | "seeds" | "both") => {
    const options = { random: createRandom(3), over, samples: 400 };
    const { a, same } = rankRaters({ accuracies, raters }, options).raters;
    assertEquals([same.tauB, ...same.interval], [NaN, NaN, NaN]);
    return a.interval[1] - a.interval[0];
  };
  assert(width("seeds") < width("networks") / 2);
  assert(width("both") > 0.9 * width("networks"));
  assertThrows(
    () => rankRaters({ accuracies: truth, raters }, { random, over: "seeds" }),
    RangeError,
    'over is "seeds", but no network has two or more seeds',
  );
  assertThrows(
    () => rankRaters({ accuracies: truth, raters: { a: [1, 2] } }, { random }),
    RangeError,
    'raters["a"] has 2 numbers, must have 60',
  );
});

Deno.test("compareRaters() is paired: narrower than taus apart, for raters that err alike", () => {
  const random = createRandom(6);
  const accuracies = Array.from({ length: 80 }, () => random.normal());
  const error = accuracies.map(() => random.normal());
  const one = accuracies.map((t, i) => t + error[i] + 0.1 * random.normal());
  const other = accuracies.map((t, i) => t + error[i] + 0.1 * random.normal());
  const table = { accuracies, raters: { one, other } };
  const options = () => ({ random: createRandom(1), samples: 500 });
  const { difference, interval, above } = compareRaters(table, "one", "other", options());
  const { raters } = rankRaters(table, options());
  assertAlmostEquals(difference, raters.one.tauB - raters.other.tauB, 1e-12);
  assert(interval[0] <= difference && difference <= interval[1]);
  assert(interval[1] - interval[0] < (raters.one.interval[1] - raters.one.interval[0]) / 2);
  assertAlmostEquals(above, 1 - compareRaters(table, "other", "one", options()).above, 1e-12);
  assertEquals(compareRaters(table, "one", "one", options()), {
    difference: 0,
    interval: [0, 0],
    above: 0.5,
  });
  assertThrows(
    () => compareRaters(table, "one", "two", options()),
    RangeError,
    'there is no rater "two", known are one, other',
  );
});

Deno.test("noiseCeiling() is what a perfect rater reaches, and a second measurement", () => {
  const random = createRandom(9);
  const [spread, noise, seeds] = [0.7, 0.4, 2];
  const truth = Array.from({ length: 20_000 }, () => spread * random.normal());
  const measure = () => truth.map((t) => [1, 2].map(() => t + noise * random.normal()));
  const [first, second] = [measure(), measure()];
  const found = noiseCeiling(first);
  assertAlmostEquals(found.noise, noise, 0.01);
  assertAlmostEquals(found.spread, spread, 0.02);
  assertAlmostEquals(found.reliability, 0.49 / (0.49 + 0.16 / seeds), 0.01);
  const mean = (list: number[][]) => list.map(([a, b]) => (a + b) / 2);
  assertAlmostEquals(found.tau, kendallTau(truth, mean(first)), 0.01);
  assertAlmostEquals(found.retest, kendallTau(mean(first), mean(second)), 0.01);
  const few = noiseCeiling(first.slice(0, 30), { random, samples: 300 });
  assert(few.interval![0] < found.tau && found.tau < few.interval![1]);
  assertEquals(noiseCeiling([[1, 2], [1, 2], [2, 1]]).tau, 0);
  assertThrows(() => noiseCeiling([[1], [2]]), RangeError, "no network has two seeds");
});

Deno.test("designPower() foretells how often an interval lies above 0", () => {
  const design = { networks: 60, seeds: 1, noise: 0.3, spread: 0.7, tau: 0.2 };
  const found = designPower(design, { random: createRandom(1), simulations: 400 });
  const lead = found.smallestDifference!;
  assert(lead.measured < lead.true && lead.true < 0.6);
  assertAlmostEquals(found.ceiling, normalTau(1 / Math.hypot(1, 0.3 / 0.7)), 1e-12);
  const at = (difference: number) =>
    designPower({ ...design, difference }, { random: createRandom(1), simulations: 400 }).power!;
  assertAlmostEquals(at(lead.true), 0.8, 0.01);
  assert(at(0) < 0.06 && at(lead.true / 2) < 0.5);
  // Whole experiments, with the intervals that an experiment would print.
  const random = createRandom(3);
  const [better, weaker] = [lead.true + 0.2, 0.2].map((tau) => Math.sin(Math.PI / 2 * tau));
  const runs = 100;
  let seen = 0;
  for (let run = 0; run < runs; run++) {
    const truth = Array.from({ length: 60 }, () => random.normal());
    const rater = (r: number) => truth.map((t) => r * t + Math.sqrt(1 - r * r) * random.normal());
    const accuracies = truth.map((t) => t + 0.3 / 0.7 * random.normal());
    const table = { accuracies, raters: { one: rater(better), other: rater(weaker) } };
    const options = { random: random.fork(run), samples: 200 };
    if (compareRaters(table, "one", "other", options).interval[0] > 0) seen++;
  }
  assert(seen > 66 && seen < 94, `${seen} of ${runs} saw the difference`);
  const blind = designPower({ ...design, networks: 4 }, { random, simulations: 50 });
  assertEquals(blind.smallestDifference, undefined);
  assertThrows(() => designPower({ ...design, spread: 0 }, { random }), RangeError, "spread is 0");
});

const TABLE = `network,accuracy,params,flops,dna,note
a,75.5,5e6,300e6,-1.5,"wide, deep"
b,74,4e6,280e6,-1.75,x
"c ""small""",73.25,3e6,290e6,-1.6,
d,72,2.5e6,200e6,-2,y
`;

Deno.test("parseRankingCsv() reads quotes, line ends and text columns, and names bad cells", () => {
  const table = parseRankingCsv(TABLE.replace(",\nd", ",z\nd"));
  assertEquals(table.networks, ["a", "b", 'c "small"', "d"]);
  assertEquals(table.raters.dna, [-1.5, -1.75, -1.6, -2]);
  assertEquals(Object.keys(table.raters), ["params", "flops", "dna"]);
  assertEquals(Object.keys(table.costs), ["params", "flops"]);
  const plain = "network,accuracy,x\na,1,2\nb,2,3\n";
  const read = parseRankingCsv(plain);
  for (
    const same of [plain.replaceAll("\n", "\r\n"), `\uFEFF${plain}`, plain.trim(), `${plain}\n`]
  ) {
    assertEquals(parseRankingCsv(same), read);
  }
  assertEquals(parseRankingCsv('network, accuracy ,"x"\n"a\n2", 1 ,"2"\nb,2,3').networks, [
    "a\n2",
    "b",
  ]);
  const bad: [text: string, message: string][] = [
    [TABLE, 'line 4, column "note" is empty'],
    [plain.replace("2,3", "2,"), 'line 3, column "x" is empty'],
    [plain.replace("2,3", "2"), 'line 3, column "x" is empty'],
    [plain.replace("1,2", "1,NaN"), 'line 2, column "x" is "NaN"'],
    [plain.replace("1,2", "1,abc"), 'line 2, column "x" is "abc"'],
    [plain.replace("1,2", "nan,2"), 'line 2, column "accuracy" is "nan"'],
    [plain.replace("1,2", ",2"), 'line 2, column "accuracy" is empty'],
    [plain.replace("1,2", "1,1e999"), 'line 2, column "x" is "1e999"'],
    [plain.replace("1,2", "1,2,3"), "line 2 has 4 cells, the header names 3 columns"],
    [plain.replace("a,1", ",1"), 'line 2, column "network" is empty'],
    [plain.replace("b,2", "a,2"), 'line 3, column "network" is "a", which line 2 is about'],
    [plain.replace("x", ""), "line 1, column 3 has no name"],
    [plain.replace("x", "accuracy"), 'line 1, column 3 is named "accuracy" like an earlier one'],
    [plain.replace("accuracy", "top1"), 'line 1 names no column "accuracy"'],
    ["network,accuracy\na,1\nb,2", "no column of scores"],
    ["network,accuracy,x\na,1,2", "it has 1 network, two or more"],
    ["network,accuracy,x\n", "it has 0 networks, two or more"],
    ["network,accuracy,x\na,1,", 'line 2, column "x" is empty'],
    ["", "it is empty"],
    [plain.replace("a,1", '"a,1'), "line 2, column 1 has a quote that is not closed"],
    ['network,accuracy,x\n"a\nb",1,2\nc,,1', 'line 4, column "accuracy" is empty'],
    [plain.replaceAll(/,\d\n/g, ",NaN\n"), 'line 2, column "x" is "NaN"'],
  ];
  for (const [text, message] of bad) {
    assertThrows(() => parseRankingCsv(text, "t.csv"), SyntaxError, message);
    assertThrows(() => parseRankingCsv(text, "t.csv"), SyntaxError, "Cannot read t.csv: ");
  }
});

Deno.test("readRankingCsv() of BossNAS's 23 networks: FLOPs reach the known tau of 0.755, BossNAS 0.644", async () => {
  const path = new URL("fixtures/bossnas.csv", import.meta.url);
  const { networks, accuracies, raters, costs } = await readRankingCsv(fileURLToPath(path));
  assertEquals(networks.length, 23);
  assertAlmostEquals(kendallTau(costs.flops, accuracies), 0.755, 5e-4);
  assertAlmostEquals(kendallTau(raters.bossnas, accuracies), 0.644, 5e-4);
  const operations = [[3, 6], [5, 6], [3, 3], [5, 3]];
  const blocks = [[24, 2], [40, 2], [80, 2], [112, 1], [192, 2], [320, 1]];
  networks.forEach((name, i) => {
    // The sixth block has one layer and no choice.
    const text = [...name.split("-"), "0"].map((digits, block) =>
      [...digits].map((digit, layer) => {
        const [kernel, expansion] = operations[Number(digit)];
        const [width, stride] = blocks[block];
        const s = layer === 0 ? stride : 1;
        return `ir_r1_k${kernel}_s${s}_e${expansion}_c${width}_se0.25`;
      }).join(" ")
    );
    const architecture = parseArchitecture(["ds_r1_k3_s1_c16_se0.25", ...text].join(" | "));
    const { params, flops } = cost(architecture, { resolution: 224, classes: 1000 });
    assertEquals([costs.params[i], costs.flops[i]], [params, flops]);
  });
});

Deno.test("deno task ranking prints what rankRaters() finds; wrong usage ends with status 2", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/table.csv`;
    const { x, y, tau, rho, r } = fixture.cases[9];
    const flops = x.map((_, i) => 7 * i % 31);
    const rows = x.map((score, i) => `"n,${i}",${y[i]},${flops[i]},${score}`);
    await Deno.writeTextFile(path, `network,accuracy,flops,scores\n${rows.join("\n")}\n`);
    const [json, again, text, missing, wrong] = await Promise.all([
      runTask("ranking", [path, "--json", "--seed", "3"]),
      runTask("ranking", [path, "--json", "--seed", "3", "--k", "2"]),
      runTask("ranking", [path]),
      runTask("ranking", [`${folder}/none.csv`]),
      runTask("ranking", []),
    ]);
    assertEquals([json.code, again.code, text.code, missing.code, wrong.code], [0, 0, 0, 1, 2]);
    const { networks, raters } = JSON.parse(json.stdout);
    assertEquals(networks, x.length);
    assertEquals(Object.keys(raters), ["flops", "scores"]);
    assertEquals(Object.keys(raters.scores), ["tauB", "rho", "r", "interval"]);
    assertAlmostEquals(raters.scores.tauB, tau, 1e-12);
    assertAlmostEquals(raters.scores.rho, rho, 1e-12);
    assertAlmostEquals(raters.scores.r, r, 1e-12);
    const other = JSON.parse(again.stdout).raters.scores;
    assertEquals(other.interval, raters.scores.interval);
    assertAlmostEquals(other.regret, topKRegret(x, y, 2), 1e-12);
    assert(text.stdout.includes("partial tau") && text.stdout.includes(tau.toFixed(3)));
    assertEquals(missing.stderr.trim(), `Cannot read ${folder}/none.csv: it does not exist`);
  });
});

Deno.test("deno task ablation power prints a line for each design", async () => {
  const given = ["--noise", "0.3", "--spread", "0.7", "--simulations", "50"];
  const [table, json, wrong, none] = await Promise.all([
    runTask("ablation", ["power", "--networks", "20,40", "--seeds", "1,2", ...given]),
    runTask("ablation", ["power", "--networks", "40", "--difference", "0.3", "--json", ...given]),
    runTask("ablation", ["power", "--networks", "40", "--spread", "1"]),
    runTask("ablation", ["powr"]),
  ]);
  assertEquals([table.code, json.code, wrong.code, none.code], [0, 0, 2, 2]);
  const lines = table.stdout.split("\n").filter((line) => /^ *\d+ /.test(line));
  assertEquals(lines.map((line) => line.trim().split(/ +/).slice(0, 3).join()), [
    "20,1,20",
    "20,2,40",
    "40,1,40",
    "40,2,80",
  ]);
  const { designs: [design] } = JSON.parse(json.stdout);
  assert(design.power > 0 && design.power < 1);
  assert(design.smallestDifference.true > design.smallestTau.true / 2);
  assertEquals(
    wrong.stderr.trim(),
    "--noise is needed: deviation of accuracy between a network's seeds",
  );
  assertMatch(none.stderr.trim(), /^There is no experiment "powr": known are power, [\w, -]+$/);
});
