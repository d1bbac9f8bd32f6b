/**
 * Weights as safetensors files: written beside and renamed, read with every bound checked.
 *
 * @module
 */

import { describeError, writeFile } from "./files.ts";
import { CODECS, DTYPES, isDtype, type SafetensorsTensor } from "./safetensors/_dtypes.ts";
import {
  type Header,
  headerLength,
  LENGTH_BYTES,
  parseHeader,
  quote,
} from "./safetensors/_header.ts";

export type {
  SafetensorsArray,
  SafetensorsDtype,
  SafetensorsTensor,
} from "./safetensors/_dtypes.ts";
export { matchTensors } from "./safetensors/match.ts";

/** What a safetensors file holds; both records have no prototype, so any name is a safe key. */
export interface Safetensors {
  /** The tensors by name, in the order of the file. */
  readonly tensors: Record<string, SafetensorsTensor>;
  /** The file's own notes. */
  readonly metadata: Record<string, string>;
}

/**
 * Encodes tensors as the bytes of a safetensors file, in the layout of the format's own library: wide elements
 * first, then by name.
 *
 * @param tensors The tensors by name; F16 and BF16 ones are rounded from their Float32Array.
 * @param metadata Notes for the file.
 * @returns The file's bytes.
 * @throws {TypeError} If data is not of its dtype's kind or not of its shape, or a name is `__metadata__`.
 *
 * @example Round trip
 * ```ts
 * import { decodeSafetensors, encodeSafetensors } from "@dna/kernel";
 * import { assertEquals } from "@std/assert";
 *
 * const bytes = encodeSafetensors({
 *   "stem.weight": { dtype: "F32", shape: [2, 1], data: new Float32Array([0.5, -1]) },
 * }, { epoch: "3" });
 * const { tensors, metadata } = decodeSafetensors(bytes, "student.safetensors");
 * assertEquals(tensors["stem.weight"].data, new Float32Array([0.5, -1]));
 * assertEquals(metadata.epoch, "3");
 * ```
 */
