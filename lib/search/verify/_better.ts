/**
 * Whether any network within the budgets has less loss than a given one.
 *
 * @module
 */

/** A path in a block: what it adds to the loss and to each constrained cost. */
export interface Step {
  loss: number;
  costs: number[];
}

/** The steps of each block, by the cell of the block before and the cell. */
export type Steps = Step[][][][];

/** What the search for a better network came to. */
export interface Search {
  /** The Lagrangian bound: no network within the budgets has less loss. */
  bound: number;
  /** The number of partial networks that it did not rule out, for each block. */
  remaining: number[];
  /** The loss of a better network, if there is one. */
  better?: number;
}

/** Steps without those that another of the same cells equals or beats in all, sorted by the first cost. */
export function bestSteps(steps: Step[]): Step[] {
  const sorted = steps.toSorted((a, b) => {
    for (let k = 0; k < a.costs.length; k++) {
      if (a.costs[k] !== b.costs[k]) return a.costs[k] - b.costs[k];
    }
    return a.loss - b.loss;
  });
  const kept: Step[] = [];
  for (const step of sorted) {
    const isBeaten = kept.some((other) =>
      other.loss <= step.loss && other.costs.every((cost, k) => cost <= step.costs[k])
    );
    if (!isBeaten) kept.push(step);
  }
  return kept;
}

/** The least sums of a value from each block on, by the cell of the block before; [0] is the whole network's. */
function leastAfter(steps: Steps, value: (step: Step) => number): number[][] {
  let after = steps[steps.length - 1][0].map(() => 0);
  const all = [after];
  for (let block = steps.length - 1; block >= 0; block--) {
    const next = after;
    after = steps[block].map((byCell) =>
      byCell.reduce(
        (least, list, cell) =>
          list.reduce((found, step) => Math.min(found, value(step) + next[cell]), least),
        Infinity,
      )
    );
    all.unshift(after);
  }
  return all;
}

/** A step's loss and its costs at the prices. */
function priced({ loss, costs }: Step, prices: readonly number[]): number {
  return costs.reduce((sum, cost, k) => sum + prices[k] * cost, loss);
}

/** The least loss + prices·(costs − budgets) of all networks, and the costs of the network that has it. */
function dual(steps: Steps, budgets: readonly number[], prices: readonly number[]) {
  const after = leastAfter(steps, (step) => priced(step, prices));
  const costs = budgets.map(() => 0);
  let before = 0;
  steps.forEach((byBefore, block) => {
    const least = byBefore[before].flatMap((list, cell) => list.map((step) => ({ step, cell })))
      .reduce((a, b) =>
        priced(b.step, prices) + after[block + 1][b.cell] <
            priced(a.step, prices) + after[block + 1][a.cell]
          ? b
          : a
      );
    least.step.costs.forEach((cost, k) => costs[k] += cost);
    before = least.cell;
  });
  const bound = budgets.reduce((sum, budget, k) => sum - prices[k] * budget, after[0][0]);
  return { bound, costs };
}

/** Prices that bring the bound near `loss`: steps along the excess of the costs, as long as the distance to `loss` says. */
function findPrices(steps: Steps, budgets: readonly number[], loss: number): number[] {
  const scales = budgets.map((_, k) =>
    steps.reduce(
      (sum, byBefore) =>
        sum + byBefore.flat(2).reduce((most, { costs }) => Math.max(most, Math.abs(costs[k])), 0),
      0,
    ) ||
    1
  );
  let prices = budgets.map(() => 0);
  let best = { prices, bound: -Infinity };
  let pace = 1;
  for (let step = 0; step < 400; step++) {
    const { bound, costs } = dual(steps, budgets, prices);
    if (bound > best.bound) best = { prices, bound };
    else if (step % 10 === 9) {
      pace *= 0.7;
      prices = best.prices;
      continue;
    }
    const slope = costs.map((cost, k) => (cost - budgets[k]) / scales[k])
      .map((excess, k) => prices[k] === 0 && excess < 0 ? 0 : excess);
    const square = slope.reduce((sum, part) => sum + part * part, 0);
    if (!(square > 0) || bound >= loss) break;
    prices = prices.map((price, k) =>
      Math.max(0, price + pace * (loss - bound) * slope[k] / square / scales[k])
    );
  }
  return best.prices;
}

/**
 * Looks for a network within the budgets whose loss is under `loss`.
 *
 * Partial networks are kept in lists by their last cell, sorted by the first cost; those are dropped that another of the list
 * equals or beats, that leave no room for any ending, or that the bound says to end at `loss` or above. If none is left at
 * the end, there is no such network.
 */
export function findBetter(
  steps: Steps,
  budgets: readonly number[],
  loss: number,
  given?: readonly number[],
): Search {
  const prices = given ?? findPrices(steps, budgets, loss);
  const { bound } = dual(steps, budgets, prices);
  const allowance = budgets.reduce((sum, budget, k) => sum + prices[k] * budget, 0);
  const pricedAfter = leastAfter(steps, (step) => priced(step, prices));
  const costsAfter = budgets.map((_, k) => leastAfter(steps, (step) => step.costs[k]));
  const remaining: number[] = [];
  let lists: Step[][] = [[{ loss: 0, costs: budgets.map(() => 0) }]];
  for (const [block, byBefore] of steps.entries()) {
    lists = byBefore[0].map((_, cell) => {
      const reached: Step[] = [];
      lists.forEach((partials, before) => {
        const ways = byBefore[before][cell]
          .map((step) => ({ step, own: priced(step, prices) + pricedAfter[block + 1][cell] }))
          .sort((a, b) => a.own - b.own);
        for (const partial of partials) {
          const least = priced(partial, prices) - allowance;
          for (const { step, own } of ways) {
            if (least + own >= loss) break;
            const costs = partial.costs.map((cost, k) => cost + step.costs[k]);
            if (costs.some((cost, k) => cost + costsAfter[k][block + 1][cell] > budgets[k])) {
              continue;
            }
            reached.push({ loss: partial.loss + step.loss, costs });
          }
        }
      });
      return bestPartials(reached);
    });
    remaining.push(lists.reduce((sum, list) => sum + list.length, 0));
  }
  const losses = lists.flat().map((partial) => partial.loss).filter((sum) => sum < loss);
  const better = losses.length > 0 ? losses.reduce((a, b) => Math.min(a, b)) : undefined;
  return { bound, remaining, ...(better !== undefined && { better }) };
}

/** As `bestSteps`, but long lists stay as they are: what is kept too much does no harm. */
function bestPartials(partials: Step[]): Step[] {
  return partials.length <= 20_000 ? bestSteps(partials) : partials;
}
