import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import {
  buildNetwork,
  COMPOUND_SCALES,
  cost,
  createRandom,
  DNA_C,
  type ExperimentScale,
  outlineTeacher,
  parseArchitecture,
  scaleArchitecture,
  SCALES,
  tf,
  useEngine,
} from "../mod.ts";
import {
  lead,
  meanOf,
  pairedLead,
  sameVerdict,
  studentQuantile,
} from "../lib/experiments/_means.ts";
import { scaleToParams } from "../lib/experiments/_scale_up.ts";
import { normalisationOf, retrained, smallTeacher } from "../lib/experiments/_settings.ts";
import { teacherTraining } from "../lib/experiments/_trained_teacher.ts";
import { EXPERIMENTS } from "../lib/experiments/experiments.ts";
import { cellsDistil, equalCostNetworks, foundNetwork } from "../lib/experiments/found_network.ts";
import { judgePart } from "../lib/experiments/judge_part.ts";
import { MEASURED_DEFAULT, planExperiment } from "../lib/experiments/plan.ts";
import type { Retrained } from "../lib/experiments/retrain_part.ts";
import { runParts } from "../lib/experiments/run.ts";
import { stageSeconds } from "../lib/experiments/search_cost.ts";
import { costConclusion, PAPER_COST } from "../lib/experiments/search_cost_conclusion.ts";
import { openParts } from "../lib/experiments/store.ts";
import type { TransferRow } from "../lib/experiments/table_3.ts";
import { transferConclusion } from "../lib/experiments/table_3_conclusion.ts";
import { TABLE_5, type TeacherRow } from "../lib/experiments/table_5.ts";
import { teacherConclusion } from "../lib/experiments/table_5_conclusion.ts";
import { carryOver, pretraining, transferPart } from "../lib/experiments/transfer_part.ts";
import type { Experiment, Found, Part } from "../lib/experiments/types.ts";
import { runTask } from "./_task.ts";

const NOTHING: Found = { get: () => undefined, made: () => undefined };

/** A training with this accuracy. */
function training(top1: number, crossEntropy = 1 - top1): Retrained {
  return { params: 1, macs: 1, flops: 1, top1, top5: 1, crossEntropy, epochs: [] };
}

function teacherRow(name: TeacherRow["name"], top1: number[], more: Partial<TeacherRow> = {}) {
  const trainings = top1.map((value) => training(value));
  return { name, architecture: name, params: 5000, macs: 1, flops: 1, trainings, ...more };
}

/** What stands in a table's line that begins so. */
function lineOf(text: string, start: string): string {
  const line = text.split("\n").find((line) => line.startsWith(start));
  assert(line !== undefined, `no line ${start} in\n${text}`);
  return line!;
}

Deno.test("studentQuantile() and lead() agree with SciPy's t.ppf and ttest_ind", () => {
  const scipy: [number, number][] = [
    [1, 12.706204736174694],
    [2, 4.302652729749462],
    [3, 3.1824463052837078],
    [4, 2.7764451051977934],
    [5, 2.570581835636313],
    [10, 2.2281388519862744],
    [101, 1.983731002955606],
  ];
  for (const [freedom, value] of scipy) {
    assertAlmostEquals(studentQuantile(freedom), value, 1e-11);
  }
  // Equal sizes and variances have a whole number of degrees of freedom: ttest_ind([1, 2, 3], [0, 1, 2], equal_var=False).
  const { mean, interval } = lead([1, 2, 3], [0, 1, 2]);
  assertEquals(mean, 1);
  assertAlmostEquals(interval[0], -1.266957, 1e-6);
  assertAlmostEquals(interval[1], 3.266957, 1e-6);
  assertEquals(meanOf([2]).interval, [NaN, NaN]);
  assertEquals(sameVerdict(meanOf([0, 0]), 0.01), "holds");
  assertEquals(sameVerdict(pairedLead([1, 1], [0, 0]), 0.01), "does not hold");
});

