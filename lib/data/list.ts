import type { FileSplit } from "./types.ts";

/**
 * The files of a split as text, one line "class, tab, path" each: what a run folder keeps to tell which images rated the paths, and
 * what {@linkcode loadDataset} reads as a list.
 *
 * @param split A split of image files.
 * @param names The classes' folders or names, by class index.
 * @returns The text; paths are below the split's folder.
 * @throws {RangeError} If a name has a tab or a line break in it.
 *
 * @example
 * ```ts
 * import { type FileSplit, listFiles } from "@dna/kernel";
 * import { assertEquals } from "@std/assert";
 *
 * const split: FileSplit = {
 *   name: "validation",
 *   count: 2,
 *   channels: 3,
 *   labels: Uint8Array.of(0, 1),
 *   folder: "/data",
 *   files: ["train/cat/3.jpg", "train/dog/8.jpg"],
 * };
 * assertEquals(listFiles(split, ["cat", "dog"]), "cat\ttrain/cat/3.jpg\ndog\ttrain/dog/8.jpg\n");
 * ```
 */
export function listFiles({ files, labels }: FileSplit, names: readonly string[]): string {
  for (const name of [...names, ...files]) {
    if (!/[\t\r\n]/.test(name)) continue;
    throw new RangeError(
      `Cannot list ${JSON.stringify(name)}: names in a list have no tabs or line breaks in them`,
    );
  }
  return files.map((file, i) => `${names[labels[i]]}\t${file}\n`).join("");
}
