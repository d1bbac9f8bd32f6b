import type { SpaceDefinition } from "../space/types.ts";
import { type DistilLine, distilLines, groupBy, stoppedLines } from "./_metrics.ts";
import { type Panel, panels, panelTitle } from "./_panels.ts";
import { axis, depthColor, epochAxis, layout, SERIES } from "./_style.ts";
import type { Figure, Trace } from "./types.ts";

/** What is known of the cells whose losses are drawn. */
export interface LossCurveOptions {
  /** The space, which tells depth and width of each cell; without it cells are numbered. */
  space?: Pick<SpaceDefinition, "blocks">;
}

/**
 * Draws the distillation loss (equation 7) of each cell over the epochs: a panel for each block.
 *
 * Colour tells the cell's depth and the dash its width, so that cells compare across blocks. A cell that was stopped says
 * so in the legend; its curve ends before.
 *
 * @param metrics Lines of metrics.jsonl; those of stage `distil` are drawn: `{ stage, epoch, block, cell, loss }`, and
 *   those of stage `stopped` mark cells: `{ stage, epoch, step, block, cell, reason }`.
 * @param options The space.
 * @returns A plotly figure.
 *
 * @example
 * ```ts
 * import { lossCurves, searchSpace } from "@dna/kernel";
 * import { assertEquals } from "@std/assert";
 *
 * const metrics = [1, 2].map((epoch) => ({
 *   stage: "distil", epoch, block: 2, cell: 1, loss: 1 / epoch,
 * }));
 * const [curve] = lossCurves(metrics, { space: searchSpace("fashion") }).data;
 * assertEquals([curve.name, curve.y], ["3 × 24", [1, 0.5]]);
 * ```
 */
export function lossCurves(
  metrics: readonly Record<string, unknown>[],
  { space }: LossCurveOptions = {},
): Figure {
  const lines = distilLines(metrics);
  const stopped = stoppedLines(metrics);
  const byBlock = groupBy<DistilLine | Place, number>([...lines, ...stopped], ({ block }) => block);
  const blocks = [...byBlock].sort(([a], [b]) => a - b);
  const epochs = lines.reduce((most, { epoch }) => Math.max(most, epoch), 1);
  const data: Trace[] = [];
  const more: Record<string, unknown> = {};
  const annotations: unknown[] = [];
  const rows = Math.max(1, Math.ceil(blocks.length / 2));
  const places = panels(blocks.length, 0.12, 0.3 / rows);
  blocks.forEach(([block, own], i) => {
    const panel = places[i];
    const cells = [...new Set(own.map(({ cell }) => cell))].sort((a, b) => a - b);
    for (const cell of cells) {
      const isCell = (place: Place) => place.block === block && place.cell === cell;
      const { name, ...rest } = look(block, cell, space);
      const mark = stopped.find(isCell);
      const title = mark ? `${name}, stopped in epoch ${mark.epoch}` : name;
      data.push(curve(panel, lines.filter(isCell), { ...rest, name: title }));
    }
    more[panel.xaxis] = epochAxis(epochs, {
      domain: panel.columns,
      anchor: panel.y,
      ...(!panel.isLowest && { title: undefined }),
    });
    more[panel.yaxis] = axis(panel.isFirst ? "loss (eq. 7)" : "", {
      domain: panel.rows,
      anchor: panel.x,
      rangemode: "tozero",
    });
    more[panel.legend] = {
      ...(isUpperRightFree(lines.filter((line) => line.block === block), cells.length)
        ? { x: panel.columns[1], xanchor: "right", y: panel.rows[1], yanchor: "top" }
        : { x: panel.columns[0], xanchor: "left", y: panel.rows[0], yanchor: "bottom" }),
      bgcolor: "rgba(0, 0, 0, 0)",
    };
    annotations.push(panelTitle(panel, `Block ${block + 1}`));
  });
  return { data, layout: layout(90 + 210 * rows, { ...more, annotations }) };
}

/** Whether a legend of so many lines covers no curve in the upper right corner; else there is room below them. */
function isUpperRightFree(lines: readonly DistilLine[], entries: number): boolean {
  const LEGEND_LINE = 17;
  const PANEL = 150;
  const last = Math.max(...lines.map(({ epoch }) => epoch));
  const highest = (some: readonly DistilLine[]) => Math.max(...some.map(({ loss }) => loss));
  const late = lines.filter(({ epoch }) => epoch > 0.6 * last);
  return highest(late) < (1 - (LEGEND_LINE * entries + 10) / PANEL) * highest(lines);
}

/** A block and a cell in it. */
type Place = Pick<DistilLine, "block" | "cell">;

interface Look {
  name: string;
  color: string;
  dash: string;
}

const DASHES = ["solid", "dash", "dot", "dashdot"];

function look(block: number, cell: number, space: LossCurveOptions["space"]): Look {
  const cells = space?.blocks[block]?.cells;
  const spec = cells?.[cell];
  if (!space || !cells || !spec) {
    return { name: `cell ${cell + 1}`, color: SERIES[cell % SERIES.length], dash: DASHES[0] };
  }
  const widths = [...new Set(cells.map(({ width }) => width))].sort((a, b) => a - b);
  return {
    name: `${spec.depth} × ${spec.width}`,
    color: depthColor(space, spec.depth),
    dash: DASHES[widths.indexOf(spec.width) % DASHES.length],
  };
}

function curve(
  panel: Panel,
  lines: readonly { epoch: number; loss: number }[],
  { name, color, dash }: Look,
): Trace {
  const sorted = [...lines].sort((a, b) => a.epoch - b.epoch);
  return {
    type: "scatter",
    mode: sorted.length > 20 ? "lines" : "lines+markers",
    name,
    x: sorted.map(({ epoch }) => epoch),
    y: sorted.map(({ loss }) => loss),
    line: { color, dash, width: 2 },
    marker: { color, size: 6 },
    hovertemplate: "epoch %{x}: %{y:.4f}",
    xaxis: panel.x,
    yaxis: panel.y,
    legend: panel.legend,
    showlegend: true,
  };
}
