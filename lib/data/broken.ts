/**
 * Image files that could not be decoded.
 *
 * @module
 */

import { brokenBySplit } from "./_broken.ts";
import type { FileSplit } from "./types.ts";

/**
 * The files of a split that {@linkcode batches} could not decode so far; the next image of the split stood in for each.
 *
 * @param split A split of image files.
 * @returns Their paths below the split's folder, in the order of the split.
 *
 * @example
 * ```ts
 * import { batches, brokenFiles, loadDataset, node, tf, useEngine } from "@dna/kernel";
 * import { assertEquals } from "@std/assert";
 *
 * await useEngine();
 * const folder = await Deno.makeTempDir();
 * const jpeg = await node.encodeJpeg(tf.zeros([8, 8, 3], "int32") as tf.Tensor3D);
 * for (const name of ["cat", "dog"]) {
 *   await Deno.mkdir(`${folder}/${name}`);
 *   for (let i = 0; i < 10; i++) await Deno.writeFile(`${folder}/${name}/${i}.jpg`, jpeg);
 * }
 * const { splits } = await loadDataset("folder", { folder });
 * await Deno.writeTextFile(`${folder}/${splits.test.files[0]}`, "no image");
 *
 * const options = { batch: 2, resolution: 8, mean: 0, std: 1, onWarning: () => {} };
 * const [first] = await Array.fromAsync(batches(splits.test, options));
 * assertEquals(first.labels, new Int32Array([1, 1]));
 * assertEquals(brokenFiles(splits.test), [splits.test.files[0]]);
 * ```
 */
export function brokenFiles(split: FileSplit): string[] {
  const broken = brokenBySplit.get(split);
  return broken ? split.files.filter((file) => broken.has(file)) : [];
}
