import { placeLabels } from "./_labels.ts";
import { type Panel, panels, panelTitle } from "./_panels.ts";
import { axis, COLORS, INK, layout, LEGEND, RANDOM, TEACHER, WINNER } from "./_style.ts";
import type { Figure, Trace } from "./types.ts";

/** A network with its cost and accuracy. */
export interface CostedAccuracy {
  /** What stands beside the mark; nothing where it is left out. */
  name?: string;
  /** The cost, in the panel's unit. */
  cost: number;
  /** Accuracy, in per cent. */
  accuracy: number;
  /** Half the interval of the accuracy, in per cent. */
  half?: number;
}

/** Networks that belong together. */
export interface CostedSeries {
  /** What the legend calls them. */
  name: string;
  /** How they look: others' networks, the paper's own, a base line, a front that was searched, or random ones. */
  look: "others" | "own" | "base" | "front" | "random";
  /** The networks; those of `own` and `front` are joined in this order. */
  points: readonly CostedAccuracy[];
}

/** One pair of axes. */
export interface CostPanel {
  /** What stands above it: the data set and where the accuracies are from. */
  title: string;
  /** The cost, with its unit. */
  cost: string;
  /** The accuracy, with its unit. */
  accuracy: string;
  /** What is drawn. */
  series: readonly CostedSeries[];
}

const LOOKS = {
  others: { marker: { color: INK, symbol: "circle", size: 8 }, joined: false },
  own: { marker: WINNER, joined: true },
  base: { marker: TEACHER, joined: false },
  front: { marker: { color: COLORS.green, symbol: "circle", size: 9 }, joined: true },
  random: { marker: RANDOM, joined: false },
} as const;

const HEIGHT = 320; // of a row of panels, in pixels
const AREA = 744; // width of all panels in a static figure of 820 pixels

/**
 * Draws accuracies against costs, in the manner of the paper's figure 3: a panel for each cost and each data set, since accuracies
 * of different data sets do not compare. Names are placed where they cover the least.
 *
 * @param all The panels.
 * @returns A plotly figure.
 * @throws {RangeError} Where a panel has no network.
 *
 * @example
 * ```ts
 * import { accuracyAgainstCost } from "@dna/kernel";
 * import { assertEquals } from "@std/assert";
 *
 * const points = [{ name: "DNA-a", cost: 348, accuracy: 77.1 }];
 * const { data, layout } = accuracyAgainstCost([
 *   { title: "ImageNet", cost: "FLOPs (M)", accuracy: "top-1 (%)", series: [{ name: "DNA", look: "own", points }] },
 * ]);
 * assertEquals([data[0].x, data[0].y], [[348], [77.1]]);
 * assertEquals((layout.annotations as { text: string }[]).map(({ text }) => text), [
 *   "DNA-a", "<b>ImageNet</b>",
 * ]);
 * ```
 */
export function accuracyAgainstCost(all: readonly CostPanel[]): Figure {
  const rows = Math.max(1, Math.ceil(all.length / 2));
  const height = 60 + HEIGHT * rows;
  const places = panels(all.length, 0.13, rows > 1 ? 0.17 / (rows - 1) : 0);
  const named = new Set<string>();
  const more: Record<string, unknown> = {};
  const annotations: unknown[] = [];
  const data = all.flatMap(({ title, cost, accuracy, series }, i) => {
    const panel = places[i];
    const points = series.flatMap((each) => each.points);
    if (points.length === 0) {
      throw new RangeError(`Cannot draw accuracies: panel "${title}" has no network`);
    }
    const x = padded(points.map((point) => point.cost), points.map(() => 0), 0.16);
    const y = padded(points.map((point) => point.accuracy), points.map(({ half = 0 }) => half));
    more[panel.xaxis] = axis(cost, { domain: panel.columns, anchor: panel.y, range: x });
    more[panel.yaxis] = axis(accuracy, { domain: panel.rows, anchor: panel.x, range: y });
    annotations.push(
      ...labelsOf(points, panel, { x, y, height: height - 80 }),
      panelTitle(panel, title),
    );
    return series.filter(({ points }) => points.length > 0).map((each) => {
      const isNew = !named.has(each.name);
      named.add(each.name);
      return traceOf(each, panel, isNew);
    });
  });
  return {
    data,
    layout: layout(height, {
      ...more,
      margin: { l: 60, r: 16, t: 40, b: 52 },
      legend: { ...LEGEND, y: 1.03 + 0.06 / rows }, // clear of the panels' titles
      annotations,
    }),
  };
}

function traceOf({ name, look, points }: CostedSeries, panel: Panel, isNew: boolean): Trace {
  const { marker, joined } = LOOKS[look];
  const halves = points.map(({ half = 0 }) => half);
  return {
    type: "scatter",
    mode: joined ? "lines+markers" : "markers",
    name,
    x: points.map(({ cost }) => cost),
    y: points.map(({ accuracy }) => accuracy),
    text: points.map((point) => point.name ?? name),
    line: { color: marker.color, width: 1.5, dash: "dot" },
    marker: { ...marker, line: { color: "white", width: 1 } },
    ...(halves.some((half) => half > 0) && {
      error_y: { type: "data", array: halves, color: marker.color, thickness: 1.5, width: 5 },
    }),
    hovertemplate: "%{text}: %{y:.2f} % at %{x}<extra></extra>",
    xaxis: panel.x,
    yaxis: panel.y,
    legendgroup: name,
    showlegend: isNew,
  };
}

/** Names beside their marks, as plotly's annotations. */
function labelsOf(
  points: readonly CostedAccuracy[],
  panel: Panel,
  { x, y, height }: { x: [number, number]; y: [number, number]; height: number },
): unknown[] {
  const width = (panel.columns[1] - panel.columns[0]) * AREA;
  const tall = (panel.rows[1] - panel.rows[0]) * height;
  const marks = points.map(({ name = "", cost, accuracy, half = 0 }) => ({
    name,
    x: width * (cost - x[0]) / (x[1] - x[0]),
    y: tall * (1 - (accuracy - y[0]) / (y[1] - y[0])),
    half: tall * half / (y[1] - y[0]),
  }));
  return placeLabels(marks, { width, height: tall }).map(({ index, ...place }) => ({
    text: points[index].name,
    showarrow: false,
    xref: panel.x,
    yref: panel.y,
    x: points[index].cost,
    y: points[index].accuracy,
    font: { size: 11 },
    ...place,
  }));
}

/** From the least to the greatest, with room at both ends. */
function padded(
  values: readonly number[],
  halves: readonly number[],
  share = 0.08,
): [number, number] {
  const low = Math.min(...values.map((value, i) => value - halves[i]));
  const high = Math.max(...values.map((value, i) => value + halves[i]));
  const pad = (high - low || Math.abs(high) || 1) * share;
  return [low - pad, high + pad];
}
