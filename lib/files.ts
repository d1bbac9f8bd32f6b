/**
 * Reading and writing files whole: written beside and renamed, with errors of one sentence.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { dirname } from "node:path";
import { describeError } from "./files/_errors.ts";
import { parseStrictJson } from "./files/_json.ts";

export { describeError } from "./files/_errors.ts";

/**
 * Writes a file whole or not at all: beside its place, then renamed, so that a reader, a full disk or a kill sees
 * the old file or the new one.
 *
 * @param path Where the file shall be; its folder must exist.
 * @param content Text, bytes, or pieces of bytes to write one after the other.
 * @throws {Error} "Cannot write PATH: …" where the disk is full, the folder is absent, permission is denied, ….
 *
 * @example
 * ```ts
 * import { writeFile } from "@dna/kernel";
 * import { assertEquals } from "@std/assert";
 *
 * const folder = await Deno.makeTempDir();
 * await writeFile(`${folder}/notes.txt`, "k3e6");
 * assertEquals([...Deno.readDirSync(folder)].map((entry) => entry.name), ["notes.txt"]);
 * ```
 */
export async function writeFile(
  path: string,
  content: string | Uint8Array | readonly Uint8Array[],
): Promise<void> {
  const pieces = typeof content === "string"
    ? [new TextEncoder().encode(content)]
    : content instanceof Uint8Array
    ? [content]
    : content;
  const beside = `${path}.tmp-${Deno.pid}-${crypto.randomUUID().slice(0, 8)}`;
  try {
    try {
      using file = await Deno.open(beside, { write: true, createNew: true });
      for (const piece of pieces) await writeAll(file, piece);
      // Some file systems find out only now that the disk is full.
      await file.sync();
    } catch (error) {
      await Deno.remove(beside).catch(() => {});
      throw error;
    }
    await Deno.rename(beside, path).catch(async (error) => {
      await Deno.remove(beside).catch(() => {});
      throw error;
    });
  } catch (error) {
    throw new Error(`Cannot write ${path}: ${reasonAt(path, error)}`, { cause: error });
  }
}

async function writeAll(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  for (let written = 0; written < bytes.length;) {
    written += await file.write(bytes.subarray(written));
  }
}

/** "Does not exist" said of a file that is being written means its folder. */
function reasonAt(path: string, error: unknown): string {
  return error instanceof Deno.errors.NotFound
    ? `its folder ${dirname(path)} does not exist`
    : describeError(error);
}

/**
 * Writes a value as indented JSON that ends with a newline, whole or not at all.
 *
 * @param path Where the file shall be; its folder must exist.
 * @param value Plain data.
 * @throws {TypeError} If the value is no JSON data, a NaN or an infinity in it included.
 * @throws {Error} "Cannot write PATH: …", as {@linkcode writeFile}.
 *
 * @example
 * ```ts
 * import { readJson, writeJson } from "@dna/kernel";
 * import { assertEquals } from "@std/assert";
 *
 * const path = `${await Deno.makeTempDir()}/config.json`;
 * await writeJson(path, { seed: 7 });
 * assertEquals(await readJson(path), { seed: 7 });
 * ```
 */
export async function writeJson(path: string, value: unknown): Promise<void> {
  await writeFile(path, `${jsonText(value, path, 2)}\n`);
}

/** JSON text of plain data; refuses what JSON would silently turn into null or drop. */
export function jsonText(value: unknown, path: string, indent = 0): string {
  const text = JSON.stringify(value, (key, part) => {
    if (typeof part === "number" && !Number.isFinite(part)) {
      throw new TypeError(
        `Cannot write ${path}: ${key || "the value"} is ${part}, which JSON cannot hold`,
      );
    }
    return part;
  }, indent);
  if (text === undefined) throw new TypeError(`Cannot write ${path}: the value is no JSON data`);
  return text;
}

/**
 * Reads a JSON file.
 *
 * @param path The file.
 * @returns The data, still to be checked.
 * @throws {SyntaxError} "Cannot read PATH: line 3, column 8: …" if the text is not JSON.
 * @throws {Error} "Cannot read PATH: …" if the file cannot be read.
 *
 * @example An error says where
 * ```ts
 * import { readJson } from "@dna/kernel";
 * import { assertRejects } from "@std/assert";
 *
 * const path = await Deno.makeTempFile();
 * await Deno.writeTextFile(path, '{"seed":\n 7,}');
 * await assertRejects(() => readJson(path), SyntaxError, "line 2, column 4");
 * ```
 */
export async function readJson(path: string): Promise<unknown> {
  return parseJson(decodeText(await readFile(path), path), path);
}

/** The data of JSON text; `source` is named in the error. */
export function parseJson(text: string, source: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    try {
      // JSON.parse is fast but does not always say where.
      return parseStrictJson(text);
    } catch (error) {
      throw new SyntaxError(`Cannot read ${source}: ${describeError(error)}`);
    }
  }
}

/** The text of UTF-8 bytes; `source` is named in the error. */
export function decodeText(bytes: Uint8Array, source: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new SyntaxError(`Cannot read ${source}: it is not UTF-8 text`);
  }
}

/**
 * Reads a file whole.
 *
 * @param path The file.
 * @returns Its bytes.
 * @throws {Error} "Cannot read PATH: …" where it is absent, a folder, not permitted, ….
 *
 * @example
 * ```ts
 * import { readFile } from "@dna/kernel";
 * import { assertRejects } from "@std/assert";
 *
 * await assertRejects(() => readFile("/no/such/file"), Error, "it does not exist");
 * ```
 */
export async function readFile(path: string): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return await Deno.readFile(path);
  } catch (error) {
    throw new Error(`Cannot read ${path}: ${describeError(error)}`, { cause: error });
  }
}

/**
 * Makes a folder and those above it; one that is there already is left alone.
 *
 * @param path The folder.
 * @throws {Error} "Cannot make the folder PATH: …", for example where a file stands in its way.
 *
 * @example
 * ```ts
 * import { makeFolder } from "@dna/kernel";
 * import { assertRejects } from "@std/assert";
 *
 * const file = await Deno.makeTempFile();
 * await assertRejects(() => makeFolder(`${file}/below`), Error, "is a file, not a folder");
 * ```
 */
export async function makeFolder(path: string): Promise<void> {
  try {
    await Deno.mkdir(path, { recursive: true });
  } catch (error) {
    const reason = error instanceof Deno.errors.AlreadyExists
      ? "it is a file, not a folder"
      : describeError(error);
    throw new Error(`Cannot make the folder ${path}: ${reason}`, { cause: error });
  }
}

/**
 * The SHA-256 hash of bytes.
 *
 * @param parts Bytes or text, hashed one after the other.
 * @returns 64 lower-case hexadecimal digits.
 *
 * @example
 * ```ts
 * import { sha256 } from "@dna/kernel";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(sha256("k3", "e6"), sha256("k3e6"));
 * ```
 */
export function sha256(...parts: ReadonlyArray<string | Uint8Array>): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest("hex");
}
