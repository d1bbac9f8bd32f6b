import { type Ratings, ratingsSpace } from "../ratings.ts";
import { operationLabel, pathOperations } from "../space/paths.ts";
import type { BlockChoice, Space } from "../space/types.ts";
import { type Panel, panelRow, panelTitle } from "./_panels.ts";
import { quantile } from "./_quantile.ts";
import { axis, depthColor, INK, layout, LEGEND, WINNER } from "./_style.ts";
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
 * Blocks have panels of their own, whose vertical axes begin where they must but all span the same difference of losses: a
 * block that looks flat matters little to the search.
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
 * assertEquals(quartiles.y, [2.25, 4.75]);
 * assertEquals(median.y, [3.5]);
 * ```
 */
export function ratingsByCell(
  ratings: Ratings,
  { choice }: RatingsPlotOptions = {},
): Figure {
  const space = ratingsSpace(ratings);
  const places = panelRow(ratings.blocks.map(({ cells }) => cells.length));
  const ranges = ratings.blocks.map(({ cells }) => extent(cells.flatMap(({ losses }) => losses)));
  const span = 1.1 * ranges.reduce((most, [low, high]) => Math.max(most, high - low), 1e-9);
  const more: Record<string, unknown> = {};
  const groups = new Map<string, Trace[]>();
  ratings.blocks.forEach(({ cells }, block) => {
    const panel = places[block];
    const middle = (ranges[block][0] + ranges[block][1]) / 2;
    more[panel.xaxis] = axis("", {
      domain: panel.columns,
      anchor: panel.y,
      tickvals: cells.map((_, cell) => cell),
      ticktext: cells.map(({ depth, width }) => `${depth} × ${width}`),
      range: [-0.55, cells.length - 0.45],
    });
    more[panel.yaxis] = axis(panel.isFirst ? "loss of a path (eq. 8)" : "", {
      anchor: panel.x,
      range: [middle - span / 2, middle + span / 2],
      nticks: 7,
    });
    cells.forEach(({ depth, losses }, cell) => {
      const chosen = choice?.[block]?.cell === cell ? choice[block].path : undefined;
      for (const trace of cellTraces(space, { panel, cell, depth, losses, chosen })) {
        groups.set(trace.name!, [...groups.get(trace.name!) ?? [], trace]);
      }
    });
  });
  const names = [...groups.keys()].sort((a, b) => rank(a) - rank(b));
  const data = names.flatMap((name) =>
    groups.get(name)!.map((trace, i) => ({ ...trace, legendgroup: name, showlegend: i === 0 }))
  );
  const annotations = [
    ...places.map((panel, block) => panelTitle(panel, `Block ${block + 1}`)),
    {
      text: "cell: layers × channels",
      showarrow: false,
      xref: "paper",
      yref: "paper",
      x: 0.5,
      y: 0,
      yanchor: "top",
      yshift: -44,
    },
  ];
  return {
    data,
    layout: layout(430, {
      ...more,
      margin: { l: 60, r: 16, t: 28, b: 74 },
      legend: { ...LEGEND, y: 1.09 }, // clear of the blocks' titles
      annotations,
    }),
  };
}

interface DrawnCell {
  panel: Panel;
  cell: number;
  depth: number;
  losses: readonly number[];
  chosen?: number;
}

/** Dots on the left, quartiles and median on the right, the chosen path among the dots. */
function cellTraces(
  space: Space,
  { panel, cell, depth, losses, chosen }: DrawnCell,
): Trace[] {
  const label = (path: number) => pathOperations(space, depth, path).map(operationLabel).join(" ");
  const order = Array.from(losses, (_, path) => path).sort((a, b) => losses[a] - losses[b]);
  const sorted = order.map((path) => losses[path]);
  const shown = thinned(order);
  const axes = { type: "scatter" as const, xaxis: panel.x, yaxis: panel.y };
  const box = cell + 0.34;
  const traces: Trace[] = [{
    ...axes,
    mode: "markers",
    name: depth === 1 ? "1 layer" : `${depth} layers`,
    x: shown.map((_, i) =>
      Math.round(1e3 * (cell - 0.1 + 0.6 * (((i * 0.618034) % 1) - 0.5))) / 1e3
    ),
    y: shown.map((path) => losses[path]),
    text: shown.map(label),
    marker: { color: depthColor(space, depth), size: 4, opacity: 0.6 },
    hovertemplate: "%{text}: %{y:.4f}<extra></extra>",
  }, {
    ...axes,
    mode: "lines",
    name: "quartiles",
    x: [box, box],
    y: [quantile(sorted, 0.25), quantile(sorted, 0.75)],
    line: { color: INK, width: 5 },
    hoverinfo: "skip",
  }, {
    ...axes,
    mode: "markers",
    name: "median",
    x: [box],
    y: [quantile(sorted, 0.5)],
    marker: { symbol: "line-ew-open", color: INK, size: 10, line: { color: INK, width: 2.5 } },
    hovertemplate: "median %{y:.4f}<extra></extra>",
  }];
  if (chosen !== undefined) {
    traces.push({
      ...axes,
      mode: "markers",
      name: "chosen",
      x: [cell - 0.1],
      y: [losses[chosen]],
      text: [label(chosen)],
      marker: { ...WINNER, line: { color: "white", width: 1 } },
      hovertemplate: "%{text}: %{y:.4f}<extra>chosen</extra>",
    });
  }
  return traces;
}

/** Depths first, from the least; then what lies over the dots. */
function rank(name: string): number {
  const over = ["quartiles", "median", "chosen"].indexOf(name);
  return over >= 0 ? 1e6 + over : parseInt(name);
}

function thinned(order: readonly number[]): readonly number[] {
  if (order.length <= MOST_DOTS) return order;
  const step = (order.length - 1) / (MOST_DOTS - 1);
  return Array.from({ length: MOST_DOTS }, (_, i) => order[Math.round(i * step)]);
}

function extent(values: readonly number[]): [low: number, high: number] {
  return values.reduce<[number, number]>(
    ([low, high], value) => [Math.min(low, value), Math.max(high, value)],
    [Infinity, -Infinity],
  );
}
