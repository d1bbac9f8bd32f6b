import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import {
  type BlockRatings,
  cost,
  costRange,
  createRandom,
  type ExperimentScale,
  intervalRows,
  kendallTau,
  parseArchitecture,
  pearsonR,
  progressiveRatings,
  SCALES,
  search,
  type SpaceDefinition,
  tf,
  useEngine,
} from "../mod.ts";
import { codedMap, decodedMap } from "../lib/experiments/_coded_maps.ts";
import { datasetOf, someOf, spaceOf, teacherOf } from "../lib/experiments/_inputs.ts";
import { distilSettings, progressiveDistil, rankedDistil } from "../lib/experiments/_settings.ts";
import { cellColumns, mergeColumns } from "../lib/experiments/cells.ts";
import { type Distilled, ratingsOf } from "../lib/experiments/distil_part.ts";
import { FIGURE_5 } from "../lib/experiments/figure_5.ts";
import { FIGURE_6 } from "../lib/experiments/figure_6.ts";
import { cellsDistil } from "../lib/experiments/found_network.ts";
import { addMaps, fitOf, noSums } from "../lib/experiments/map_fit.ts";
import type { Maps } from "../lib/experiments/maps_part.ts";
import { rankedNetworks } from "../lib/experiments/networks.ts";
import { runParts } from "../lib/experiments/run.ts";
import { openParts, type PartStore } from "../lib/experiments/store.ts";
import { TABLE_4 } from "../lib/experiments/table_4.ts";
import type { Experiment, Part } from "../lib/experiments/types.ts";

const engine = await useEngine();

/** A cell of one layer a block, two operations. */
const SPACE: SpaceDefinition = {
  name: "one-cell",
  stem: { channels: 1, width: 8, stride: 2 },
  blocks: [
    { stride: 1, cells: [{ width: 8, depth: 1 }] },
    { stride: 2, cells: [{ width: 8, depth: 1 }] },
    { stride: 1, cells: [{ width: 8, depth: 1 }] },
    { stride: 2, cells: [{ width: 16, depth: 1 }] },
  ],
  operations: [{ kernel: 3, expansion: 1 }, { kernel: 3, expansion: 3 }],
  head: 16,
};

const CELLS: SpaceDefinition = {
  ...SPACE,
  name: "cells",
  blocks: SPACE.blocks.map((block, i) => ({
    ...block,
    cells: i === 0
      ? block.cells
      : [{ width: 12, depth: 1 }, ...block.cells, { width: 8, depth: 2 }],
  })),
};

/** As little as still is an experiment. */
const TINY: ExperimentScale = {
  ...SCALES.quick,
  space: SPACE,
  cells: CELLS,
  supernet: {
    ...SCALES.quick.supernet,
    images: 64,
    epochs: 3,
    batch: 32,
    rateImages: 20,
    calibrationImages: 20,
  },
  retrain: { recipe: "small", images: 64, epochs: 1, batch: 32 },
  networks: 5,
  seeds: 1,
  winnerSeeds: 2,
  mapsEpoch: 2,
  maxParams: 3000,
};

/** A row of a table. */
type Row = Record<string, unknown>;

/** Does all parts, stopped after so many steps each time. */
async function runStopped(
  experiment: Experiment,
  store: PartStore,
  stopEvery: number,
): Promise<void> {
  for (let stopped = true; stopped;) {
    const controller = new AbortController();
    let steps = 0;
    stopped = false;
    try {
      await runParts(experiment, TINY, store, {
        engine,
        signal: controller.signal,
        checkpointSeconds: 0,
        onProgress: ({ done }) => {
          if (done > 0 && ++steps >= stopEvery) controller.abort();
        },
      });
    } catch (error) {
      if (!controller.signal.aborted) throw error;
      stopped = true;
    }
  }
}