Deno.test("scaleToParams() gives EfficientNet-B7's parameters to DNA-c, nearly and no more", () => {
  const sizes = { resolution: 224, classes: 1000 };
  const { params } = cost(outlineTeacher("tf_efficientnet_b7").architecture, sizes);
  const { architecture, width, depth } = scaleToParams(DNA_C, params, sizes);
  const own = cost(architecture, sizes).params;
  const b7 = cost(scaleArchitecture(DNA_C, COMPOUND_SCALES.b7), sizes).params;
  assert(own <= params && own >= b7, `${own} of ${params}, by hand ${b7}`);
  assert(width > 1.5 && depth > 2);
  assert(architecture.stem.width > DNA_C.stem.width && architecture.head > DNA_C.head);
  assert(architecture.blocks[0].length > DNA_C.blocks[0].length);
  assertThrows(() => scaleToParams(DNA_C, 1e6, sizes), RangeError, "it has 5273896");
});

Deno.test("Table 5's claims are judged by their intervals", () => {
  const conclusion = teacherConclusion([
    teacherRow("small teacher", [0.7, 0.71, 0.72]),
    teacherRow("DNA-small", [0.75, 0.76, 0.77]),
    teacherRow("large teacher", [0.8, 0.8, 0.8], { judged: training(0.9) }),
    teacherRow("DNA-large", [0.75, 0.762, 0.77]),
    teacherRow("DNA-large-scale", [0.79, 0.83, 0.8]),
  ]);
  const claims = conclusion.results.claims as { mean: number; verdict: string; paper: number }[];
  assertEquals(claims.map(({ verdict }) => verdict), [
    "holds",
    "holds",
    "does not hold",
    "cannot tell",
  ]);
  [-0.002 / 3, 0.05, -0.118 / 3, 0.02 / 3].forEach((value, i) =>
    assertAlmostEquals(claims[i].mean, value, 1e-12)
  );
  [0, 0.015, 0, 0.021].forEach((value, i) => assertAlmostEquals(claims[i].paper, value, 1e-12));
  assertStringIncludes(lineOf(conclusion.text, "DNA-small"), "76.00");
  assertStringIncludes(lineOf(conclusion.text, "large teacher"), "90.00");
  assertThrows(() => teacherConclusion([]), Error, "no network of Table 5");
});

Deno.test("Table 5 compares with the teacher's own weights where it is not retrained", () => {
  const { results } = teacherConclusion([
    teacherRow("large teacher", [], { judged: training(0.7) }),
    teacherRow("DNA-large-scale", [0.75, 0.77]),
  ]);
  const [claim] = results.claims as { mean: number; one: string }[];
  assertEquals(claim.one, "DNA-large-scale");
  assertAlmostEquals(claim.mean, 0.06, 1e-12);
});

Deno.test("Table 3 compares by hand seed by seed, random networks one by one, and what weights from before gain", () => {
  const row = (
    name: string,
    role: TransferRow["role"],
    tuned: number[],
    scratch: number[],
  ): TransferRow => ({
    name,
    role,
    architecture: name,
    params: 5000,
    macs: 1,
    flops: 2,
    before: tuned.map(() => training(0.5)),
    to: [{
      dataset: "mnist",
      fineTuned: tuned.map((value) => training(value)),
      scratch: scratch.map((value) => training(value)),
    }],
  });
  const { results, text, figures } = transferConclusion([
    row("found", "found", [0.95, 0.96], [0.9, 0.905]),
    row("by hand", "by hand", [0.93, 0.94], [0.9, 0.93]),
    row("random 1", "random", [0.9], [0.8]),
    row("random 2", "random", [0.91], [0.81]),
  ], "fashion-mnist");
  const leads = results.leads as { way: string; over: string; mean: number; verdict: string }[];
  assertEquals(leads.map(({ way, over, verdict }) => [way, over, verdict]), [
    ["fineTuned", "by hand", "holds"],
    ["fineTuned", "random", "holds"],
    ["scratch", "by hand", "cannot tell"],
    ["scratch", "random", "holds"],
  ]);
  [0.02, 0.05, -0.0125, 0.0975].forEach((value, i) =>
    assertAlmostEquals(leads[i].mean, value, 1e-12)
  );
  const [gain] = results.fineTuningGains as { mean: number }[];
  assertAlmostEquals(gain.mean, 0.0525, 1e-12);
  assertStringIncludes(lineOf(text, "mnist, fine-tuned"), "+2.00");
  assertEquals(Object.keys(figures), ["mnist"]);
  assertThrows(() => transferConclusion([], "fashion-mnist"), Error, "no network of Table 3");
});

