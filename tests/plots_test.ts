import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { accuracies, accuracyInterval } from "../lib/plots/accuracies.ts";
import { accuracyAgainstCost } from "../lib/plots/accuracy_against_cost.ts";
import { architectureTable } from "../lib/plots/architecture_table.ts";
import { drawArchitecture } from "../lib/plots/draw_architecture.ts";
import { drawImitation } from "../lib/plots/draw_imitation.ts";
import { drawPipeline } from "../lib/plots/draw_pipeline.ts";
import { figureSvg } from "../lib/plots/figure_svg.ts";
import { choiceLoss, lossAgainstCost } from "../lib/plots/loss_against_cost.ts";
import { lossCurves } from "../lib/plots/loss_curves.ts";
import { ratingsByCell } from "../lib/plots/ratings_by_cell.ts";
import { trainingCurves } from "../lib/plots/training_curves.ts";
import type { Figure } from "../lib/plots/types.ts";
import type { Ratings } from "../lib/ratings.ts";
import type { SearchRecord } from "../lib/report/types.ts";
import { DNA_A, EFFICIENTNET_B0 } from "../lib/space/networks.ts";
import { parseArchitecture } from "../lib/space/parse.ts";
import { searchSpace } from "../lib/space/spaces.ts";
import { fakeMetrics, fakeRatings, fakeRun } from "./_fake_run.ts";

/** Two blocks, two operations: small enough to read a figure's every number. */
const RATINGS: Ratings = {
  space: {
    name: "small",
    operations: [{ kernel: 3, expansion: 3 }, { kernel: 5, expansion: 6 }],
    blocks: [
      { stride: 2, cells: [{ width: 8, depth: 1 }, { width: 16, depth: 1 }] },
      { stride: 2, cells: [{ width: 24, depth: 2 }] },
    ],
  },
  resolution: 32,
  classes: 10,
  blocks: [
    {
      cells: [{ width: 8, depth: 1, losses: [0.4, 0.3] }, {
        width: 16,
        depth: 1,
        losses: [0.3, 0.2],
      }],
    },
    { cells: [{ width: 24, depth: 2, losses: [0.8, 0.7, 0.6, 0.5] }] },
  ],
};

const METRICS = [1, 2].flatMap((epoch) => [
  { stage: "distil", epoch, block: 0, cell: 0, loss: 0.8 / epoch, rate: 0.005 },
  { stage: "distil", epoch, block: 0, cell: 1, loss: 0.6 / epoch, rate: 0.005 },
  { stage: "distil", epoch, block: 1, cell: 0, loss: 0.9 / epoch, rate: 0.005 },
  { stage: "retrain", network: "winner", epoch, loss: 1 / epoch, accuracy: 0.4 * epoch, rate: 0.1 },
  {
    stage: "retrain",
    network: "random 1",
    epoch,
    loss: 2 / epoch,
    accuracy: 0.3 * epoch,
    rate: 0.1,
  },
]);

const NETWORK = { architecture: "ir_k3_s2_e3_c8", params: 5000, macs: 9e4, flops: 1e5, choice: [] };
const RESULT: SearchRecord = {
  ...NETWORK,
  loss: 0.7,
  accuracy: 0.9,
  space: "small",
  budgets: { maxParams: 6000, maxFlops: 2e5 },
  random: [{ ...NETWORK, loss: 0.9, accuracy: 0.88 }],
  teacher: { name: "fashion", accuracy: 0.93, crossEntropy: 0.2 },
  testImages: 10_000,
};

const SAMPLED = [
  { choice: [{ cell: 0, path: 1 }, { cell: 0, path: 2 }], params: 4000, flops: 8e4 },
  { choice: [{ cell: 1, path: 0 }, { cell: 0, path: 0 }], params: 7000, flops: 3e5 },
];

const POINTS = [
  { name: "A", cost: 300, accuracy: 75 },
  { name: "B", cost: 305, accuracy: 75.1, half: 0.5 },
  { name: "C", cost: 600, accuracy: 78 },
];