Deno.test("figure-5: the maps are those of the rated paths, whoever stops on the way", async () => {
  const [whole, resumed] = await Promise.all(
    [1, 2].map(async () => await openParts(await Deno.makeTempDir())),
  );
  await runParts(FIGURE_5, TINY, whole, { engine });
  const before = tf.memory().numTensors;
  await runStopped(FIGURE_5, resumed, 10);
  assertEquals(tf.memory().numTensors, before);
  const [distil, ...maps] = FIGURE_5.parts(TINY, whole) as [Part<Distilled>, ...Part<Maps>[]];
  assertEquals(maps.length, 2);
  for (const part of maps) assertEquals(resumed.get(part), whole.get(part));
  // All rating images are measured here: the losses are the ratings' own, but for the images that recalibrate.
  const last = whole.get(distil)!.ratings.at(-1)!;
  const { blocks } = whole.get(maps[1])!;
  last.blocks.forEach(({ cells: [{ losses }] }, block) => {
    assertAlmostEquals(blocks[block].loss, Math.min(...losses), 0.05);
  });
});

Deno.test("a distil part that is stopped within its ratings too gives what an undisturbed one gives", async () => {
  const [whole, resumed] = await Promise.all(
    [1, 2].map(async () => await openParts(await Deno.makeTempDir())),
  );
  const experiment: Experiment = { ...TABLE_4, parts: (scale) => [cellsDistil(scale)[2]] };
  await runParts(experiment, TINY, whole, { engine });
  const [part] = experiment.parts(TINY, whole);
  // Fewer steps than a rating has layers.
  await runStopped(experiment, resumed, 9);
  assertEquals(resumed.get(part), whole.get(part));
});

for (const strategy of ["S1", "S2"] as const) {
  Deno.test(`progressiveDistil of ${strategy}: stages that are stopped give what progressiveRatings gives at once`, async () => {
    const store = await openParts(await Deno.makeTempDir());
    const experiment: Experiment = {
      ...TABLE_4,
      parts(scale, found) {
        const parts: Part<BlockRatings>[] = [];
        const earlier: BlockRatings[] = [];
        for (const _ of SPACE.blocks) {
          parts.push(progressiveDistil(scale, strategy, [...earlier]));
          const ratings = found.get(parts.at(-1)!);
          if (!ratings) break;
          earlier.push(ratings);
        }
        return parts;
      },
    };
    await runStopped(experiment, store, 11);
    const { data, supernet: recipe } = TINY;
    const { splits } = await datasetOf(data);
    const images = someOf(splits.train, recipe.images, 0, "images");
    const { blocks } = await progressiveRatings(spaceOf(SPACE), {
      strategy,
      teacher: await teacherOf(TINY.teacher, data),
      data: images,
      validation: someOf(splits.validation, recipe.rateImages, 0, "rating images"),
      calibration: someOf(images, recipe.calibrationImages, 0, "calibration images"),
      ...{
        epochs: recipe.epochs,
        batch: recipe.batch,
        rates: recipe.rates,
        augment: true,
        seed: 0,
      },
    });
    assertEquals(experiment.parts(TINY, store).map((part) => store.get(part)), blocks);
  });
}

Deno.test("cellColumns: the first is the single-cell space, each cell is in one, none else is added", () => {
  const all = spaceOf(CELLS);
  const columns = cellColumns(all, spaceOf(SPACE));
  assertEquals(columns.map(({ cells }) => cells), [[0, 1, 1, 1], [0, 0, 0, 0], [0, 2, 2, 2]]);
  assertEquals(columns[0].space.blocks, SPACE.blocks);
  for (const { space, cells } of columns) {
    assertEquals(
      space.blocks.map((block) => block.cells),
      CELLS.blocks.map((block, i) => [block.cells[cells[i]]]),
    );
  }
  // Of a cell that is in several columns the first one counts.
  const ratings = columns.map(({ cells }, column) =>
    cells.map((cell) => ({ cells: [{ width: column, depth: cell, losses: [] }] }))
  );
  assertEquals(
    mergeColumns(all, columns, ratings).map(({ cells }) =>
      cells.map(({ width, depth }) => [width, depth])
    ),
    [[[0, 0]], ...[1, 2, 3].map(() => [[1, 0], [0, 1], [2, 2]])],
  );
  const wider = {
    ...SPACE,
    name: "wider",
    blocks: [{ stride: 1 as const, cells: [{ width: 99, depth: 1 }] }, ...SPACE.blocks.slice(1)],
  };
  assertThrows(() => cellColumns(all, spaceOf(wider)), RangeError, "block 1's cell is none");
});

