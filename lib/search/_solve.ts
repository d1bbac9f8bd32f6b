import { type Bounds, edgesUpTo, makeBounds } from "./_bounds.ts";
import { endingsFrom } from "./_endings.ts";
import { front } from "./_front.ts";
import { endingColumns, promisingBeginnings } from "./_pairs.ts";
import { compareBeginnings, edgesOf, type Part } from "./_parts.ts";
import type { Edge, Stage } from "./_stages.ts";
import { leastSums } from "./_sums.ts";

/** Where the work on a search is cut into smaller pieces, and given up. */
export interface Effort {
  /** So many beginnings, a few hundred MB, are merged at once; what is beyond them is merged afterwards. */
  atOnce: number;
  /** So many partial networks, some minutes of work, are looked at before a search is given up. */
  lookedAt: number;
}

const EFFORT: Effort = { atOnce: 1_000_000, lookedAt: 10_000_000_000 };

/**
 * Chooses an edge of each stage, so that the sum of losses is least and no sum of costs is above its budget.
 *
 * A merge of the blocks' fronts, first block to last, with one front for each width, without the beginnings that the Lagrangian
 * bound rules out. A merge finds every optimum whose loss is under its limit; the limit starts at the bound for whole
 * networks, and rises until a network is found.
 *
 * Of equal losses the network with the smaller costs wins, in the order of the units, and of equal costs the one whose
 * choice comes first.
 *
 * @param fronts The stages without the edges that no best network needs.
 * @param feasible A choice within the budgets.
 * @param stages The stages with the edges that one of the `top` best networks needs.
 * @param top How many of the best choices to give; fewer where there are fewer.
 * @throws {Error} Where the work has no end in sight.
 */
export function solve(
  fronts: readonly Stage[],
  budgets: readonly number[],
  feasible: readonly Edge[],
  stages: readonly Stage[] = fronts,
  top = 1,
  effort: Effort = EFFORT,
): Edge[][] {
  const bounds = makeBounds(fronts, stages, budgets, feasible);
  let looked = 0;
  const spend = (count: number) => {
    looked += count;
    if (looked > effort.lookedAt) throw tooMany(effort.lookedAt);
  };
  const merged = (limit: number) => merge(stages, bounds, { limit, top, spend, ...effort });
  const least = bounds.priced.after[0][0] - bounds.allowance;
  const most = -leastSums(stages, (edge) => -edge.loss)[0][0] + bounds.rounding;
  const range = Math.max(bounds.known - least, 2 ** -20 * (most - least));
  let share = 2 ** -12;
  for (let limit = least; limit < most; limit = least + share * range) {
    const before = looked;
    const sure = merged(limit).filter(({ loss }) => loss <= limit);
    if (sure.length === top) return sure.map(edgesOf);
    // A slightly higher limit lets many more beginnings in: where they are many already, it rises slowly.
    share *= looked - before > 20_000 ? 1.25 : 2;
  }
  return merged(most).map(edgesOf);
}

interface Merge {
  /** No network of greater loss counts. */
  limit: number;
  top: number;
  atOnce: number;
  /** Called with the number of partial networks looked at. */
  spend: (count: number) => void;
}

/**
 * The best networks whose loss is at most the limit, and perhaps others.
 *
 * In the middle the beginnings meet the endings, and only those go on that make a best network with one of them. Where more
 * beginnings stay than are merged at once, the most promising ones go on to the networks' ends first: what they find lowers
 * the limit for the others.
 */
function merge(
  stages: readonly Stage[],
  bounds: Bounds,
  { limit, top, atOnce, spend }: Merge,
): Part[] {
  const { budgets, slacks, priced, losses, costs, allowance, rounding } = bounds;
  const last = stages.length - 1;
  const middle = middleOf(stages);
  const endings = middle > 0
    ? endingsFrom(bounds, middle, limit, top, spend)
      .map((parts) => endingColumns(parts, budgets.length))
    : [];
  const choices = stages.map(({ inputs }, block) => {
    const possible = edgesUpTo(bounds, block, limit);
    return Array.from(
      { length: inputs },
      (_, from) => possible.filter(({ edge }) => edge.from === from),
    );
  });
  let best: Part[] = [];
  follow(0, [[null]]);
  return best;

  /** Follows the beginnings before a block, by input width, to the networks' ends. */
  function follow(block: number, fronts: readonly (Part | null)[][]): void {
    const leastCosts = costs.map(({ after }) => after[block + 1]);
    const room = budgets.map((budget, k) => budget + (block < last ? slacks[k] : 0));
    let next: Part[][] = [];
    let count = 0;
    const clear = () => {
      const reached = next;
      next = Array.from({ length: stages[block].outputs }, () => []);
      count = 0;
      return reached;
    };
    clear();
    for (const [others, from] of promisingFirst(fronts, priced.after[block])) {
      const loss0 = others?.loss ?? 0;
      const priced0 = others?.priced ?? 0;
      let looked = 0;
      const before = priced.before[block][from];
      for (const { edge, priced: own, whole } of choices[block][from]) {
        if (priced0 - before + whole > limit + allowance + rounding) break;
        looked++;
        const loss = loss0 + edge.loss;
        if (loss + losses.after[block + 1][edge.to] > limit + rounding) continue;
        const sums = others ? edge.costs.map((cost, k) => others.costs[k] + cost) : edge.costs;
        let k = 0;
        while (k < sums.length && sums[k] + leastCosts[k][edge.to] <= room[k]) k++;
        if (k < sums.length) continue;
        next[edge.to].push({ loss, costs: sums, priced: priced0 + own, edge, others });
        count++;
      }
      spend(looked);
      if (count >= atOnce) goOn(block, clear());
    }
    if (count > 0) goOn(block, clear());
  }

  function goOn(block: number, reached: Part[][]): void {
    if (block === last) {
      best = front([...best, ...reached.flat()], compareBeginnings, top).slice(0, top);
      if (best.length === top) limit = Math.min(limit, best[top - 1].loss);
      return;
    }
    const fronts = reached.map((beginnings) => front(beginnings, compareBeginnings, top));
    follow(
      block + 1,
      block + 1 === middle
        ? promisingBeginnings(fronts, endings, bounds, limit, top, spend)
        : fronts,
    );
  }
}

/** The block before which beginnings and endings are about as many. */
function middleOf(stages: readonly Stage[]): number {
  const sizes = stages.map(({ edges }) => Math.log(edges.length));
  const whole = sizes.reduce((sum, size) => sum + size, 0);
  let middle = 0;
  let sum = 0;
  while (middle < sizes.length && sum + sizes[middle] / 2 < whole / 2) sum += sizes[middle++];
  return middle;
}

/** Beginnings with their widths, those with the least bound first. */
function promisingFirst(
  fronts: readonly (Part | null)[][],
  ends: readonly number[],
): [Part | null, number][] {
  const bound = ([part, width]: [Part | null, number]) => (part?.priced ?? 0) + ends[width];
  return fronts
    .flatMap((parts, width) => parts.map((part): [Part | null, number] => [part, width]))
    .sort((a, b) => bound(a) - bound(b));
}

function tooMany(lookedAt: number): Error {
  return new Error(
    `Cannot search: the best network is not certain after ${lookedAt} partial networks, as where ` +
      "losses depend on nearly nothing but the costs; leave out a constraint, or allow fewer " +
      "cells or operations",
  );
}
