import { axis, COLORS, layout, LEGEND, SERIES, WINNER } from "./_style.ts";
import type { Figure, Trace } from "./types.ts";

/** A network of a front, as `paretoFront` gives it. */
export interface FrontPoint {
  /** Sum over blocks of λ times the path's loss (equation 5). */
  loss: number;
  /** Trainable parameters. */
  params: number;
  /** Multiply–adds for one image. */
  macs: number;
  /** FLOPs for one image, as the paper counts them. */
  flops: number;
  /** The costs of one's own by name. */
  costs?: Record<string, number>;
}

/** What {@linkcode frontPlot} shows beside the front. */
export interface FrontPlotOptions {
  /** The network that was chosen. */
  chosen?: FrontPoint;
  /** Networks to show the front among, as `sampleArchitectures` draws them, with their losses. */
  others?: readonly FrontPoint[];
  /** The name of the cost on the axis. Default: the first that the front is by. */
  by?: string;
}

const TITLES: Readonly<Record<string, string>> = {
  params: "parameters",
  flops: "FLOPs of one image",
  macs: "multiply–adds of one image",
};

/**
 * Draws a Pareto front: the least loss that any network reaches within each cost.
 *
 * @param front The networks of the front, by rising cost; `by` names the cost.
 * @param options The network chosen, and others to compare with.
 * @returns A plotly figure.
 *
 * @example
 * ```ts
 * import { frontPlot } from "@dna/kernel";
 * import { assertEquals } from "@std/assert";
 *
 * const front = Object.assign([
 *   { loss: 3, params: 1000, macs: 1e5, flops: 1.1e5 },
 *   { loss: 2, params: 2000, macs: 2e5, flops: 2.2e5 },
 * ], { by: ["params"] });
 * const { data } = frontPlot(front, { chosen: front[1] });
 * assertEquals(data.map(({ name, x, y }) => [name, x, y]), [
 *   ["front of 2 networks", [1000, 2000], [3, 2]],
 *   ["chosen", [2000], [2]],
 * ]);
 * ```
 */
export function frontPlot(
  front: readonly FrontPoint[] & { readonly by?: readonly string[] },
  { chosen, others = [], by = front.by?.[0] ?? "params" }: FrontPlotOptions = {},
): Figure {
  const costOf = (network: FrontPoint): number =>
    network.costs?.[by] ?? network[by as "params" | "flops" | "macs"];
  const trace = (name: string, networks: readonly FrontPoint[], more: object): Trace => ({
    type: "scatter",
    name,
    x: networks.map(costOf),
    y: networks.map(({ loss }) => loss),
    hovertemplate: `%{x:.4s}, loss %{y:.4f}<extra>${name}</extra>`,
    ...more,
  });
  const data = [
    ...others.length > 0
      ? [trace("random", others, {
        mode: "markers",
        marker: { color: SERIES[0], size: 4, opacity: 0.5 },
      })]
      : [],
    trace(`front of ${front.length.toLocaleString("en-US")} networks`, front, {
      mode: front.length > 60 ? "lines" : "lines+markers",
      line: { color: COLORS.green, width: 2.5, shape: "hv" },
      marker: { color: COLORS.green, size: 6 },
    }),
    ...chosen
      ? [trace("chosen", [chosen], {
        mode: "markers",
        marker: { ...WINNER, line: { color: "white", width: 1 } },
      })]
      : [],
  ];
  return {
    data,
    layout: layout(380, {
      xaxis: axis(TITLES[by] ?? by, { tickformat: "~s", nticks: 7 }),
      yaxis: axis("loss of a network (sum over blocks)"),
      legend: LEGEND,
    }),
  };
}
