/**
 * Figure 6 drawn: what the search finds as the supernet learns.
 *
 * @module
 */

import { panelRow, panelTitle } from "../plots/_panels.ts";
import { axis, COLORS, layout } from "../plots/_style.ts";
import type { Figure, Trace } from "../plots/types.ts";
import type { ProgressRow } from "./figure_6_conclusion.ts";

/** A curve with intervals. */
interface Curve {
  title: string;
  label: string;
  color: string;
  symbol: string;
  of(row: ProgressRow): { value: number; interval?: readonly [number, number] };
}

const CURVES: readonly Curve[] = [
  {
    title: "Network found",
    label: "retrained accuracy (%)",
    color: COLORS.vermillion,
    symbol: "circle",
    of: ({ top1: { mean, interval } }) => ({
      value: 100 * mean,
      interval: [100 * interval[0], 100 * interval[1]],
    }),
  },
  {
    title: "Supernet",
    label: "loss (eq. 7, sum of blocks)",
    color: COLORS.blue,
    symbol: "diamond",
    of: ({ trainingLoss }) => ({ value: trainingLoss }),
  },
  {
    title: "Its ratings",
    label: "tau with retrained cross-entropy",
    color: COLORS.green,
    symbol: "square",
    of: ({ tau, tauInterval }) => ({ value: tau, interval: tauInterval }),
  },
];

/** Three panels over the epochs: the winner's accuracy, the supernet's loss, the ratings' tau. */
export function progressFigure(rows: readonly ProgressRow[]): Figure {
  const panels = panelRow([1, 1, 1], 0.085);
  const r = (value: number) => Number(value.toPrecision(6));
  const data = CURVES.map(({ title, color, symbol, of }, i): Trace => {
    const known = rows.filter((row) => Number.isFinite(of(row).value));
    const ends = known.map((row) => {
      const { value, interval = [NaN, NaN] } = of(row);
      return interval.map((end) => Number.isFinite(end) ? r(Math.abs(end - value)) : 0);
    });
    return {
      type: "scatter",
      mode: "lines+markers",
      name: title,
      x: known.map(({ epoch }) => epoch),
      y: known.map((row) => r(of(row).value)),
      ...(ends.some(([low, high]) => low + high > 0) && {
        error_y: {
          type: "data",
          symmetric: false,
          array: ends.map(([, high]) => high),
          arrayminus: ends.map(([low]) => low),
          color,
          thickness: 1.5,
          width: 4,
        },
      }),
      xaxis: panels[i].x,
      yaxis: panels[i].y,
      line: { color, width: 2 },
      marker: { color, symbol, size: 8 },
      hovertemplate: "epoch %{x}: %{y:.4g}<extra></extra>",
      showlegend: false,
    };
  });
  const last = rows.at(-1)!.epoch;
  return {
    data,
    layout: layout(320, {
      margin: { l: 60, r: 16, t: 40, b: 52 },
      annotations: CURVES.map(({ title }, i) => panelTitle(panels[i], title)),
      ...Object.fromEntries(CURVES.flatMap(({ label }, i) => [
        [
          panels[i].xaxis,
          axis("epoch", { domain: panels[i].columns, anchor: panels[i].y, range: [0, last + 1] }),
        ],
        [
          panels[i].yaxis,
          axis(label, { domain: panels[i].rows, anchor: panels[i].x, nticks: 6 }),
        ],
      ])),
    }),
  };
}
