/**
 * All tables and figures on one page.
 *
 * @module
 */

import { escape } from "../plots/_markup.ts";
import { formatDuration } from "../progress/format.ts";
import { figureHtml, type Section, tableHtml, wide } from "../report/_html.ts";
import { pageHtml } from "../report/_page.ts";
import { markdownHtml, markdownTitle } from "./_markdown.ts";
import { type NotebookOutput, readNotebook } from "./notebook.ts";

/** A notebook of a reproduction. */
export interface ReproducedNotebook {
  /** Its name, as `figure-3`. */
  name: string;
  /** The text of its executed `.ipynb` file. */
  text: string;
  /** Seconds that it took. */
  seconds?: number;
  /** What went wrong in it, in a sentence. */
  error?: string;
}

/** What stands at the page's top. */
export interface ReproductionOptions {
  /** How much was done. */
  scale: string;
  /** What it ran on, in words. */
  machine?: string;
}

/**
 * Writes a reproduction's page: every notebook's prose, tables and figures, without its code. It needs no network, is light or dark as
 * its reader's system is, and its figures are interactive.
 *
 * @param notebooks The executed notebooks, in the page's order.
 * @param options Scale and machine.
 * @returns The page, about 1.3 MB more than the notebooks' outputs.
 * @throws {SyntaxError} If a text is no notebook.
 *
 * @example
 * ```ts
 * import { reproductionHtml } from "@dna/kernel";
 * import { assertStringIncludes } from "@std/assert";
 *
 * const cells = [{ cell_type: "markdown", source: "# Table 9\n\nThe paper claims *much*." }];
 * const page = reproductionHtml([{ name: "table-9", text: JSON.stringify({ cells }) }], { scale: "quick" });
 * assertStringIncludes(page, '<section id="table-9">');
 * assertStringIncludes(page, "The paper claims <i>much</i>.");
 * ```
 */
export function reproductionHtml(
  notebooks: readonly ReproducedNotebook[],
  { scale, machine }: ReproductionOptions,
): string {
  const sections = notebooks.map(sectionOf);
  const rows = notebooks.map(({ name, seconds, error }, i) => [
    sections[i].title,
    error ? `stopped: ${error}` : "executed",
    seconds === undefined ? "–" : formatDuration(seconds),
    `${name}.ipynb`,
  ]);
  const hint = scale === "quick"
    ? "Scale quick only shows that everything runs: its accuracies and rankings mean nothing."
    : "Each part says what the paper claims, what was computed here, and what differs and why.";
  return pageHtml({
    title: `The paper's tables and figures, at scale ${scale}`,
    summary: `<p>Blockwisely Supervised Neural Architecture Search with Knowledge Distillation \
(arXiv:1911.13053), table by table and figure by figure, ours beside the paper's numbers. ${
      escape(hint)
    }</p>${machine ? `<p class="quiet">${escape(machine)}</p>` : ""}
${tableHtml(["", "", "time", "notebook"], rows)}`,
    sections,
  });
}

function sectionOf({ name, text, error }: ReproducedNotebook): Section {
  const { title, cells } = readNotebook(text, `${name}.ipynb`);
  const figures: Section["figures"] = {};
  let count = 0;
  const html = cells.map(({ kind, source, outputs }) => {
    if (kind === "markdown") {
      const heading = markdownTitle(source);
      return markdownHtml(heading ? source.replace(/^# .+$/m, "") : source);
    }
    return outputs.map((output) => outputHtml(output, `${name}-${++count}`, figures)).join("\n");
  });
  const fault = error ? `<p><b>It stopped:</b> ${escape(error)}</p>` : "";
  return { id: name, title, html: [fault, ...html].filter(Boolean).join("\n"), figures };
}

function outputHtml(
  { figure, svg, html, text }: NotebookOutput,
  id: string,
  figures: Section["figures"],
): string {
  const [caption] = text.split("\n");
  if (figure) {
    figures[id] = figure;
    return figureHtml(id, figure, { alt: text, caption: escape(caption) });
  }
  if (svg) {
    return `<figure class="network">${wide(svg)}<figcaption>${
      escape(caption)
    }</figcaption></figure>`;
  }
  if (html) return `<figure>${wide(html)}</figure>`;
  return text.trim() ? `<pre>${escape(text.trim())}</pre>` : "";
}
