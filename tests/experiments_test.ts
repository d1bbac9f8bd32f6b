import { assert, assertAlmostEquals, assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  concludeExperiment,
  createRandom,
  EXPERIMENT_NAMES,
  type ExperimentScale,
  findings,
  kendallTau,
  SCALES,
  useEngine,
} from "../mod.ts";
import { EXPERIMENTS } from "../lib/experiments/experiments.ts";
import { FIGURE_4, rankingData } from "../lib/experiments/figure_4.ts";
import { differenceOf } from "../lib/experiments/figure_4_conclusion.ts";
import { rankedNetworks } from "../lib/experiments/networks.ts";
import { runParts } from "../lib/experiments/run.ts";
import { openParts, partName } from "../lib/experiments/store.ts";
import type { Experiment, Part } from "../lib/experiments/types.ts";
import { withMarked } from "../tasks/_marked.ts";
import { FINDINGS_PAGES } from "../tasks/ablation/findings.ts";
import { runTask } from "./_task.ts";

const engine = await useEngine();

/** As little as still is a ranking: few images, few and small networks, everything once. */
const TINY: ExperimentScale = {
  ...SCALES.quick,
  space: {
    name: "tiny",
    stem: { channels: 1, width: 8, stride: 2 },
    blocks: [1, 2, 1, 2].map((stride) => ({
      stride: stride as 1 | 2,
      cells: [{ width: 8, depth: 1 }],
    })),
    operations: [{ kernel: 3, expansion: 2 }, { kernel: 5, expansion: 1 }],
    head: 16,
  },
  supernet: {
    ...SCALES.quick.supernet,
    images: 64,
    epochs: 2,
    batch: 32,
    rateImages: 20,
    calibrationImages: 20,
  },
  retrain: { recipe: "small", images: 64, epochs: 2, batch: 32 },
  networks: 4,
  seeds: 1,
};

/** A part that counts how often it is done. */
function counted(name: string, done: string[]): Part<string> {
  return {
    kind: "count",
    label: name,
    settings: { name },
    async run() {
      await new Promise((resolve) => setTimeout(resolve, 20));
      done.push(name);
      return name.toUpperCase();
    },
  };
}

function experimentOf(parts: Experiment["parts"]): Experiment {
  return {
    name: "test",
    summary: "",
    section: "",
    parts,
    conclude: () => ({ results: {}, text: "", figures: {} }),
  };
}

Deno.test("runParts: workers on one folder do each part once, those that follow from others too", async () => {
  const folder = await Deno.makeTempDir();
  const done: string[] = [];
  const first = ["a", "b", "c", "d"].map((name) => counted(name, done));
  const experiment = experimentOf((_, found) => {
    const results = first.map((part) => found.get(part));
    return results.includes(undefined)
      ? first
      : [...first, counted(`after ${results.join("")}`, done)];
  });
  const stores = await Promise.all([1, 2, 3].map(() => openParts(folder)));
  await Promise.all(stores.map((store) => runParts(experiment, TINY, store, { engine })));
  assertEquals(done.toSorted(), ["a", "after ABCD", "b", "c", "d"]);
  assertEquals(stores.map((store) => store.get(first[3])), ["D", "D", "D"]);
  assertEquals([...Deno.readDirSync(`${folder}/work`)], []);
});

Deno.test("runParts: what a part throws is thrown, and what was done before is kept", async () => {
  const folder = await Deno.makeTempDir();
  const done: string[] = [];
  const bad: Part = {
    kind: "bad",
    label: "bad",
    settings: {},
    run: () => Promise.reject(new RangeError("Cannot do it")),
  };
  const experiment = experimentOf(() => [counted("a", done), bad]);
  const store = await openParts(folder);
  await assertRejects(() => runParts(experiment, TINY, store, { engine }), RangeError, "Cannot do");
  assertEquals((await openParts(folder)).get(counted("a", [])), "A");
});