Deno.test("cellColumns: every scale's spaces can be compared, and the budget lies within both", () => {
  for (const { cells, space, data: { resolution, classes }, maxParams } of Object.values(SCALES)) {
    const columns = cellColumns(spaceOf(cells), spaceOf(space));
    assertEquals(columns[0].space.blocks, spaceOf(space).blocks);
    for (const own of [cells, space].map(spaceOf)) {
      const sizes = { resolution, classes };
      const { cheapest, dearest } = costRange(own, "params", sizes);
      assert(cheapest.params < maxParams && maxParams < dearest.params, own.name);
    }
  }
});

Deno.test("fitOf: loss, r and share of variance are those of the values, channel by channel", () => {
  const random = createRandom(3);
  const channels = 3;
  const y = Float32Array.from({ length: 300 }, (_, i) => random.uniform() * (1 + i % channels));
  const x = Float32Array.from(y, (value, i) => i % channels === 2 ? 0.5 : value + random.uniform());
  const sums = noSums(channels);
  addMaps(sums, x.subarray(0, 90), y.subarray(0, 90));
  addMaps(sums, x.subarray(90), y.subarray(90));
  const fit = fitOf(sums);
  const of = (values: Float32Array, channel: number) =>
    [...values].filter((_, i) => i % channels === channel);
  const mean = (values: readonly number[]) => values.reduce((sum, v) => sum + v, 0) / values.length;
  const spread = (values: readonly number[]) =>
    values.reduce((sum, v) => sum + (v - mean(values)) ** 2, 0);
  assertAlmostEquals(fit.sigma, Math.sqrt(spread([...y]) / y.length), 1e-9);
  assertAlmostEquals(fit.loss, mean([...y].map((v, i) => Math.abs(x[i] - v))) / fit.sigma, 1e-9);
  for (const channel of [0, 1]) {
    const [a, b] = [of(x, channel), of(y, channel)];
    assertAlmostEquals(fit.correlation[channel]!, pearsonR(a, b), 1e-9);
    const error = a.reduce((sum, v, i) => sum + (v - b[i]) ** 2, 0);
    assertAlmostEquals(fit.explained[channel]!, 1 - error / spread(b), 1e-9);
  }
  assertEquals(fit.correlation[2], null);
});

Deno.test("codedMap: values come back to a 510th of their range, ends exactly", () => {
  const values = Float32Array.from({ length: 64 }, (_, i) => Math.sin(i) * 3 - 1);
  const back = decodedMap(codedMap(values, [-4, 2]));
  values.forEach((value, i) => assertAlmostEquals(back[i], value, 6 / 510 + 1e-6));
  assertEquals([...decodedMap(codedMap(Float32Array.of(-4, 2), [-4, 2]))], [-4, 2]);
  assertEquals([...decodedMap(codedMap(Float32Array.of(1, 1), [1, 1]))], [1, 1]);
});

