import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { report } from "../lib/report/report.ts";
import type { ReportData } from "../lib/report/types.ts";
import { verdict } from "../lib/report/_verdict.ts";
import { searchSpace } from "../lib/space/spaces.ts";
import { fakeRun } from "./_fake_run.ts";

/** The page without the plotly bundle's script. */
function ownParts(page: string): string {
  const scripts = [...page.matchAll(/<script>[\s\S]*?<\/script>/g)].map(([script]) => script);
  const bundle = scripts.reduce((longest, script) =>
    script.length > longest.length ? script : longest
  );
  assert(bundle.length > 1e6);
  return page.replace(bundle, () => "");
}

function figuresOf(page: string): Record<string, unknown> {
  const [, json] = /<script type="application\/json" id="figures">(.*?)<\/script>/s.exec(page)!;
  return JSON.parse(json);
}

Deno.test("report() is one page that loads nothing", () => {
  const page = report(fakeRun());
  assert(page.startsWith("<!doctype html>"));
  assert(new TextEncoder().encode(page).length < 1.6e6);
  const own = ownParts(page);
  assertEquals(own.match(/\b(src|srcset|action|data|poster)\s*=/g), null);
  assertEquals([...own.matchAll(/href="([^"]*)"/g)].filter(([, to]) => !to.startsWith("#")), []);
  assertEquals(own.match(/<(link|img|iframe|object|embed|base)\b|@import|url\(/g), null);
  assertEquals(own.replaceAll('xmlns="http://www.w3.org/2000/svg"', "").match(/https?:/g), null);
  assertStringIncludes(page, "Content-Security-Policy\" content=\"default-src 'none';");
});

Deno.test("report() has a place for each of its figures, and links to each of its sections", () => {
  const page = report(fakeRun());
  const ids = Object.keys(figuresOf(page));
  assertEquals(ids, [
    "plot-accuracies",
    "plot-training",
    "plot-search",
    "plot-ratings",
    "plot-distillation",
  ]);
  for (const id of ids) assertStringIncludes(page, `<div id="${id}" class="plot" role="img"`);
  for (const [, id] of ownParts(page).matchAll(/href="#([^"]*)"/g)) {
    assertStringIncludes(page, `<section id="${id}">`);
  }
});

Deno.test("report() names the network, its costs and its accuracies", () => {
  const data = fakeRun();
  const page = report(data);
  assertStringIncludes(page, data.result.architecture);
  assertStringIncludes(page, data.result.params.toLocaleString("en-US"));
  assertStringIncludes(page, "89.34 %");
  assertStringIncludes(page, "92.56 %");
  assertStringIncludes(page, "npx -y deno task search --seed 0");
});

Deno.test("report() of equal data is equal", () => {
  assertEquals(report(fakeRun()), report(fakeRun()));
});

Deno.test("report() copes with a run without retraining", () => {
  const page = report(fakeRun({ retrain: false }));
  assertStringIncludes(page, "not retrained");
  assertEquals(Object.keys(figuresOf(page)), ["plot-search", "plot-ratings", "plot-distillation"]);
  assertEquals(ownParts(page).match(/undefined|NaN|\[object/g), null);
});

Deno.test("report() copes with a run of which hardly anything is known", () => {
  const { ratings, result } = fakeRun({ retrain: false });
  const bare = { ...result, budgets: {}, random: [] };
  const page = report({ config: {}, metrics: [], ratings, result: bare });
  assertEquals(ownParts(page).match(/undefined|NaN|\[object/g), null);
});

Deno.test("report() shows hostile text as it is", () => {
  const hostile = `</script><script>alert(1)</script><!--<img src=x onerror="alert(2)">&'`;
  const data = fakeRun();
  const { size: _, ...space } = { ...spaceOf(data), name: hostile };
  const evil: ReportData = {
    config: {
      ...data.config,
      seed: hostile,
      command: hostile,
      options: { [hostile]: hostile, list: [hostile, { [hostile]: hostile }] },
      [hostile]: { deep: { deeper: hostile } },
    },
    metrics: data.metrics.map((line) => line.network ? { ...line, network: hostile } : line),
    ratings: { ...data.ratings, space },
    result: {
      ...data.result,
      space: hostile,
      teacher: { ...data.result.teacher!, name: hostile },
    },
  };
  const page = report(evil);
  assertEquals(page.match(/alert\(1\)<\/script>/g), null);
  assertEquals(page.match(/<img/g), null);
  assertEquals(page.match(/<script\b/g)?.length, 3);
  assertEquals(page.match(/<\/script/g)?.length, 3);
  assertEquals(page.match(/<!--/g), null);
  const names = Object.values(figuresOf(page)).flatMap((figure) =>
    (figure as { data: { name: string }[] }).data.map(({ name }) => name)
  );
  assertEquals(names.filter((name) => /<(script|img)/.test(name)), []);
});

Deno.test("report() names the cells that were stopped, and their curves say so", () => {
  const data = fakeRun();
  const reason = "its loss is NaN <now>";
  const stopped = { stage: "stopped", block: 2, cell: 1, epoch: 3, step: 700, reason };
  const metrics = data.metrics.filter(({ stage, block, cell, epoch }) =>
    !(stage === "distil" && block === 2 && cell === 1 && Number(epoch) > 2)
  );
  const page = report({ ...data, metrics: [...metrics, stopped] });
  assertStringIncludes(
    page,
    "<li>Cell 2.1 stopped at step 700 of epoch 3: its loss is NaN &#60;now",
  );
  const figure = figuresOf(page)["plot-distillation"] as { data: { name: string; x: number[] }[] };
  const curves = figure.data.filter(({ name }) => name.endsWith(", stopped in epoch 3"));
  assertEquals(curves.map(({ x }) => x), [[1, 2]]);
  // Before its first epoch has ended there is no curve, but a place in the legend.
  const early = report({ ...data, metrics: [{ ...stopped, epoch: 1 }] });
  assertStringIncludes(early, "stopped in epoch 1");
});

function spaceOf({ ratings }: ReportData) {
  return { ...searchSpace(ratings.space as string) };
}

Deno.test("verdict() says whether a difference is more than noise", () => {
  const { result } = fakeRun();
  const judge = (accuracy: number) => verdict({ ...result, accuracy })!.gain;
  assertMatch(judge(0.893), /above the mean of 2 random .* within the test set’s noise/);
  assertMatch(judge(0.91), /above .* more than the test set’s noise/);
  assertMatch(judge(0.85), /below .* worse than chance.* 2 of 2 random networks are better/);
  assertMatch(verdict({ ...result, random: [] })!.gain, /cannot tell how much the search gave/);
  assertEquals(verdict(fakeRun({ retrain: false }).result), undefined);
});
