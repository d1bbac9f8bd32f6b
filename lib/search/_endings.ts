import { type Bounds, edgesUpTo } from "./_bounds.ts";
import { front } from "./_front.ts";
import { compareEndings, type Part } from "./_parts.ts";

/**
 * The endings of networks from a block on, by its input width, that can be part of a network within the budgets whose loss is
 * at most `limit`, without those that `top` others equal or beat.
 *
 * @param spend Called with the number of endings looked at.
 */
export function endingsFrom(
  bounds: Bounds,
  start: number,
  limit: number,
  top: number,
  spend: (count: number) => void,
): Part[][] {
  const { edges, priced, losses, costs, allowance, rounding, budgets, slacks } = bounds;
  let fronts: (Part | null)[][] = priced.after.at(-1)!.map(() => [null]);
  for (let block = edges.length - 1; block >= start; block--) {
    const next: Part[][] = priced.before[block].map(() => []);
    const possible = edgesUpTo(bounds, block, limit);
    const choices = fronts.map((_, to) => possible.filter(({ edge }) => edge.to === to));
    for (const [to, endings] of fronts.entries()) {
      for (const others of endings) {
        const after = others?.priced ?? 0;
        const most = limit + allowance + rounding + (priced.after[block + 1][to] - after);
        let looked = 0;
        for (const { edge, priced: own, whole } of choices[to]) {
          if (whole > most) break;
          looked++;
          const loss = edge.loss + (others?.loss ?? 0);
          if (loss + losses.before[block][edge.from] > limit + rounding) continue;
          const sums = others ? edge.costs.map((cost, k) => cost + others.costs[k]) : edge.costs;
          const fits = sums.every((sum, k) =>
            sum + costs[k].before[block][edge.from] <= budgets[k] + slacks[k]
          );
          if (!fits) continue;
          next[edge.from].push({ loss, costs: sums, priced: own + after, edge, others });
        }
        spend(looked);
      }
    }
    fronts = next.map((endings) => front(endings, compareEndings, top));
  }
  return fronts as Part[][];
}
