import { type Ratings, ratingsSpace } from "../ratings.ts";
import type { BlockChoice, Space } from "../space/types.ts";
import { operationLabel, pathOperations } from "../space/paths.ts";
import { quantile } from "./_quantile.ts";
import { axis, depthColor, INK, layout, WINNER } from "./_style.ts";
import type { Figure, Trace } from "./types.ts";

/** What {@linkcode ratingsByCell} marks. */
export interface RatingsPlotOptions {
  /** The path chosen in each block, marked by a star. */
  choice?: readonly BlockChoice[];
}

/** More paths than this in a cell are thinned out, evenly by rank, best and worst kept. */
const MOST_DOTS = 216;

/**
 * Draws the loss (equation 8) of the paths of every cell, by depth and width, with quartiles and median.
 *
 * @param ratings The ratings.
 * @param options What to mark.
 * @returns A plotly figure.
 *
 * @example
 * ```ts
 * import { type Ratings, ratingsByCell } from "@dna/kernel";
 * import { assertEquals } from "@std/assert";
 *
 * const cells = [{ width: 8, depth: 1, losses: [6, 5, 4, 3, 2, 1] }];
 * const ratings: Ratings = {
 *   space: { name: "one", blocks: [{ stride: 1, cells: [{ width: 8, depth: 1 }] }] },
 *   resolution: 32,
 *   classes: 10,
 *   blocks: [{ cells }],
 * };
 * const [dots, quartiles, median] = ratingsByCell(ratings).data;
 * assertEquals(dots.y, [1, 2, 3, 4, 5, 6]);
 * assertEquals(quartiles.y, [2.25, 4.75, null]);
 * assertEquals(median.y, [3.5]);
 * ```
 */
export function ratingsByCell(
  ratings: Ratings,
  { choice }: RatingsPlotOptions = {},
): Figure {
  const space = ratingsSpace(ratings);
  const dots = new Map<number, Trace>();
  const quartiles: Trace = {
    type: "scatter",
    mode: "lines",
    name: "quartiles",
    x: [],
    y: [],
    line: { color: INK, width: 5 },
    hoverinfo: "skip",
  };
  const medians: Trace = {
    type: "scatter",
    mode: "markers",
    name: "median",
    x: [],
    y: [],
    marker: { symbol: "line-ew-open", color: INK, size: 20, line: { color: INK, width: 2.5 } },
    hovertemplate: "median %{y:.4f}<extra></extra>",
  };
  const chosen: Trace = {
    type: "scatter",
    mode: "markers",
    name: "chosen",
    x: [],
    y: [],
    text: [] as string[],
    marker: { ...WINNER, line: { color: "white", width: 1 } },
    hovertemplate: "%{text}: %{y:.4f}<extra>chosen</extra>",
  };
  const ticks: { at: number; text: string }[] = [];
  const annotations: unknown[] = [];
  let at = 0;
  ratings.blocks.forEach(({ cells }, block) => {
    const first = at;
    cells.forEach(({ width, depth, losses }, cell) => {
      const order = Array.from(losses, (_, path) => path).sort((a, b) => losses[a] - losses[b]);
      const sorted = order.map((path) => losses[path]);
      const trace = dots.get(depth) ?? dotTrace(depth, depthColor(space, depth));
      dots.set(depth, trace);
      thinned(order).forEach((path, i) => {
        trace.x.push(round(at + 0.62 * (((i * 0.618034) % 1) - 0.5)));
        trace.y.push(losses[path]);
        (trace.text as string[]).push(pathLabel(space, depth, path));
      });
      quartiles.x.push(at, at, null);
      quartiles.y.push(quantile(sorted, 0.25), quantile(sorted, 0.75), null);
      medians.x.push(at);
      medians.y.push(quantile(sorted, 0.5));
      const pick = choice?.[block];
      if (pick?.cell === cell) {
        chosen.x.push(at);
        chosen.y.push(losses[pick.path]);
        (chosen.text as string[]).push(pathLabel(space, depth, pick.path));
      }
      ticks.push({ at, text: `${depth} × ${width}` });
      at++;
    });
    annotations.push(blockTitle((first + at - 1) / 2, block));
    at += 0.7;
  });
  const byDepth = [...dots].sort(([a], [b]) => a - b).map(([, trace]) => trace);
  return {
    data: [...byDepth, quartiles, medians, ...(choice ? [chosen] : [])],
    layout: layout(420, {
      margin: { l: 60, r: 16, t: 66, b: 60 },
      xaxis: axis("cell: layers × channels", {
        tickvals: ticks.map(({ at }) => at),
        ticktext: ticks.map(({ text }) => text),
        showgrid: false,
        range: [-0.7, at - 1],
      }),
      yaxis: axis("loss of a path (eq. 8)"),
      annotations,
    }),
  };
}

function dotTrace(depth: number, color: string): Trace {
  return {
    type: "scatter",
    mode: "markers",
    name: depth === 1 ? "path of 1 layer" : `path of ${depth} layers`,
    x: [],
    y: [],
    text: [] as string[],
    marker: { color, size: 4, opacity: 0.45 },
    hovertemplate: "%{text}: %{y:.4f}<extra></extra>",
  };
}

function blockTitle(x: number, block: number): Record<string, unknown> {
  return {
    text: `<b>Block ${block + 1}</b>`,
    showarrow: false,
    x,
    yref: "paper",
    y: 1,
    yanchor: "bottom",
    yshift: 4,
  };
}

function pathLabel(space: Space, depth: number, path: number): string {
  return pathOperations(space, depth, path).map(operationLabel).join(" ");
}

function thinned(order: readonly number[]): readonly number[] {
  if (order.length <= MOST_DOTS) return order;
  const step = (order.length - 1) / (MOST_DOTS - 1);
  return Array.from({ length: MOST_DOTS }, (_, i) => order[Math.round(i * step)]);
}

function round(x: number): number {
  return Math.round(x * 1e3) / 1e3;
}
