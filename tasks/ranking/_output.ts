/**
 * A ranking as a table in the terminal, and as JSON.
 *
 * @module
 */

import {
  compareRaters,
  type CsvTable,
  type Interval,
  type Ranking,
  type RankingOptions,
} from "../../mod.ts";
import { alignColumns } from "../../lib/columns.ts";

/** The ranking as JSON; what is not defined is null. */
export function rankingJson({ networks, raters }: Ranking, withRegret: boolean): string {
  const entries = Object.entries(raters).map(([name, { tauB, rho, r, interval, regret }]) => [
    name,
    { tauB, rho, r, interval, ...(withRegret && { regret }) },
  ]);
  return JSON.stringify({ networks, raters: Object.fromEntries(entries) });
}

/** The ranking as text: the raters, best first, and how far the best is ahead of each other one. */
export function rankingPage(
  source: string,
  table: CsvTable,
  { networks, k, raters }: Ranking,
  options: () => RankingOptions,
): string {
  const costs = Object.keys(table.costs);
  const order = Object.entries(raters).sort(([, a], [, b]) => value(b.tauB) - value(a.tauB));
  const rows = order.map(([name, rater]) => [
    name,
    number(rater.tauB),
    interval(rater.interval),
    number(rater.rho),
    number(rater.r),
    number(rater.regret),
    ...(costs.length > 0 ? [number(rater.partialTau), interval(rater.partialInterval)] : []),
  ]);
  const head = ["rater", "tau-b", "95 % interval", "rho", "r", `top-${k} regret`];
  if (costs.length > 0) head.push("partial tau", "95 % interval");
  const [best, ...others] = order.map(([name]) => name);
  const differences = others.map((other) => {
    const found = compareRaters(table, best, other, options());
    return [`${best} − ${other}`, number(found.difference), interval(found.interval)];
  });
  return [
    `${source}: ${networks} networks`,
    "",
    alignColumns([head, ...rows]),
    ...(costs.length > 0 ? ["", `Partial tau holds ${costs.join(" and ")} fixed.`] : []),
    ...(differences.length > 0
      ? ["", alignColumns([["difference of tau-b", "", "95 % interval"], ...differences])]
      : []),
  ].join("\n");
}

function value(tau: number): number {
  return Number.isNaN(tau) ? -Infinity : tau;
}

function number(value: number): string {
  return Number.isNaN(value) ? "–" : value.toFixed(3);
}

function interval([low, high]: Interval): string {
  return Number.isNaN(low) ? "–" : `[${low.toFixed(3)}, ${high.toFixed(3)}]`;
}