Deno.test("partName: depends on settings, not on their order or the label", () => {
  const part = (settings: Record<string, unknown>) => partName({ kind: "k", settings });
  assertEquals(part({ a: 1, b: { c: 2, d: 3 } }), part({ b: { d: 3, c: 2 }, a: 1 }));
  assert(part({ a: 1 }) !== part({ a: 2 }));
});

Deno.test("openParts: a file that holds no part is named", async () => {
  const folder = await Deno.makeTempDir();
  await Deno.mkdir(`${folder}/parts`);
  await Deno.writeTextFile(`${folder}/parts/retrain-1.json`, "{}");
  await assertRejects(() => openParts(folder), SyntaxError, "retrain-1.json: it holds no part");
});

Deno.test("figure-4: parts that were stopped ever later end with the same results", async () => {
  const run = async (stopAt: readonly number[]) => {
    const store = await openParts(await Deno.makeTempDir());
    for (const at of [...stopAt, Infinity]) {
      const controller = new AbortController();
      let steps = 0;
      try {
        await runParts(FIGURE_4, TINY, store, {
          engine,
          signal: controller.signal,
          checkpointSeconds: 0,
          onProgress: ({ done }) => {
            if (done > 0 && ++steps === at) controller.abort();
          },
        });
      } catch (error) {
        if (!controller.signal.aborted) throw error;
      }
    }
    return rankingData(TINY, store);
  };
  const { networks, ...whole } = await run([]);
  const { networks: _, ...resumed } = await run([1, 3, 9, 14, 25]);
  assertEquals(networks.length, 4);
  assertEquals(resumed, whole);
});

Deno.test("figure-4: conclusions of hand-made parts have the taus that the scores have", async () => {
  const store = await openParts(await Deno.makeTempDir());
  const scale: ExperimentScale = { ...TINY, networks: 12, seeds: 2 };
  const random = createRandom(5);
  // A network is as good as its blocks' losses are low, but for noise; SPOS knows nothing.
  const losses = new Map<string, number>();
  const parts = FIGURE_4.parts(scale, store);
  const networks = rankedNetworks(scale);
  for (const part of parts) {
    if (part.kind === "distil") {
      const blocks = scaleBlocks(scale).map((cells) => ({
        cells: cells.map((cell) => ({
          ...cell,
          losses: Array.from({ length: 2 ** cell.depth }, () => random.uniform()),
        })),
      }));
      networks.forEach(({ text, choice }) =>
        losses.set(
          text,
          choice.reduce((sum, { cell, path }, i) => sum + blocks[i].cells[cell].losses[path], 0),
        )
      );
      await store.put(part, { epochs: [], ratings: [{ epoch: 2, blocks }] }, {});
    }
    if (part.kind === "spos") {
      const scores = networks.map(() => ({
        crossEntropy: random.uniform(),
        accuracy: random.uniform(),
      }));
      await store.put(part, { epochs: [], scores }, {});
    }
    if (part.kind === "scores") {
      const own = () => networks.map(() => random.uniform());
      await store.put(part, { synflow: own(), naswot: own() }, {});
    }
    if (part.kind === "retrain") {
      const { architecture, seed } = part.settings as { architecture: string; seed: number };
      const crossEntropy = losses.get(architecture)! + 1e-6 * seed;
      const { params, macs, flops } = networks.find(({ text }) => text === architecture)!;
      const result = { params, macs, flops, top1: 1 - crossEntropy / 8, top5: 1, crossEntropy };
      await store.put(part, { ...result, epochs: [] }, {});
    }
  }
  const { results, text } = FIGURE_4.conclude(scale, store);
  const { crossEntropy, networks: rows } = results as {
    crossEntropy: {
      raters: Record<string, { tauB: number; interval: [number, number] }>;
      differences: Record<string, { difference: number }>;
    };
    networks: { crossEntropy: number[]; scores: { spos: number[] } }[];
  };
  assertAlmostEquals(crossEntropy.raters.dna.tauB, 1, 1e-12);
  const expected = kendallTau(
    rows.map(({ scores }) => scores.spos[0]),
    rows.map(({ crossEntropy }) => -(crossEntropy[0] + crossEntropy[1]) / 2),
  );
  assertAlmostEquals(crossEntropy.raters.spos.tauB, expected, 1e-12);
  assertAlmostEquals(crossEntropy.differences.spos.difference, 1 - expected, 1e-12);
  assert(text.startsWith("12 of 12 networks, 24 trainings"));
});

