/**
 * One stage of a progressive distillation: what learns, from what, and how its paths are rated.
 *
 * @module
 */

import type { Tensor4D } from "npm:@tensorflow/tfjs@4.22.0";
import { batches } from "../data/batches.ts";
import type { Split } from "../data/types.ts";
import { compile } from "../engine.ts";
import { applyModule, disposeLearnerState } from "../nn/learner.ts";
import type { BlockRatings } from "../ratings.ts";
import { defineSpace } from "../space/define.ts";
import { pathDigits } from "../space/paths.ts";
import { rate } from "../supernet/rate.ts";
import type { Supernet, SupernetCell, TrainedVariant } from "../supernet/supernet.ts";
import type { Teacher } from "../teacher/teacher.ts";
import { tf } from "../tensorflow/tfjs.ts";
import type { ProgressiveOptions } from "./progressive.ts";
import { joinVariants } from "./_prefix.ts";

/** What `distill` trains in a stage. */
export interface StageTraining {
  supernet: Supernet;
  teacher: Teacher;
  /** Frees what was made for the stage. */
  dispose(): void;
}

/** The layers of the best paths of the blocks before one, the stem first. */
export function earlierLayers(
  { blocks, space }: Supernet,
  best: readonly number[],
): TrainedVariant[] {
  return best.flatMap((path, block) => {
    const { layers, stem, depth } = blocks[block][0];
    const searched = stem ? layers.slice(1) : layers;
    const digits = pathDigits(space, depth, path);
    return [...(stem ? layers[0] : []), ...searched.map((variants, i) => variants[digits[i]])];
  });
}

/** S1: the earlier blocks' best paths and all paths of this block learn together, from the image. */
export function jointTraining(
  supernet: Supernet,
  teacher: Teacher,
  best: readonly number[],
): StageTraining {
  const block = best.length;
  const [cell] = supernet.blocks[block];
  const fixed = earlierLayers(supernet, best).map((variant) => [variant]);
  const joint: SupernetCell = { ...cell, block: 0, layers: [...fixed, ...cell.layers] };
  return {
    supernet: { ...supernet, blocks: [[joint]] },
    teacher: blockTeacher(teacher, block),
    dispose() {},
  };
}

/** S2: the earlier blocks' best paths are frozen and give the maps that this block reads. */
export async function frozenTraining(
  supernet: Supernet,
  teacher: Teacher,
  best: readonly number[],
  calibration: Split,
  batch: number,
): Promise<StageTraining> {
  const block = best.length;
  if (block === 0) return jointTraining(supernet, teacher, best);
  const prefix = joinVariants(earlierLayers(supernet, best));
  const { module, state } = prefix;
  const infer = compile((weights: tf.Tensor1D, statistics: tf.Tensor1D, x: Tensor4D) =>
    applyModule(module, weights, statistics, x, false).y as Tensor4D
  );
  const dispose = () => {
    infer.dispose();
    disposeLearnerState(state);
  };
  try {
    const statistics = await prefixStatistics(prefix, teacher, calibration, batch);
    state.statistics.dispose();
    state.statistics = statistics;
  } catch (error) {
    dispose();
    throw error;
  }
  const [cell] = supernet.blocks[block];
  return {
    supernet: { ...supernet, blocks: [[], [{ ...cell, block: 1 }]] },
    teacher: {
      ...blockTeacher(teacher, block),
      async featuresAsync(images) {
        const features = await teacher.featuresAsync(images);
        const [target] = features.splice(block, 1);
        tf.dispose(features);
        return [await infer.async(state.weights, state.statistics, images), target];
      },
    },
    dispose,
  };
}

/** Batch statistics of a prefix for the calibration images: their mean over batches. */
async function prefixStatistics(
  { module, state }: TrainedVariant,
  { resolution, mean, std }: Teacher,
  split: Split,
  batch: number,
): Promise<tf.Tensor1D> {
  const calibrate = compile((weights: tf.Tensor1D, x: Tensor4D) =>
    applyModule(module, weights, weights, x, true).statistics
  );
  const found: tf.Tensor1D[] = [];
  try {
    for await (const { images, shape } of batches(split, { batch, resolution, mean, std })) {
      const input = tf.tensor4d(images, shape);
      found.push(await calibrate.async(state.weights, input));
      input.dispose();
    }
    return tf.tidy(() => tf.addN(found).div<tf.Tensor1D>(found.length));
  } finally {
    tf.dispose(found);
    calibrate.dispose();
  }
}

/**
 * Losses of all paths of a block behind the earlier blocks' best paths: Algorithm 1, with those as its root, and equation 8.
 * Batch statistics are recalibrated along the whole path, from the image.
 */
export async function rateStage(
  supernet: Supernet,
  best: readonly number[],
  options: ProgressiveOptions,
): Promise<BlockRatings> {
  const { teacher, validation, calibration, batch, signal, onProgress } = options;
  const block = best.length;
  const { space } = supernet;
  const [cell] = supernet.blocks[block];
  const earlier = earlierLayers(supernet, best);
  const root = earlier.length > 0 ? joinVariants(earlier) : undefined;
  const own: SupernetCell = root
    ? { ...cell, block: 0, stem: true, layers: [[root], ...cell.layers] }
    : cell;
  const { size: _, ...definition } = space;
  try {
    const ratings = await rate({
      ...supernet,
      space: defineSpace({ ...definition, blocks: [space.blocks[block]] }),
      widths: [supernet.widths[block]],
      blocks: [[own]],
    }, {
      teacher: blockTeacher(teacher, block),
      validation,
      calibration,
      batch,
      signal,
      onProgress: (event) =>
        onProgress?.({ ...event, stage: `${options.strategy} rate block ${block + 1}` }),
    });
    return ratings.blocks[0];
  } finally {
    if (root) disposeLearnerState(root.state);
  }
}

/** A teacher of which one block's output is wanted. */
function blockTeacher(teacher: Teacher, block: number): Teacher {
  return {
    ...teacher,
    widths: [teacher.widths[block]],
    sizes: [teacher.sizes[block]],
    async featuresAsync(images) {
      const features = await teacher.featuresAsync(images);
      const [wanted] = features.splice(block, 1);
      tf.dispose(features);
      return [wanted];
    },
  };
}
