/**
 * What an executed notebook's file holds.
 *
 * @module
 */

import { parseJson } from "../files.ts";
import type { Figure } from "../plots/types.ts";
import { markdownTitle } from "./_markdown.ts";

/** What a cell gave, in the forms that a page can show; the first that is there is shown. */
export interface NotebookOutput {
  /** A figure of plotly's. */
  figure?: Figure;
  /** An SVG element as text. */
  svg?: string;
  /** HTML. */
  html?: string;
  /** Text, as a terminal has it. */
  text: string;
}

/** A cell of a notebook. */
export interface NotebookCell {
  /** Whether it is prose or code. */
  kind: "markdown" | "code";
  /** Its text. */
  source: string;
  /** What it gave. */
  outputs: NotebookOutput[];
}

/** A notebook that was executed. */
export interface NotebookPages {
  /** Its first heading. */
  title: string;
  /** Its cells in order. */
  cells: NotebookCell[];
}

/**
 * Reads an executed notebook.
 *
 * @param text The text of its `.ipynb` file.
 * @param source What messages call it.
 * @returns Its cells with what they gave.
 * @throws {SyntaxError} If the text is no notebook.
 *
 * @example
 * ```ts
 * import { readNotebook } from "@dna/kernel";
 * import { assertEquals } from "@std/assert";
 *
 * const cells = [
 *   { cell_type: "markdown", source: ["# Table 9\n", "A claim."] },
 *   { cell_type: "code", source: "6 * 7", outputs: [{ output_type: "stream", text: ["42\n"] }] },
 * ];
 * const notebook = readNotebook(JSON.stringify({ cells }), "table-9.ipynb");
 * assertEquals(notebook.title, "Table 9");
 * assertEquals(notebook.cells[1].outputs, [{ text: "42\n" }]);
 * ```
 */
export function readNotebook(text: string, source: string): NotebookPages {
  const { cells } = parseJson(text, source) as { cells?: unknown };
  if (!Array.isArray(cells)) throw new SyntaxError(`Cannot read ${source}: it is no notebook`);
  const read = cells.map((cell: RawCell): NotebookCell => ({
    kind: cell.cell_type === "code" ? "code" : "markdown",
    source: joined(cell.source),
    outputs: (cell.outputs ?? []).map(outputOf),
  }));
  const titles = read.map((cell) => cell.kind === "markdown" && markdownTitle(cell.source));
  return { title: titles.find((title) => title) || source, cells: read };
}

/** Jupyter's own form. */
interface RawCell {
  cell_type: string;
  source?: Text;
  outputs?: {
    data?: Record<string, unknown>;
    text?: Text;
    ename?: string;
    evalue?: string;
  }[];
}

type Text = string | readonly string[];

function outputOf({ data, text, ename, evalue }: NonNullable<RawCell["outputs"]>[number]) {
  if (!data) return { text: ename ? `${ename}: ${evalue}` : joined(text) };
  const form = (type: string) => data[type] === undefined ? undefined : joined(data[type] as Text);
  const [svg, html] = [form("image/svg+xml"), form("text/html")];
  const figure = data["application/vnd.plotly.v1+json"] as Figure | undefined;
  return {
    ...(figure && { figure }),
    ...(svg && { svg }),
    ...(html && { html }),
    text: form("text/plain") ?? "",
  };
}

/** Jupyter may keep a text in lines. */
function joined(text: Text = ""): string {
  return typeof text === "string" ? text : text.join("");
}
