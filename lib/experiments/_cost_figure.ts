/**
 * Seconds of a search's stages, drawn.
 *
 * @module
 */

import { axis, COLORS, layout, LEGEND } from "../plots/_style.ts";
import type { Figure, Trace } from "../plots/types.ts";

const STAGES = {
  teacher: "making the teacher",
  simple: "distilling, one cell a block",
  extended: "distilling, all cells",
  rating: "rating every path",
  search: "searching",
  retraining: "retraining the winner",
} as const;

/** Where the axis has lines, in seconds. */
const TIMES = {
  "1 ms": 1e-3,
  "1 s": 1,
  "1 min": 60,
  "1 h": 3600,
  "1 day": 86_400,
  "30 days": 2.592e6,
};

type Seconds = Partial<Record<keyof typeof STAGES, number>>;

/** Both as points by the power of ten of their seconds, from milliseconds to months. */
export function costFigure(ours: Seconds, paper: Seconds): Figure {
  const names = Object.values(STAGES);
  const trace = (name: string, seconds: Seconds, marker: Record<string, unknown>): Trace => {
    const known = (Object.keys(STAGES) as (keyof typeof STAGES)[])
      .filter((stage) => Number(seconds[stage]) > 0);
    return {
      type: "scatter",
      mode: "markers",
      name,
      x: known.map((stage) => Number(Math.log10(seconds[stage]!).toFixed(4))),
      y: known.map((stage) => STAGES[stage]),
      marker,
      hovertemplate: "%{y}<extra></extra>",
    };
  };
  return {
    data: [
      trace("here", ours, { color: COLORS.vermillion, symbol: "star", size: 13 }),
      trace("the paper, by one GPU", paper, { color: COLORS.blue, symbol: "diamond", size: 10 }),
    ],
    layout: layout(110 + 34 * names.length, {
      margin: { l: 190, r: 24, t: 40, b: 52 },
      legend: LEGEND,
      xaxis: axis("time, on a logarithmic scale", {
        tickvals: Object.values(TIMES).map(Math.log10),
        ticktext: Object.keys(TIMES),
        range: [-3.2, 7.2],
      }),
      yaxis: axis("", { autorange: "reversed", type: "category", categoryarray: names }),
    }),
  };
}
