/**
 * The network that DNA finds under a scale's budget: what Tables 3 and 5 retrain.
 *
 * @module
 */

import { createRandom } from "../random.ts";
import type { Ratings } from "../ratings.ts";
import { sampleArchitectures, type SampledArchitecture } from "../search/sample.ts";
import { search } from "../search/search.ts";
import type { SearchResult } from "../search/types.ts";
import type { Cost } from "../space/types.ts";
import { columnDistil, columnsOf, distilSettings } from "./_settings.ts";
import { mergeColumns } from "./cells.ts";
import { type Distilled, ratingsOf } from "./distil_part.ts";
import { spaceOf } from "./_inputs.ts";
import type { ExperimentScale, TeacherSettings } from "./scales.ts";
import type { Found, Part } from "./types.ts";

/** The parts that train all cells of the scale's space under a teacher, in columns of one cell a block. */
export function cellsDistil(
  scale: ExperimentScale,
  teacher: TeacherSettings = scale.teacher,
): Part<Distilled>[] {
  return columnsOf(scale).map((_, column) => columnDistil(scale, column, teacher));
}

/** What the supernet of all cells says of every path; undefined as long as a column is not done. */
export function cellsRatings(
  scale: ExperimentScale,
  found: Found,
  teacher?: TeacherSettings,
): Ratings | undefined {
  const done = cellsDistil(scale, teacher).map((part) => found.get(part));
  if (!done.every((each) => each !== undefined)) return undefined;
  const blocks = done.map(({ ratings }) => ratings.at(-1)!.blocks);
  const settings = { ...distilSettings(scale, 0), space: scale.cells };
  return ratingsOf(settings, mergeColumns(spaceOf(scale.cells), columnsOf(scale), blocks));
}

/** The network of least loss under the scale's budget; undefined as long as the supernet is not done. */
export function foundNetwork(
  scale: ExperimentScale,
  found: Found,
  teacher?: TeacherSettings,
): SearchResult | undefined {
  const ratings = cellsRatings(scale, found, teacher);
  return ratings && search(ratings, { maxParams: scale.maxParams });
}

/** How much less than the found network a random one may cost; wider where there are none. */
const NARROW_TO_WIDE = [0.9, 0.75, 0.5, 0];

/** Random networks within the same budget that cost nearly what the found one does. */
export function equalCostNetworks(
  scale: ExperimentScale,
  { params, flops }: Cost,
  count: number,
): SampledArchitecture[] {
  const { resolution, classes } = scale.data;
  for (const least of NARROW_TO_WIDE) {
    try {
      const random = createRandom(scale.seed, "networks of equal cost");
      return sampleArchitectures(spaceOf(scale.cells), random, count, {
        resolution,
        classes,
        params: [least * params, scale.maxParams],
        flops: [least * flops, (2 - least) * flops],
      });
    } catch (error) {
      if (!(error instanceof RangeError) || least === 0) throw error;
    }
  }
  return [];
}
