import type { Edge, Stage } from "./_stages.ts";
import { leastChoice, leastSums, type Total, total } from "./_sums.ts";

/** A lower bound on the loss of every network within the budgets, for any beginning of it. */
export interface LossBound {
  /** The price μ of each unit. */
  prices: number[];
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
  const { prices: tight, best } = tightPrices(stages, caps, total(feasible));
  const prices = tight.map((price, k) => budgets[k] >= dearest[k] ? 0 : price); // keeps every network in
  const priced = (edge: Edge) => pricedLoss(edge, prices);
  const allowance = caps.reduce((sum, cap, k) => sum + prices[k] * cap, 0);
  const scale = stages.reduce(
    (sum, { edges }) => sum + edges.reduce((most, { loss }) => Math.max(most, Math.abs(loss)), 0),
    allowance + dearest.reduce((sum, cost, k) => sum + prices[k] * cost, 0),
  );
  const ends = leastSums(stages, priced);
  return { prices, priced, ends, allowance, rounding: 1e-13 * scale, known: best.loss };
}

/** Loss of an edge and its costs at the given prices. */
function pricedLoss(edge: Edge, prices: readonly number[]): number {
  let sum = edge.loss;
  for (let k = 0; k < prices.length; k++) sum += prices[k] * edge.costs[k];
  return sum;
}

/** So many choices at most are tried for prices. */
const MAX_COLUMNS = 200;

/** A column of the programme below: a whole choice, or what is left over of a budget (`loss` 0 and no part). */
interface Column {
  loss: number;
  /** Costs as shares of the budgets' scales. */
  costs: number[];
  /** 1 for a choice, 0 for what is left over. */
  part: number;
}

/**
 * Finds a price μ ≥ 0 for each unit with which the Lagrangian bound, the least loss + μ·(costs − budgets), is greatest.
 *
 * These are the dual prices of the best mixture of whole choices that keeps the budgets on average. It is found by the simplex
 * method, which needs few of these choices: the next is always the one of least loss at the prices so far. Any prices give
 * a valid bound, so it does not matter if the greatest is not reached.
 *
 * @param known Loss and costs of a choice within the budgets.
 * @returns The prices, and the best choice within the budgets met on the way.
 */
function tightPrices(
  stages: readonly Stage[],
  budgets: readonly number[],
  known: Total,
): { prices: number[]; best: Total } {
  const scales = budgets.map((budget) => budget || 1);
  const limits = budgets.map((budget, k) => budget / scales[k]);
  const column = ({ loss, costs }: Total): Column => ({
    loss,
    costs: costs.map((cost, k) => cost / scales[k]),
    part: 1,
  });
  const leftOver = (k: number): Column => ({
    loss: 0,
    costs: budgets.map((_, other) => other === k ? 1 : 0),
    part: 0,
  });
  const basis = [...budgets.map((_, k) => leftOver(k)), column(known)];
  let best = known;
  let prices = budgets.map(() => 0);
  let tightest = -Infinity;
  for (let step = 0; step < MAX_COLUMNS; step++) {
    const shares = solveLinear(rowsOf(basis), [...limits, 1]);
    const duals = solveLinear(
      basis.map(({ costs, part }) => [...costs, part]),
      basis.map(
        ({ loss }) => loss,
      ),
    );
    if (!shares || !duals) break;
    const worth = duals.slice(0, -1).map((dual) => -dual);
    const unused = worth.findIndex((price) => price < -1e-12);
    let entering: Column;
    if (unused >= 0) entering = leftOver(unused);
    else {
      const trial = worth.map((price, k) => Math.max(0, price) / scales[k]);
      const now = total(leastChoice(stages, (edge) => pricedLoss(edge, trial)));
      const bound = now.costs.reduce(
        (sum, cost, k) => sum + trial[k] * (cost - budgets[k]),
        now.loss,
      );
      if (now.costs.every((cost, k) => cost <= budgets[k]) && now.loss < best.loss) best = now;
      if (bound > tightest) {
        tightest = bound;
        prices = trial;
      }
      entering = column(now);
      const gain = entering.loss - entering.costs.reduce((sum, c, k) => sum + duals[k] * c, 0) -
        duals[duals.length - 1];
      if (!(gain < -1e-12 * (Math.abs(now.loss) + Math.abs(bound)))) break;
    }
    const change = solveLinear(rowsOf(basis), [...entering.costs, entering.part]);
    if (!change) break;
    const leaving = change.reduce((least, value, i) => {
      if (!(value > 1e-12)) return least;
      return least < 0 || shares[i] / value < shares[least] / change[least] ? i : least;
    }, -1);
    if (leaving < 0) break;
    basis[leaving] = entering;
  }
  return { prices, best };
}

/** The rows of the matrix that has these columns. */
function rowsOf(basis: readonly Column[]): number[][] {
  return basis.map((_, row) =>
    basis.map(({ costs, part }) => row < costs.length ? costs[row] : part)
  );
}

/** Solves a small system of linear equations by elimination; undefined where it has no single solution. */
function solveLinear(rows: number[][], values: number[]): number[] | undefined {
  const size = rows.length;
  const system = rows.map((row, i) => [...row, values[i]]);
  for (let column = 0; column < size; column++) {
    let pivot = column;
    for (let row = column + 1; row < size; row++) {
      if (Math.abs(system[row][column]) > Math.abs(system[pivot][column])) pivot = row;
    }
    if (!(Math.abs(system[pivot][column]) > 1e-14)) return undefined;
    [system[column], system[pivot]] = [system[pivot], system[column]];
    for (let row = 0; row < size; row++) {
      const factor = row === column ? 0 : system[row][column] / system[column][column];
      if (factor === 0) continue;
      for (let i = column; i <= size; i++) system[row][i] -= factor * system[column][i];
    }
  }
  return system.map((row, i) => row[size] / row[i]);
}
