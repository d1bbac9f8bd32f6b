import { comparePoints, front, type Point } from "./_front.ts";
import { lossBound } from "./_prices.ts";
import { compareChoices, type Edge, type Stage } from "./_stages.ts";
import { leastSums } from "./_sums.ts";

/** A choice for the first blocks. */
interface Beginning extends Point {
  /** Loss and priced costs together. */
  priced: number;
  /** The choice of the last of these blocks. */
  edge: Edge;
  /** The choice of the blocks before it. */
  before: Beginning | null;
}

const NOTHING = { loss: 0, costs: [0, 0, 0], priced: 0 };

/** So many beginnings of networks, under 1 GB, may be looked at in one block. */
const MAX_BEGINNINGS = 5_000_000;

/**
 * Chooses an edge of each stage, so that the sum of losses is least and no sum of costs is above its budget.
 *
 * A merge of the blocks' fronts, first block to last, with one front for each width, without the beginnings that the Lagrangian
 * bound rules out. A merge finds every optimum whose loss is under its limit; the limit starts just above the bound for whole
 * networks, and rises until a network is found.
 *
 * Of equal losses the network with the smaller costs wins, in the order of the units, and of equal costs the one whose
 * choice comes first.
 *
 * @param feasible A choice within the budgets.
 * @throws {Error} Where too many beginnings stay near the optimum, as where losses are almost linear in two costs.
 */
export function solve(
  stages: readonly Stage[],
  budgets: readonly number[],
  feasible: readonly Edge[],
): Edge[] {
  const { priced, ends, allowance, rounding, known } = lossBound(stages, budgets, feasible);
  const leastLosses = leastSums(stages, (edge) => edge.loss);
  const leastCosts = budgets.map((_, k) => leastSums(stages, (edge) => edge.costs[k]));
  // Edges by input width, the most promising first.
  const choices = stages.map((stage, block) => {
    const bounded = stage.edges.map((edge) => {
      const own = priced(edge);
      return { edge, priced: own, bound: own + ends[block + 1][edge.to] };
    }).sort((a, b) => a.bound - b.bound);
    return Array.from(
      { length: stage.inputs },
      (_, from) => bounded.filter(({ edge }) => edge.from === from),
    );
  });
  function merge(limit: number): Beginning | undefined {
    let fronts: (Beginning | null)[][] = [[null]];
    stages.forEach(({ outputs }, block) => {
      const next: Beginning[][] = Array.from({ length: outputs }, () => []);
      let count = 0;
      for (const [from, beginnings] of fronts.entries()) {
        for (const before of beginnings) {
          const start = before ?? NOTHING;
          for (const { edge, priced, bound } of choices[block][from]) {
            if (start.priced + bound > limit + allowance + rounding) break;
            const loss = start.loss + edge.loss;
            if (loss + leastLosses[block + 1][edge.to] > limit + rounding) continue;
            const costs = edge.costs.map((cost, k) => start.costs[k] + cost);
            const fits = (cost: number, k: number) =>
              cost + leastCosts[k][block + 1][edge.to] <= budgets[k];
            if (!costs.every(fits)) continue;
            next[edge.to].push({ loss, costs, priced: start.priced + priced, edge, before });
            if (++count > MAX_BEGINNINGS) throw tooMany();
          }
        }
      }
      fronts = next.map((beginnings) => front(beginnings, compareBeginnings));
    });
    const whole = fronts.flat() as Beginning[];
    return whole.sort((a, b) => comparePoints(a, b) || compareBeginnings(a, b))[0];
  }

  const bound = ends[0][0] - allowance;
  for (let share = 2 ** -12;; share *= 2) {
    const limit = share >= 1 ? known : bound + share * (known - bound);
    const found = merge(limit);
    if (found && found.loss <= limit) return edgesOf(found);
  }
}

function edgesOf({ before, edge }: Beginning): Edge[] {
  return [...(before ? edgesOf(before) : []), edge];
}

/** Orders by the choice in the first block in which they differ. */
function compareBeginnings(a: Beginning, b: Beginning): number {
  const order = a.before && b.before && a.before !== b.before
    ? compareBeginnings(a.before, b.before)
    : 0;
  return order || compareChoices(a.edge, b.edge);
}

function tooMany(): Error {
  return new Error(
    `Cannot search: more than ${MAX_BEGINNINGS} beginnings of networks stay near the optimum, ` +
      "as where losses are almost linear in two costs; leave out a constraint",
  );
}
