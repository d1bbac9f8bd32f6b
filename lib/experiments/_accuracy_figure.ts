/**
 * Accuracies of networks that were trained from several seeds, drawn.
 *
 * @module
 */

import { panelRow, panelTitle } from "../plots/_panels.ts";
import { axis, COLORS, layout } from "../plots/_style.ts";
import type { Figure, Trace } from "../plots/types.ts";
import { meanOf } from "./_means.ts";

/** A network's accuracies. */
export interface AccuracyRow {
  /** Its name. */
  name: string;
  /** Test accuracies, 0 to 1. */
  values: readonly number[];
  /** What it is: each has a colour and a shape. */
  role: "found" | "beside" | "teacher";
}

/** Networks in a column of the figure. */
export interface AccuracyPanel {
  /** What was done. */
  title: string;
  /** The networks, the first at the top. */
  rows: readonly AccuracyRow[];
}

const MARKERS = {
  found: { color: COLORS.vermillion, symbol: "star", size: 13 },
  beside: { color: COLORS.blue, symbol: "diamond", size: 10 },
  teacher: { color: COLORS.green, symbol: "square", size: 10 },
} as const;

/** Means with 95 % intervals over seeds, and each training as a small dot; the panels have the same rows. */
export function accuracyFigure(given: readonly AccuracyPanel[]): Figure {
  const names = [...new Set(given.flatMap(({ rows }) => rows.map(({ name }) => name)))];
  const panels = panelRow(given.map(() => 1), 0.06);
  const place = (i: number) => ({ xaxis: panels[i].x, yaxis: panels[i].y, showlegend: false });
  const percent = (value: number) => Number((100 * value).toFixed(3));
  return {
    data: given.flatMap(({ rows }, i) =>
      rows.filter(({ values }) => values.length > 0).flatMap(({ name, values, role }): Trace[] => {
        const { mean, interval: [, high] } = meanOf(values);
        const marker = MARKERS[role];
        const dots: Trace = {
          type: "scatter",
          mode: "markers",
          name,
          x: values.map(percent),
          y: values.map(() => name),
          marker: { color: marker.color, symbol: "circle", size: 5, opacity: 0.55 },
          hoverinfo: "skip",
          ...place(i),
        };
        return [...(values.length > 1 ? [dots] : []), {
          type: "scatter",
          mode: "markers",
          name,
          x: [percent(mean)],
          y: [name],
          marker: { ...marker, line: { color: "white", width: 1 } },
          error_x: {
            type: "data",
            array: [Number.isFinite(high) ? percent(high - mean) : 0],
            color: marker.color,
            thickness: 1.5,
            width: 5,
          },
          hovertemplate: "%{y}: %{x:.2f} %<extra></extra>",
          ...place(i),
        }];
      })
    ),
    layout: layout(110 + 34 * names.length, {
      margin: { l: 130, r: 24, t: 40, b: 52 },
      ...Object.fromEntries(given.flatMap((_, i) => [
        [
          panels[i].xaxis,
          axis("test accuracy (%)", { nticks: 5, domain: panels[i].columns, anchor: panels[i].y }),
        ],
        [
          panels[i].yaxis,
          axis("", {
            autorange: "reversed",
            type: "category",
            categoryarray: names,
            showticklabels: i === 0,
            domain: panels[i].rows,
            anchor: panels[i].x,
          }),
        ],
      ])),
      annotations: given.map(({ title }, i) => panelTitle(panels[i], title)),
    }),
  };
}
