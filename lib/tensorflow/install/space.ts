/**
 * Space on disks and in folders.
 *
 * @module
 */

import { statfsSync } from "node:fs";
import { dirname, join } from "node:path";

/** Bytes free for the user where a folder is or will be; nothing where the system does not tell. */
export function freeBytes(folder: string): number | undefined {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  } catch {
    const parent = dirname(folder);
    return parent === folder ? undefined : freeBytes(parent);
  }
}

/**
 * Insists on free space.
 *
 * @param what What the space is for.
 * @throws {Error} if there is less.
 */
export function requireSpace(what: string, folder: string, bytes: number): void {
  const free = freeBytes(folder);
  if (free === undefined || free >= bytes) return;
  throw new Error(
    `Cannot set up ${what}: it takes ${gigabytes(bytes)} and ${folder} has ${
      gigabytes(free)
    } free; ` +
      "free some space or set DNA_HOME to a folder on another disk",
  );
}

/** Bytes for people, as in `1.2 GB`. */
export function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(bytes < 10e9 ? 1 : 0)} GB`;
}

/** Every file below a folder; files that vanish meanwhile do not matter. */
export function* filesBelow(folder: string): Generator<{ name: string; bytes: number }> {
  let entries: Deno.DirEntry[];
  try {
    entries = [...Deno.readDirSync(folder)];
  } catch {
    return;
  }
  for (const { name, isDirectory, isFile } of entries) {
    const path = join(folder, name);
    if (isDirectory) yield* filesBelow(path);
    if (!isFile) continue;
    try {
      yield { name, bytes: Deno.statSync(path).size };
    } catch { /* it has vanished */ }
  }
}

/** Bytes of all files below a folder. */
export function folderBytes(folder: string): number {
  let sum = 0;
  for (const { bytes } of filesBelow(folder)) sum += bytes;
  return sum;
}
