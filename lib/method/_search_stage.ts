/**
 * Stage 3: the best network under the budgets, and random ones of the same cost beside it.
 *
 * @module
 */

import { createRandom } from "../random.ts";
import type { Ratings } from "../ratings.ts";
import type { NetworkRecord } from "../report/types.ts";
import { sampleArchitectures } from "../search/sample.ts";
import { search } from "../search/search.ts";
import type { Context } from "./_context.ts";

/** How much less than the winner a random network may cost; wider where there are none. */
const NARROW_TO_WIDE = [0.9, 0.75, 0.5, 0];

/** The winner first, then the random networks. */
export function searchStage(context: Context, ratings: Ratings): NetworkRecord[] {
  const { settings, lambda } = context;
  const { maxParams, maxFlops, maxMacs } = settings;
  const { text, loss, params, macs, flops, choice } = search(ratings, {
    maxParams,
    maxFlops,
    maxMacs,
    weights: lambda,
  });
  const winner = { architecture: text, loss, params, macs, flops, choice };
  return [winner, ...randomNetworks(context, ratings, winner)];
}

/** Random networks within the budgets that cost nearly what the winner does. */
function randomNetworks(
  { settings, space, classes, lambda }: Context,
  ratings: Ratings,
  winner: NetworkRecord,
): NetworkRecord[] {
  const { maxParams, maxFlops, maxMacs, resolution, random, seed } = settings;
  if (random === 0) return [];
  const draw = (least: number) =>
    sampleArchitectures(space, createRandom(seed, "random networks"), random, {
      resolution,
      classes,
      params: [least * winner.params, maxParams ?? 1.1 * winner.params],
      flops: [least * winner.flops, maxFlops ?? 1.1 * winner.flops],
      ...(maxMacs && { macs: [0, maxMacs] as [number, number] }),
    });
  for (const least of NARROW_TO_WIDE) {
    try {
      return draw(least).map(({ text, params, macs, flops, choice }) => {
        const rated = choice.map(({ cell, path }, block) => ({
          cell,
          path,
          loss: ratings.blocks[block].cells[cell].losses[path],
        }));
        const loss = rated.reduce((sum, part, block) => sum + lambda[block] * part.loss, 0);
        return { architecture: text, loss, params, macs, flops, choice: rated };
      });
    } catch (error) {
      if (!(error instanceof RangeError) || least === 0) throw error;
    }
  }
  return [];
}
