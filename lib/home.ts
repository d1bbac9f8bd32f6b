/**
 * Where DNA keeps what it makes for itself: TensorFlow's library, the notebooks' environment, data caches.
 *
 * @module
 */

import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * The folder for everything that DNA makes for itself; it may not exist yet.
 *
 * `$DNA_HOME` where that is set, else `.dna` beside `mod.ts` in a checkout, else (imported by URL)
 * `dna-kernel` in the user's cache folder.
 *
 * @returns An absolute path.
 *
 * @example
 * ```ts
 * import { dnaHome } from "@dna/kernel";
 * import { assert } from "@std/assert";
 *
 * assert(dnaHome().startsWith("/"));
 * ```
 */
export function dnaHome(): string {
  const chosen = Deno.env.get("DNA_HOME");
  if (chosen) return resolve(chosen);
  const beside = new URL("../.dna", import.meta.url);
  return beside.protocol === "file:" ? fileURLToPath(beside) : join(userCache(), "dna-kernel");
}

function userCache(): string {
  const chosen = Deno.env.get("XDG_CACHE_HOME");
  if (chosen) return resolve(chosen);
  return Deno.build.os === "darwin"
    ? join(homedir(), "Library", "Caches")
    : join(homedir(), ".cache");
}
