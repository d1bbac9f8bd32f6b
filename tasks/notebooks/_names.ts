/**
 * The notebooks by name.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { UsageError } from "../_options.ts";

/** Where the notebooks are. */
export const NOTEBOOKS = fileURLToPath(new URL("../../notebooks", import.meta.url));

/** The names of all notebooks, in alphabetical order. */
export function notebookNames(): string[] {
  return [...Deno.readDirSync(NOTEBOOKS)]
    .flatMap(({ name }) => name.endsWith(".ipynb") ? [name.slice(0, -6)] : []).sort();
}

/**
 * Refuses what is no notebook.
 *
 * @throws {UsageError} naming the first, and listing the known ones in their order.
 */
export function checkNotebooks(names: readonly string[], known: readonly string[]): void {
  for (const name of names) {
    if (!known.includes(name)) {
      throw new UsageError(
        `There is no notebook ${JSON.stringify(name)}: known are ${known.join(", ")}`,
      );
    }
  }
}
