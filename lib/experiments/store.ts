/**
 * Where experiments keep what is done: a folder of one JSON file for each part.
 *
 * @module
 */

import { join } from "node:path";
import { canonicalJson } from "../files/_canonical.ts";
import { makeFolder, readJson, sha256, writeJson } from "../files.ts";
import { readSafetensors, type SafetensorsTensor, writeSafetensors } from "../safetensors.ts";
import type { Found, Part, PartRecord } from "./types.ts";

/** A folder with parts. */
export interface PartStore extends Found {
  /** Where it is. */
  readonly folder: string;
  /** Where a part that is under way keeps its checkpoints. */
  workFolder(part: Part): string;
  /** Whether a part is done; looks at the disk, since others may work in the folder too. */
  has(part: Part): Promise<boolean>;
  /** Writes a part's result. */
  put(part: Part, result: unknown, made: Record<string, unknown>): Promise<void>;
  /** Keeps tensors by a name beside a part's result. */
  keep(part: Part, name: string, tensors: Record<string, SafetensorsTensor>): Promise<void>;
  /** The tensors that a part kept by a name. */
  kept(part: Part, name: string): Promise<Record<string, SafetensorsTensor>>;
}

/** The name of a part's files: equal for parts of equal settings. */
export function partName({ kind, settings }: Pick<Part, "kind" | "settings">): string {
  return `${kind}-${sha256(canonicalJson({ kind, settings })).slice(0, 12)}`;
}

/**
 * Opens a folder with the parts of experiments; one that is not there has none, and is made when the first is done.
 *
 * @throws {Error} if it cannot be read, naming a file that holds no part.
 */
export async function openParts(folder: string): Promise<PartStore> {
  const parts = join(folder, "parts");
  const records = new Map<string, PartRecord>();
  const path = (part: Part) => join(parts, `${partName(part)}.json`);
  const tensorPath = (part: Part, name: string) =>
    join(parts, `${partName(part)}.${name}.safetensors`);
  const read = async (name: string) => {
    const file = join(parts, name);
    const record = await readJson(file) as PartRecord;
    if (record?.result === undefined || typeof record.kind !== "string") {
      throw new SyntaxError(`Cannot read ${file}: it holds no part of an experiment`);
    }
    records.set(partName(record), record);
  };
  const there = await Deno.stat(parts).then(() => true, () => false);
  if (there) {
    for await (const { name } of Deno.readDir(parts)) if (name.endsWith(".json")) await read(name);
  }
  const record = (part: Part) => records.get(partName(part));
  return {
    folder,
    workFolder: (part) => join(folder, "work", partName(part)),
    get: <R>(part: Part<R>) => record(part)?.result as R | undefined,
    made: (part) => record(part)?.made,
    async has(part) {
      if (record(part)) return true;
      const there = await Deno.stat(path(part)).then(() => true, () => false);
      if (there) await read(`${partName(part)}.json`);
      return there;
    },
    async put(part, result, made) {
      const { kind, settings } = part;
      await makeFolder(parts);
      await writeJson(path(part), { kind, settings, result, made });
      // As any other reader gets it, so that no number depends on who did the part.
      await read(`${partName(part)}.json`);
    },
    async keep(part, name, tensors) {
      await makeFolder(parts);
      await writeSafetensors(tensorPath(part, name), tensors, {});
    },
    kept: async (part, name) => (await readSafetensors(tensorPath(part, name))).tensors,
  };
}
