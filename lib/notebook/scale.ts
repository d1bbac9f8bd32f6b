/** How much a notebook computes. */
export type NotebookScale = "quick" | "small";

/** The scales that notebooks know. */
export const NOTEBOOK_SCALES: readonly NotebookScale[] = ["quick", "small"];

/**
 * Tells at which scale a notebook runs: `quick` shows that everything works in two minutes, `small` computes for about ten
 * minutes on two cores.
 *
 * @param given The scale's name. Default: `$DNA_SCALE`, else `small`.
 * @returns The scale.
 * @throws {RangeError} For an unknown name, listing the known ones.
 *
 * @example
 * ```ts
 * import { notebookScale } from "@dna/kernel";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * assertEquals(notebookScale("quick"), "quick");
 * assertThrows(() => notebookScale("huge"), RangeError, 'DNA_SCALE is "huge": known are quick, small');
 * ```
 */
export function notebookScale(
  given: string = Deno.env.get("DNA_SCALE") || "small",
): NotebookScale {
  const scale = NOTEBOOK_SCALES.find((name) => name === given);
  if (scale) return scale;
  const error = new RangeError(
    `Cannot run at this scale: DNA_SCALE is ${JSON.stringify(given)}: known are ` +
      NOTEBOOK_SCALES.join(", "),
  );
  error.stack = `RangeError: ${error.message}`; // one sentence in the cell
  throw error;
}
