/** The house style of figures: legible on white and on dark, for colour-blind readers, and in print. */
import type { SpaceDefinition } from "../space/types.ts";
import type { Figure } from "./types.ts";

/** Okabe and Ito's colours, their lightness adapted so that each has a contrast of 3 to white and to near-black. */
export const COLORS = {
  blue: "#1a80bd",
  orange: "#c98500",
  green: "#009e73",
  vermillion: "#d55e00",
  purple: "#c46d9c",
} as const;

/** The colours in the order in which unnamed series take them. */
export const SERIES: readonly string[] = [
  COLORS.blue,
  COLORS.orange,
  COLORS.green,
  COLORS.purple,
  COLORS.vermillion,
];

/** Lettering and lines: as far from white as from near-black. */
export const INK = "#767676";
const GRID = "rgba(128, 128, 128, 0.22)";

/** How the networks of a run look in every figure. */
export const WINNER = { color: COLORS.vermillion, symbol: "star", size: 15 } as const;
export const RANDOM = { color: COLORS.blue, symbol: "diamond", size: 10 } as const;
export const TEACHER = { color: COLORS.green, symbol: "square", size: 10 } as const;

/** Above the panels; the margin grows with it. */
export const LEGEND = {
  orientation: "h",
  x: 0,
  xanchor: "left",
  y: 1.03,
  yanchor: "bottom",
  bgcolor: "rgba(0, 0, 0, 0)",
} as const;

/** A layout in the house style. */
export function layout(height: number, more: Record<string, unknown>): Figure["layout"] {
  return {
    autosize: true,
    height,
    font: { family: "system-ui, -apple-system, Segoe UI, sans-serif", size: 13, color: INK },
    paper_bgcolor: "rgba(0, 0, 0, 0)",
    plot_bgcolor: "rgba(0, 0, 0, 0)",
    margin: { l: 60, r: 16, t: 28, b: 52 },
    hovermode: "closest",
    modebar: { bgcolor: "rgba(0, 0, 0, 0)", color: INK, activecolor: COLORS.blue },
    ...more,
  };
}

/** An axis in the house style; the title holds the unit. */
export function axis(title: string, more: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    title: { text: title, standoff: 8 },
    gridcolor: GRID,
    linecolor: GRID,
    zeroline: false,
    automargin: true,
    ...more,
  };
}

/** Whole epochs on an axis, however few there are. */
export function epochAxis(
  epochs: number,
  more: Record<string, unknown> = {},
): Record<string, unknown> {
  const few = epochs <= 10 ? { dtick: 1, range: [0.6, epochs + 0.4] } : {};
  return axis("epoch", { ...few, ...more });
}

/** The colour of cells of a depth: the same in every figure of a space. */
export function depthColor(space: Pick<SpaceDefinition, "blocks">, depth: number): string {
  const all = space.blocks.flatMap(({ cells }) => cells.map(({ depth }) => depth));
  const depths = [...new Set(all)].sort((a, b) => a - b);
  return SERIES[depths.indexOf(depth) % SERIES.length];
}