Deno.test("the cost of a search stands beside the paper's, in seconds and in proportion", () => {
  const { results, text } = costConclusion({
    seconds: { teacher: 600, simple: 300, extended: 900, rating: 22.5, search: 0.012 },
    counts: { cells: [4, 10], networks: "196000000000000000", machines: ["a CPU"] },
  });
  // The paper's: 3 days by 1, and 0.6 by 24 GPU-days.
  assertEquals(results.proportions, { extendedBySimple: 3, ratingByExtended: 0.025 });
  const { proportions } = results.paper as { proportions: Record<string, number> };
  assertEquals(proportions.extendedBySimple, 3);
  assertAlmostEquals(proportions.ratingByExtended, 0.025, 1e-12);
  assertEquals(PAPER_COST.simple, 8 * 86_400);
  assertStringIncludes(lineOf(text, "searching 1.96e+17 networks"), "12.0 ms");
});

Deno.test("stageSeconds() shares the parts' seconds out, and loses none", () => {
  const scale = SCALES.small;
  const supernets = foundOf(scale);
  const seconds = (kind: string) => ({ distil: 100, cost: 1, retrain: 60 })[kind];
  const found: Found = {
    get: <R>(part: Part<R>) =>
      part.kind === "cost"
        ? { searchSeconds: 0.01, networks: "10" } as R
        : part.kind === "retrain"
        ? training(0.8) as R
        : supernets.get(part),
    made: ({ kind }) => ({
      seconds: seconds(kind),
      device: "CPU:0",
      threads: 1,
      platform: "linux",
    }),
  };
  const { seconds: stages, counts } = stageSeconds(scale, found);
  // Three supernets of one cell a block, each rated once.
  assertAlmostEquals(stages.extended + stages.rating, 300, 1e-9);
  assert(stages.simple > 50 && stages.simple < 100, `${stages.simple}`);
  assertEquals([stages.search, stages.retraining], [0.01, 60]);
  assertEquals(counts.cells, [4, 12]);
  assertEquals(counts.machines, ["CPU:0, 1 threads, linux"]);
  assertThrows(() => stageSeconds(scale, NOTHING), Error, "Cannot conclude");
});

Deno.test("carryOver() lets a network that saw grey images answer the same to grey pictures in colours", async () => {
  await useEngine();
  const before = tf.memory().numTensors;
  const text = " | ir_r1_k3_s2_e3_c8_se0.25 | head_c16";
  const sizes = { classes: 3, resolution: 8 };
  const grey = buildNetwork(parseArchitecture("stem_i1_c8" + text), {
    ...sizes,
    random: createRandom(1),
  });
  const fresh = buildNetwork(parseArchitecture("stem_i3_c8" + text), sizes);
  const kept = grey.toWeights();
  const carried = carryOver(kept, fresh.toWeights());
  assertEquals(carried["classifier.weight"], fresh.toWeights()["classifier.weight"]);
  const colour = buildNetwork(parseArchitecture("stem_i3_c8" + text), {
    ...sizes,
    weights: {
      ...carried,
      "classifier.weight": kept["classifier.weight"],
      "classifier.bias": kept["classifier.bias"],
    },
  });
  const images = tf.randomNormal<tf.Rank.R4>([4, 8, 8, 1], 0, 1, "float32", 3);
  const wide = tf.tile(images, [1, 1, 1, 3]);
  const [one, other] = [grey.logits(images), colour.logits(wide)];
  one.dataSync().forEach((value, i) => assertAlmostEquals(value, other.dataSync()[i], 1e-5));
  tf.dispose([images, wide, one, other]);
  for (const network of [grey, fresh, colour]) network.dispose();
  assertEquals(tf.memory().numTensors, before);
  assertThrows(() => carryOver(fresh.toWeights(), kept), Error);
});

