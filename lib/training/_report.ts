/**
 * The report of a training: one HTML page that needs no network.
 *
 * @module
 */

import { percent, short } from "../plots/_format.ts";
import { escape } from "../plots/_markup.ts";
import { architectureTable } from "../plots/architecture_table.ts";
import { drawArchitecture } from "../plots/draw_architecture.ts";
import { learningCurves } from "../plots/learning_curves.ts";
import { formatInteger } from "../progress/format.ts";
import { figureHtml, type Section, tableHtml, wide } from "../report/_html.ts";
import { makingSection } from "../report/_making_section.ts";
import { pageHtml } from "../report/_page.ts";
import { parseArchitecture } from "../space/parse.ts";
import type { TrainRecord } from "./training.ts";

/** What a training leaves behind. */
export interface TrainingReportData {
  /** config.json. */
  config: Record<string, unknown>;
  /** The lines of metrics.jsonl. */
  metrics: readonly Record<string, unknown>[];
  /** result.json. */
  result: TrainRecord;
  /** The classes' names. */
  classNames: readonly string[];
}

/** The page; equal data give equal pages. */
export function trainingReport(data: TrainingReportData): string {
  const { result } = data;
  return pageHtml({
    title: `A network of ${short(result.params)} parameters, trained`,
    summary: summary(result),
    sections: [
      trainingSection(data),
      classesSection(data),
      networkSection(result),
      makingSection(data),
    ],
  });
}

function summary({ test, params, macs, flops, resolution, architecture }: TrainRecord): string {
  const tile = (name: string, value: string, note: string) =>
    `<div class="tile"><div class="name">${name}</div><div class="value">${value}</div>` +
    `<div class="note">${note}</div></div>`;
  const tiles = [
    tile("test accuracy", percent(test.top1), `${formatInteger(test.count)} images`),
    tile("top-5", percent(test.top5), `cross-entropy ${test.crossEntropy.toFixed(4)}`),
    tile("parameters", short(params), formatInteger(params)),
    tile("FLOPs", short(flops), formatInteger(flops)),
    tile("multiply–adds", short(macs), `at ${resolution} × ${resolution}`),
  ];
  return `<div class="tiles">${tiles.join("")}</div>
<p class="architecture"><code>${escape(architecture)}</code></p>`;
}

function trainingSection({ metrics }: TrainingReportData): Section {
  const curves = learningCurves(metrics);
  const html = figureHtml("plot-training", curves, {
    alt: "Loss and accuracy over the epochs, on training and validation images",
    caption:
      "Training: means over each epoch’s images as the network saw them, varied and with dropout, and its loss as trained. Validation: the averaged weights, plain images.",
  });
  return { id: "training", title: "Training", html, figures: { "plot-training": curves } };
}

function classesSection({ result: { test }, classNames }: TrainingReportData): Section {
  const rows = (test.perClass ?? []).map(({ count, correct }, i) => [
    classNames[i] ?? `class ${i}`,
    { number: formatInteger(count) },
    { number: count === 0 ? "–" : percent(correct / count) },
  ]);
  const html = tableHtml(["class", "test images", "accuracy"], rows);
  return { id: "classes", title: "Classes", html, figures: {} };
}

function networkSection({ architecture, resolution, classes }: TrainRecord): Section {
  const parsed = parseArchitecture(architecture);
  const view = { resolution, classes };
  const html = `<figure class="network">${wide(drawArchitecture(parsed, view))}</figure>
<details><summary>All layers with their costs</summary>
${wide(architectureTable(parsed, view))}
</details>`;
  return { id: "network", title: "The network", html, figures: {} };
}
