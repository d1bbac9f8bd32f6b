/**
 * Whether a run can begin in a folder, found out without touching it.
 *
 * @module
 */

import { dirname, resolve } from "node:path";
import { describeError } from "../files.ts";

/**
 * Checks that a folder for a new run is absent or empty, and can be made.
 *
 * @throws {Error} with one sentence that says why not.
 */
export async function checkNewFolder(folder: string): Promise<void> {
  const refuse = (reason: string): never => {
    throw new Error(`Cannot start a run in ${folder}: ${reason}`);
  };
  for (let path = resolve(folder);; path = dirname(path)) {
    let about: Deno.FileInfo;
    try {
      about = await Deno.stat(path);
    } catch (error) {
      const missing = error instanceof Deno.errors.NotFound;
      if (missing && dirname(path) !== path) continue;
      // A path below a file is reported by the file itself, further up.
      if (error instanceof Deno.errors.NotADirectory || /Not a directory/.test(`${error}`)) {
        continue;
      }
      return refuse(describeError(error));
    }
    if (!about.isDirectory) {
      refuse(path === resolve(folder) ? "it is a file" : `${path} is a file, not a folder`);
    }
    if (path !== resolve(folder)) return;
    for await (const { name } of Deno.readDir(path)) {
      refuse(
        name === "config.json" || name === "metrics.jsonl"
          ? `it holds a run already; to go on with it: deno task search --resume ${folder}`
          : `it is not empty, it holds ${name}`,
      );
    }
    return;
  }
}
