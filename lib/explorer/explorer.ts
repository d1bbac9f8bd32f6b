/**
 * The explorer: every best network of a space, on one page.
 *
 * @module
 */

import { escape } from "../plots/_markup.ts";
import type { Ratings } from "../ratings.ts";
import houseStyle from "../report/_page.css" with { type: "text" };
import { explorerScript } from "./_script.ts";
import { explorerData, type ExplorerOptions } from "./data.ts";
import style from "./page/page.css" with { type: "text" };
import { CHART } from "./page/chart.js";
import type { ExplorerBlock, ExplorerCost, ExplorerData } from "./types.ts";

/** Nothing is loaded from anywhere. */
const POLICY = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'";

/** The greatest λ that a slider gives, and its steps. */
const LAMBDA = { max: 4, step: 0.05 };

/**
 * Writes a page on which one drags budgets and λ and sees at once the best network: exactly the one that `search` finds.
 *
 * The page is one file that loads nothing; it has the needed paths of each block and a search of its own.
 *
 * @param ratings Ratings of every path.
 * @param options Latencies, budgets and λ to begin with, allowed cells and operations, and the sample.
 * @returns HTML.
 * @throws {TypeError | RangeError} Where ratings or options are wrong, naming the place.
 * @throws {Error} Where the latency table lacks a layer of the space.
 *
 * @example
 * ```ts
 * import { explorerHtml, searchSpace } from "@dna/kernel";
 * import { assertStringIncludes } from "@std/assert";
 *
 * const blocks = searchSpace("fashion").blocks.map(({ cells }) => ({
 *   cells: cells.map((cell) => ({
 *     ...cell,
 *     losses: Array.from({ length: 6 ** cell.depth }, (_, path) => 1 / (1 + path)),
 *   })),
 * }));
 * const html = explorerHtml({ space: "fashion", resolution: 28, classes: 10, blocks });
 * assertStringIncludes(html, "<title>Explorer of space fashion</title>");
 * ```
 */
export function explorerHtml(ratings: Ratings, options: ExplorerOptions = {}): string {
  return explorerPage(explorerData(ratings, options));
}

/** The page with data that are put together already. */
export function explorerPage(data: ExplorerData): string {
  const { space, size, resolution, classes, measured, costs, blocks, stem } = data;
  const title = `Explorer of space ${escape(space)}`;
  const about = [
    `${
      shortSize(size)
    } networks for images of ${resolution} × ${resolution} × ${stem.channels} and ` +
    `${classes} classes.`,
    "Drag a budget or a λ: the network shown is the best of them all, exactly.",
    ...(measured ? [`Latency: ${escape(measured)}.`] : []),
  ];
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<style>
${houseStyle}${style}</style>
</head>
<body>
<header>
<h1>${title}</h1>
<p class="quiet">${about.join(" ")}</p>
<noscript><p>This page needs JavaScript, which is in the page itself.</p></noscript>
</header>
<main>
<section aria-label="Best network">
<div id="result">
<div class="tiles">${tiles(costs)}</div>
<div class="network wide" id="drawing" tabindex="0" role="group" aria-label="The network, drawn"></div>
<div class="text"><p class="architecture"><code id="text"></code></p>
<button type="button" id="copy">Copy text</button><span id="copied" class="quiet" role="status"></span></div>
</div>
<p id="nothing" hidden></p>
<p id="live" class="unseen" aria-live="polite"></p>
</section>
<section id="budgets">
<h2>Budgets</h2>
<div class="panels">
${costs.map(panel).join("\n")}
</div>
<p class="quiet key">Blue: the best network for each budget of this one cost. Grey: networks drawn evenly from \
the space. Star: the best network within all budgets. Shaded: beyond the budget.</p>
</section>
<section id="lambda">
<h2>λ, the weight of each block’s loss</h2>
<div class="lambdas">
${blocks.map(lambda).join("\n")}
</div>
<button type="button" id="ones">All 1</button>
</section>
<section>
<h2>Loss and costs of each block</h2>
<div class="wide" tabindex="0"><table><thead><tr><th scope="col">block</th><th scope="col">layers × \
channels</th><th scope="col">operations</th>${
    ["loss", "λ", "λ · loss", "of the sum", ...costs.map(({ title }) => title)]
      .map((head) => `<th scope="col" class="number">${head}</th>`).join("")
  }</tr></thead><tbody id="blocks"></tbody></table></div>
<p class="quiet">Block 1 holds the costs of stem, first layer and classifier too, the last block the head’s.</p>
</section>
<section>
<h2>Fronts as tables</h2>
${costs.map(frontTable).join("\n")}
</section>
</main>
<script type="application/json" id="data">${inlineJson(data)}</script>
<script type="module">${explorerScript()}</script>
</body>
</html>
`;
}

function tiles(costs: readonly ExplorerCost[]): string {
  const tile = (name: string, id: string) =>
    `<div class="tile"><div class="name">${name}</div><div class="value"><output id="${id}"></output>` +
    "</div></div>";
  return [
    tile("loss, Σ λ · loss of a block", "loss"),
    ...costs.map(({ key, title }) => tile(title, `cost-${key}`)),
  ].join("");
}

/** A chart of loss against a cost, with the controls of its budget below it. */
function panel({ key, title }: ExplorerCost): string {
  const { width, height } = CHART;
  return `<div class="panel">
<h3>Loss against ${title}</h3>
<svg id="chart-${key}" class="chart" viewBox="0 0 ${width} ${height}" role="img" \
aria-label="Loss against ${title}: the front, a sample of the space, the budget and the best network">\
<g class="still"></g><g class="moving"></g></svg>
<div class="slide"><input type="range" id="slide-${key}" min="0" max="1000" step="1" value="1000" \
aria-label="Budget of ${title}"></div>
<div class="limit"><label>at most <input type="text" id="budget-${key}" placeholder="no limit" \
autocomplete="off" spellcheck="false" aria-label="Budget of ${title}, exactly"></label>
<button type="button" id="free-${key}" aria-label="No limit of ${title}">No limit</button>\
<span class="quiet" id="count-${key}"></span></div>
</div>`;
}

function lambda(_: ExplorerBlock, block: number): string {
  const { max, step } = LAMBDA;
  return `<div class="lambda"><label for="lambda-${block}">Block ${block + 1}</label>\
<input type="range" id="lambda-${block}" min="0" max="${max}" step="${step}" value="1">\
<output id="lambda-${block}-value" for="lambda-${block}">1</output></div>`;
}

function frontTable({ key, title }: ExplorerCost): string {
  return `<details><summary>Loss against ${title}</summary>
<table><thead><tr><th scope="col" class="number">${title}</th><th scope="col" class="number">loss</th></tr>\
</thead><tbody id="front-${key}"></tbody></table></details>`;
}

/** 1.96 · 10¹⁷ and the like. */
function shortSize(digits: string): string {
  if (digits.length < 8) return Number(digits).toLocaleString("en-US");
  const power = [...`${digits.length - 1}`].map((digit) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[Number(digit)]).join("");
  return `${(Number(digits.slice(0, 6)) / 1e5).toFixed(2)} · 10${power}`;
}

/** JSON in which no tag can begin or end. */
function inlineJson(value: unknown): string {
  return JSON.stringify(value).replaceAll("<", "\\u003c");
}
