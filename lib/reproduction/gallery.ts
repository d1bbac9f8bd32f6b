/**
 * A gallery of notebooks, as a README shows it.
 *
 * @module
 */

import { escape } from "../plots/_markup.ts";

/** A notebook of a gallery. */
export interface GalleryEntry {
  /** Its name, as `figure-3`. */
  name: string;
  /** Its title; what stands before a colon is shown on a line of its own. */
  title: string;
}

const COLUMNS = 3;

/**
 * Writes a gallery: an HTML table that Markdown takes, of pictures that lead to their notebooks.
 *
 * @param entries The notebooks in order.
 * @param places Folders of the notebooks and of their thumbnails, from the document's own.
 * @returns The table.
 *
 * @example
 * ```ts
 * import { galleryHtml } from "@dna/kernel";
 * import { assertStringIncludes } from "@std/assert";
 *
 * const entries = [{ name: "table-1", title: "Table 1: the search space" }];
 * const html = galleryHtml(entries, { notebooks: "notebooks", pictures: "docs/gallery" });
 * assertStringIncludes(html, '<a href="notebooks/table-1.ipynb"><img src="docs/gallery/table-1.svg"');
 * assertStringIncludes(html, "<b>Table 1</b></a><br>the search space");
 * ```
 */
export function galleryHtml(
  entries: readonly GalleryEntry[],
  { notebooks, pictures }: { notebooks: string; pictures: string },
): string {
  const cells = entries.map(({ name, title }) => {
    const [head, ...rest] = title.split(": ").map(escape);
    return `<td align="center"><a href="${notebooks}/${name}.ipynb"><img src="${pictures}/${name}.svg" \
width="260" alt="${escape(title)}"><br><b>${head}</b></a><br>${rest.join(": ")}</td>`;
  });
  const rows: string[] = [];
  for (let i = 0; i < cells.length; i += COLUMNS) {
    rows.push(`<tr>\n${cells.slice(i, i + COLUMNS).join("\n")}\n</tr>`);
  }
  return `<table>\n${rows.join("\n")}\n</table>`;
}