/** Puts a supernet's result: what each rated epoch says of every path. */
async function putDistilled(
  store: PartStore,
  part: Part<Distilled>,
  ratings: { epoch: number; losses: number[][] }[],
): Promise<void> {
  const { space } = part.settings as { space: SpaceDefinition };
  const of = (losses: readonly number[][]) =>
    space.blocks.map(({ cells: [cell] }, block) => ({
      cells: [{ ...cell, losses: losses[block] }],
    }));
  await store.put(part, {
    epochs: [1, 2, 3].flatMap((epoch) =>
      space.blocks.map((_, block) => ({ epoch, block, cell: 0, loss: 1 / epoch, rate: 0.1 }))
    ),
    ratings: ratings.map(({ epoch, losses }) => ({ epoch, blocks: of(losses) })),
  }, {});
}

/** Puts a training whose cross-entropy is known. */
async function putTraining(
  store: PartStore,
  part: Part,
  crossEntropy: number,
): Promise<void> {
  const { architecture } = part.settings as { architecture: string };
  const { resolution, classes } = TINY.data;
  const costs = cost(parseArchitecture(architecture), { resolution, classes });
  const result = { ...costs, top1: 1 - crossEntropy / 4, top5: 1, crossEntropy, epochs: [] };
  await store.put(part, result, {});
}

Deno.test("figure-5: conclusions of hand-made maps have their numbers", async () => {
  const store = await openParts(await Deno.makeTempDir());
  assertThrows(() => FIGURE_5.conclude(TINY, store), Error, "no feature maps");
  const losses = [[2, 1], [1, 2], [2, 1], [1, 2]];
  await putDistilled(store, rankedDistil(TINY, 0), [
    { epoch: 2, losses },
    { epoch: 3, losses: losses.map(([a, b]) => [b, a]) },
  ]);
  const parts = FIGURE_5.parts(TINY, store).slice(1) as Part<Maps>[];
  assertEquals(parts.map(({ settings }) => settings.epoch), [2, 3]);
  const paths = (part: Part) =>
    (part.settings.choice as { path: number }[]).map(({ path }) => path);
  assertEquals(parts.map(paths), [[1, 0, 1, 0], [0, 1, 0, 1]]);
  const map = codedMap(Float32Array.of(0, 1, 2, 3), [0, 3]);
  const block = {
    ...{
      loss: 0.25,
      sigma: 1,
      correlation: [0.95, 0.7, 0.8, null],
      explained: [0.9, 0.4, 0.5, null],
    },
    ...{ explainedOfAll: 0.6, size: 2, channels: [0, 2] },
    ...{ teacher: [[map, map]], student: [[map, map]] },
  };
  const image = { bytes: Uint8Array.of(0, 255, 9, 8).toBase64(), size: 2, channels: 1 };
  const maps: Maps = {
    images: [{ ...image, label: "coat" }],
    blocks: [block, block, block, block],
  };
  for (const part of parts) await store.put(part, maps, {});
  const { results, text, figures, claims } = FIGURE_5.conclude(TINY, store);
  assertEquals(claims![0].verdict, "does not hold");
  assert(claims![0].why!.includes("2 of these 8 channels"));
  const { epochs } = results as { epochs: { epoch: number; blocks: Row[] }[] };
  assertEquals(epochs.map(({ epoch }) => epoch), [2, 3]);
  const { operations, median, least, close, loss, explained } = epochs[0].blocks[1];
  assertEquals({ operations, median, least, close, loss, explained }, {
    ...{ operations: "k3e1", median: 0.8, least: 0.7, close: 0.25, loss: 0.25, explained: 0.6 },
  });
  assert(text.includes("1 of 4"), text);
  const [two, all] = ["maps-two-blocks", "maps-all-blocks"].map((name) => {
    const drawn = figures[name];
    return "svg" in drawn ? drawn.svg.match(/<image /g)!.length : 0;
  });
  assertEquals([two, all], [1 + 2 * 2 * 2, 1 + 4 * 2 * 2]);
});

