/**
 * The teacher's maps of a run's images, kept on disk where the settings say so.
 *
 * @module
 */

import type { Split } from "../data/types.ts";
import { cacheFeatures, type FeatureCache } from "../supernet/features.ts";
import type { Context } from "./_context.ts";

/** Kept maps of images, or nothing where the teacher is to run each time. */
export async function keptFeatures(
  { settings, teacher, say, onProgress, signal }: Pick<
    Context,
    "settings" | "teacher" | "say" | "onProgress" | "signal"
  >,
  split: Split,
  batch: number,
): Promise<FeatureCache | undefined> {
  const { features: dtype, cacheLimit: limit } = settings;
  if (!dtype) return undefined;
  return await cacheFeatures({ teacher, split, batch, dtype, limit, say, onProgress, signal });
}