/** As little as still learns. */
const TINY: ExperimentScale = {
  ...SCALES.quick,
  retrain: { recipe: "small", images: 64, epochs: 1, batch: 32 },
  smallTeacher: {
    name: "tiny",
    architecture: "stem_i1_c8 | ir_r1_k3_s2_e1_c8 | ir_r1_k3_s2_e1_c8 | head_c16",
    cuts: [0, 1],
    retrain: { recipe: "small", images: 64, epochs: 1, batch: 32 },
  },
};

function experimentOf(parts: Experiment["parts"]): Experiment {
  const conclude = () => ({ results: {}, text: "", figures: {} });
  return { name: "test", summary: "", section: "", parts, conclude };
}

Deno.test("a fine-tuning that was stopped comes to the same as one that was not, a trained teacher is judged as its training was", async () => {
  const engine = await useEngine();
  const small = smallTeacher(TINY);
  const { training: start } = small.trained!;
  const [mnist] = TINY.transfer.to;
  const tuned = transferPart({
    start,
    data: mnist.data,
    normalisation: mnist.normalisation,
    retrain: { recipe: "small", images: 128, epochs: 2, batch: 32, rate: 0.05 },
    imagesSeed: 0,
    seed: 3,
  }, "fine-tune");
  assertEquals(pretraining(start, "").settings, teacherTraining(start).settings);
  const first = pretraining(start, "pretrain");
  const judge = judgePart({ data: TINY.data, teacher: small });
  const experiment = experimentOf((_, found) =>
    found.get(first) === undefined ? [first] : [first, judge, tuned]
  );
  const results = [];
  for (const stopAt of [undefined, 3]) {
    const folder = await Deno.makeTempDir();
    const store = await openParts(folder);
    const stop = new AbortController();
    let seen = 0;
    const run = () =>
      runParts(experiment, TINY, store, {
        engine,
        checkpointSeconds: 0,
        signal: stop.signal.aborted ? undefined : stop.signal,
        onProgress: ({ stage, total }) => {
          if (stage === "train" && total === 8 && ++seen === stopAt) stop.abort();
        },
      });
    if (stopAt !== undefined) await assertRejects(run, DOMException);
    assertEquals(store.get(tuned), undefined);
    await run();
    results.push(store.get(tuned));
    const { top1, crossEntropy } = store.get(first)!;
    const judged = store.get(judge)!;
    assertEquals(judged.top1, top1);
    assertAlmostEquals(judged.crossEntropy, crossEntropy, 1e-5);
    await Deno.remove(folder, { recursive: true });
  }
  assertEquals(results[0], results[1]);
  assertEquals(results[0]!.epochs.length, 2);
});

/** Finds supernets of all cells, whose later paths have the lesser losses, and nothing else. */
function foundOf(scale: ExperimentScale): Found {
  const results = new Map<string, unknown>();
  for (const part of cellsDistil(scale)) {
    const { blocks, operations } = part.settings.space as {
      blocks: { cells: { width: number; depth: number }[] }[];
      operations: unknown[];
    };
    const losses = (depth: number) =>
      Array.from({ length: operations.length ** depth }, (_, path) => 1 / (1 + path));
    results.set(JSON.stringify(part.settings), {
      epochs: [],
      ratings: [{
        epoch: scale.supernet.epochs,
        blocks: blocks.map(({ cells }) => ({
          cells: cells.map(({ width, depth }) => ({ width, depth, losses: losses(depth) })),
        })),
      }],
    });
  }
  return {
    get: <R>(part: Part<R>) => results.get(JSON.stringify(part.settings)) as R | undefined,
    made: () => undefined,
  };
}

Deno.test("the found network keeps the budget, and random networks beside it cost nearly as much", () => {
  const scale = SCALES.small;
  assertEquals(foundNetwork(scale, NOTHING), undefined);
  const found = foundNetwork(scale, foundOf(scale))!;
  assert(found.params <= scale.maxParams);
  const random = equalCostNetworks(scale, found, 5);
  assertEquals(random.length, 5);
  for (const { params, flops } of random) {
    assert(params <= scale.maxParams && params >= found.params / 2, `${params}`);
    assert(flops >= found.flops / 2 && flops <= 1.5 * found.flops, `${flops}`);
  }
});

