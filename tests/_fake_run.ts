/** A run that never was, with the structure of a real one: for tests, and for looking at its report. */
import { createRandom } from "../lib/random.ts";
import type { Ratings } from "../lib/ratings.ts";
import type { NetworkRecord, ReportData } from "../lib/report/types.ts";
import { sampleArchitectures } from "../lib/search/sample.ts";
import { search } from "../lib/search/search.ts";
import { pathCount, pathDigits } from "../lib/space/paths.ts";
import { searchSpace } from "../lib/space/spaces.ts";

const SPACE = searchSpace("fashion");
const SIZES = { resolution: 28, classes: 10 };

/** Losses that fall with kernel, expansion, depth and width, with a little noise. */
export function fakeRatings(): Ratings {
  const random = createRandom("fake run", "ratings");
  const blocks = SPACE.blocks.map(({ cells }, block) => ({
    cells: cells.map(({ width, depth }) => ({
      width,
      depth,
      losses: Array.from({ length: pathCount(SPACE, depth) }, (_, path) => {
        const power = pathDigits(SPACE, depth, path).reduce((sum, digit, layer) => {
          const { kernel, expansion } = SPACE.operations[digit];
          return sum + (0.6 + 0.4 / (layer + 1)) * (0.012 * (kernel - 3) + 0.02 * (expansion - 3));
        }, 0.05 * depth + 0.002 * width);
        return 0.3 + 0.08 * block - 0.3 * power * (1 + 0.4 * block) + 0.004 * random.normal();
      }),
    })),
  }));
  return { space: "fashion", ...SIZES, blocks };
}

/** Lines of metrics.jsonl. */
export function fakeMetrics(epochs = 6, networks = 3): Record<string, unknown>[] {
  const random = createRandom("fake run", "metrics");
  const noise = () => 1 + 0.02 * random.normal();
  const distil = Array.from(
    { length: epochs },
    (_, e) =>
      SPACE.blocks.flatMap(({ cells }, block) =>
        cells.map(({ width, depth }, cell) => ({
          stage: "distil",
          epoch: e + 1,
          block,
          cell,
          loss: (0.25 + 0.12 * block - 0.02 * depth - 0.001 * width + 0.5 / (e + 1)) * noise(),
          rate: 0.005 * 0.9 ** e,
        }))
      ),
  ).flat();
  const retrain = Array.from(
    { length: networks },
    (_, k) =>
      Array.from({ length: epochs }, (_, e) => ({
        stage: "retrain",
        network: k === 0 ? "winner" : `random ${k}`,
        epoch: e + 1,
        loss: (0.62 + 0.55 / (e + 1)) * noise(),
        accuracy: 0.9 - 0.01 * k - 0.16 / (e + 1),
        rate: 0.2 * (1 - e / epochs),
      })),
  ).flat();
  return [...distil, ...retrain];
}

/** A whole run on space `fashion`; `retrain: false` gives what `--no-retrain` leaves. */
export function fakeRun({ retrain = true } = {}): ReportData {
  const ratings = fakeRatings();
  const budgets = { maxParams: 120e3, maxFlops: 4e6 };
  const { text, loss, params, macs, flops, choice } = search(ratings, budgets);
  const judge = (accuracy: number) =>
    retrain ? { accuracy, crossEntropy: 3.2 * (1 - accuracy) } : {};
  const random = sampleArchitectures(SPACE, createRandom("fake run", "random"), 2, {
    ...SIZES,
    params: [100e3, 120e3],
    flops: [3.4e6, 4e6],
  }).map(({ text, params, macs, flops, choice }, i): NetworkRecord => {
    const rated = choice.map(({ cell, path }, block) => ({
      cell,
      path,
      loss: ratings.blocks[block].cells[cell].losses[path],
    }));
    const loss = rated.reduce((sum, part) => sum + part.loss, 0);
    return {
      architecture: text,
      loss,
      params,
      macs,
      flops,
      choice: rated,
      ...judge(0.8871 + 0.003 * i),
    };
  });
  const winner = { architecture: text, loss, params, macs, flops, choice, ...judge(0.8934) };
  return {
    config: {
      options: {
        preset: "fashion",
        space: "fashion",
        teacher: "fashion",
        epochs: 6,
        trainEpochs: 6,
        batch: 128,
        images: 50_000,
        maxParams: 120e3,
        maxFlops: 4e6,
        random: 2,
        retrain,
        lambda: [1, 1, 1, 1],
      },
      seed: 0,
      versions: { dna: "0.1.0", deno: "2.9.6", tensorflow: "2.21.0" },
      device: "CPU:0",
      revision: "0123456789abcdef0123456789abcdef01234567",
      command: "npx -y deno task search --seed 0",
    },
    metrics: fakeMetrics(6, retrain ? 3 : 0),
    ratings,
    result: {
      ...winner,
      space: "fashion",
      budgets,
      random,
      ...(retrain && {
        teacher: { name: "fashion", accuracy: 0.9256, crossEntropy: 0.213 },
        testImages: 10_000,
      }),
    },
  };
}
