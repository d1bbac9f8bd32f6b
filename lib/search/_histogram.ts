import type { Random } from "../random.ts";
import { pathDigits } from "../space/paths.ts";
import type { BlockChoice, Space } from "../space/types.ts";
import { type BlockTable, pathCost, type Unit } from "./_tables.ts";

const BINS = 4096;

/** Paths of a block, for one input width, that cost the same number of steps and give the same width. */
interface Bucket {
  /** Position of the output width. */
  output: number;
  /** Cost above the block's cheapest path, in whole steps. */
  steps: number;
  /** The paths. */
  choices: BlockChoice[];
  /** Their share of the block's paths. */
  share: number;
}

/**
 * Counts the networks of a space by cost, and draws from those within a range, each equally likely.
 *
 * Costs are rounded down to steps block by block, so that the range counted is wider than the one asked for, by a step for
 * each block: what is drawn may be a little outside.
 */
export class CostHistogram {
  /** Share of all networks that are within the range, or a little outside. */
  readonly share: number;
  readonly #buckets: Bucket[][][];
  readonly #ends: Float64Array[][];
  readonly #low: number;
  readonly #high: number;

  /** Counts networks whose cost in `unit` is from `low` to `high`. */
  constructor(space: Space, tables: readonly BlockTable[], unit: Unit, low: number, high: number) {
    const costs = tables.map((table, block) => pathCosts(space, block, table, unit));
    const leasts = costs.map((paths) => extreme(paths, Math.min));
    const mosts = costs.map((paths) => extreme(paths, Math.max));
    const least = leasts.reduce((sum, value) => sum + value, 0);
    const most = mosts.reduce((sum, value) => sum + value, 0);
    const step = Math.max(1, (Math.min(high, most) - least) / BINS);
    this.#low = Math.floor((low - least) / step) - tables.length;
    this.#high = Math.min(Math.floor((high - least) / step), BINS);
    this.#buckets = tables.map(({ inputs }, block) =>
      inputs.map((_, input) => fillBuckets(costs[block], input, leasts[block], step))
    );
    this.#ends = countEnds(this.#buckets, tables.at(-1)!.outputs.length, this.#high + 1);
    this.share = this.#within(0, 0, 0);
  }

  /** Share of the ends from a block and input width on that bring a beginning of so many steps into the range. */
  #within(block: number, input: number, steps: number): number {
    const counts = this.#ends[block][input];
    const high = this.#high - steps;
    const below = Math.min(this.#low - 1 - steps, high);
    return (high < 0 ? 0 : counts[high]) - (below < 0 ? 0 : counts[below]);
  }

  /** Draws the choice of a network; there must be one. */
  draw(random: Pick<Random, "int" | "uniform">): BlockChoice[] {
    let input = 0;
    let steps = 0;
    return this.#buckets.map((byInput, block) => {
      const buckets = byInput[input];
      const weights = buckets.map((bucket) =>
        bucket.share * this.#within(block + 1, bucket.output, steps + bucket.steps)
      );
      let rest = random.uniform() * weights.reduce((sum, weight) => sum + weight, 0);
      let chosen = weights.findIndex((weight) => weight > 0 && (rest -= weight) < 0);
      if (chosen < 0) chosen = weights.findLastIndex((weight) => weight > 0); // rounding
      const bucket = buckets[chosen];
      input = bucket.output;
      steps += bucket.steps;
      return { ...bucket.choices[random.int(bucket.choices.length)] };
    });
  }
}

/** A path of a block, and its cost for each input width. */
interface CostedPath {
  choice: BlockChoice;
  output: number;
  costs: number[];
}

function pathCosts(space: Space, block: number, table: BlockTable, unit: Unit): CostedPath[] {
  return table.cells.flatMap((cellTable, cell) => {
    const { depth } = space.blocks[block].cells[cell];
    return Array.from({ length: space.operations.length ** depth }, (_, path) => {
      const digits = pathDigits(space, depth, path);
      const costs = table.inputs.map((_, input) => pathCost(cellTable, unit, input, digits));
      return { choice: { cell, path }, output: cellTable.output, costs };
    });
  });
}

function extreme(paths: readonly CostedPath[], pick: (a: number, b: number) => number): number {
  let found = paths[0].costs[0];
  for (const { costs } of paths) for (const cost of costs) found = pick(found, cost);
  return found;
}

function fillBuckets(
  paths: readonly CostedPath[],
  input: number,
  least: number,
  step: number,
): Bucket[] {
  const buckets = new Map<string, Bucket>();
  for (const { choice, output, costs } of paths) {
    const steps = Math.floor((costs[input] - least) / step);
    const key = `${output} ${steps}`;
    if (!buckets.has(key)) buckets.set(key, { output, steps, choices: [], share: 0 });
    buckets.get(key)!.choices.push(choice);
  }
  return [...buckets.values()].map((bucket) => ({
    ...bucket,
    share: bucket.choices.length / paths.length,
  }));
}

/** Share of the ends of networks from each block and input width on that cost at most 0, 1, 2, … steps. */
function countEnds(
  buckets: readonly Bucket[][][],
  outputs: number,
  bins: number,
): Float64Array[][] {
  const length = Math.max(0, bins);
  const ends = [Array.from({ length: outputs }, () => new Float64Array(length).fill(1))];
  for (const byInput of buckets.toReversed()) {
    const after = ends[0];
    ends.unshift(byInput.map((buckets) => {
      const counts = new Float64Array(length);
      for (const { output, steps, share } of buckets) {
        const next = after[output];
        for (let s = steps; s < length; s++) counts[s] += share * next[s - steps];
      }
      return counts;
    }));
  }
  return ends;
}
