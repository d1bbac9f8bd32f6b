/** Where the panels of a figure are, in fractions of its area. */
export interface Panel {
  /** `x`, `x2`, … as traces name it. */
  x: string;
  /** `y`, `y2`, … as traces name it. */
  y: string;
  /** `xaxis`, `xaxis2`, … as the layout names it. */
  xaxis: string;
  /** `yaxis`, `yaxis2`, … as the layout names it. */
  yaxis: string;
  /** `legend`, `legend2`, … as the layout names it. */
  legend: string;
  /** Left and right end. */
  columns: [number, number];
  /** Lower and upper end. */
  rows: [number, number];
  /** Whether no panel is below it. */
  isLowest: boolean;
  /** Whether no panel is left of it. */
  isFirst: boolean;
}

/** Lays out panels in two columns, row by row. */
export function panels(count: number, columnGap = 0.12, rowGap = 0.2): Panel[] {
  const columns = Math.min(count, 2);
  const rows = Math.ceil(count / columns);
  const width = (1 - columnGap * (columns - 1)) / columns;
  const height = (1 - rowGap * (rows - 1)) / rows;
  return Array.from({ length: count }, (_, i) => {
    const suffix = i === 0 ? "" : `${i + 1}`;
    const left = (i % columns) * (width + columnGap);
    const top = 1 - Math.floor(i / columns) * (height + rowGap);
    return {
      x: `x${suffix}`,
      y: `y${suffix}`,
      xaxis: `xaxis${suffix}`,
      yaxis: `yaxis${suffix}`,
      legend: `legend${suffix}`,
      columns: [left, left + width].map(round) as [number, number],
      rows: [top - height, top].map(round) as [number, number],
      isLowest: i + columns >= count,
      isFirst: i % columns === 0,
    };
  });
}

/** A title above a panel. */
export function panelTitle(panel: Panel, text: string): Record<string, unknown> {
  return {
    text: `<b>${text}</b>`,
    showarrow: false,
    xref: "paper",
    yref: "paper",
    x: panel.columns[0],
    xanchor: "left",
    y: panel.rows[1],
    yanchor: "bottom",
    yshift: 4,
  };
}

function round(fraction: number): number {
  return Math.max(0, Math.min(1, Math.round(fraction * 1e4) / 1e4));
}