const FIGURES: Record<string, () => Figure> = {
  accuracyAgainstCost: () =>
    accuracyAgainstCost([
      {
        title: "one",
        cost: "FLOPs (M)",
        accuracy: "top-1 (%)",
        series: [{ name: "others", look: "others", points: POINTS.slice(0, 2) }, {
          name: "own",
          look: "own",
          points: POINTS.slice(2),
        }],
      },
      {
        title: "two",
        cost: "parameters (k)",
        accuracy: "test accuracy (%)",
        series: [{
          name: "front",
          look: "front",
          points: POINTS.map(({ name: _, ...rest }) => rest),
        }],
      },
    ]),
  lossCurves: () => lossCurves(METRICS, { space: searchSpaceOf(RATINGS) }),
  ratingsByCell: () =>
    ratingsByCell(RATINGS, { choice: [{ cell: 1, path: 1 }, { cell: 0, path: 3 }] }),
  lossAgainstCost: () => lossAgainstCost(RATINGS, RESULT, SAMPLED),
  accuracies: () => accuracies(RESULT),
  trainingCurves: () => trainingCurves(METRICS),
};

function searchSpaceOf({ space }: Ratings) {
  return typeof space === "string" ? searchSpace(space) : space;
}

const SNAPSHOTS = new URL("fixtures/figures.json", import.meta.url);

// DNA_UPDATE_SNAPSHOTS=1 deno test -A tests/plots_test.ts writes them anew; look at the figures then.
Deno.test("every plot function gives the figure that was looked at", async () => {
  const figures = Object.fromEntries(
    Object.entries(FIGURES).map(([name, figure]) => [name, figure()]),
  );
  const text = `${JSON.stringify(figures, null, 2)}\n`;
  if (Deno.env.get("DNA_UPDATE_SNAPSHOTS")) await Deno.writeTextFile(SNAPSHOTS, text);
  assertEquals(JSON.parse(text), JSON.parse(await Deno.readTextFile(SNAPSHOTS)));
});

Deno.test("every figure is plain JSON data of traces that the basic bundle draws", () => {
  const { ratings, result, metrics } = fakeRun();
  const figures = [
    ...Object.values(FIGURES).map((figure) => figure()),
    ratingsByCell(ratings, { choice: result.choice }),
    lossCurves(metrics),
    trainingCurves(metrics),
  ];
  for (const figure of figures) {
    assertEquals(JSON.parse(JSON.stringify(figure)), dropUndefined(figure));
    for (const { type, x, y } of figure.data) {
      assertEquals(type === "scatter" || type === "bar", true);
      assertEquals(x.length, y.length);
    }
  }
});

function dropUndefined(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(dropUndefined);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).filter(([, part]) => part !== undefined)
      .map(([key, part]) => [key, dropUndefined(part)]),
  );
}

Deno.test("lossCurves() gives a panel to each block and numbers cells of an unknown space", () => {
  const figure = lossCurves(fakeMetrics(3));
  assertEquals(figure.data.length, 10);
  assertEquals(new Set(figure.data.map(({ xaxis }) => xaxis)).size, 4);
  assertEquals(figure.data.slice(1, 4).map(({ name }) => name), ["cell 1", "cell 2", "cell 3"]);
});

Deno.test("lossCurves() and trainingCurves() leave other lines alone", () => {
  const metrics = [{ stage: "rate", epoch: 1 }, { stage: "distil", loss: "0.1" }, {}];
  assertEquals(lossCurves(metrics).data, []);
  assertEquals(trainingCurves(metrics).data, []);
});

Deno.test("ratingsByCell() thins out large cells but keeps best and worst", () => {
  const losses = Array.from({ length: 7776 }, (_, path) => (path * 4241) % 7776);
  const figure = ratingsByCell({
    space: { name: "deep", blocks: [{ stride: 1, cells: [{ width: 8, depth: 5 }] }] },
    resolution: 32,
    classes: 10,
    blocks: [{ cells: [{ width: 8, depth: 5, losses }] }],
  });
  const shown = figure.data[0].y as number[];
  assertEquals([shown.length, shown[0], shown.at(-1)], [216, 0, 7775]);
  assertEquals(figure.data[2].y, [3887.5]);
});

