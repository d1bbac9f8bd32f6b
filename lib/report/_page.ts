import plotly from "npm:plotly.js-basic-dist-min@4.1.1/plotly-basic.min.js" with { type: "text" };
import { escape } from "../plots/_markup.ts";
import type { Section } from "./_html.ts";
import style from "./_page.css" with { type: "text" };

/** Nothing is loaded from anywhere, whatever the page holds; the images are those that plotly makes to save a figure. */
const POLICY =
  "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:";

/** Draws the figures; on touch screens there are no buttons, and a finger scrolls the page instead of zooming into one. */
const DRAW = `
const figures = JSON.parse(document.getElementById("figures").textContent);
const isTouch = !matchMedia("(hover: hover)").matches;
for (const [id, { data, layout }] of Object.entries(figures)) {
  Plotly.newPlot(id, data, isTouch ? { ...layout, dragmode: false } : layout, {
    responsive: true,
    displaylogo: false,
    displayModeBar: isTouch ? false : "hover",
    modeBarButtonsToRemove: ["select2d", "lasso2d", "autoScale2d"],
  });
}
`;

/** The whole page. */
export function pageHtml(
  { title, summary, sections }: { title: string; summary: string; sections: readonly Section[] },
): string {
  const figures = Object.assign({}, ...sections.map(({ figures }) => figures));
  const links = sections.map(({ id, title }) => `<a href="#${id}">${escape(title)}</a>`);
  const bodies = sections.map(({ id, title, html }) =>
    `<section id="${id}">\n<h2>${escape(title)}</h2>\n${html}\n</section>`
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escape(title)}</title>
<style>
${style}</style>
</head>
<body>
<header>
<h1>${escape(title)}</h1>
<nav aria-label="Sections">${links.join("")}</nav>
</header>
<main>
<section id="summary">
${summary}
</section>
<noscript><p>The figures need JavaScript; tables and text do not.</p></noscript>
${bodies.join("\n")}
</main>
<script type="application/json" id="figures">${inlineJson(figures)}</script>
<script>${inlineScript(plotly)}</script>
<script>${DRAW}</script>
</body>
</html>
`;
}

/** JSON in which no tag can begin or end. */
function inlineJson(value: unknown): string {
  return JSON.stringify(value).replaceAll("<", "\\u003c");
}

/** A script in which its own element cannot end, nor a comment begin. */
function inlineScript(script: string): string {
  return script.replace(/<\/(script)/gi, "<\\/$1").replaceAll("<!--", "<\\!--");
}