Deno.test("figure-6: winners keep the budget, equal ones are trained once, taus are those of the ratings", async () => {
  const store = await openParts(await Deno.makeTempDir());
  assertThrows(() => FIGURE_6.conclude(TINY, store), Error, "has not learnt yet");
  // Epoch 2 wants wide layers where they are cheap, epoch 3 where they are dear; 4 finds what 3 does.
  const dear = [[1, 1], [1, 1], [1, 1], [2, 1]];
  const cheap = [[2, 1], [1, 1], [1, 1], [1, 2]];
  await putDistilled(store, rankedDistil(TINY, 0), [
    { epoch: 2, losses: cheap },
    { epoch: 3, losses: dear },
    { epoch: 4, losses: dear.map((own) => own.map((loss) => loss / 2)) },
  ]);
  const networks = rankedNetworks(TINY).map(({ text }) => text);
  const parts = FIGURE_6.parts(TINY, store);
  const winners = parts.slice(1, 1 + 2 * TINY.winnerSeeds);
  assertEquals(new Set(winners.map(({ settings }) => settings.architecture)).size, 2);
  const ranked = parts.filter(({ settings }) => networks.includes(`${settings.architecture}`));
  const random = createRandom(2);
  const values = new Map<string, number>();
  for (const part of [...winners, ...ranked]) {
    const { architecture, seed } = part.settings as { architecture: string; seed: number };
    if (!values.has(architecture)) values.set(architecture, random.uniform());
    await putTraining(store, part, values.get(architecture)! + 0.01 * seed);
  }
  const [early, late] = [winners[0], winners[2]].map(({ settings }) => `${settings.architecture}`);
  const { results, claims } = FIGURE_6.conclude(TINY, store);
  const { epochs, gain, settledEpoch } = results as {
    epochs: { tau: number; params: number; trainingLoss: number; crossEntropy: { mean: number } }[];
    gain: { crossEntropy: { mean: number }; comparison: string };
    settledEpoch: number;
  };
  assertEquals(epochs.length, 3);
  assert(epochs.every(({ params }) => params <= TINY.maxParams));
  assertAlmostEquals(epochs[0].trainingLoss, 4 / 2, 1e-12);
  assertEquals(settledEpoch, 3);
  assertAlmostEquals(epochs[1].crossEntropy.mean, epochs[2].crossEntropy.mean, 1e-12);
  assertAlmostEquals(gain.crossEntropy.mean, values.get(late)! - values.get(early)!, 1e-12);
  // Both seeds move alike: no noise is left, and the sign alone decides.
  const better = gain.crossEntropy.mean < 0;
  assertEquals(gain.comparison, better ? "better" : "worse");
  assertEquals(claims![0].verdict, better ? "holds" : "does not hold");
  const losses = rankedNetworks(TINY).map(({ choice }) =>
    choice.reduce((sum, { path }, block) => sum + dear[block][path], 0)
  );
  const tau = kendallTau(losses, networks.map((text) => values.get(text)!));
  assertAlmostEquals(epochs[1].tau, tau, 1e-12);
});

