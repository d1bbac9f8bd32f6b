/**
 * Stage 2: every path of every cell is rated, or of the cells that the settings name.
 *
 * @module
 */

import { ratePartsAnywhere } from "../devices/anywhere.ts";
import type { Site } from "../devices/site.ts";
import { writeRatings } from "../ratings.ts";
import { writeJson } from "../files.ts";
import { readSafetensors } from "../safetensors.ts";
import { parseCells } from "../supernet/cell_names.ts";
import { keepParts } from "../supernet/_kept_parts.ts";
import { ratingPlaces } from "../supernet/_rating_places.ts";
import { rate, type RatedPart, type RatePartsOptions } from "../supernet/rate.ts";
import { ratingShare } from "../supernet/rating_share.ts";
import type { Supernet } from "../supernet/supernet.ts";
import type { Context, RunState } from "./_context.ts";
import { SUPERNET_FILE } from "./_distil_stage.ts";
import { keptFeatures } from "./_features.ts";
import { hashFile } from "./_files.ts";
import { calibrationImages, ratingImages } from "./_images.ts";

/** The file that holds the ratings. */
export const RATINGS_FILE = "ratings.json";
/** The file that holds the ratings of some cells. */
export const SHARE_FILE = "ratings.share.json";

/** Writes the ratings, and gives where the run stands then. */
export async function rateStage(
  context: Context,
  supernet: Supernet,
  state: Extract<RunState, { stage: "rate" }>,
): Promise<Extract<RunState, { stage: "retrain" }>> {
  const { run, signal } = context;
  const options = await ratingOptions(context);
  const kept = {
    there: state.parts,
    write: (parts: RatedPart[]) =>
      run.save({ tensors: {}, state: { ...state, parts } satisfies RunState }),
    seconds: context.checkpointSeconds,
    signal,
  };
  const file = await keepParts(
    kept,
    (each) => writeRated(context, supernet, { ...options, ...each }),
  );
  const hashes = { ...state.hashes, [file]: await hashFile(run, file) };
  const next = { stage: "retrain", networks: [], hashes } satisfies RunState;
  await run.save({ tensors: {}, state: next });
  return next;
}

/** What a run's supernet is rated with. */
export async function ratingOptions(
  context: Pick<
    Context,
    "settings" | "teacher" | "dataset" | "classes" | "say" | "onProgress" | "signal"
  >,
): Promise<RatePartsOptions> {
  const { settings, teacher, classes, onProgress, signal } = context;
  const { rateBatch } = settings;
  const validation = ratingImages(context);
  const calibration = calibrationImages(context);
  return {
    teacher,
    validation,
    calibration,
    classes,
    batch: rateBatch,
    features: {
      validation: await keptFeatures(context, validation, rateBatch),
      calibration: await keptFeatures(context, calibration, rateBatch),
    },
    onProgress,
    signal,
  };
}

/** Rates and writes; gives the file's name: of some cells it is a share, to be merged with others. */
async function writeRated(
  { run, settings, space, sites, say }: Context,
  supernet: Supernet,
  options: RatePartsOptions,
): Promise<string> {
  const onLost = (_: Site, sentence: string) => say(sentence);
  if (settings.cells === undefined) {
    const parts = await ratePartsAnywhere(sites, supernet, { ...options, onLost });
    await writeRatings(run.path(RATINGS_FILE), await rate(supernet, { ...options, parts }));
    return RATINGS_FILE;
  }
  const cells = parseCells(settings.cells, space);
  const only = ratingPlaces(supernet).filter((place) =>
    cells.some(({ block, cell }) => block === place.block && cell === place.cell)
  );
  const { metadata } = await readSafetensors(run.path(SUPERNET_FILE));
  const share = await ratingShare(supernet, { ...options, cells, origin: metadata.origin });
  const parts = await ratePartsAnywhere(sites, supernet, { ...options, only, onLost });
  await writeJson(run.path(SHARE_FILE), { ...share, parts });
  return SHARE_FILE;
}