Deno.test("figure-4: with too few parts the conclusion says what is missing", async () => {
  const folder = await Deno.makeTempDir();
  await assertRejects(
    () => concludeExperiment("figure-4", { folder }),
    Error,
    "Cannot rank yet: 0 networks",
  );
});

Deno.test("differenceOf: two equal raters have no lead, and an interval of nothing", () => {
  const scores = [[1, 2, 3, 4, 5, 6]];
  const accuracies = [[1], [3], [2], [4], [6], [5]];
  const flops = [3, 1, 2, 6, 5, 4];
  const { difference, interval, partial, partialInterval } = differenceOf(
    scores,
    scores,
    accuracies,
    flops,
    createRandom(1),
  );
  assertEquals([difference, ...interval, partial, ...partialInterval], [0, 0, 0, 0, 0, 0]);
});

Deno.test("rankedNetworks: each once, the same for the same seed, never more than there are", () => {
  const texts = rankedNetworks(SCALES.small).map(({ text }) => text);
  assertEquals(new Set(texts).size, 100);
  assertEquals(rankedNetworks({ ...SCALES.small, networks: 10 }).map(({ text }) => text), [
    ...texts.slice(0, 10),
  ]);
  const one = { ...SCALES.small, space: oneNetwork(SCALES.small), networks: 2 };
  assertThrows(() => rankedNetworks(one), RangeError, 'space "one" has 1');
});

Deno.test("deno task ablation: wrong usage is one sentence, status 2", async () => {
  for (
    const [args, sentence] of [
      [["figure-9"], `known are power, findings, ${EXPERIMENT_NAMES.join(", ")}`],
      [["figure-4", "--scale", "large"], "known are quick, small, paper"],
      [["figure-4", "--jobs", "0"], "--jobs"],
    ] as const
  ) {
    const { code, stderr } = await runTask("ablation", [...args]);
    assertEquals(code, 2, stderr);
    assert(stderr.includes(sentence), stderr);
    assert(!stderr.includes(" at "), stderr);
  }
});

Deno.test("deno task ablation NAME --scale paper --plan: every experiment can be planned without data", async () => {
  for (const name of EXPERIMENT_NAMES) {
    const { code, stdout, stderr } = await runTask("ablation", [
      ...[name, "--scale", "paper", "--plan"],
      ...["--out", await Deno.makeTempDir()],
    ]);
    assertEquals(code, 0, stderr);
    assert(stdout.includes("to do"), stdout);
  }
});

Deno.test("committed results: every number of results.json follows from the parts beside it", async () => {
  const root = new URL("../results/small/", import.meta.url);
  for (const name of Object.keys(EXPERIMENTS)) {
    const file = new URL(`${name}/results.json`, root);
    const text = await Deno.readTextFile(file).catch(() => undefined);
    if (text === undefined) continue;
    const committed = JSON.parse(text);
    const { results } = await concludeExperiment(name);
    const own = JSON.parse(JSON.stringify(results));
    for (const key of Object.keys(own)) assertEquals(committed[key], own[key], `${name}: ${key}`);
  }
});

Deno.test("docs/findings.md and README.md: their tables say what the parts say", async () => {
  const found = await findings();
  for (const { path, table } of FINDINGS_PAGES) {
    const page = await Deno.readTextFile(path);
    assertEquals(page, withMarked(path, page, "findings", table(found)), path);
  }
});

function scaleBlocks({ space }: ExperimentScale) {
  if (typeof space === "string") throw new TypeError("a definition is needed");
  return space.blocks.map(({ cells }) => cells);
}

function oneNetwork({ space }: ExperimentScale) {
  if (typeof space === "string") throw new TypeError("a definition is needed");
  return { ...space, name: "one", operations: [{ kernel: 3, expansion: 1 }] };
}
