/**
 * How alike student and teacher are, drawn channel by channel.
 *
 * @module
 */

import { axis, COLORS, layout, LEGEND } from "../plots/_style.ts";
import type { Figure, Trace } from "../plots/types.ts";

/** What is drawn of a block. */
interface Block {
  median: number;
  channels: { correlation: number | null }[];
}

/** How far a block's channels are spread out beside each other, in blocks. */
const SPREAD = 0.28;

/** A mark for each channel of each block, and a bar at the block's median. */
export function correlationFigure(
  epochs: readonly { epoch: number; blocks: readonly Block[] }[],
): Figure {
  const colors = [COLORS.blue, COLORS.vermillion];
  const symbols = ["circle", "diamond"];
  const step = epochs.length > 1 ? 0.4 : 0;
  const data = epochs.flatMap(({ epoch, blocks }, i): Trace[] => {
    const middle = (block: number) => block + 1 + (i - (epochs.length - 1) / 2) * step;
    const place = (block: number, channel: number, count: number) =>
      Number((middle(block) + (channel / Math.max(1, count - 1) - 0.5) * SPREAD).toFixed(4));
    const known = blocks.flatMap(({ channels }, block) =>
      channels.flatMap(({ correlation }, channel) =>
        correlation !== null
          ? [{ x: place(block, channel, channels.length), y: Number(correlation.toFixed(4)) }]
          : []
      )
    );
    const color = colors[i % colors.length];
    return [
      {
        type: "scatter",
        mode: "markers",
        name: `epoch ${epoch}`,
        x: known.map(({ x }) => x),
        y: known.map(({ y }) => y),
        marker: { color, symbol: symbols[i % symbols.length], size: 6, opacity: 0.75 },
        hovertemplate: "r = %{y:.3f}<extra></extra>",
      },
      {
        type: "scatter",
        mode: "lines",
        name: `median, epoch ${epoch}`,
        x: blocks.flatMap((_, block) => [middle(block) - 0.17, middle(block) + 0.17, null]),
        y: blocks.flatMap(({ median }) => {
          const value = Number(median.toFixed(4));
          return [value, value, null];
        }),
        line: { color, width: 2.5 },
        hovertemplate: "median r = %{y:.3f}<extra></extra>",
        showlegend: false,
      },
    ];
  });
  const count = epochs[0].blocks.length;
  return {
    data,
    layout: layout(340, {
      legend: LEGEND,
      xaxis: axis("block", { dtick: 1, range: [0.4, count + 0.6] }),
      yaxis: axis("Pearson's r of a channel", { nticks: 6 }),
    }),
  };
}
