/**
 * What may be given again when a run is resumed.
 *
 * @module
 */

import { resolve } from "node:path";
import { compareConfig } from "../mod.ts";
import { UsageError } from "./_options.ts";

/**
 * Refuses options other than those that a run began with.
 *
 * @throws {UsageError} naming the first that differs, or another folder.
 */
export function checkResumed(folder: string, began: object, given: object, out?: string): void {
  const [difference] = compareConfig({ ...began }, { ...given });
  if (difference) {
    throw new UsageError(
      `Cannot resume ${folder} with another ${difference.name}: the run began with ` +
        `${JSON.stringify(difference.first)}, now it is ${JSON.stringify(difference.given)}`,
    );
  }
  if (out !== undefined && resolve(out) !== resolve(folder)) {
    throw new UsageError(`Cannot resume ${folder} with another --out: a run stays in its folder`);
  }
}
