import { sentence } from "./_sentence.ts";

/** How much a notebook computes. */
export type NotebookScale = "quick" | "small" | "paper";

/** The scales that notebooks know. */
export const NOTEBOOK_SCALES: readonly NotebookScale[] = ["quick", "small", "paper"];

/**
 * Tells at which scale a notebook runs: `quick` shows within a minute or two that everything works; `small` is for two cores, and
 * reads committed results instead of computing them where they exist, and says so; `paper` is the paper's setting and needs its
 * data and a GPU.
 *
 * @param given The scale's name. Default: `$DNA_SCALE`, else `small`.
 * @returns The scale.
 * @throws {RangeError} For an unknown name, listing the known ones; in a cell it is one sentence.
 *
 * @example
 * ```ts
 * import { notebookScale } from "@dna/kernel";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * assertEquals(notebookScale("quick"), "quick");
 * assertThrows(() => notebookScale("huge"), RangeError, "known are quick, small, paper");
 * ```
 */
export function notebookScale(
  given: string = Deno.env.get("DNA_SCALE") || "small",
): NotebookScale {
  const scale = NOTEBOOK_SCALES.find((name) => name === given);
  if (scale) return scale;
  throw sentence(
    new RangeError(
      `Cannot run at this scale: DNA_SCALE is ${JSON.stringify(given)}, known are ` +
        NOTEBOOK_SCALES.join(", "),
    ),
  );
}
