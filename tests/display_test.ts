import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import type { Tensor4D } from "npm:@tensorflow/tfjs@4.22.0";
import {
  type ByteSplit,
  type CellEpoch,
  costByLayer,
  type Displayable,
  displayCosts,
  displayFigure,
  displayFront,
  displayHistory,
  displayImages,
  displayMaps,
  displayNetwork,
  displayRatings,
  displaySpace,
  displaySupernet,
  learningCurves,
  notebookLab,
  notebookProgress,
  notebookScale,
  paretoFront,
  parseArchitecture,
  searchSpace,
  startNotebook,
  type StepTools,
  type Supernet,
} from "../mod.ts";
import { judgeNotebook } from "../tasks/notebooks/_run.ts";
import { fakeRun } from "./_fake_run.ts";

Deno.test("displayRatings() and displayFront() give the kernel a figure, its static form and its text", () => {
  const { ratings } = fakeRun();
  const front = paretoFront(ratings, "params");
  for (const shown of [displayRatings(ratings), displayFront(front)]) {
    const bundle = (shown as unknown as Record<symbol, () => Record<string, string>>)[
      Symbol.for("Jupyter.display")
    ]();
    assertEquals(Object.keys(bundle), [
      "application/vnd.plotly.v1+json",
      "image/svg+xml",
      "text/plain",
    ]);
    assert(bundle["image/svg+xml"].startsWith("<svg ") && !bundle["image/svg+xml"].includes("NaN"));
  }
});

Deno.test("displayFigure() draws a figure without traces", () => {
  const svg = displayFigure(learningCurves([]), "nothing").bundle["image/svg+xml"] as string;
  assert(!svg.includes("NaN") && !svg.includes("Infinity"), svg);
});

Deno.test("notebookProgress() updates one display, whose last form has no rate and no time", () => {
  const shown: [string, string, boolean][] = [];
  let now = 0;
  const progress = notebookProgress({
    now: () => now,
    display: (bundle, { display_id, update = false }) =>
      shown.push([display_id, `${bundle["text/plain"]}`, update]),
  });
  for (let done = 0; done <= 4; done++, now += 1000) {
    progress.report({ stage: "distil", done, total: 5, unit: "steps" });
  }
  progress.close();
  assertEquals(new Set(shown.map(([id]) => id)).size, 1);
  assertEquals(shown.map(([, , update]) => update), [false, true, true, true, true, true]);
  assertStringIncludes(shown[4][1], "1 steps/s, 1.0 s left");
  assertEquals(shown[5][1], "distil: 4/5 steps");
});

Deno.test("notebookProgress() says outside a kernel that there is none", () => {
  assertThrows(() => notebookProgress(), Error, "this is no Jupyter kernel");
});

Deno.test("notebookScale() lists the known scales", () => {
  assertThrows(() => notebookScale("huge"), RangeError, "known are quick, small, paper");
});

Deno.test("judgeNotebook() finds what must not be committed, and nothing in a clean notebook", () => {
  const judged = (outputs: unknown[], execution_count: number | null = 1) =>
    judgeNotebook(
      JSON.stringify({ cells: [{ cell_type: "code", source: "", execution_count, outputs }] }),
      "/there/",
    );
  const output = (text: string) => ({ output_type: "stream", name: "stdout", text });
  assertEquals(judged([output("1")]), []);
  assertEquals(judged([output("\u001b[1m /there/x.ts")]), [
    "an output has colour codes",
    "an output names the folder /there",
  ]);
  assertEquals(judged([], null), ["its cells were not executed in order: –"]);
  assertEquals(judged([], 2), ["its cells were not executed in order: 2"]);
  assertEquals(judged([{ output_type: "error", ename: "Error" }]), ["a cell failed"]);
  assertEquals(judged([output("x".repeat(2e6))]), ["it has 2.0 MB, 2 MB are allowed"]);
  const figure = { "application/vnd.plotly.v1+json": {}, "text/plain": "figure" };
  assertEquals(judged([{ output_type: "display_data", data: figure }]), [
    "a figure has no static form",
  ]);
});

Deno.test("startNotebook() says outside a kernel, in one sentence, that there is none", async () => {
  const error = await assertRejects(() => startNotebook(), Error, "this is no Jupyter kernel");
  assertEquals(error.stack, `Error: ${error.message}`);
});

Deno.test("lab.run() ends a stopped step that does not end itself, and waits for it before it goes on", async () => {
  using lab = notebookLab({ display: () => {}, signalName: "SIGUSR2" });
  const log: string[] = [];
  let release = () => {};
  const work = async ({ checkpoint, save }: StepTools<number>) => {
    log.push(`from ${checkpoint ?? 0}`);
    if (checkpoint) return "done";
    Deno.kill(Deno.pid, "SIGUSR2");
    const busy = setInterval(() => {}, 10);
    await new Promise<void>((resolve) => release = resolve); // deaf to the signal
    clearInterval(busy);
    save(7);
    throw new Error("ended late");
  };
  await assertRejects(() => lab.run("deaf", work), Error, "Stopped: run the cell again to go on");
  const again = lab.run("deaf", work);
  await new Promise((resolve) => setTimeout(resolve, 20));
  assertEquals(log, ["from 0"]);
  release();
  assertEquals([await again, log], ["done", ["from 0", "from 7"]]);
});

