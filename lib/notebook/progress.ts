/**
 * Live progress in a notebook: one display that is updated.
 *
 * @module
 */

import { escape } from "../plots/_markup.ts";
import { figureSvg } from "../plots/figure_svg.ts";
import { learningCurves } from "../plots/learning_curves.ts";
import { lossCurves } from "../plots/loss_curves.ts";
import { trainingCurves } from "../plots/training_curves.ts";
import type { Figure } from "../plots/types.ts";
import type { ProgressEvent, ProgressRenderer } from "../progress.ts";
import { createTracker, describeSnapshot, type Snapshot } from "../progress/_tracker.ts";
import type { SpaceDefinition } from "../space/types.ts";
import { findDisplay, type ShowBundle } from "./_kernel.ts";
import type { MimeBundle } from "./display.ts";

export type { ShowBundle } from "./_kernel.ts";

/** How {@linkcode notebookProgress} shows progress. */
export interface NotebookProgressOptions {
  /** Shows and updates a MIME bundle. Default: the kernel's `Deno.jupyter.display`, found at the call. */
  display?: ShowBundle;
  /** The space of the cells that are distilled, which tells their layers and channels. */
  space?: Pick<SpaceDefinition, "blocks">;
  /** A clock in milliseconds. */
  now?: () => number;
  /** The least time between two updates. Default 0.5. */
  everySeconds?: number;
}

/** Progress that is shown in a notebook. */
export interface NotebookProgress extends ProgressRenderer {
  /** Takes what an epoch gave, for curves that grow: give it to `distill` or `train` as `onEpoch`. */
  epoch(lines: object | readonly object[]): void;
}

/**
 * Shows progress in a notebook: one display under the cell with a bar, rate and time left, and below it the loss curves of
 * the epochs so far. At its end the rate and the time are left out, so that equal runs leave equal notebooks.
 *
 * @param options The display function where it is not the kernel's own; a space.
 * @returns A renderer for `onProgress`, with `epoch` for `onEpoch`.
 * @throws {Error} Outside a Jupyter kernel, where no display function is given.
 *
 * @example
 * ```ts
 * import { notebookProgress } from "@dna/kernel";
 * import { assertEquals } from "@std/assert";
 *
 * const texts: unknown[] = [];
 * const progress = notebookProgress({
 *   display: (bundle, { update = false }) => texts.push([bundle["text/plain"], update]),
 *   now: () => 0,
 * });
 * progress.report({ stage: "rate", done: 0, total: 4, unit: "layers" });
 * progress.report({ stage: "rate", done: 4, total: 4, unit: "layers" });
 * progress.close();
 * assertEquals(texts, [["rate: 0/4 layers", false], ["rate: 4/4 layers", true]]);
 * ```
 */
export function notebookProgress(options: NotebookProgressOptions = {}): NotebookProgress {
  const { now = () => performance.now(), everySeconds = 0.5, space } = options;
  const display = options.display ?? findDisplay();
  if (!display) {
    throw new Error(
      "Cannot show progress in a notebook: this is no Jupyter kernel; terminalProgress() is for " +
        "terminals",
    );
  }
  const track = createTracker(now);
  const id = `dna-progress-${crypto.randomUUID()}`;
  const lines: Record<string, unknown>[] = [];
  let latest: Snapshot | undefined;
  let shown = -Infinity;
  let isUpdate = false;
  let ended = false;
  const show = () => {
    if (!latest) return;
    shown = now();
    display(progressBundle(latest, ended, curves(lines, space)), {
      raw: true,
      display_id: id,
      ...(isUpdate && { update: true }),
    });
    isUpdate = true;
  };
  return {
    report(event: ProgressEvent) {
      latest = track(event);
      if (latest.first || now() - shown >= everySeconds * 1000) show();
    },
    epoch(given) {
      const list = Array.isArray(given) ? given : [given];
      for (const line of list) lines.push({ stage: stageOf(line), ...line });
      show();
    },
    close() {
      ended = true;
      show();
    },
  };
}

/** Which curves a line belongs to: of cells, of several networks, of one. */
function stageOf(line: object): string {
  return "block" in line ? "distil" : "network" in line ? "retrain" : "train";
}

function curves(
  lines: readonly Record<string, unknown>[],
  space: NotebookProgressOptions["space"],
): Figure | undefined {
  if (lines.length === 0) return undefined;
  const { stage } = lines[0];
  if (stage === "distil") return lossCurves(lines, { space });
  return stage === "retrain" ? trainingCurves(lines) : learningCurves(lines);
}

function progressBundle(
  snapshot: Snapshot,
  ended: boolean,
  figure: Figure | undefined,
): MimeBundle {
  const { stage, done, total } = snapshot;
  const parts = describeSnapshot(
    ended ? { ...snapshot, rate: undefined, secondsLeft: undefined, last: false } : snapshot,
  );
  const text = `${stage}: ${parts.join(", ")}`;
  const svg = figure && figureSvg(figure, { title: stage });
  // GitHub shows no HTML with a drawing in it: what stays is the drawing.
  if (ended && svg) return { "image/svg+xml": svg, "text/plain": text };
  const bar = `<progress value="${done}" max="${
    Math.max(total, 1)
  }" style="width:20em"></progress>`;
  return {
    "text/html": `<div>${bar} ${escape(text)}</div>${svg ?? ""}`,
    "text/plain": text,
  };
}
