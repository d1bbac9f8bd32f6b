import type { Edge, Stage } from "./_stages.ts";
import { leastChoice, leastSums, type Total, total } from "./_sums.ts";

/** A lower bound on the loss of every network within the budgets, for any beginning of it. */
export interface LossBound {
  /** Loss of an edge and its costs at a price μ ≥ 0 for each unit. */
  priced: (edge: Edge) => number;
  /** The least sum of `priced` over the blocks from each one on, by block and input width. */
  ends: number[][];
  /** What the budgets are worth: a beginning's and an end's `priced`, less this, is the bound. */
  allowance: number;
  /** Far above the rounding error of these sums. */
  rounding: number;
  /** The least loss that is known to be within the budgets. */
  known: number;
}

/**
 * Makes the Lagrangian bound: with a price μ ≥ 0 for each unit, every network within the budgets has at least its beginning's
 * loss + μ·costs, + the least loss + μ·costs of the blocks to come, − μ·budgets.
 *
 * @param feasible A choice within the budgets.
 */
export function lossBound(
  stages: readonly Stage[],
  budgets: readonly number[],
  feasible: readonly Edge[],
): LossBound {
  const dearest = budgets.map((_, k) => -leastSums(stages, (edge) => -edge.costs[k])[0][0]);
  const caps = budgets.map((budget, k) => Math.min(budget, dearest[k])); // finite where a budget is not
  const { prices, best } = tightPrices(stages, caps, total(feasible));
  const priced = (edge: Edge) => pricedLoss(edge, prices);
  const allowance = caps.reduce((sum, cap, k) => sum + prices[k] * cap, 0);
  const scale = stages.reduce(
    (sum, { edges }) => sum + edges.reduce((most, { loss }) => Math.max(most, Math.abs(loss)), 0),
    allowance,
  );
  const ends = leastSums(stages, priced);
  return { priced, ends, allowance, rounding: 1e-12 * scale, known: best.loss };
}

/** Loss of an edge and its costs at the given prices. */
function pricedLoss(edge: Edge, prices: readonly number[]): number {
  let sum = edge.loss;
  for (let k = 0; k < prices.length; k++) sum += prices[k] * edge.costs[k];
  return sum;
}

/**
 * Finds a price μ ≥ 0 for each unit with which the Lagrangian bound, the least loss + μ·(costs − budgets), is nearly greatest.
 *
 * Subgradient steps as long as the distance to the best known loss says (Polyak), shorter when they no longer help. Any
 * prices give a valid bound, so it does not matter that the greatest is not reached.
 *
 * @param known Loss and costs of a choice within the budgets.
 * @returns The prices, and the best choice within the budgets met on the way.
 */
function tightPrices(
  stages: readonly Stage[],
  budgets: readonly number[],
  known: Total,
): { prices: number[]; best: Total } {
  let best = known;
  let prices = budgets.map(() => 0);
  let tightest = { prices, bound: -Infinity };
  let pace = 1;
  let idle = 0;
  for (let step = 0; step < 200; step++) {
    const now = total(leastChoice(stages, (edge) => pricedLoss(edge, prices)));
    const excess = now.costs.map((cost, k) => (cost - budgets[k]) / budgets[k]);
    const bound = excess.reduce((sum, e, k) => sum + prices[k] * budgets[k] * e, now.loss);
    if (excess.every((e) => e <= 0) && now.loss < best.loss) best = now;
    if (bound > tightest.bound) {
      tightest = { prices, bound };
      idle = 0;
    } else if (++idle === 5) {
      prices = tightest.prices;
      pace /= 2;
      idle = 0;
    }
    const slope = excess.map((e, k) => prices[k] === 0 && e < 0 ? 0 : e);
    const square = slope.reduce((sum, s) => sum + s * s, 0);
    if (square === 0 || bound >= best.loss) break;
    const length = pace * (best.loss - bound) / square;
    prices = prices.map((price, k) => Math.max(0, price + length * slope[k] / budgets[k]));
  }
  return { prices: tightest.prices, best };
}
