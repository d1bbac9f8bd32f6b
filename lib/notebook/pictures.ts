/**
 * Images and feature maps as a notebook shows them.
 *
 * @module
 */

import type { Tensor4D } from "npm:@tensorflow/tfjs@4.22.0";
import type { ByteSplit } from "../data/types.ts";
import { drawTiles, type Tile, type TileRow } from "../plots/draw_tiles.ts";
import { type Displayable, displaySvg } from "./display.ts";

/** Which images {@linkcode displayImages} shows. */
export interface ImagesOptions {
  /** Their positions. Default: the first 20. */
  indices?: ArrayLike<number>;
  /** The classes' names, to stand below the images. */
  classes?: readonly string[];
  /** Images of a row. Default 10. */
  columns?: number;
}

/**
 * Shows images of a data set, each with its class.
 *
 * @param split The images.
 * @param options Which ones, and the classes' names.
 * @returns What a notebook shows.
 * @throws {RangeError} For a position outside the split.
 *
 * @example
 * ```ts
 * import { displayImages, loadDataset } from "@dna/kernel";
 * import { assertEquals } from "@std/assert";
 *
 * const { classes, splits } = await loadDataset("mnist");
 * const { bundle } = displayImages(splits.test, { classes, indices: [0, 1, 2] });
 * assertEquals(bundle["text/plain"], "3 of the 999 images of test, 28 × 28 × 1");
 * ```
 */
export function displayImages(split: ByteSplit, options: ImagesOptions = {}): Displayable {
  const { height, width, channels, count } = split;
  const { classes, columns = 10 } = options;
  const indices = Array.from(
    options.indices ?? { length: Math.min(20, count) },
    (index, i) => options.indices ? index as number : i,
  );
  const tiles = indices.map((index) => imageTile(split, index, classes));
  const rows: TileRow[] = [];
  for (let i = 0; i < tiles.length; i += columns) rows.push({ tiles: tiles.slice(i, i + columns) });
  const text =
    `${indices.length} of the ${count.toLocaleString("en-US")} images of ${split.name}, ` +
    `${height} × ${width} × ${channels}`;
  return displaySvg(drawTiles(rows, { title: text }), text);
}

/**
 * Gives an image of a data set as a tile, for `drawTiles` and `drawPipeline`.
 *
 * @param split The images.
 * @param index Which one.
 * @param classes The classes' names, of which its own becomes the label.
 * @returns The tile.
 * @throws {RangeError} For a position outside the split.
 *
 * @example
 * ```ts
 * import { imageTile, loadDataset } from "@dna/kernel";
 * import { assertEquals } from "@std/assert";
 *
 * const { splits } = await loadDataset("mnist");
 * assertEquals(imageTile(splits.test, 0).pixels.length, 28 * 28);
 * ```
 */
export function imageTile(split: ByteSplit, index: number, classes?: readonly string[]): Tile {
  const { height, width, channels, count, images, labels } = split;
  if (!(Number.isInteger(index) && index >= 0 && index < count)) {
    throw new RangeError(
      `Cannot show an image: ${index} is outside the ${count} of ${split.name}`,
    );
  }
  const size = height * width * channels;
  const pixels = images.slice(index * size, (index + 1) * size);
  return { pixels, height, width, channels, label: classes?.[labels[index]] };
}

/** Which parts of maps {@linkcode mapTiles} takes. */
export interface MapsOptions {
  /** Position of the image in the batch. Default 0. */
  image?: number;
  /** How many channels, from the one that varies most. Default 8. */
  channels?: number | readonly number[];
}

/**
 * Takes channels of feature maps as tiles, for `drawTiles` and `drawPipeline`.
 *
 * @param maps Feature maps [N, H, W, C].
 * @param options Which image and which channels; those that vary most where only their number is given.
 * @returns A tile for each channel, labelled with its number.
 * @throws {RangeError} For an image outside the batch.
 *
 * @example
 * ```ts
 * import { mapTiles, tf, useEngine } from "@dna/kernel";
 * import { assertEquals } from "@std/assert";
 *
 * await useEngine();
 * const maps = tf.tensor4d([0, 5, 0, 9, 0, 1, 0, 2], [1, 2, 2, 2]);
 * const [tile] = mapTiles(maps, { channels: 1 });
 * assertEquals([tile.label, [...tile.pixels]], ["1", [5, 9, 1, 2]]);
 * maps.dispose();
 * ```
 */
export function mapTiles(maps: Tensor4D, { image = 0, channels = 8 }: MapsOptions = {}): Tile[] {
  const [count, height, width, depth] = maps.shape;
  if (!(Number.isInteger(image) && image >= 0 && image < count)) {
    throw new RangeError(`Cannot show maps: image ${image} is outside the batch of ${count}`);
  }
  const pixels = height * width;
  const values = maps.dataSync<"float32">()
    .subarray(image * pixels * depth, (image + 1) * pixels * depth);
  const planes = Array.from(
    { length: depth },
    (_, channel) => Float32Array.from({ length: pixels }, (_, i) => values[i * depth + channel]),
  );
  const chosen = typeof channels === "number"
    ? planes.map((plane, channel) => ({ channel, spread: variance(plane) }))
      .sort((a, b) => b.spread - a.spread || a.channel - b.channel)
      .slice(0, channels).map(({ channel }) => channel)
    : channels;
  return chosen.map((channel) => ({
    pixels: planes[channel],
    height,
    width,
    label: `${channel}`,
  }));
}

function variance(values: Float32Array): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
}

/**
 * Shows feature maps: for each block the channels that vary most, dark where they are least.
 *
 * @param maps Maps [N, H, W, C] of each block, as `teacher.features` gives them.
 * @param options Which image and which channels.
 * @returns What a notebook shows.
 *
 * @example
 * ```ts
 * import { displayMaps, loadTeacher, tf, useEngine } from "@dna/kernel";
 * import { assertEquals } from "@std/assert";
 *
 * await useEngine();
 * const maps = (await loadTeacher("fashion")).features(tf.ones([1, 28, 28, 1]));
 * assertEquals(
 *   displayMaps(maps).bundle["text/plain"],
 *   "Feature maps: block 1 14 × 14 × 16, block 2 7 × 7 × 24, block 3 7 × 7 × 40, block 4 4 × 4 × 64",
 * );
 * tf.dispose(maps);
 * ```
 */
export function displayMaps(maps: readonly Tensor4D[], options: MapsOptions = {}): Displayable {
  const sizes = maps.map(({ shape }, i) => `block ${i + 1} ${shape.slice(1).join(" × ")}`);
  const rows = maps.map((map, i) => ({ title: `block ${i + 1}`, tiles: mapTiles(map, options) }));
  const text = `Feature maps: ${sizes.join(", ")}`;
  return displaySvg(drawTiles(rows, { title: text }), text);
}
