/**
 * What a teacher is before it has weights.
 *
 * @module
 */

import type { Architecture } from "../space/types.ts";
import { findPreset, normalisationOf } from "./_presets.ts";
import { cutSizes } from "./teacher.ts";

/** What a teacher is before it has weights: enough to check settings without an engine. */
export interface TeacherOutline {
  /** The network. */
  architecture: Architecture;
  /** Positions in the architecture's `blocks` after which a block of the teacher ends. */
  cuts: readonly number[];
  /** Number of classes. */
  classes: number;
  /** Side of its images, in pixels. */
  resolution: number;
  /** Output channels of each block. */
  widths: number[];
  /** Side of each block's maps, in pixels. */
  sizes: number[];
  /** Mean of each channel that the data pipeline subtracts, on the scale 0–1. */
  mean: readonly number[];
  /** Standard deviation of each channel that the data pipeline divides by, on the scale 0–1. */
  std: readonly number[];
  /**
   * Its weights on the Hugging Face hub, as `loadTeacher`'s `weights` takes them; none where
   * weights ship with it.
   */
  hub: string | undefined;
}

/** Options of {@linkcode outlineTeacher}. */
export interface OutlineOptions {
  /** Side of the images, in pixels. Default: that of the teacher's weights. */
  resolution?: number;
  /** The weights that it will have, which may have been trained with another normalisation. */
  weights?: string;
}

/**
 * Tells what a teacher is, without engine or weights.
 *
 * @param name One of `TEACHER_NAMES`.
 * @param options Another resolution, other weights.
 * @returns Architecture, cuts, classes, resolution, widths and sizes of the blocks, normalisation,
 * and weights to be had.
 * @throws {RangeError} for an unknown name, listing the known ones, or a resolution that is not a
 * whole number from 1.
 *
 * @example
 * ```ts
 * import { outlineTeacher } from "@dna/kernel";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * const { widths, sizes, hub } = outlineTeacher("tf_efficientnet_b7", { resolution: 224 });
 * assertEquals(widths, [48, 80, 160, 224, 384, 640]);
 * assertEquals(sizes, [56, 28, 14, 14, 7, 7]);
 * assertEquals(hub, "timm/tf_efficientnet_b7.ns_jft_in1k");
 * assertThrows(() => outlineTeacher("b99"), RangeError, "fashion");
 * ```
 */
export function outlineTeacher(name: string, options: OutlineOptions = {}): TeacherOutline {
  const preset = findPreset(name);
  const { architecture, cuts, classes, hub } = preset;
  const { resolution = preset.resolution, weights } = options;
  if (!Number.isInteger(resolution) || resolution < 1) {
    throw new RangeError(
      `Cannot use teacher ${name}: resolution is ${resolution}, a whole number from 1 fits`,
    );
  }
  return {
    architecture,
    cuts,
    classes,
    resolution,
    widths: cuts.map((cut) => architecture.blocks[cut].at(-1)!.width),
    sizes: cutSizes(architecture, cuts, resolution),
    ...normalisationOf(preset, weights),
    hub,
  };
}