export function encodeSafetensors(
  tensors: Readonly<Record<string, SafetensorsTensor>>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array<ArrayBuffer> {
  const pieces = encodePieces(tensors, metadata);
  const bytes = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}

/**
 * Writes a safetensors file, whole or not at all.
 *
 * @param path Where the file shall be; its folder must exist.
 * @param tensors The tensors by name.
 * @param metadata Notes for the file.
 * @throws {TypeError} As {@linkcode encodeSafetensors}.
 * @throws {Error} "Cannot write PATH: …", as {@linkcode writeFile}.
 *
 * @example
 * ```ts
 * import { readSafetensors, writeSafetensors } from "@dna/kernel";
 * import { assertEquals } from "@std/assert";
 *
 * const path = `${await Deno.makeTempDir()}/weights.safetensors`;
 * const bias = { dtype: "F16", shape: [2], data: new Float32Array([0.25, 0.1]) } as const;
 * await writeSafetensors(path, { bias });
 * const { tensors } = await readSafetensors(path);
 * assertEquals(tensors.bias.data, new Float32Array([0.25, 0.0999755859375]));
 * ```
 */
export async function writeSafetensors(
  path: string,
  tensors: Readonly<Record<string, SafetensorsTensor>>,
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  await writeFile(path, encodePieces(tensors, metadata));
}

/**
 * Decodes the bytes of a safetensors file. Tensors share memory with `bytes` where their place in it allows.
 *
 * @param bytes The whole file.
 * @param source What the file is called in errors.
 * @returns Its tensors and metadata.
 * @throws {SyntaxError} If the bytes are no whole, consistent safetensors file: one sentence that names the file,
 * and the tensor where it is one tensor's fault.
 *
 * @example A file that is cut
 * ```ts
 * import { decodeSafetensors, encodeSafetensors } from "@dna/kernel";
 * import { assertThrows } from "@std/assert";
 *
 * const bytes = encodeSafetensors({ bias: { dtype: "U8", shape: [3], data: new Uint8Array(3) } });
 * assertThrows(() => decodeSafetensors(bytes.slice(0, -1), "b.safetensors"), SyntaxError, '"bias"');
 * ```
 */
export function decodeSafetensors(bytes: Uint8Array, source: string): Safetensors {
  const length = headerLength(bytes, bytes.length, source);
  const data = bytes.subarray(LENGTH_BYTES + length);
  const header = parseHeader(
    bytes.subarray(LENGTH_BYTES, LENGTH_BYTES + length),
    data.length,
    source,
  );
  return decodeData(header, data, source);
}

/**
 * Reads a safetensors file; a file that is none is refused before it is read whole.
 *
 * @param path The file.
 * @returns Its tensors and metadata.
 * @throws {SyntaxError} As {@linkcode decodeSafetensors}.
 * @throws {Error} "Cannot read PATH: …" if the file cannot be read.
 *
 * @example
 * ```ts
 * import { readSafetensors } from "@dna/kernel";
 * import { assertRejects } from "@std/assert";
 *
 * const path = await Deno.makeTempFile();
 * await Deno.writeTextFile(path, "no weights at all");
 * await assertRejects(() => readSafetensors(path), SyntaxError, "it is no safetensors file");
 * ```
 */
export async function readSafetensors(path: string): Promise<Safetensors> {
  try {
    using file = await Deno.open(path);
    const { size, isFile } = await file.stat();
    if (!isFile) throw new Error("it is no plain file");
    const length = headerLength(await readBytes(file, Math.min(size, LENGTH_BYTES)), size, path);
    const dataBytes = size - LENGTH_BYTES - length;
    const header = parseHeader(await readBytes(file, length), dataBytes, path);
    return decodeData(header, await readBytes(file, dataBytes), path);
  } catch (error) {
    if (error instanceof SyntaxError) throw error;
    throw new Error(`Cannot read ${path}: ${describeError(error)}`, { cause: error });
  }
}

async function readBytes(file: Deno.FsFile, count: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(count);
  for (let done = 0; done < count;) {
    const read = await file.read(bytes.subarray(done));
    if (read === null) throw new Error("it became shorter while it was read");
    done += read;
  }
  return bytes;
}

function decodeData(header: Header, data: Uint8Array, source: string): Safetensors {
  const tensors: Record<string, SafetensorsTensor> = Object.create(null);
  for (const { name, dtype, shape, begin, end } of header.entries) {
    const codec = CODECS[dtype];
    const place = data.byteOffset + begin;
    const elements = place % codec.size === 0
      ? codec.read(data.buffer, place, (end - begin) / codec.size)
      : codec.read(data.slice(begin, end).buffer, 0, (end - begin) / codec.size);
    if (dtype === "BOOL" && (elements as Uint8Array).some((value) => value > 1)) {
      throw new SyntaxError(
        `Cannot read ${source}: tensor ${quote(name)} holds a byte that is no truth value`,
      );
    }
    tensors[name] = { dtype, shape, data: elements };
  }
  return { tensors, metadata: header.metadata };
}

/** The file's bytes in pieces: header, then one piece a tensor. */
function encodePieces(
  tensors: Readonly<Record<string, SafetensorsTensor>>,
  metadata: Readonly<Record<string, string>>,
): Uint8Array[] {
  for (const [name, tensor] of Object.entries(tensors)) checkTensor(name, tensor);
  const sorted = Object.entries(tensors).sort(([nameA, a], [nameB, b]) =>
    DTYPES.indexOf(a.dtype) - DTYPES.indexOf(b.dtype) || (nameA < nameB ? -1 : 1)
  );
  const lines = Object.keys(metadata).length ? [`"__metadata__":${metadataText(metadata)}`] : [];
  const pieces: Uint8Array[] = [];
  let begin = 0;
  for (const [name, tensor] of sorted) {
    const piece = CODECS[tensor.dtype].write(tensor.data);
    const { dtype, shape } = tensor;
    const entry = { dtype, shape, data_offsets: [begin, begin + piece.length] };
    lines.push(`${JSON.stringify(name)}:${JSON.stringify(entry)}`);
    pieces.push(piece);
    begin += piece.length;
  }
  const text = new TextEncoder().encode(`{${lines.join(",")}}`);
  // Spaces up to a multiple of eight keep the data aligned.
  const header = new Uint8Array(LENGTH_BYTES + Math.ceil(text.length / 8) * 8).fill(0x20);
  new DataView(header.buffer).setBigUint64(0, BigInt(header.length - LENGTH_BYTES), true);
  header.set(text, LENGTH_BYTES);
  return [header, ...pieces];
}

function metadataText(metadata: Readonly<Record<string, string>>): string {
  for (const [key, value] of Object.entries(metadata)) {
    if (typeof value !== "string") {
      throw new TypeError(`Cannot encode metadata ${quote(key)}: it must be text`);
    }
  }
  return JSON.stringify(metadata);
}

function checkTensor(name: string, { dtype, shape, data }: SafetensorsTensor): void {
  const cannot = `Cannot encode tensor ${quote(name)}`;
  if (name === "__metadata__") {
    throw new TypeError(`${cannot}: the format keeps that name for itself`);
  }
  if (!isDtype(dtype)) {
    throw new TypeError(
      `${cannot}: dtype is ${quote(dtype)}; known are ${DTYPES.join(", ")}`,
    );
  }
  if (!(data instanceof CODECS[dtype].array)) {
    throw new TypeError(
      `${cannot}: the data of a ${dtype} tensor must be a ${CODECS[dtype].array.name}`,
    );
  }
  const count = shape.reduce((product, size) => product * size, 1);
  if (!shape.every((size) => Number.isSafeInteger(size) && size >= 0) || count !== data.length) {
    throw new TypeError(
      `${cannot}: shape ${quote(shape)} does not fit its ${data.length} elements`,
    );
  }
}
