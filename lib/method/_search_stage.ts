/**
 * Stage 3: the best network under the budgets, and random ones of the same cost beside it.
 *
 * @module
 */

import { createRandom } from "../random.ts";
import type { Ratings } from "../ratings.ts";
import type { NetworkRecord } from "../report/types.ts";
import { latency, latencyCost } from "../latency/latency.ts";
import { readLatencyTable } from "../latency/table.ts";
import type { LatencyTable } from "../latency/types.ts";
import { sampleArchitectures, type SampledArchitecture } from "../search/sample.ts";
import { search } from "../search/search.ts";
import type { Context } from "./_context.ts";

/** How much less than the winner a random network may cost; wider where there are none. */
const NARROW_TO_WIDE = [0.9, 0.75, 0.5, 0];

/** The file that holds the run's own copy of its latency table. */
export const LATENCY_FILE = "latency.json";

/** The winner first, then the random networks. */
export async function searchStage(context: Context, ratings: Ratings): Promise<NetworkRecord[]> {
  const { run, settings, lambda } = context;
  const { maxParams, maxFlops, maxMacs, maxLatency } = settings;
  const table = settings.latency === undefined
    ? undefined
    : await readLatencyTable(run.path(LATENCY_FILE));
  const max = maxLatency === undefined ? undefined : latencyNanoseconds(maxLatency);
  const { text, loss, params, macs, flops, costs, choice } = search(ratings, {
    maxParams,
    maxFlops,
    maxMacs,
    weights: lambda,
    ...(table && { costs: [{ cost: latencyCost(table, ratings), max }] }),
  });
  const winner = {
    architecture: text,
    loss,
    params,
    macs,
    flops,
    ...(costs && { costs }),
    choice,
  };
  return [winner, ...randomNetworks(context, ratings, winner, table)];
}

/** A latency as the search counts it: 12 ms are 12,000,000, whatever a sum of doubles says. */
export function latencyNanoseconds(seconds: number): number {
  return Math.floor(seconds * 1e9 + 1e-6);
}

/** Random networks within the budgets that cost nearly what the winner does. */
function randomNetworks(
  context: Context,
  ratings: Ratings,
  winner: NetworkRecord,
  table: LatencyTable | undefined,
): NetworkRecord[] {
  const { settings, lambda } = context;
  if (settings.random === 0) return [];
  for (const least of NARROW_TO_WIDE) {
    try {
      return drawNetworks(context, winner, table, least).map(({ text, choice, ...network }) => {
        const { architecture, params, macs, flops } = network;
        const rated = choice.map(({ cell, path }, block) => ({
          cell,
          path,
          loss: ratings.blocks[block].cells[cell].losses[path],
        }));
        return {
          architecture: text,
          loss: rated.reduce((sum, part, block) => sum + lambda[block] * part.loss, 0),
          params,
          macs,
          flops,
          ...(table && { costs: { latency: Math.round(1e9 * latency(architecture, table)) } }),
          choice: rated,
        };
      });
    } catch (error) {
      if (!(error instanceof RangeError) || least === 0) throw error;
    }
  }
  return [];
}

/** How many networks are drawn for each that is wanted, where a latency budget leaves some out. */
const MOST_DRAWS = 200;

function drawNetworks(
  { settings, space, classes }: Context,
  winner: NetworkRecord,
  table: LatencyTable | undefined,
  least: number,
): SampledArchitecture[] {
  const { maxParams, maxFlops, maxMacs, maxLatency, resolution, random, seed } = settings;
  const draw = (count: number) =>
    sampleArchitectures(space, createRandom(seed, "random networks"), count, {
      resolution,
      classes,
      params: [least * winner.params, maxParams ?? 1.1 * winner.params],
      flops: [least * winner.flops, maxFlops ?? 1.1 * winner.flops],
      ...(maxMacs && { macs: [0, maxMacs] as [number, number] }),
    });
  if (!table || maxLatency === undefined) return draw(random);
  const fitting = draw(MOST_DRAWS * random)
    .filter(({ architecture }) => latency(architecture, table) <= maxLatency);
  if (fitting.length < random) {
    throw new RangeError(`Cannot draw ${random} random networks within ${maxLatency} s`);
  }
  return fitting.slice(0, random);
}
