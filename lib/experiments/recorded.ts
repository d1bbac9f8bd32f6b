/**
 * Experiments as notebooks show them: read where they are recorded, computed where they are not.
 *
 * @module
 */

import { concludeExperiment, type ExperimentOutcome, runExperiment } from "./experiment.ts";
import type { ScaleName } from "./scales.ts";
import { UnfinishedError, type Watching } from "./types.ts";

/** What a notebook shows of an experiment. */
export interface RecordedOutcome extends ExperimentOutcome {
  /** Whether all of it was read from files of earlier work. */
  recorded: boolean;
  /** Where it comes from, in a sentence. */
  source: string;
}

/** Options of {@linkcode recordedExperiment}. */
export interface RecordedOptions extends Watching {
  /** Folder of results. Default: `results/SCALE` of this library. */
  folder?: string;
}

/**
 * Gives an experiment's results at a scale, for a notebook. At scale `small`, whose parts take hours, the recorded ones are read, and
 * where none are conclusive yet scale `quick` is computed in their place; the other scales are computed, but for the parts that are
 * done.
 *
 * @param name One of `EXPERIMENT_NAMES`.
 * @param scale How much is done.
 * @param options Folder, and who is told.
 * @returns Numbers, tables and figures, and where they come from.
 * @throws {RangeError} For an unknown name, listing the known ones.
 * @throws {DOMException} `AbortError`, if the signal stops it; a later call goes on.
 *
 * @example
 * ```ts ignore
 * import { recordedExperiment } from "@dna/kernel";
 *
 * const { source, text } = await recordedExperiment("table-5", "small");
 * console.log(source, text);
 * ```
 */
export async function recordedExperiment(
  name: string,
  scale: ScaleName,
  { folder, ...watching }: RecordedOptions = {},
): Promise<RecordedOutcome> {
  if (scale === "small") {
    try {
      const outcome = await concludeExperiment(name, { scale, folder });
      const { done, known } = outcome.parts;
      const source = `Scale small: ${done} of ${known} parts, read from recorded results`;
      return { ...outcome, recorded: true, source };
    } catch (error) {
      if (!(error instanceof UnfinishedError)) throw error;
      const outcome = await runExperiment(name, { scale: "quick", ...watching });
      const source =
        "Scale quick, since nothing is recorded at scale small yet: it shows that all runs, " +
        `its numbers mean nothing. To record: deno task ablation ${name} --scale small`;
      return { ...outcome, recorded: false, source };
    }
  }
  const outcome = await runExperiment(name, { scale, folder, ...watching });
  const meaning = scale === "quick" ? ": it shows that all runs, its numbers mean nothing" : "";
  return { ...outcome, recorded: false, source: `Scale ${scale}${meaning}` };
}
