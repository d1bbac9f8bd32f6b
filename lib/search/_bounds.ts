import { type LossBound, lossBound } from "./_prices.ts";
import type { Edge, Stage } from "./_stages.ts";
import { leastSums } from "./_sums.ts";

/** The least sums of a value up to each block and from it on, by the block's input width. */
export interface LeastSums {
  before: number[][];
  after: number[][];
}

/** An edge, and its loss at the bound's prices. */
export interface PricedEdge {
  edge: Edge;
  priced: number;
  /** The least priced loss of a network that has it. */
  whole: number;
}

/** Lower bounds on loss and costs of all networks that have a given part. */
export interface Bounds extends Pick<LossBound, "prices" | "rounding" | "known"> {
  /** The greatest sum allowed of each cost. */
  budgets: readonly number[];
  /** How far sums of each cost in another order may differ. */
  slacks: number[];
  /** Loss and costs at the prices. */
  priced: LeastSums;
  /** The losses. */
  losses: LeastSums;
  /** Each cost. */
  costs: LeastSums[];
  /** What the budgets are worth at the prices: `priced` less this is the bound on the loss. */
  allowance: number;
  /** The edges of each block, those with the least bound first. */
  edges: PricedEdge[][];
}

/**
 * Makes the bounds.
 *
 * @param fronts The stages without the edges that no best network needs.
 * @param stages The stages with the edges that one of the best few networks needs.
 * @param feasible A choice within the budgets.
 */
export function makeBounds(
  fronts: readonly Stage[],
  stages: readonly Stage[],
  budgets: readonly number[],
  feasible: readonly Edge[],
): Bounds {
  const { prices, priced, ends, allowance, rounding, known } = lossBound(
    fronts,
    budgets,
    feasible,
  );
  const both = (value: (edge: Edge) => number) => ({
    before: sumsBefore(fronts, value),
    after: leastSums(fronts, value),
  });
  const sums = { before: sumsBefore(fronts, priced), after: ends };
  return {
    prices,
    rounding,
    known,
    budgets,
    slacks: costSlacks(stages, budgets),
    priced: sums,
    losses: both((edge) => edge.loss),
    costs: budgets.map((_, k) => both((edge) => edge.costs[k])),
    allowance,
    edges: stages.map(({ edges }, block) =>
      edges.map((edge) => {
        const own = priced(edge);
        const whole = sums.before[block][edge.from] + own + sums.after[block + 1][edge.to];
        return { edge, priced: own, whole };
      }).sort((a, b) => a.whole - b.whole)
    ),
  };
}

/** The least sum of a value over the blocks before each one, as `sums[block][input width]`. */
function sumsBefore(stages: readonly Stage[], value: (edge: Edge) => number): number[][] {
  const sums = [[0]];
  for (const { outputs, edges } of stages) {
    const before = sums.at(-1)!;
    const here = new Array<number>(outputs).fill(Infinity);
    for (const edge of edges) {
      here[edge.to] = Math.min(here[edge.to], before[edge.from] + value(edge));
    }
    sums.push(here);
  }
  return sums;
}

/** How far sums of each cost in another order than the one that counts may differ: not at all for whole numbers. */
export function costSlacks(stages: readonly Stage[], budgets: readonly number[]): number[] {
  return budgets.map((budget, k) =>
    stages.every(({ edges }) => edges.every(({ costs }) => Number.isSafeInteger(costs[k])))
      ? 0
      : 1e-9 * Math.min(budget, 1e300)
  );
}

/** The edges of a block that a network whose loss is at most `limit` can have, the most promising first. */
export function edgesUpTo({ edges, allowance, rounding }: Bounds, block: number, limit: number) {
  const most = limit + allowance + rounding;
  const all = edges[block];
  let low = 0;
  for (let high = all.length; low < high;) {
    const middle = (low + high) >> 1;
    if (all[middle].whole <= most) low = middle + 1;
    else high = middle;
  }
  return all.slice(0, low);
}