Deno.test("ratingsByCell() marks the chosen path of each block", () => {
  const { ratings, result } = fakeRun();
  const chosen = ratingsByCell(ratings, result).data.filter(({ name }) => name === "chosen");
  assertEquals(chosen.map(({ y }) => y[0]), result.choice.map(({ loss }) => loss));
});

Deno.test("lossAgainstCost() weights the blocks as the search did", () => {
  const figure = lossAgainstCost(RATINGS, RESULT, SAMPLED, { weights: [1, 10] });
  assertEquals(figure.data[0].y, SAMPLED.map(({ choice }) => choiceLoss(RATINGS, choice, [1, 10])));
  assertEquals(choiceLoss(RATINGS, SAMPLED[0].choice, [1, 10]), 0.3 + 10 * 0.6);
});

Deno.test("lossAgainstCost() draws no line where there is no budget", () => {
  const figure = lossAgainstCost(RATINGS, { ...RESULT, budgets: {} }, SAMPLED);
  assertEquals(figure.layout.shapes, []);
});

Deno.test("accuracies() leaves out what was not retrained, and intervals of unknown size", () => {
  const { accuracy: _, teacher: __, ...result } = RESULT;
  assertEquals(accuracies({ ...result, random: [NETWORK_WITHOUT_ACCURACY] }).data, []);
  const { testImages: ___, ...unknown } = RESULT;
  assertEquals(accuracies(unknown).data.map((trace) => trace.error_x), [
    undefined,
    undefined,
    undefined,
  ]);
  assertEquals(accuracyInterval(0.5, 100).toFixed(3), "0.098");
});

const NETWORK_WITHOUT_ACCURACY = { ...NETWORK, loss: 0.9 };

Deno.test("accuracies() gives many random networks one row", () => {
  const random = Array.from({ length: 40 }, (_, i) => ({ ...RESULT.random[0], accuracy: i / 40 }));
  const { data } = accuracies({ ...RESULT, random });
  assertEquals(new Set(data[1].y), new Set(["40 random"]));
});

Deno.test("trainingCurves() shows a network's name as it is", () => {
  const line = { stage: "retrain", network: "<b>&", epoch: 1, loss: 1, accuracy: 0.5 };
  assertEquals(trainingCurves([line]).data[0].name, "&#60;b&#62;&#38;");
});

Deno.test("drawArchitecture() draws every layer once, with title and description", () => {
  const svg = drawArchitecture(EFFICIENTNET_B0, { resolution: 224, classes: 1000 });
  assertEquals(svg.match(/<g><rect/g)?.length, 16 + 3);
  assertMatch(svg, /<title>Network of 19 layers: 5\.29 M parameters, 399\.3 M FLOPs<\/title>/);
  assertMatch(
    svg,
    /<desc>stem, gives 112 × 112 × 32; First: separable 3 × 3, gives 112 × 112 × 16;/,
  );
  assertEquals(svg.match(/Block \d<\/text>/g)?.length, 6);
});

Deno.test("drawArchitecture() counts blocks as it is told", () => {
  const sizes = { resolution: 224, classes: 1000 };
  const titles = (svg: string) => svg.match(/(First|Block \d)<\/text>/g)!.length;
  const svg = drawArchitecture(DNA_A, { ...sizes, firstStage: false });
  assertEquals(titles(svg), 7);
  assertMatch(svg, /Block 7/);
  assertEquals(titles(drawArchitecture(DNA_A, sizes)), 7);
});

Deno.test("drawArchitecture() and architectureTable() take odd networks", () => {
  const odd = parseArchitecture(
    "stem_i1_s1_c8 | ir_k9_s2_e2.5_c16_noskip ir_k1_s1_e20_c16 | head_c64",
  );
  const sizes = { resolution: 5, classes: 1 };
  assertMatch(drawArchitecture(odd, sizes), /9 × 9/);
  assertMatch(architectureTable(odd, sizes), /MBConv2\.5/);
  assertThrows(
    () => drawArchitecture(odd, { resolution: 0, classes: 1 }),
    RangeError,
    "resolution",
  );
});

