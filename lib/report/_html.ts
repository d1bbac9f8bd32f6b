import { escape } from "../plots/_markup.ts";
import type { Figure } from "../plots/types.ts";

/** A part of the page. */
export interface Section {
  /** Anchor. */
  id: string;
  /** Heading. */
  title: string;
  /** What stands below the heading. */
  html: string;
  /** The figures that the HTML has places for, by the ids of their elements. */
  figures: Record<string, Figure>;
}

/**
 * The place of a figure; `alt` tells what it shows to those who do not see it. Below `least` pixels it scrolls sideways.
 */
export function figureHtml(
  id: string,
  figure: Figure,
  { alt, caption, least = 620 }: { alt: string; caption: string; least?: number },
): string {
  const size = `min-height:${figure.layout.height}px;min-width:${least}px`;
  const plot = `<div id="${id}" class="plot" role="img" aria-label="${
    escape(alt)
  }" style="${size}"></div>`;
  return `<figure>${wide(plot)}<figcaption>${caption}</figcaption></figure>`;
}

/** A cell of a table: text, or a number with its digits. */
export type Cell = string | { number: string };

/** A table whose first column names the rows; it scrolls sideways where it is too wide. */
export function tableHtml(heads: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const isNumber = heads.map((_, i) => rows.some((row) => typeof row[i] === "object"));
  const head = heads.map((text, i) =>
    `<th scope="col"${isNumber[i] ? ' class="number"' : ""}>${escape(text)}</th>`
  );
  const body = rows.map((row) =>
    `<tr>${
      row.map((cell, i) => {
        const text = escape(typeof cell === "string" ? cell : cell.number);
        if (i === 0) return `<th scope="row">${text}</th>`;
        return `<td${isNumber[i] ? ' class="number"' : ""}>${text}</td>`;
      }).join("")
    }</tr>`
  );
  return wide(`<table><thead><tr>${head.join("")}</tr></thead>
<tbody>
${body.join("\n")}
</tbody></table>`);
}

/** Something that scrolls sideways where it is too wide. */
export function wide(html: string): string {
  return `<div class="wide" tabindex="0">${html}</div>`;
}
