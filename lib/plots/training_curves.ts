import { escape } from "./_markup.ts";
import { groupBy, retrainLines } from "./_metrics.ts";
import { panels } from "./_panels.ts";
import { axis, COLORS, epochAxis, layout, LEGEND } from "./_style.ts";
import type { Figure, Trace } from "./types.ts";

const DASHES = ["dash", "dot", "dashdot", "longdash"];

/**
 * Draws loss and accuracy on the training images over the epochs of retraining, of the winner and of the random networks.
 *
 * @param metrics Lines of metrics.jsonl; those of stage `retrain` are drawn: `{ stage, network, epoch, loss, accuracy }`.
 * @returns A plotly figure of two panels, without traces where nothing was retrained.
 *
 * @example
 * ```ts
 * import { trainingCurves } from "@dna/kernel";
 * import { assertEquals } from "@std/assert";
 *
 * const metrics = [1, 2].map((epoch) => ({
 *   stage: "retrain", network: "winner", epoch, loss: 1 / epoch, accuracy: 0.5,
 * }));
 * const [loss, accuracy] = trainingCurves(metrics).data;
 * assertEquals([loss.y, accuracy.y], [[1, 0.5], [50, 50]]);
 * ```
 */
export function trainingCurves(metrics: readonly Record<string, unknown>[]): Figure {
  const lines = retrainLines(metrics);
  const epochs = lines.reduce((most, { epoch }) => Math.max(most, epoch), 1);
  const places = panels(2, 0.14);
  const networks = [...groupBy(lines, (line) => line.network)].sort(([a], [b]) => order(a, b));
  const more: Record<string, unknown> = {};
  const quantities = [
    { title: "training loss", of: (line: { loss: number }) => line.loss },
    {
      title: "training accuracy (%)",
      of: (line: { accuracy: number }) => Math.round(1e6 * line.accuracy) / 1e4,
    },
  ] as const;
  const data = quantities.flatMap(({ title, of }, i) => {
    const panel = places[i];
    more[panel.xaxis] = epochAxis(epochs, { domain: panel.columns, anchor: panel.y });
    more[panel.yaxis] = axis(title, { anchor: panel.x });
    return networks.map(([network, lines], k): Trace => {
      const isWinner = network === "winner";
      const color = isWinner ? COLORS.vermillion : COLORS.blue;
      const sorted = [...lines].sort((a, b) => a.epoch - b.epoch);
      return {
        type: "scatter",
        mode: sorted.length > 20 ? "lines" : "lines+markers",
        name: escape(network),
        x: sorted.map(({ epoch }) => epoch),
        y: sorted.map(of),
        line: {
          color,
          width: isWinner ? 3 : 1.5,
          dash: isWinner ? "solid" : DASHES[k % DASHES.length],
        },
        marker: { color, size: 6 },
        hovertemplate: "epoch %{x}: %{y:.4}",
        xaxis: panel.x,
        yaxis: panel.y,
        legendgroup: network,
        showlegend: i === 0,
      };
    });
  });
  return { data, layout: layout(330, { ...more, legend: LEGEND }) };
}

/** The winner first, then by name and number. */
function order(a: string, b: string): number {
  return Number(b === "winner") - Number(a === "winner") ||
    a.localeCompare(b, "en", { numeric: true });
}
