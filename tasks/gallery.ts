/**
 * `deno task gallery`: README's gallery and its thumbnails, from the executed notebooks.
 *
 * @module
 */

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  galleryHtml,
  makeFolder,
  type NotebookPages,
  notebookThumbnail,
  readNotebook,
  writeFile,
} from "../mod.ts";
import { runTask } from "./_main.ts";
import { withMarked } from "./_marked.ts";
import { helpText, type OptionSpecs, readOptions } from "./_options.ts";
import { notebookNames, NOTEBOOKS } from "./notebooks/_names.ts";
import { pageOrder } from "./reproduce/_steps.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const PICTURES = "docs/gallery";

const OPTIONS: OptionSpecs = {
  check: { help: "only tell whether README and the pictures are what the notebooks give" },
  help: { help: "this text" },
};

await runTask(async () => {
  const { given } = readOptions(Deno.args, OPTIONS);
  if (given.help) {
    return console.log(helpText(
      "deno task gallery [options]",
      "Draws a thumbnail of each executed notebook, and writes README's gallery of them.",
      OPTIONS,
    ));
  }
  const notebooks = await readNotebooks();
  const files = new Map<string, string>();
  for (const [name, notebook] of notebooks) {
    files.set(`${PICTURES}/${name}.svg`, notebookThumbnail(notebook));
  }
  const entries = [...notebooks].map(([name, { title }]) => ({ name, title }));
  const table = galleryHtml(entries, { notebooks: "notebooks", pictures: PICTURES });
  const readme = await Deno.readTextFile(join(ROOT, "README.md"));
  files.set("README.md", withMarked("README.md", readme, "gallery", table));

  const old: string[] = [];
  await makeFolder(join(ROOT, PICTURES));
  for (const [path, text] of files) {
    if (await Deno.readTextFile(join(ROOT, path)).catch(() => "") === text) continue;
    old.push(path);
    if (!given.check) await writeFile(join(ROOT, path), text);
  }
  if (given.check && old.length > 0) {
    throw new Error(`Not what the notebooks give, type deno task gallery: ${old.join(", ")}`);
  }
  console.log(
    given.check ? "All is as the notebooks give it" : `Written: ${old.join(", ") || "–"}`,
  );
});

/** The executed notebooks in the page's order. */
async function readNotebooks(): Promise<Map<string, NotebookPages>> {
  const notebooks = new Map<string, NotebookPages>();
  for (const name of pageOrder(notebookNames())) {
    const file = `${name}.ipynb`;
    notebooks.set(name, readNotebook(await Deno.readTextFile(join(NOTEBOOKS, file)), file));
  }
  return notebooks;
}
