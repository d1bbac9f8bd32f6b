/**
 * Rating a part of a run's paths, in a process of its own.
 *
 * @module
 */

import { join } from "node:path";
import { ratePartsAnywhere } from "../devices/anywhere.ts";
import type { Site } from "../devices/site.ts";
import { writeJson } from "../files.ts";
import type { MethodSettings } from "../presets.ts";
import type { ProgressEvent } from "../progress.ts";
import { createRandom } from "../random.ts";
import { readConfig } from "../runs/run.ts";
import { keepParts } from "../supernet/_kept_parts.ts";
import { placeKey, ratingPlaces } from "../supernet/_rating_places.ts";
import { readSupernet } from "../supernet/_file.ts";
import { cellName, type CellPlace } from "../supernet/cell_names.ts";
import type { RatedPart } from "../supernet/rate.ts";
import { planRating } from "../supernet/rating_plan.ts";
import {
  type RatingShare,
  ratingShare,
  readRatingShare,
  shareDifference,
} from "../supernet/rating_share.ts";
import { createSupernet } from "../supernet/supernet.ts";
import { settingsDataset, settingsTeacher } from "./_inputs.ts";
import { SUPERNET_FILE } from "./_distil_stage.ts";
import { ratingOptions } from "./_rate_stage.ts";
import { resolveSpace } from "./settings.ts";

/** Options of {@linkcode rateRun}. */
export interface RateRunOptions {
  /** Which part of how many. Default: the whole. */
  part?: { index: number; of: number };
  /** The cells that are rated. Default: those of the run. */
  cells?: readonly CellPlace[];
  /** The file for the share; one that is there already is gone on with. */
  out: string;
  /** How the teacher's maps are kept on disk, and the most bytes for it. Default: as the run says. */
  features?: MethodSettings["features"];
  /** The most bytes of disk for them. */
  cacheLimit?: number;
  /** Parts that compute at the same time. Default: one for each core. */
  lanes?: number;
  /** Devices and machines that share the work. Default: the engine's own device. */
  sites?: readonly Site[];
  /** Seconds between two savings. Default 20. */
  checkpointSeconds?: number;
  /** Told in a line of what is done. */
  say?: (line: string) => void;
  /** Told of each layer. */
  onProgress?: (event: ProgressEvent) => void;
  /** Stops between two layers, after the share was saved. */
  signal?: AbortSignal;
}

/**
 * Rates a part of the paths of a run whose supernet is trained; the run's folder is only read. The engine must have
 * been started.
 *
 * @param folder The run's folder.
 * @param options Which part, and where it goes.
 * @returns The share, as the file holds it.
 * @throws {RangeError} if the file holds a share of another supernet, other images or other settings.
 * @throws {DOMException} `AbortError`, if the signal stops it; the next call with the same file goes on.
 */
export async function rateRun(folder: string, options: RateRunOptions): Promise<RatingShare> {
  const { out, part = { index: 1, of: 1 }, signal, onProgress, say = () => {} } = options;
  const { options: stored } = await readConfig(folder, "rate") as { options?: MethodSettings };
  if (typeof stored !== "object" || stored === null) {
    throw new Error(`Cannot rate ${folder}: its config.json has no options`);
  }
  const { features = stored.features, cacheLimit = stored.cacheLimit } = options;
  const settings: MethodSettings = { ...stored, features, cacheLimit };
  const space = resolveSpace(settings.space);
  const teacher = await settingsTeacher(settings, { onProgress, signal });
  const supernet = createSupernet(space, teacher, { random: createRandom(settings.seed) });
  try {
    const origin = await readSupernet(join(folder, SUPERNET_FILE), supernet);
    const dataset = await settingsDataset(settings, { onProgress, signal });
    const classes = dataset.classes.length;
    const context = { settings, teacher, dataset, classes, say, onProgress, signal };
    const rating = { ...await ratingOptions(context), lanes: options.lanes };
    const cells = options.cells ??
      space.blocks.flatMap(({ cells }, block) => cells.map((_, cell) => ({ block, cell })));
    const names = new Set(cells.map(cellName));
    const all = ratingPlaces(supernet).filter((place) => names.has(cellName(place)));
    const wanted = planRating(supernet, teacher, part.of, all)[part.index - 1].places;
    const share = await ratingShare(supernet, { ...rating, origin, cells });
    const there = await shareThere(out, share);
    const keys = new Set(wanted.map(placeKey));
    const parts = there.filter((each) => keys.has(placeKey(each)));
    if (parts.length > 0) say(`Going on with ${out}: ${parts.length} parts are rated`);
    const kept = {
      there: parts,
      write: (rated: RatedPart[]) => writeJson(out, { ...share, parts: rated }),
      seconds: options.checkpointSeconds ?? 20,
      signal,
    };
    const done = await keepParts(kept, (each) =>
      ratePartsAnywhere(options.sites, supernet, {
        ...rating,
        ...each,
        only: wanted,
        onLost: (_, sentence) => say(sentence),
      }));
    const whole = { ...share, parts: done };
    await writeJson(out, whole);
    return whole;
  } finally {
    supernet.dispose();
    teacher.dispose();
  }
}

/** What a share's file holds already. */
async function shareThere(path: string, share: RatingShare): Promise<RatingShare["parts"]> {
  if (!await Deno.stat(path).then(() => true, () => false)) return [];
  const stored = await readRatingShare(path);
  const difference = shareDifference(share, stored);
  if (difference) throw new RangeError(`Cannot go on with ${path}: it is of ${difference}`);
  return stored.parts;
}
