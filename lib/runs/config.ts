import { canonicalJson } from "../files/_canonical.ts";
import type { RunConfig } from "./run.ts";

/** An option that was given another value than the run began with. */
export interface ConfigDifference {
  /** The option's name. */
  name: string;
  /** Its value in config.json. */
  first: unknown;
  /** The value given now. */
  given: unknown;
}

/**
 * Lists the options that were given anew and differ from those a run began with. An option that is undefined now was not given.
 *
 * @param first The options in the run's config.json.
 * @param given The options of the call that resumes it.
 * @returns The differing ones, in the order in which they were given.
 *
 * @example
 * ```ts
 * import { compareConfig } from "@dna/kernel";
 * import { assertEquals } from "@std/assert";
 *
 * const first = { seed: 7, batch: 128, lambda: [1, 1] };
 * assertEquals(compareConfig(first, { seed: 7, lambda: [1, 1], batch: undefined }), []);
 * assertEquals(compareConfig(first, { seed: 8 }), [{ name: "seed", first: 7, given: 8 }]);
 * ```
 */
export function compareConfig(first: RunConfig, given: RunConfig): ConfigDifference[] {
  return Object.entries(given)
    .filter(([name, value]) =>
      value !== undefined && canonicalJson(value) !== canonicalJson(ownValue(first, name))
    )
    .map(([name, value]) => ({ name, first: ownValue(first, name), given: value }));
}

function ownValue(record: RunConfig, name: string): unknown {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}
