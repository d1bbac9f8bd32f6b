/**
 * A file with the teacher's maps of some images: image after image, then the SHA-256 of all before it.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { readFile, writeFile } from "../files.ts";
import { CODECS } from "../safetensors/_dtypes.ts";

/** How values stand in a file. */
export type FeatureDtype = "float16" | "float32";

const CODEC = { float16: CODECS.F16, float32: CODECS.F32 };
const HASH_BYTES = 32;

/** Bytes of one value. */
export function valueBytes(dtype: FeatureDtype): number {
  return CODEC[dtype].size;
}

/** Bytes of a file with so many values. */
export function chunkBytes(values: number, dtype: FeatureDtype): number {
  return values * valueBytes(dtype) + HASH_BYTES;
}

/** Writes a chunk, whole or not at all; `key` is part of what is hashed, so that no other store's chunk can stand in. */
export async function writeChunk(
  path: string,
  key: string,
  values: Float32Array,
  dtype: FeatureDtype,
): Promise<void> {
  const bytes = CODEC[dtype].write(values);
  await writeFile(path, [bytes, digest(key, bytes)]);
}

/** What is wrong with a chunk's file; undefined where it is whole, "absent" where there is none. */
export async function checkChunk(
  path: string,
  key: string,
  values: number,
  dtype: FeatureDtype,
): Promise<string | undefined> {
  const about = await Deno.stat(path).catch(() => undefined);
  if (!about) return "absent";
  const wanted = chunkBytes(values, dtype);
  if (about.size !== wanted) return `it has ${about.size} bytes, not ${wanted}`;
  const bytes = await readFile(path);
  const end = bytes.length - HASH_BYTES;
  const hash = digest(key, bytes.subarray(0, end));
  return hash.every((byte, i) => byte === bytes[end + i])
    ? undefined
    : "its content does not have the hash it was written with";
}

/** Reads images of a chunk that has been checked: `each` takes the values of one after the other. */
export function readImages(
  path: string,
  positions: readonly number[],
  size: number,
  dtype: FeatureDtype,
  each: (values: Float32Array, i: number) => void,
): void {
  const length = size * valueBytes(dtype);
  const bytes = new Uint8Array(length);
  using file = Deno.openSync(path);
  positions.forEach((position, i) => {
    file.seekSync(position * length, Deno.SeekMode.Start);
    for (let at = 0; at < length;) {
      const read = file.readSync(bytes.subarray(at));
      if (read === null) throw new Error(`Cannot read ${path}: it was cut while it was in use`);
      at += read;
    }
    each(CODEC[dtype].read(bytes.buffer, 0, size) as Float32Array, i);
  });
}

function digest(key: string, bytes: Uint8Array): Uint8Array {
  return createHash("sha256").update(key).update(bytes).digest();
}
