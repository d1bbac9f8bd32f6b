import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import {
  displayFigure,
  displayFront,
  displayRatings,
  notebookProgress,
  paretoFront,
} from "../mod.ts";
import { learningCurves, notebookScale } from "../mod.ts";
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
  assertThrows(() => notebookScale("huge"), RangeError, "known are quick, small");
});

Deno.test("judgeNotebook() finds colour codes and folders of this machine", () => {
  const text = JSON.stringify({ cells: [{ outputs: [{ text: "\u001b[1m /there/x.ts" }] }] });
  assertEquals(judgeNotebook(text, "/there/"), [
    "an output has colour codes",
    "an output names the folder /there",
  ]);
});
