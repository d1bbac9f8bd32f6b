/**
 * Stage 2: every path of every cell is rated.
 *
 * @module
 */

import { writeRatings } from "../ratings.ts";
import { rate } from "../supernet/rate.ts";
import type { Supernet } from "../supernet/supernet.ts";
import type { Context, RunState } from "./_context.ts";
import { hashFile } from "./_files.ts";
import { calibrationImages, ratingImages } from "./_images.ts";

/** The file that holds the ratings. */
export const RATINGS_FILE = "ratings.json";

/** Writes the ratings, and gives where the run stands then. */
export async function rateStage(
  context: Context,
  supernet: Supernet,
  state: Extract<RunState, { stage: "rate" }>,
): Promise<Extract<RunState, { stage: "retrain" }>> {
  const { run, settings, teacher, classes, signal } = context;
  const parts = [...state.parts];
  const save = () =>
    run.save({ tensors: {}, state: { ...state, parts: [...parts] } satisfies RunState });
  let saved = performance.now();
  let saving = Promise.resolve();
  try {
    const ratings = await rate(supernet, {
      teacher,
      validation: ratingImages(context),
      calibration: calibrationImages(context),
      classes,
      batch: settings.rateBatch,
      parts: state.parts,
      onPart: async (part) => {
        parts.push(part);
        if (performance.now() - saved < context.checkpointSeconds * 1000) return;
        saved = performance.now();
        // Two parts may end at the same time: one file is written after the other.
        await (saving = saving.then(save));
      },
      onProgress: context.onProgress,
      signal,
    });
    await writeRatings(run.path(RATINGS_FILE), ratings);
  } catch (error) {
    if (signal?.aborted) await saving.then(save);
    throw error;
  }
  const hashes = { ...state.hashes, [RATINGS_FILE]: await hashFile(run, RATINGS_FILE) };
  const next = { stage: "retrain", networks: [], hashes } satisfies RunState;
  await run.save({ tensors: {}, state: next });
  return next;
}
