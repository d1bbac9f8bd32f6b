/**
 * What one path of a cell makes of some images.
 *
 * @module
 */

import type { Tensor4D } from "npm:@tensorflow/tfjs@4.22.0";
import { applyModule } from "../nn/learner.ts";
import { pathDigits } from "../space/paths.ts";
import { tf } from "../tensorflow/tfjs.ts";
import type { CellPlace } from "./cell_names.ts";
import type { Supernet } from "./supernet.ts";

/** Which path {@linkcode pathMaps} follows. */
export interface PathPlace extends CellPlace {
  /** The path's index in its cell. */
  path: number;
}

/**
 * Gives the maps of one path of a cell, to be looked at beside the teacher's: batch statistics are recalibrated along the path
 * first, as before rating.
 *
 * @param supernet The supernet.
 * @param place Block, cell and path.
 * @param input Images [N, H, W, C] for block 0, else the teacher's maps of the block before.
 * @param calibration Likewise, of the images that recalibrate. Default: `input`.
 * @returns The path's maps [N, h, w, width], as the teacher's of the block; the receiver's to dispose of.
 * @throws {RangeError} For a block, cell or path that is not there.
 *
 * @example
 * ```ts
 * import {
 *   createRandom, createSupernet, outlineTeacher, pathMaps, searchSpace, tf, useEngine,
 * } from "@dna/kernel";
 * import { assertEquals } from "@std/assert";
 *
 * await useEngine();
 * const random = createRandom(1);
 * const supernet = createSupernet(searchSpace("fashion"), outlineTeacher("fashion"), { random });
 * const images = tf.zeros<tf.Rank.R4>([2, 28, 28, 1]);
 * const maps = pathMaps(supernet, { block: 0, cell: 0, path: 3 }, images);
 * assertEquals(maps.shape, [2, 14, 14, 16]);
 * tf.dispose([images, maps]);
 * supernet.dispose();
 * ```
 */
export function pathMaps(
  { space, blocks }: Supernet,
  { block, cell: position, path }: PathPlace,
  input: Tensor4D,
  calibration: Tensor4D = input,
): Tensor4D {
  const cell = blocks[block]?.[position];
  if (!cell) {
    throw new RangeError(`Cannot follow a path: there is no cell ${position} in block ${block}`);
  }
  const { layers, stem, depth } = cell;
  const digits = pathDigits(space, depth, path);
  const variants = (stem ? [0, ...digits] : digits).map((digit, layer) => layers[layer][digit]);
  return tf.tidy(() => {
    let x: tf.Tensor = input;
    let y: tf.Tensor = calibration;
    for (const { module, state: { weights, statistics } } of variants) {
      const calibrated = applyModule(module, weights, statistics, y, true);
      x = applyModule(module, weights, calibrated.statistics, x, false).y;
      y = calibrated.y;
    }
    return x as Tensor4D;
  });
}
