/**
 * Files that one stage writes and a later one reads, checked by hash in between.
 *
 * @module
 */

import { readFile, sha256 } from "../files.ts";
import type { Run } from "../runs/run.ts";
import type { Hashes } from "./_context.ts";

/** The hash of a file of the run. */
export async function hashFile(run: Run, name: string): Promise<string> {
  return sha256(await readFile(run.path(name)));
}

/**
 * Checks the files of earlier stages.
 *
 * @throws {Error} naming the file that is missing or changed.
 */
export async function checkFiles(run: Run, hashes: Hashes): Promise<void> {
  for (const [name, hash] of Object.entries(hashes)) {
    if (await hashFile(run, name) !== hash) {
      throw new Error(
        `Cannot resume ${run.folder}: ${run.path(name)} is not as the run wrote it`,
      );
    }
  }
}
