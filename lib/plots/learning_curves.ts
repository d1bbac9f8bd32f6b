import { panels } from "./_panels.ts";
import { axis, COLORS, epochAxis, layout, LEGEND } from "./_style.ts";
import type { Figure, Trace } from "./types.ts";

/** A point of a curve. */
type Point = { epoch: number; loss: number; accuracy: number };

/**
 * Draws loss and accuracy of one network over the epochs of its training, on the training images as they were varied and, where they
 * were looked at, on the validation images.
 *
 * @param metrics Lines of metrics.jsonl; those of stage `train` are drawn: `{ stage, epoch, loss, accuracy, validation? }`.
 * @returns A plotly figure of two panels, without traces where there are no such lines.
 *
 * @example
 * ```ts
 * import { learningCurves } from "@dna/kernel";
 * import { assertEquals } from "@std/assert";
 *
 * const metrics = [{
 *   stage: "train", epoch: 1, loss: 0.7, accuracy: 0.5, validation: { top1: 0.6, crossEntropy: 0.8 },
 * }];
 * const { data } = learningCurves(metrics);
 * assertEquals(data.map(({ name, y }) => [name, y]), [
 *   ["training", [0.7]],
 *   ["validation", [0.8]],
 *   ["training", [50]],
 *   ["validation", [60]],
 * ]);
 * ```
 */
export function learningCurves(metrics: readonly Record<string, unknown>[]): Figure {
  const lines = metrics.filter(({ stage }) => stage === "train") as (Point & {
    validation?: { top1: number; crossEntropy: number };
  })[];
  const curves: [name: string, color: string, points: Point[]][] = [
    ["training", COLORS.blue, lines],
    [
      "validation",
      COLORS.vermillion,
      lines.flatMap(({ epoch, validation }) =>
        validation ? [{ epoch, loss: validation.crossEntropy, accuracy: validation.top1 }] : []
      ),
    ],
  ];
  const epochs = lines.reduce((most, { epoch }) => Math.max(most, epoch), 1);
  const more: Record<string, unknown> = {};
  const quantities = [
    ["loss, cross-entropy", ({ loss }: Point) => loss],
    ["accuracy (%)", ({ accuracy }: Point) => Math.round(1e6 * accuracy) / 1e4],
  ] as const;
  const data = panels(2, 0.14).flatMap((panel, i) => {
    const [title, of] = quantities[i];
    more[panel.xaxis] = epochAxis(epochs, { domain: panel.columns, anchor: panel.y });
    more[panel.yaxis] = axis(title, { anchor: panel.x });
    return curves.filter(([, , points]) => points.length > 0).map((
      [name, color, points],
    ): Trace => ({
      type: "scatter",
      mode: points.length > 20 ? "lines" : "lines+markers",
      name,
      x: points.map(({ epoch }) => epoch),
      y: points.map(of),
      line: { color, width: 2 },
      marker: { color, size: 6 },
      hovertemplate: "epoch %{x}: %{y:.4}",
      xaxis: panel.x,
      yaxis: panel.y,
      legendgroup: name,
      showlegend: i === 0,
    }));
  });
  return { data, layout: layout(330, { ...more, legend: LEGEND }) };
}
