/**
 * The teacher's maps of images that do not change, kept on disk: further epochs, cells and processes skip the teacher.
 *
 * @module
 */

import { join } from "node:path";
import type { Tensor4D } from "npm:@tensorflow/tfjs@4.22.0";
import type { Split } from "../data/types.ts";
import { describeError, makeFolder, sha256 } from "../files.ts";
import { dnaHome } from "../home.ts";
import type { ProgressEvent } from "../progress.ts";
import type { Teacher } from "../teacher/teacher.ts";
import { tf } from "../tensorflow/tfjs.ts";
import {
  checkChunk,
  chunkBytes,
  type FeatureDtype,
  readImages,
  writeChunk,
} from "./_feature_chunk.ts";
import { splitHash, teacherHash } from "./_hashes.ts";
import { mapShapes, teacherMaps } from "./_teacher_maps.ts";

export type { FeatureDtype } from "./_feature_chunk.ts";

/** Options of {@linkcode cacheFeatures}. */
export interface FeatureCacheOptions {
  /** The teacher. */
  teacher: Teacher;
  /** The images; they are kept as the teacher reads them, without augmentation. */
  split: Split;
  /** How values are kept: `float32` to the bit, `float16` in half the space, to a 2048th of each. Default `float32`. */
  dtype?: FeatureDtype;
  /** The most bytes that may be used; where more are needed, nothing is kept. Default: no limit. */
  limit?: number;
  /** Images at once in the teacher's pass. Default 128. */
  batch?: number;
  /** The folder of all caches. Default: `features` below `dnaHome()`. */
  folder?: string;
  /** Told in a line of what is kept where, or why not. */
  say?: (line: string) => void;
  /** Told of each batch that the teacher has seen. */
  onProgress?: (event: ProgressEvent) => void;
  /** Stops between two batches. */
  signal?: AbortSignal;
}

/** Kept maps of a split. */
export interface FeatureCache {
  /** The folder with the files. */
  readonly folder: string;
  /** Bytes of all files. */
  readonly bytes: number;
  /**
   * What {@linkcode Teacher.features} would give: the images themselves and each block's output.
   *
   * @param indices Which images of the split.
   * @returns Maps [N, h, w, width]; the receiver's to dispose of.
   */
  maps(indices: ArrayLike<number>): Promise<Tensor4D[]>;
}

/** About as many bytes are in one file. */
const CHUNK_BYTES = 32 * 2 ** 20;

/**
 * How much disk a teacher's kept maps take: the images and each block's output.
 *
 * @param teacher The teacher, or its outline and the channels of its images.
 * @param count Number of images.
 * @param dtype How values are kept.
 * @returns Bytes, without the hash of each file.
 *
 * @example
 * ```ts
 * import { featureBytes } from "@dna/kernel";
 * import { assertEquals } from "@std/assert";
 *
 * const teacher = { resolution: 8, sizes: [4, 2], widths: [3, 5], channels: 1 };
 * assertEquals(featureBytes(teacher, 10, "float16"), 10 * 2 * (64 + 48 + 20));
 * ```
 */
export function featureBytes(
  { resolution, sizes, widths, channels }:
    & Pick<Teacher, "resolution" | "sizes" | "widths">
    & { channels: number },
  count: number,
  dtype: FeatureDtype = "float32",
): number {
  const values = sizes.reduce((sum, size, block) => sum + size * size * widths[block], 0);
  const each = values + resolution * resolution * channels;
  return chunkBytes(count * each, dtype) - chunkBytes(0, dtype);
}

/**
 * Keeps a teacher's maps of a split on disk, or finds them there.
 *
 * Files of about 32 MiB, each with a SHA-256 that is checked before its first use; one that is cut or altered is
 * computed again. The folder's name is a hash of teacher, images and settings, so that what was kept for others is
 * never taken, and processes can share it.
 *
 * @param options Teacher, images and limits.
 * @returns The kept maps; undefined where they need more than `limit`, or cannot be written: `say` hears why.
 * @throws {DOMException} `AbortError`, if the signal stops it; what was kept by then stays.
 *
 * @example
 * ```ts
 * import { cacheFeatures, loadDataset, loadTeacher, takeStratified, createRandom, useEngine } from "@dna/kernel";
 * import { assertEquals } from "@std/assert";
 *
 * await useEngine();
 * const teacher = await loadTeacher("fashion");
 * const { splits } = await loadDataset("fashion-mnist");
 * const split = takeStratified(splits.validation, 20, createRandom(0));
 * const folder = await Deno.makeTempDir();
 * const features = await cacheFeatures({ teacher, split, folder });
 * const maps = await features!.maps([3, 5]);
 * assertEquals(maps.map(({ shape }) => shape[1]), [28, 14, 7, 7, 4]);
 * assertEquals(await cacheFeatures({ teacher, split, folder, limit: 1000 }), undefined);
 * ```
 */
