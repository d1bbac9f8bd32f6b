/**
 * Where files of the Hugging Face hub are kept.
 *
 * @module
 */

import { join } from "node:path";
import { dnaHome } from "../home.ts";
import { type HubSettings, readHubSettings } from "./_settings.ts";
import type { HubFile } from "./name.ts";

/** Where a file of the hub is put: below `$DNA_HOME/hub`. */
export function cachePath({ repository, revision, file }: HubFile): string {
  return join(dnaHome(), "hub", ...repository.split("/"), encodeURIComponent(revision), file);
}

/** Where the record of a fetched file is: what it was called, its size and its hash. */
export function recordPath(path: string): string {
  return `${path}.json`;
}

/**
 * Finds a file of the hub on this machine: below `$DNA_HOME/hub`, or in Hugging Face's own cache
 * (`HF_HUB_CACHE`, or `hub` in `HF_HOME`).
 *
 * @param file Which file.
 * @returns Its path, or undefined where it would have to be fetched.
 *
 * @example
 * ```ts
 * import { findCached, parseHubName } from "@dna/kernel";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(findCached(parseHubName("nobody/nothing@v0")), undefined);
 * ```
 */
export function findCached(file: HubFile): string | undefined {
  const ours = cachePath(file);
  const size = fileSize(ours);
  if (size !== undefined && size === (recordedSize(ours) ?? size)) return ours;
  return findTheirs(file, readHubSettings());
}

/**
 * Hugging Face's cache: `models--owner--name`, in which a branch or tag is a file with a commit.
 */
function findTheirs(
  { repository, revision, file }: HubFile,
  { cache }: HubSettings,
): string | undefined {
  const folder = join(cache, `models--${repository.replaceAll("/", "--")}`);
  for (const commit of [readText(join(folder, "refs", revision))?.trim(), revision]) {
    if (!commit || !/^[0-9a-f]{40}$/.test(commit)) continue;
    const path = join(folder, "snapshots", commit, file);
    if (fileSize(path)) return path;
  }
  return undefined;
}

/** The size of a plain file, or of one that a link leads to; undefined where there is none. */
function fileSize(path: string): number | undefined {
  try {
    const { isFile, size } = Deno.statSync(path);
    return isFile ? size : undefined;
  } catch {
    return undefined;
  }
}

function recordedSize(path: string): number | undefined {
  try {
    return JSON.parse(Deno.readTextFileSync(recordPath(path))).size;
  } catch {
    return undefined;
  }
}

function readText(path: string): string | undefined {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return undefined;
  }
}
