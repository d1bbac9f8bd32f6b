/**
 * Hashes of what a step's result follows from, so that only what would give something else is done again.
 *
 * @module
 */

import { join } from "node:path";
import { readFile, readJson, sha256 } from "../../mod.ts";
import { readNotebook } from "../../lib/reproduction/notebook.ts";

/** A hash of all files below some folders that have one of these ends, and of their paths. */
export async function hashFolders(
  folders: readonly string[],
  ends: readonly string[],
): Promise<string> {
  const parts: string[] = [];
  for (const folder of folders) {
    for (const path of (await filesBelow(folder, ends)).sort()) {
      parts.push(path.slice(folder.length), sha256(await readFile(path)));
    }
  }
  return sha256(JSON.stringify(parts));
}

async function filesBelow(folder: string, ends: readonly string[]): Promise<string[]> {
  const paths: string[] = [];
  try {
    for await (const { name, isDirectory } of Deno.readDir(folder)) {
      const path = join(folder, name);
      if (isDirectory) paths.push(...await filesBelow(path, ends));
      else if (ends.some((end) => name.endsWith(end))) paths.push(path);
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return paths;
}

/** A hash of a notebook's cells, whatever they gave. */
export async function hashSources(path: string): Promise<string> {
  const { cells } = readNotebook(await Deno.readTextFile(path), path);
  return sha256(JSON.stringify(cells.map(({ kind, source }) => [kind, source])));
}

/** What is known of the steps that are done. */
export interface Done {
  /** The inputs' hash, and how long each took in seconds, by kind and name. */
  steps: Record<string, { inputs: string; seconds: number }>;
}

/** Reads what was done in a folder; nothing where there is no record of it, or none that can be read. */
export async function readDone(path: string): Promise<Done> {
  const read = await readJson(path).catch(() => undefined) as Done | undefined;
  return read?.steps && typeof read.steps === "object" ? read : { steps: {} };
}
