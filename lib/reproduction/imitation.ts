/**
 * What a run's supernet imitates and how well, as maps to look at.
 *
 * @module
 */

import type { Tensor4D } from "npm:@tensorflow/tfjs@4.22.0";
import { join } from "node:path";
import type { Batch, BatchOptions } from "../data/batch.ts";
import { batches } from "../data/batches.ts";
import type { Split } from "../data/types.ts";
import { useEngine } from "../engine.ts";
import { calibrationImages } from "../method/_images.ts";
import { settingsDataset, settingsTeacher } from "../method/_inputs.ts";
import { resolveSpace } from "../method/settings.ts";
import type { Tile } from "../plots/draw_tiles.ts";
import { createRandom } from "../random.ts";
import { readSafetensors, type SafetensorsTensor, writeSafetensors } from "../safetensors.ts";
import { pathMaps } from "../supernet/path_maps.ts";
import { createSupernet, loadSupernetWeights } from "../supernet/supernet.ts";
import { tf } from "../tensorflow/tfjs.ts";
import { MAPS_FILE } from "./_places.ts";
import type { SharedRun } from "./shared_run.ts";

/** Maps of a few test images: the teacher's, and those of the paths that the search chose. */
export interface Imitation {
  /** The images, each labelled with its class. */
  images: Tile[];
  /** The teacher's maps [N, H, W, C] of each block. */
  teacher: Tensor4D[];
  /** The chosen path's, for each block from the teacher's map before it. */
  student: Tensor4D[];
  /** Mean |x − y| / σ(y) of each block over these images (equation 8). */
  losses: number[];
  /** Frees the maps. */
  dispose(): void;
}

/** How many images are looked at: the first ones of the test split. */
const IMAGES = 4;

/**
 * Gives the maps of four test images, of the teacher and of the run's chosen paths. The first call computes them with the run's
 * supernet and keeps them in the run's folder; later calls, and those on a recorded run, read them.
 *
 * @param run A run that is done.
 * @returns The maps; the receiver's to dispose of.
 * @throws {Error} If neither the maps nor the supernet are in the run's folder.
 *
 * @example
 * ```ts ignore
 * import { displayMaps, imitationMaps, sharedRun } from "@dna/kernel";
 *
 * const { student } = await imitationMaps(await sharedRun("quick"));
 * displayMaps(student);
 * ```
 */
export async function imitationMaps(run: SharedRun): Promise<Imitation> {
  await useEngine();
  const path = join(run.folder, MAPS_FILE);
  if (!await Deno.stat(path).then(() => true, () => false)) await writeMaps(run, path);
  const { tensors, metadata } = await readSafetensors(path);
  const read = (kind: string) =>
    run.ratings.blocks.map((_, block) => {
      const { data, shape } = tensors[`${kind}.${block}`];
      return tf.tensor4d(data as Float32Array, shape as [number, number, number, number]);
    });
  const teacher = read("teacher");
  const student = read("student");
  return {
    images: tilesOf(tensors.images, JSON.parse(metadata.classes) as string[]),
    teacher,
    student,
    losses: teacher.map((map, block) => difference(student[block], map)),
    dispose: () => tf.dispose([teacher, student]),
  };
}

async function writeMaps(run: SharedRun, path: string): Promise<void> {
  const { settings, result } = run;
  const dataset = await settingsDataset(settings, {});
  const teacher = await settingsTeacher(settings, {});
  const file = join(run.folder, "supernet.safetensors");
  const weights = (await readSafetensors(file)).tensors;
  const supernet = createSupernet(resolveSpace(settings.space), teacher, {
    random: createRandom(0),
  });
  loadSupernetWeights(supernet, weights, file);
  const { mean, std, resolution } = teacher;
  const options = { mean, std, resolution };
  const shown = await firstOf(dataset.splits.test, IMAGES, options);
  const calibration = calibrationImages({ dataset, settings });
  const others = await firstOf(calibration, calibration.count, options);
  const [seen, calibrating] = [shown, others].map(({ images, shape }) =>
    tf.tensor4d(images, shape)
  );
  const maps = tf.tidy(() => {
    const own = [seen, ...teacher.features(seen)];
    const calibrations = [calibrating, ...teacher.features(calibrating)];
    const student = result.choice.map(({ cell, path }, block) =>
      pathMaps(supernet, { block, cell, path }, own[block], calibrations[block])
    );
    return { teacher: own.slice(1), student };
  });
  const tensors: Record<string, SafetensorsTensor> = {
    images: { dtype: "F32", shape: shown.shape, data: Float32Array.from(shown.images) },
  };
  for (const [kind, list] of Object.entries(maps)) {
    for (const [block, map] of list.entries()) {
      const data = Float32Array.from(map.dataSync<"float32">());
      tensors[`${kind}.${block}`] = { dtype: "F32", shape: map.shape, data };
    }
  }
  tf.dispose([seen, calibrating, maps.teacher, maps.student]);
  supernet.dispose();
  teacher.dispose();
  const classes = [...shown.labels].map((label) => dataset.classes[label]);
  await writeSafetensors(path, tensors, { classes: JSON.stringify(classes) });
}

/** The first images of a split. */
async function firstOf(
  split: Split,
  count: number,
  options: Pick<BatchOptions, "mean" | "std"> & { resolution: number },
): Promise<Batch> {
  const next = await batches(split, { ...options, batch: count, limit: count }).next();
  return next.value as Batch;
}

/** Normalised images as pictures, each from its darkest to its brightest value. */
function tilesOf({ data, shape }: SafetensorsTensor, classes: readonly string[]): Tile[] {
  const [, height, width, channels] = shape;
  const size = height * width * channels;
  return classes.map((label, i) => {
    const values = (data as Float32Array).subarray(i * size, (i + 1) * size);
    const low = values.reduce((least, value) => Math.min(least, value), Infinity);
    const high = values.reduce((most, value) => Math.max(most, value), -Infinity);
    const pixels = Uint8Array.from(values, (value) => 255 * (value - low) / (high - low || 1));
    return { pixels, height, width, channels, label };
  });
}

/** Equation 8 with means: |x − y| over the standard deviation of y. */
function difference(x: Tensor4D, y: Tensor4D): number {
  return tf.tidy(() => {
    const deviation = tf.moments(y).variance.sqrt();
    return x.sub(y).abs().mean().div(deviation).dataSync()[0];
  });
}