Deno.test("table-4: six rows of the paper, its claims told by paired seeds", async () => {
  const store = await openParts(await Deno.makeTempDir());
  assertThrows(() => TABLE_4.conclude(TINY, store), Error, "no network has been trained");
  // S1 wants the cheap operation everywhere, S2 a dear one in block 1, ours in all blocks; further cells are better still.
  for (const [strategy, best] of [["S1", [0, 0, 0, 0]], ["S2", [1, 0, 0, 0]]] as const) {
    const earlier: BlockRatings[] = [];
    for (const [block, { cells }] of SPACE.blocks.entries()) {
      const losses = best[block] === 0 ? [1, 2] : [2, 1];
      const ratings = { cells: [{ ...cells[0], losses }] };
      await store.put(progressiveDistil(TINY, strategy, [...earlier]), ratings, {});
      earlier.push(ratings);
    }
  }
  for (const [column, part] of cellsDistil(TINY).entries()) {
    const { space } = part.settings as { space: SpaceDefinition };
    const losses = space.blocks.map(({ cells: [{ depth }] }) =>
      Array.from({ length: 2 ** depth }, (_, path) => 2 - 0.1 * path - (column === 2 ? 0.5 : 0))
    );
    await putDistilled(store, part, [{ epoch: 3, losses }]);
  }
  const parts = TABLE_4.parts(TINY, store);
  const trainings = parts.filter(({ kind }) => kind === "retrain");
  const texts = [...new Set(trainings.map(({ settings }) => `${settings.architecture}`))];
  assertEquals(trainings.length, TINY.winnerSeeds * texts.length);
  // The second is better than the first by 0.2 and 0.3, the third than the second by 0.5 and −0.3.
  const known = [[1.5, 1.6], [1.3, 1.3], [0.8, 1.6]];
  for (const part of trainings) {
    const { architecture, seed } = part.settings as { architecture: string; seed: number };
    await putTraining(store, part, (known[texts.indexOf(architecture)] ?? [1, 1.1])[seed]);
  }
  const { results, text, claims: verdicts } = TABLE_4.conclude(TINY, store);
  assertEquals(verdicts!.map(({ verdict }) => verdict)[1], "cannot tell");
  const { rows, claims } = results as {
    rows: { name: string; architecture: string; params: number; crossEntropy: { mean: number } }[];
    claims: {
      better: string;
      than: string;
      crossEntropy: { mean: number; interval: number[] };
      verdict: string;
    }[];
  };
  assertEquals(rows.map(({ name }) => name), [
    ...["S1", "S2", "ours", "ours, cells", "ours, budget", "ours, cells, budget"],
  ]);
  assertEquals(rows.slice(0, 3).map(({ architecture }) => architecture), texts.slice(0, 3));
  assert(rows.slice(4).every(({ params }) => params <= TINY.maxParams));
  assert(rows[2].params > TINY.maxParams && rows[3].params > TINY.maxParams, "the budget binds");
  assert(rows[3].architecture !== rows[2].architecture && rows[5].params !== rows[4].params);
  assertAlmostEquals(rows[0].crossEntropy.mean, 1.55, 1e-12);
  const ofS2 = claims.find(({ better, than }) => better === "ours" && than === "S2")!;
  assertAlmostEquals(ofS2.crossEntropy.mean, (-0.5 + 0.3) / 2, 1e-12);
  // Two values, one degree of freedom: t = 12.7062.
  const half = 12.7062047 * 0.8 / Math.sqrt(2) / Math.sqrt(2);
  assertAlmostEquals(ofS2.crossEntropy.interval[1], -0.1 + half, 1e-6);
  assertEquals(ofS2.verdict, "seeds do not tell them apart");
  assertEquals(claims.length, 4);
  assert(text.includes("5.69 M") && text.includes("seeds do not tell them apart"));
  // The ratings that the rows follow from are the parts' own.
  const own = ratingsOf(
    distilSettings(TINY, 0),
    store.get(rankedDistil(TINY, 0))!.ratings.at(-1)!.blocks,
  );
  assertEquals(search(own).text, rows[2].architecture);
});

Deno.test("intervalRows: means, intervals and values in one row each, none where there is no interval", () => {
  const { data: [values, means], layout } = intervalRows([
    { name: "a", values: [1, 3], mean: 2, interval: [0, 5] },
    { name: "b", values: [4], mean: 4, interval: [NaN, NaN] },
  ], "loss");
  assertEquals([values.x, values.y], [[1, 3, 4], ["a", "a", "b"]]);
  assertEquals([means.x, means.y], [[2, 4], ["a", "b"]]);
  const { array, arrayminus } = means.error_x as { array: number[]; arrayminus: number[] };
  assertEquals([array, arrayminus], [[3, 0], [2, 0]]);
  assertEquals((layout.xaxis as { title: { text: string } }).title.text, "loss");
});
