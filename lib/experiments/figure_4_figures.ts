/**
 * Figure 4 drawn: what two raters give against what retraining gave, and every rater's tau.
 *
 * @module
 */

import { panelRow, panelTitle } from "../plots/_panels.ts";
import { axis, COLORS, INK, layout } from "../plots/_style.ts";
import type { Figure, Trace } from "../plots/types.ts";
import type { Interval } from "../ranking/bootstrap.ts";
import type { RankingData } from "./figure_4.ts";
import { intervalText, tauText } from "./_words.ts";

/** What a rater's row says. */
interface Row {
  tauB: number;
  interval: Interval;
  atEqualFlops: number;
  atEqualFlopsInterval: Interval;
}

/** Two panels, DNA's loss and SPOS's cross-entropy, with the accuracies of the retrained networks above them. */
export function rankingFigure(data: RankingData, raters: Record<string, Row>): Figure {
  const panels = panelRow([1, 1], 0.09);
  const accuracy = data.retrained.map((own) =>
    100 * own.reduce((sum, { top1 }) => sum + top1, 0) / own.length
  );
  const series = [
    {
      name: "dna",
      title: "DNA",
      label: "sum of the blocks' losses (eq. 8)",
      x: data.dna[0].at(-1)!.losses.map((own) => own.reduce((sum, loss) => sum + loss, 0)),
      marker: { color: COLORS.vermillion, symbol: "circle" },
    },
    {
      name: "spos",
      title: "SPOS",
      label: "cross-entropy with shared weights (nats)",
      x: data.spos[0].map(({ crossEntropy }) => crossEntropy),
      marker: { color: COLORS.blue, symbol: "diamond" },
    },
  ];
  const traces = series.map(({ name, x, marker }, i): Trace => ({
    type: "scatter",
    mode: "markers",
    name,
    x: x.map((value) => Number(value.toPrecision(6))),
    y: accuracy.map((value) => Number(value.toFixed(3))),
    xaxis: panels[i].x,
    yaxis: panels[i].y,
    marker: { ...marker, size: 8, opacity: 0.8, line: { color: "white", width: 0.5 } },
    hovertemplate: "%{x:.4g}: %{y:.2f} %<extra></extra>",
    showlegend: false,
  }));
  return {
    data: traces,
    layout: layout(340, {
      margin: { l: 60, r: 16, t: 40, b: 56 },
      annotations: series.map(({ name, title }, i) =>
        panelTitle(
          panels[i],
          `${title}: tau ${tauText(raters[name].tauB)} ${intervalText(raters[name].interval, 2)}`,
        )
      ),
      ...Object.fromEntries(series.flatMap(({ label }, i) => [
        // As in the paper, the better rating is to the right.
        [
          panels[i].xaxis,
          axis(label, { domain: panels[i].columns, anchor: panels[i].y, autorange: "reversed" }),
        ],
        [
          panels[i].yaxis,
          axis(i === 0 ? "retrained accuracy (%)" : "", {
            domain: panels[i].rows,
            anchor: panels[i].x,
          }),
        ],
      ])),
    }),
  };
}

/** Every rater's tau with its interval, plain and at equal FLOPs, and what a perfect rater would show. */
export function tauFigure(raters: Record<string, Row>, ceiling?: number): Figure {
  const rows = Object.entries(raters)
    .filter(([, { tauB }]) => Number.isFinite(tauB))
    .sort(([, a], [, b]) => b.tauB - a.tauB);
  const panels = panelRow([1, 1], 0.05);
  const series = [
    {
      title: "tau",
      of: ({ tauB, interval }: Row) => ({ value: tauB, interval }),
      marker: { color: COLORS.vermillion, symbol: "circle", size: 9 },
    },
    {
      title: "tau at equal FLOPs",
      of: ({ atEqualFlops, atEqualFlopsInterval }: Row) => ({
        value: atEqualFlops,
        interval: atEqualFlopsInterval,
      }),
      marker: { color: COLORS.blue, symbol: "diamond", size: 9 },
    },
  ];
  const rules = [
    { panel: 0, x: 0, dash: "solid" },
    { panel: 1, x: 0, dash: "solid" },
    ...(ceiling === undefined ? [] : [{ panel: 0, x: ceiling, dash: "dash" }]),
  ];
  const range = [-1, 1];
  return {
    data: series.map(({ title, of, marker }, i) =>
      withIntervals(rows.map(([name, row]) => ({ name, ...of(row) })), {
        name: title,
        marker,
        xaxis: panels[i].x,
        yaxis: panels[i].y,
      })
    ),
    layout: layout(120 + 30 * rows.length, {
      margin: { l: 110, r: 24, t: 40, b: 52 },
      ...Object.fromEntries(series.flatMap((_, i) => [
        [
          panels[i].xaxis,
          axis("Kendall's tau", { range, domain: panels[i].columns, anchor: panels[i].y }),
        ],
        [
          panels[i].yaxis,
          axis("", {
            autorange: "reversed",
            type: "category",
            // The same rows in both panels, those without a number too.
            categoryarray: rows.map(([name]) => name),
            showticklabels: i === 0,
            domain: panels[i].rows,
            anchor: panels[i].x,
          }),
        ],
      ])),
      shapes: rules.map(({ panel, x, dash }) => ({
        type: "line",
        xref: panels[panel].x,
        yref: "paper",
        x0: x,
        x1: x,
        y0: 0,
        y1: 1,
        line: { color: INK, width: 1, dash },
      })),
      annotations: [
        panelTitle(panels[0], "tau" + (ceiling === undefined ? "" : " (dashed: a perfect rater)")),
        panelTitle(panels[1], "tau at equal FLOPs"),
      ],
    }),
  };
}

/** Points with intervals, lying; those that are not defined keep their row. */
function withIntervals(
  rows: readonly { name: string; value: number; interval: Interval }[],
  more: Partial<Trace> & { marker: { color: string } },
): Trace {
  const r = (value: number) => Number(value.toFixed(4));
  const defined = (value: number) => Number.isFinite(value) ? r(value) : 0;
  return {
    type: "scatter",
    mode: "markers",
    x: rows.map(({ value }) => Number.isFinite(value) ? r(value) : null),
    y: rows.map(({ name }) => name),
    error_x: {
      type: "data",
      symmetric: false,
      array: rows.map(({ value, interval }) => defined(interval[1] - value)),
      arrayminus: rows.map(({ value, interval }) => defined(value - interval[0])),
      color: more.marker.color,
      thickness: 1.5,
      width: 4,
    },
    hovertemplate: "%{y}: %{x:.3f}<extra></extra>",
    showlegend: false,
    ...more,
  };
}