export async function cacheFeatures(
  options: FeatureCacheOptions,
): Promise<FeatureCache | undefined> {
  const { teacher, split, dtype = "float32", batch = 128, signal, onProgress } = options;
  const { limit = Infinity, say = () => {} } = options;
  const { channels } = teacher.network.architecture.stem;
  const estimate = featureBytes({ ...teacher, channels }, split.count, dtype);
  if (estimate > limit) {
    say(
      `The teacher's maps of ${split.count} images would take ${megabytes(estimate)}, more than ` +
        `the limit of ${megabytes(limit)}: they are not kept, the teacher runs each time`,
    );
    return undefined;
  }
  const shapes = mapShapes(teacher);
  const sizes = shapes.map((shape) => shape.reduce((product, side) => product * side, 1));
  const size = sizes.reduce((sum, each) => sum + each, 0);
  const perChunk = Math.max(1, Math.round(CHUNK_BYTES / (size * 4) / batch)) * batch;
  const chunks = Math.ceil(split.count / perChunk);
  const countOf = (chunk: number) => Math.min(perChunk, split.count - chunk * perChunk);
  const key = sha256(
    JSON.stringify([1, teacherHash(teacher), await splitHash(split), dtype, batch, perChunk]),
  );
  const folder = join(options.folder ?? join(dnaHome(), "features"), key.slice(0, 32));
  const pathOf = (chunk: number) => join(folder, `${String(chunk).padStart(5, "0")}.bin`);
  const keyOf = (chunk: number) => `${key}/${chunk}`;

  const compute = async (chunk: number): Promise<void> => {
    const start = chunk * perChunk;
    const end = start + countOf(chunk);
    const maps = await teacherMaps({ teacher, split, batch, start, end, signal });
    try {
      const values = new Float32Array(countOf(chunk) * size);
      let offset = 0;
      for (const [map, tensors] of maps.entries()) {
        let image = 0;
        for (const tensor of tensors) {
          const data = await tensor.data<"float32">();
          for (let i = 0; i < tensor.shape[0]; i++) {
            const own = data.subarray(i * sizes[map], (i + 1) * sizes[map]);
            values.set(own, image++ * size + offset);
          }
        }
        offset += sizes[map];
      }
      if (dtype === "float16" && values.some((value) => !(Math.abs(value) <= LARGEST_HALF))) {
        throw new RangeError(`float16 cannot hold a value of the teacher's maps; float32 can`);
      }
      await writeChunk(pathOf(chunk), keyOf(chunk), values, dtype);
    } finally {
      tf.dispose(maps);
    }
  };
  const checked = new Map<number, Promise<void>>();
  const check = (chunk: number): Promise<void> => {
    let done = checked.get(chunk);
    if (!done) {
      done = (async () => {
        const wrong = await checkChunk(pathOf(chunk), keyOf(chunk), countOf(chunk) * size, dtype);
        if (wrong === undefined) return;
        if (wrong !== "absent") {
          say(`Cannot use ${pathOf(chunk)}: ${wrong}; the teacher computes it again`);
        }
        await compute(chunk);
      })();
      checked.set(chunk, done);
    }
    return done;
  };

  try {
    await makeFolder(folder);
    for (let chunk = 0; chunk < chunks; chunk++) {
      signal?.throwIfAborted();
      const there = await Deno.stat(pathOf(chunk)).then(() => true, () => false);
      if (!there) {
        await compute(chunk);
        checked.set(chunk, Promise.resolve());
      }
      onProgress?.({ stage: "features", done: chunk + 1, total: chunks, unit: "files" });
    }
  } catch (error) {
    signal?.throwIfAborted();
    say(`The teacher's maps are not kept, the teacher runs each time: ${describeError(error)}`);
    return undefined;
  }
  say(`The teacher's maps of ${split.count} images are kept in ${folder}: ${megabytes(estimate)}`);

  return {
    folder,
    bytes: estimate,
    async maps(indices) {
      const places = Map.groupBy(
        Array.from(indices, (index, at) => ({ index, at })),
        ({ index }) => Math.floor(index / perChunk),
      );
      const outputs = sizes.map((each) => new Float32Array(indices.length * each));
      for (const [chunk, own] of places) {
        await check(chunk);
        const positions = own.map(({ index }) => index - chunk * perChunk);
        readImages(pathOf(chunk), positions, size, dtype, (values, i) => {
          let from = 0;
          for (const [map, each] of sizes.entries()) {
            outputs[map].set(values.subarray(from, from + each), own[i].at * each);
            from += each;
          }
        });
      }
      return outputs.map((output, map) => tf.tensor4d(output, [indices.length, ...shapes[map]]));
    },
  };
}

/** The largest finite float16. */
const LARGEST_HALF = 65_504;

function megabytes(bytes: number): string {
  return bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(2)} GB`;
}
