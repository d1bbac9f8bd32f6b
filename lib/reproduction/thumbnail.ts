/**
 * Small pictures of executed notebooks, for a gallery.
 *
 * @module
 */

import { escape } from "../plots/_markup.ts";
import { INK } from "../plots/_style.ts";
import type { NotebookPages } from "./notebook.ts";

const WIDTH = 320; // pixels, of every picture
const HEIGHT = 200;
const LETTER = 6.02; // width of a letter of 10 pixels in a monospace face
const LINE = 14;

/**
 * Draws a notebook's thumbnail: its first picture, else the first lines of its first table.
 *
 * @param notebook The notebook, executed.
 * @returns An `<svg>` element as text, 320 × 200 pixels.
 * @throws {Error} If none of its cells gave anything.
 *
 * @example
 * ```ts
 * import { notebookThumbnail } from "@dna/kernel";
 * import { assertMatch } from "@std/assert";
 *
 * const cells = [{ kind: "code" as const, source: "", outputs: [{ text: "a  b\n1  2" }] }];
 * assertMatch(notebookThumbnail({ title: "Table 9", cells }), /<title>Table 9<\/title>/);
 * ```
 */
export function notebookThumbnail({ title, cells }: NotebookPages): string {
  const outputs = cells.flatMap((cell) => cell.outputs);
  const picture = outputs.find(({ svg }) => svg)?.svg;
  const table = outputs.find(({ html, text }) => html && text) ?? outputs.find(({ text }) => text);
  if (!picture && !table) {
    throw new Error(`Cannot draw a thumbnail of "${title}": it is not executed`);
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 ${WIDTH} ${HEIGHT}" \
width="${WIDTH}" height="${HEIGHT}">
<title>${escape(title)}</title>
${picture ? placed(picture) : lettered(table!.text)}
</svg>
`;
}

/** A picture within the frame. */
function placed(svg: string): string {
  return svg.trim().replace(/^<svg [^>]*>/, (tag) => {
    const kept = tag.replace(/ (style|role|xmlns|width|height)="[^"]*"/g, "");
    return kept.replace("<svg", `<svg x="0" y="0" width="${WIDTH}" height="${HEIGHT}"`);
  }).replace(/<title>[^]*?<\/title>|<desc>[^]*?<\/desc>/g, "");
}

/** The beginning of a table in letters. */
function lettered(text: string): string {
  const lines = text.split("\n").filter((line) => /\S {2,}\S/.test(line)).slice(0, 16);
  const longest = Math.max(1, ...lines.map((line) => line.length));
  const [width, height] = [longest * LETTER + 16, lines.length * LINE + 16];
  const rows = lines.map((line, i) =>
    `<text x="8" y="${LINE * (i + 1) + 4}" xml:space="preserve"${
      i === 0 ? ' font-weight="700"' : ""
    }>${escape(line)}</text>`
  );
  return `<svg x="0" y="0" width="${WIDTH}" height="${HEIGHT}" viewBox="0 0 ${
    Math.round(width)
  } ${height}" fill="${INK}" font-family="ui-monospace, Menlo, Consolas, monospace" font-size="10">
${rows.join("\n")}
</svg>`;
}