Deno.test("Table 5 trains its small teacher first, and students when their networks are known", () => {
  const scale = SCALES.small;
  const [training] = TABLE_5.parts(scale, NOTHING);
  assertEquals(training.settings, {
    ...smallTeacher(scale).trained!.training,
    keepWeights: true,
  });
  assert(TABLE_5.parts(scale, NOTHING).every(({ kind }) => kind !== "transfer"));
  const found = foundOf(scale);
  const text = foundNetwork(scale, found)!.text;
  const known = TABLE_5.parts(scale, found).map(({ settings }) => JSON.stringify(settings));
  for (let seed = 0; seed < scale.winnerSeeds; seed++) {
    const part = retrained(scale, text, seed, "a student");
    assert(known.includes(JSON.stringify(part.settings)));
    assertEquals(part.settings.normalisation, normalisationOf(scale));
  }
});

Deno.test("planExperiment() names all parts of every experiment at the paper's size, and how long they take", () => {
  for (const experiment of Object.values(EXPERIMENTS)) {
    const plan = planExperiment(experiment, SCALES.paper, NOTHING, { devices: 4 });
    assert(plan.length >= experiment.parts(SCALES.paper, NOTHING).length, experiment.name);
    for (const { part, seconds } of plan) {
      if (!seconds) continue;
      const [one, several] = seconds;
      assert(one > 0 && Number.isFinite(one) && several < one, `${experiment.name}: ${part.label}`);
    }
  }
  const plan = planExperiment(EXPERIMENTS["table-5"], SCALES.paper, NOTHING);
  const scaled = plan.find(({ part }) => part.label.includes("DNA-large-scale"))!;
  assertEquals(scaled.known, false);
  const { architecture } = scaled.part.settings as { architecture: string };
  const { params } = cost(parseArchitecture(architecture), { resolution: 224, classes: 1000 });
  assert(params > 55e6 && params < 66.4e6, `${params}`);
});

Deno.test("planExperiment() reckons a training by images and multiply-adds, three passes each", () => {
  const part = retrained(SCALES.paper, SCALES.paper.transfer.handMade.architecture, 0, "B0");
  const experiment = experimentOf(() => [part]);
  const [{ seconds }] = planExperiment(experiment, SCALES.paper, NOTHING, { devices: 2 });
  // B0's 385.815 M multiply–adds, 350 epochs of all images but those that rate, and the test images once.
  const passes = 385_814_848 * (3 * 350 * (1_281_167 - 50_000) + 50_000);
  assertAlmostEquals(seconds![0] / seconds![1], 2, 1e-9);
  const faster = { ...MEASURED_DEFAULT, stepSeconds: 0.242, teacherSeconds: 0.121 };
  const [{ seconds: fast }] = planExperiment(experiment, SCALES.paper, NOTHING, {
    measured: faster,
  });
  assertAlmostEquals(seconds![0] / fast![0], 10, 1e-9);
  // A core's multiply–adds a second on these layers: some ten thousand million.
  const speed = passes / seconds![0];
  assert(speed > 5e9 && speed < 1e11, `${speed}`);
});

Deno.test("`ablation table-3 --plan --scale paper` needs no data, and takes measured times", async () => {
  const file = await Deno.makeTempFile();
  await Deno.writeTextFile(
    file,
    JSON.stringify({
      bench: "supernet",
      teacher: "tf_efficientnet_b7",
      space: "dna",
      batch: 8,
      resolution: 224,
      seconds_per_step: 0.1,
      teacher_seconds: 0.05,
    }),
  );
  const args = ["table-3", "--plan", "--scale", "paper", "--measured", file, "--devices", "2"];
  const { code, stdout, stderr } = await runTask("ablation", args);
  assertEquals([code, stderr], [0, ""]);
  assertStringIncludes(lineOf(stdout, "fine-tune found on cifar-100"), "then");
  assertStringIncludes(stdout, "2 devices");
  assertStringIncludes(stdout, `Reckoned with ${file}`);
  await Deno.remove(file);
});