Deno.test("lab.run() passes other errors on, and a later run begins anew", async () => {
  using lab = notebookLab({ display: () => {}, signalName: "SIGUSR2" });
  let runs = 0;
  const work = () => runs++ === 0 ? Promise.reject(new RangeError("wrong")) : Promise.resolve(runs);
  await assertRejects(() => lab.run("step", work), RangeError, "wrong");
  assertEquals([await lab.run("step", work), await lab.run("step", work)], [2, 2]);
});

/** Losses, images and maps that can be looked at as a whole. */
function displays(): Record<string, Displayable> {
  const { ratings, metrics, result } = fakeRun();
  const sizes = { resolution: 28, classes: 10 };
  const space = searchSpace("fashion");
  const { architecture } = result;
  const pixels = (count: number) => Uint8Array.from({ length: count }, (_, i) => (37 * i) % 256);
  const split: ByteSplit = {
    name: "made up",
    count: 3,
    height: 4,
    width: 4,
    channels: 1,
    images: pixels(48),
    labels: Uint8Array.of(0, 1, 0),
  };
  const maps = {
    shape: [1, 3, 3, 4],
    dataSync: () => Float32Array.from(pixels(36)),
  } as unknown as Tensor4D;
  const layer = { state: { weights: { size: 100 } }, steps: 5 };
  const supernet = {
    space,
    widths: [16, 24, 40, 64],
    blocks: space.blocks.map(({ cells }, block) =>
      cells.map(({ width, depth }, cell) => ({
        ...{ block, cell, width, depth, stem: block === 0 },
        layers: Array.from({ length: depth }, () => Array(6).fill(layer)),
      }))
    ),
  } as unknown as Supernet;
  const epochs = (stage: string) => metrics.filter((line) => line.stage === stage);
  return {
    ratings: displayRatings(ratings, { choice: result.choice }),
    front: displayFront(paretoFront(ratings, "params"), { chosen: result }),
    network: displayNetwork(parseArchitecture(architecture), sizes),
    costs: displayCosts(costByLayer(parseArchitecture(architecture), sizes)),
    "costs-with-operations": displayCosts(parseArchitecture(architecture), sizes),
    space: displaySpace(space, sizes),
    supernet: displaySupernet(supernet),
    distillation: displayHistory(epochs("distil") as unknown as CellEpoch[], space),
    training: displayHistory(
      epochs("retrain").slice(0, 6).map(({ stage: _, network: __, ...line }) => line) as never,
    ),
    images: displayImages(split, { classes: ["odd", "even"], columns: 2 }),
    maps: displayMaps([maps], { channels: 3 }),
  };
}

const SNAPSHOTS = new URL("fixtures/displays/", import.meta.url);

// DNA_UPDATE_SNAPSHOTS=1 deno test -A tests/display_test.ts writes them anew; look at them then.
Deno.test("every display gives the same bytes as those that were looked at", () => {
  for (const [name, { bundle }] of Object.entries(displays())) {
    const form = bundle["image/svg+xml"] ? "svg" : "html";
    const drawn = (bundle["image/svg+xml"] ?? bundle["text/html"]) as string;
    const files = { [`${name}.${form}`]: drawn, [`${name}.txt`]: bundle["text/plain"] };
    for (const [file, text] of Object.entries(files)) {
      const place = new URL(file, SNAPSHOTS);
      if (Deno.env.get("DNA_UPDATE_SNAPSHOTS")) Deno.writeTextFileSync(place, `${text}\n`);
      assertEquals(`${text}\n`, Deno.readTextFileSync(place), file);
    }
  }
});

Deno.test("every display has a text, and a figure its static form, without colours that white or dark hides", () => {
  for (const [name, { bundle }] of Object.entries(displays())) {
    assert(bundle["text/plain"].length > 10, name);
    const svg = bundle["image/svg+xml"] as string | undefined;
    if ("application/vnd.plotly.v1+json" in bundle) assert(svg, name);
    assert(svg ?? bundle["text/html"], name);
    const colors = (svg ?? "").matchAll(/(?:fill|stroke|color)="(#[0-9a-f]{3,6})"/gi);
    for (const [, color] of colors) {
      // What stands inside a coloured box may be white: there is a box around it.
      if (color === "#fff" || color === "#ffffff") continue;
      const light = luminance(color);
      assert(1.05 / (light + 0.05) > 2.9 && (light + 0.05) / 0.055 > 2.9, `${name}: ${color}`);
    }
  }
});

/** WCAG's relative luminance of #rgb or #rrggbb. */
function luminance(color: string): number {
  const hex = color.length === 4 ? color.replace(/[0-9a-f]/gi, "$&$&") : color;
  const [r, g, b] = [1, 3, 5].map((i) => {
    const part = parseInt(hex.slice(i, i + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
