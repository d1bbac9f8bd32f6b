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
    const left = (i % columns) * (width + columnGap);
    const top = 1 - Math.floor(i / columns) * (height + rowGap);
    return {
      ...names(i),
      columns: [left, left + width].map(round) as [number, number],
      rows: [top - height, top].map(round) as [number, number],
      isLowest: i + columns >= count,
      isFirst: i % columns === 0,
    };
  });
}

/** Lays out panels in one row, each as wide as its share says. */
export function panelRow(shares: readonly number[], gap = 0.055): Panel[] {
  const unit = (1 - gap * (shares.length - 1)) / shares.reduce((sum, share) => sum + share, 0);
  let left = 0;
  return shares.map((share, i) => {
    const columns = [left, left + unit * share].map(round) as [number, number];
    left += unit * share + gap;
    return { ...names(i), columns, rows: [0, 1], isLowest: true, isFirst: i === 0 };
  });
}

/** What plotly calls the axes and the legend of panel `i`. */
function names(i: number): Pick<Panel, "x" | "y" | "xaxis" | "yaxis" | "legend"> {
  const suffix = i === 0 ? "" : `${i + 1}`;
  return {
    x: `x${suffix}`,
    y: `y${suffix}`,
    xaxis: `xaxis${suffix}`,
    yaxis: `yaxis${suffix}`,
    legend: `legend${suffix}`,
  };
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
