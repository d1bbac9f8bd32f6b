import { axis, COLORS, layout } from "./_style.ts";
import type { Figure, Trace } from "./types.ts";

/** One row: values that were measured, and their mean. */
export interface IntervalRow {
  /** What stands at the left. */
  name: string;
  /** The values, drawn as small open circles. */
  values: readonly number[];
  /** Their mean. */
  mean: number;
  /** Where the true mean lies; not drawn where it is not finite. */
  interval: readonly [low: number, high: number];
}

/**
 * Draws means with their intervals in rows, and the single values below each.
 *
 * @param rows The rows, from top to bottom.
 * @param title The quantity with its unit.
 * @returns A plotly figure.
 *
 * @example
 * ```ts
 * import { intervalRows } from "@dna/kernel";
 * import { assertEquals } from "@std/assert";
 *
 * const rows = [{ name: "S1", values: [88, 90], mean: 89, interval: [87, 91] as const }];
 * const [values, means] = intervalRows(rows, "accuracy (%)").data;
 * assertEquals([values.x, means.x, means.y], [[88, 90], [89], ["S1"]]);
 * ```
 */
export function intervalRows(rows: readonly IntervalRow[], title: string): Figure {
  const r = (value: number) => Number(value.toPrecision(6));
  const half = (of: (row: IntervalRow) => number) =>
    rows.map((row) => Number.isFinite(of(row)) ? r(of(row)) : 0);
  const values: Trace = {
    type: "scatter",
    mode: "markers",
    name: "each",
    x: rows.flatMap((row) => row.values.map(r)),
    y: rows.flatMap((row) => row.values.map(() => row.name)),
    marker: { color: COLORS.blue, symbol: "circle-open", size: 7, opacity: 0.9 },
    hovertemplate: "%{y}: %{x}<extra></extra>",
    showlegend: false,
  };
  const means: Trace = {
    type: "scatter",
    mode: "markers",
    name: "mean",
    x: rows.map(({ mean }) => r(mean)),
    y: rows.map(({ name }) => name),
    error_x: {
      type: "data",
      symmetric: false,
      array: half(({ mean, interval }) => interval[1] - mean),
      arrayminus: half(({ mean, interval }) => mean - interval[0]),
      color: COLORS.vermillion,
      thickness: 1.5,
      width: 5,
    },
    marker: { color: COLORS.vermillion, symbol: "diamond", size: 9 },
    hovertemplate: "%{y}: mean %{x}<extra></extra>",
    showlegend: false,
  };
  return {
    data: [values, means],
    layout: layout(96 + 40 * rows.length, {
      margin: { l: 160, r: 24, t: 20, b: 52 },
      xaxis: axis(title, { nticks: 8 }),
      yaxis: axis("", { autorange: "reversed", showgrid: true, type: "category" }),
    }),
  };
}
