/**
 * Rating over several devices: paths are shared out by block, cell and first operation.
 *
 * @module
 */

import { cellName } from "../supernet/cell_names.ts";
import { chunkImages, chunkKey, chunkStarts, ratingPlaces } from "../supernet/_rating_places.ts";
import type { RatingPlace } from "../supernet/_rating_places.ts";
import { type RatedPart, rateParts, type RatePartsOptions } from "../supernet/rate.ts";
import type { Supernet } from "../supernet/supernet.ts";
import { onDevice } from "../tensorflow/placement.ts";
import { doShares } from "./_shares.ts";
import { cellMacs, longestFirst } from "./plan.ts";
import type { Site } from "./site.ts";

/** Options of {@linkcode ratePartsOn}. */
export interface SharedRateOptions extends RatePartsOptions {
  /** Told in a sentence of a site that was lost. */
  onLost?: (site: Site, sentence: string) => void;
}

/**
 * Rates paths as {@linkcode rateParts} does, shared out over sites; each runs the teacher on all images. What a lost
 * site had not finished is rated by the others.
 *
 * @param sites Where to compute, at least one.
 * @param supernet A trained supernet.
 * @param options As of `rateParts`.
 * @returns The parts in order; {@linkcode rate} with them as `parts` gives the ratings.
 * @throws {Error} if no site is left; what `rateParts` throws.
 *
 * @example
 * ```ts
 * import { localSites, ratePartsOn } from "@dna/kernel";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals((await localSites("auto")).length > 0, true);
 * assertEquals(typeof ratePartsOn, "function");
 * ```
 */
export async function ratePartsOn(
  sites: readonly Site[],
  supernet: Supernet,
  options: SharedRateOptions,
): Promise<RatedPart[]> {
  const { teacher, validation, onPart, onProgress } = options;
  const only = options.only ?? ratingPlaces(supernet);
  const parts = new Map(options.parts?.map((part) => [chunkKey(part), part]));
  const starts = chunkStarts(validation.count, chunkImages(options));
  const isDone = (place: RatingPlace) =>
    starts.every((start) => parts.has(chunkKey({ start, ...place })));
  const macs = cellMacs(supernet.space, teacher, "rate");
  const counts = new Map<readonly RatingPlace[], { done: number; total?: number }>();
  await doShares<RatingPlace[]>([only.filter((place) => !isDone(place))], sites, {
    split: (shares, left) =>
      longestFirst(shares.flat(), left.length, (place) => macs[cellName(place)])
        .flatMap(({ items }, i): [Site[], RatingPlace[]][] =>
          items.length === 0 ? [] : [[[left[i]], items]]
        ),
    work: async ([site], share, signal) => {
      await onDevice(site.device, () =>
        rateParts(supernet, {
          ...options,
          only: share,
          parts: [...parts.values()],
          signal,
          onPart: async (part) => {
            parts.set(chunkKey(part), part);
            await onPart?.(part);
          },
          onProgress: (event) => {
            counts.set(share, event);
            const sum = (key: "done" | "total") =>
              [...counts.values()].reduce((all, count) => all + (count[key] ?? 0), 0);
            onProgress?.({ ...event, done: sum("done"), total: sum("total") });
          },
        }));
    },
    recover: (share) => {
      counts.delete(share);
      const rest = share.filter((place) => !isDone(place));
      return rest.length > 0 ? rest : undefined;
    },
    onLost: options.onLost,
    signal: options.signal,
  });
  return await rateParts(supernet, { ...options, only, parts: [...parts.values()] });
}
