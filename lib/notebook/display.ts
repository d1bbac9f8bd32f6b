/**
 * What a notebook shows: plain objects that carry a MIME bundle, as the Deno kernel takes it.
 *
 * Results of this library are plain data and stay so; a cell shows one by ending in `show(result)`.
 *
 * @module
 */

import { escape } from "../plots/_markup.ts";
import { figureSvg } from "../plots/figure_svg.ts";
import type { Figure } from "../plots/types.ts";

/** One thing in several forms, by MIME type; a page takes the first that it can show. */
export interface MimeBundle {
  /** Always there: for terminals, logs and differences. */
  "text/plain": string;
  /** Other forms, as `image/svg+xml`. */
  [type: string]: unknown;
}

/** What the Deno kernel asks a cell's last value for. */
const DISPLAY: unique symbol = Symbol.for("Jupyter.display") as never;

/** A value that a notebook shows by its MIME bundle. */
export interface Displayable {
  /** The forms it is shown in. */
  readonly bundle: MimeBundle;
}

/**
 * Makes a value that a notebook shows by a MIME bundle: where it is a cell's last expression, the Deno kernel shows it.
 *
 * @param bundle The forms, `text/plain` among them.
 * @returns The value; the kernel finds the bundle by `Symbol.for("Jupyter.display")`.
 *
 * @example
 * ```ts
 * import { displayable } from "@dna/kernel";
 * import { assertEquals } from "@std/assert";
 *
 * const shown = displayable({ "text/plain": "two", "text/html": "<b>two</b>" });
 * const method = Object.getOwnPropertyDescriptor(shown, Symbol.for("Jupyter.display"))!.value;
 * assertEquals(method(), { "text/plain": "two", "text/html": "<b>two</b>" });
 * ```
 */
export function displayable(bundle: MimeBundle): Displayable {
  return Object.defineProperty({ bundle }, DISPLAY, { value: () => bundle });
}

/**
 * Shows a figure: interactive where plotly is, else as a static SVG.
 *
 * @param figure A figure, as the plot functions give it.
 * @param title What it shows, in a few words.
 * @returns What a notebook shows.
 *
 * @example
 * ```ts
 * import { displayFigure, trainingCurves } from "@dna/kernel";
 * import { assertEquals } from "@std/assert";
 *
 * const { bundle } = displayFigure(trainingCurves([]), "Retraining");
 * assertEquals(Object.keys(bundle), [
 *   "application/vnd.plotly.v1+json",
 *   "image/svg+xml",
 *   "text/plain",
 * ]);
 * assertEquals(bundle["text/plain"], "Retraining");
 * ```
 */
export function displayFigure(figure: Figure, title: string): Displayable {
  return displayable({
    "application/vnd.plotly.v1+json": figure,
    "image/svg+xml": figureSvg(figure, { title }),
    "text/plain": title,
  });
}

/**
 * Shows an SVG, such as `drawArchitecture` gives.
 *
 * @param svg The `<svg>` element as text.
 * @param title What it shows, in a few words.
 * @returns What a notebook shows.
 *
 * @example
 * ```ts
 * import { displaySvg, DNA_A, drawArchitecture } from "@dna/kernel";
 * import { assertEquals } from "@std/assert";
 *
 * const svg = drawArchitecture(DNA_A, { resolution: 224, classes: 1000 });
 * assertEquals(displaySvg(svg, "DNA-a").bundle["text/plain"], "DNA-a");
 * ```
 */
export function displaySvg(svg: string, title: string): Displayable {
  return displayable({ "image/svg+xml": svg, "text/plain": title });
}

/**
 * Shows a table: numbers to the right, texts to the left.
 *
 * @param heads The columns' names.
 * @param rows The cells; numbers are written with thousands apart, texts as they are: "5.0" keeps its digits.
 * @param caption What stands above it.
 * @returns What a notebook shows, as HTML and as aligned text.
 *
 * @example
 * ```ts
 * import { displayTable } from "@dna/kernel";
 * import { assertEquals } from "@std/assert";
 *
 * const { bundle } = displayTable(["network", "params"], [["DNA-a", 4243318], ["B0", null]]);
 * assertEquals(bundle["text/plain"], "network     params\nDNA-a    4,243,318\nB0               –");
 * ```
 */
export function displayTable(
  heads: readonly string[],
  rows: readonly (readonly (string | number | null)[])[],
  caption = "",
): Displayable {
  const isNumber = heads.map((_, column) =>
    rows.length > 0 && rows.every((row) => isNumeric(row[column]))
  );
  const text = (value: string | number | null) =>
    value === null ? "–" : typeof value === "number" ? value.toLocaleString("en-US") : value;
  const lines = [[...heads], ...rows.map((row) => row.map(text))];
  const widths = heads.map((_, column) => Math.max(...lines.map((line) => line[column].length)));
  const plain = lines.map((line) =>
    line.map((cell, column) =>
      isNumber[column] ? cell.padStart(widths[column]) : cell.padEnd(widths[column])
    ).join("  ").trimEnd()
  ).join("\n");
  const row = (tag: "th" | "td", cells: readonly string[]) =>
    `<tr>${
      cells.map((cell, column) =>
        `<${tag} style="text-align:${isNumber[column] ? "right" : "left"}">${escape(cell)}</${tag}>`
      ).join("")
    }</tr>`;
  const html = `<table>${caption && `<caption>${escape(caption)}</caption>`}
<thead>${row("th", heads)}</thead>
<tbody>
${lines.slice(1).map((line) => row("td", line)).join("\n")}
</tbody></table>`;
  return displayable({
    "text/html": html,
    "text/plain": caption ? `${caption}\n${plain}` : plain,
  });
}

/** Numbers, nothing, and texts that begin as numbers do, such as "5.0" with its digits as printed, and "77.1 %". */
function isNumeric(value: string | number | null): boolean {
  return typeof value !== "string" || /^[-−]?\d[\d.,]*( ?\S{1,2})?$/.test(value);
}
