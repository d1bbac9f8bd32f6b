/**
 * What a notebook begins with.
 *
 * @module
 */

import { type Engine, type EngineOptions, useEngine } from "../engine.ts";
import { findDisplay, sendBeforeIdle } from "./_kernel.ts";
import { sentence } from "./_sentence.ts";
import { type LabOptions, type NotebookLab, notebookLab } from "./lab.ts";
import { type NotebookScale, notebookScale } from "./scale.ts";

/** What {@linkcode startNotebook} needs to know. */
export interface StartOptions extends LabOptions {
  /** The engine's device, threads and precision. */
  engine?: EngineOptions;
  /** The scale. Default: `$DNA_SCALE`, else `small`. */
  scale?: string;
}

/** A notebook that has been started. */
export interface StartedNotebook {
  /** How much it computes. */
  scale: NotebookScale;
  /** What runs under it. */
  engine: Engine;
  /** Runs its long steps, which the Stop button stops. */
  lab: NotebookLab;
}

let lab: NotebookLab | undefined;

/**
 * Starts a notebook: its scale, the engine, and the Stop button, which from here on stops a step and leaves the kernel alive.
 *
 * What stands in its way (no kernel, no set-up, an unknown scale) is one sentence in the cell, with what to type.
 *
 * @param options The space whose cells are distilled; engine and scale where they are not the default ones.
 * @returns The scale, the engine and the lab. A cell that is run again begins a lab anew.
 * @throws {RangeError} For an unknown scale, listing the known ones.
 * @throws {Error} Outside a Jupyter kernel, and where TensorFlow is not set up.
 *
 * @example
 * ```ts
 * import { startNotebook } from "@dna/kernel";
 * import { assertEquals } from "@std/assert";
 *
 * const { scale, lab } = await startNotebook({ display: () => {}, scale: "quick" });
 * assertEquals(scale, "quick");
 * lab.remove();
 * ```
 */
export async function startNotebook(options: StartOptions = {}): Promise<StartedNotebook> {
  const { engine: engineOptions, scale: given, ...labOptions } = options;
  if (!options.display && !findDisplay()) {
    throw sentence(
      new Error(
        "Cannot start a notebook: this is no Jupyter kernel; type `deno task lab` and choose the " +
          "kernel Deno",
      ),
    );
  }
  sendBeforeIdle();
  const scale = notebookScale(given);
  const engine = await useEngine(engineOptions).catch((error) => {
    throw sentence(error);
  });
  lab?.remove();
  lab = notebookLab(labOptions);
  return { scale, engine, lab };
}