Deno.test("architectureTable() adds up to the network's cost", () => {
  const table = architectureTable(DNA_A, { resolution: 224, classes: 1000 });
  assertMatch(table, /<tfoot>.*4,243,318.*335,141,728.*348,090,272.*<\/tfoot>/);
  assertEquals(table.match(/<tr>/g)?.length, 1 + 22 + 3 + 1);
});

Deno.test("figures of equal data are equal", () => {
  assertEquals(ratingsByCell(fakeRatings()), ratingsByCell(fakeRatings()));
});

Deno.test("accuracyAgainstCost() gives data sets axes of their own, and places names clear of each other", () => {
  const figure = FIGURES.accuracyAgainstCost();
  assertEquals(figure.data.map(({ xaxis, yaxis }) => [xaxis, yaxis]), [
    ["x", "y"],
    ["x", "y"],
    ["x2", "y2"],
  ]);
  const names = "Ab Cd Efg Hijk Lmnop Qrstu".split(" ");
  const points = names.map((name, i) => ({ name, cost: 300 + 9 * i, accuracy: 75 + 0.03 * i }));
  const crowded = accuracyAgainstCost([
    { title: "t", cost: "c", accuracy: "a", series: [{ name: "s", look: "others", points }] },
  ]);
  const svg = figureSvg(crowded);
  const boxes = names.map((name) => {
    const [, x, y, anchor] = new RegExp(
      `<text x="([\\d.]+)" y="([\\d.]+)" text-anchor="(\\w+)">${name}</text>`,
    ).exec(svg)!;
    const width = 6 * name.length;
    const left = Number(x) - { start: 0, middle: width / 2, end: width }[anchor]!;
    return { left, right: left + width, top: Number(y) - 9, bottom: Number(y) };
  });
  for (const [i, a] of boxes.entries()) {
    for (const b of boxes.slice(i + 1)) {
      const apart = a.right <= b.left || b.right <= a.left || a.bottom <= b.top ||
        b.bottom <= a.top;
      assertEquals(apart, true, JSON.stringify([a, b]));
    }
  }
});

Deno.test("accuracyAgainstCost() refuses a panel without networks", () => {
  assertThrows(
    () => accuracyAgainstCost([{ title: "none", cost: "", accuracy: "", series: [] }]),
    RangeError,
    'panel "none" has no network',
  );
});

Deno.test("drawImitation() draws a channel of teacher and student on one scale", () => {
  const teacher = { pixels: Float32Array.of(0, 10), height: 1, width: 2 };
  const student = { pixels: Float32Array.of(0, 5), height: 1, width: 2 };
  const draw = (student: typeof teacher) =>
    [
      ...drawImitation([{ teacher: [teacher], student: [student], operations: ["k3e6"] }], {
        image: { pixels: Uint8Array.of(1), height: 1, width: 1 },
      }).matchAll(/href="([^"]+)"/g),
    ].map(([, address]) => address).slice(1);
  const [own, other] = draw(student);
  assertEquals(own === other, false); // 5 is the middle of the teacher's range, not its end
  const [, same] = draw({ ...teacher, pixels: Float32Array.of(-3, 12) });
  assertEquals(own, same); // beyond the range is its end
  assertThrows(
    () => drawImitation([{ teacher: [teacher], student: [], operations: [] }], { image: teacher }),
    RangeError,
    "block 1: it has 1 channels of the teacher's, 0 of the student's",
  );
});

Deno.test("drawPipeline() draws every cell with as many operations as layers and space have", () => {
  const space = searchSpace("fashion");
  const tile = { pixels: Uint8Array.of(7), height: 1, width: 1 };
  const maps = space.blocks.map(() => tile);
  const paths = space.blocks.map(({ cells }) => cells.map(() => 0));
  const svg = drawPipeline(space, { image: tile, maps, paths, students: maps });
  const layers = space.blocks.flatMap(({ cells }) => cells).reduce((sum, c) => sum + c.depth, 0);
  assertEquals(svg.match(/<circle [^>]*r="7"/g)!.length, layers * space.operations.length);
  assertEquals(svg.match(/best cell’s map/g)!.length, space.blocks.length);
  assertThrows(
    () => drawPipeline(space, { image: tile, maps: [], paths }),
    RangeError,
    "there are 0 maps, 4 blocks need one each",
  );
});
