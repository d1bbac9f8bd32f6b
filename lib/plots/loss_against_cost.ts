import type { Ratings } from "../ratings.ts";
import type { NetworkRecord, SearchRecord } from "../report/types.ts";
import type { BlockChoice } from "../space/types.ts";
import { short } from "./_format.ts";
import { type Panel, panels } from "./_panels.ts";
import { axis, INK, layout, LEGEND, RANDOM, WINNER } from "./_style.ts";
import type { Figure, Trace } from "./types.ts";

/** A network of the space with its costs, as `sampleArchitectures` draws it. */
export interface CostedChoice {
  /** Cell and path of each block. */
  choice: readonly BlockChoice[];
  /** Trainable parameters. */
  params: number;
  /** FLOPs for one image, as the paper counts them. */
  flops: number;
}

/** How {@linkcode lossAgainstCost} adds up losses. */
export interface LossPlotOptions {
  /** λ of each block; 1 for each where nothing is given. */
  weights?: readonly number[];
}

/**
 * Adds up the losses of a choice: the search's objective.
 *
 * @param ratings The ratings.
 * @param choice Cell and path of each block.
 * @param weights λ of each block; 1 for each where nothing is given.
 * @returns The sum over blocks of λ times the path's loss.
 *
 * @example
 * ```ts
 * import { choiceLoss, type Ratings } from "@dna/kernel";
 * import { assertEquals } from "@std/assert";
 *
 * const cells = [{ width: 8, depth: 1, losses: [6, 5, 4, 3, 2, 1] }];
 * const ratings: Ratings = {
 *   space: { name: "one", blocks: [{ stride: 1, cells: [{ width: 8, depth: 1 }] }] },
 *   resolution: 32,
 *   classes: 10,
 *   blocks: [{ cells }],
 * };
 * assertEquals(choiceLoss(ratings, [{ cell: 0, path: 4 }], [3]), 6);
 * ```
 */
export function choiceLoss(
  ratings: Ratings,
  choice: readonly BlockChoice[],
  weights?: readonly number[],
): number {
  return choice.reduce(
    (sum, { cell, path }, block) =>
      sum + (weights?.[block] ?? 1) * ratings.blocks[block].cells[cell].losses[path],
    0,
  );
}

/**
 * Draws the loss of networks against parameters and against FLOPs: a sample of the space, the budgets, the random networks
 * that were compared, and the winner.
 *
 * @param ratings The ratings, which give the sampled networks their losses.
 * @param result What the search found.
 * @param sampled Networks of the space.
 * @param options λ of each block.
 * @returns A plotly figure of two panels.
 *
 * @example
 * ```ts
 * import { lossAgainstCost, type Ratings } from "@dna/kernel";
 * import { assertEquals } from "@std/assert";
 *
 * const cells = [{ width: 8, depth: 1, losses: [6, 5, 4, 3, 2, 1] }];
 * const ratings: Ratings = {
 *   space: { name: "one", blocks: [{ stride: 1, cells: [{ width: 8, depth: 1 }] }] },
 *   resolution: 32,
 *   classes: 10,
 *   blocks: [{ cells }],
 * };
 * const result = {
 *   architecture: "…", space: "one", budgets: { maxParams: 5000 }, random: [],
 *   loss: 2, params: 4000, macs: 9e4, flops: 1e5, choice: [{ cell: 0, path: 4, loss: 2 }],
 * };
 * const sampled = [{ choice: [{ cell: 0, path: 1 }], params: 3000, flops: 8e4 }];
 * const figure = lossAgainstCost(ratings, result, sampled);
 * assertEquals(figure.data.map(({ name }) => name), ["sampled", "winner", "sampled", "winner"]);
 * assertEquals(figure.data[0].y, [5]);
 * ```
 */
export function lossAgainstCost(
  ratings: Ratings,
  result: SearchRecord,
  sampled: readonly CostedChoice[],
  { weights }: LossPlotOptions = {},
): Figure {
  const losses = sampled.map(({ choice }) => choiceLoss(ratings, choice, weights));
  const shapes: unknown[] = [];
  const annotations: unknown[] = [];
  const more: Record<string, unknown> = {};
  const units = [
    { key: "params", title: "parameters", budget: result.budgets.maxParams },
    {
      key: "flops",
      title: `FLOPs at ${ratings.resolution} × ${ratings.resolution}`,
      budget: result.budgets.maxFlops,
    },
  ] as const;
  const places = panels(2, 0.06);
  const data = units.flatMap(({ key, title, budget }, i) => {
    const panel = places[i];
    more[panel.xaxis] = axis(title, {
      domain: panel.columns,
      anchor: panel.y,
      tickformat: "~s",
      nticks: 6,
    });
    more[panel.yaxis] = axis(i === 0 ? "loss of a network (sum over blocks)" : "", {
      anchor: panel.x,
      ...(i > 0 && { matches: "y", showticklabels: false }),
    });
    if (budget !== undefined) {
      shapes.push(budgetLine(panel, budget));
      annotations.push(budgetLabel(panel, budget));
    }
    const named = i === 0; // one legend for both panels
    const sample: Trace = {
      type: "scatter",
      mode: "markers",
      name: "sampled",
      x: sampled.map((network) => network[key]),
      y: losses,
      marker: { color: INK, size: 4, opacity: 0.4 },
      hovertemplate: "%{x:.4s}, loss %{y:.4f}<extra>sampled</extra>",
    };
    const random = networkTrace("random", result.random, key, RANDOM);
    const winner = networkTrace("winner", [result], key, WINNER);
    return [sample, ...(result.random.length > 0 ? [random] : []), winner].map((trace) => ({
      ...trace,
      xaxis: panel.x,
      yaxis: panel.y,
      legendgroup: trace.name,
      showlegend: named,
    }));
  });
  return { data, layout: layout(430, { ...more, legend: LEGEND, shapes, annotations }) };
}

function networkTrace(
  name: string,
  networks: readonly NetworkRecord[],
  key: "params" | "flops",
  marker: { color: string; symbol: string; size: number },
): Trace {
  return {
    type: "scatter",
    mode: "markers",
    name,
    x: networks.map((network) => network[key]),
    y: networks.map(({ loss }) => loss),
    marker: { ...marker, line: { color: "white", width: 1 } },
    hovertemplate: `%{x:.4s}, loss %{y:.4f}<extra>${name}</extra>`,
  };
}

function budgetLine({ x, y }: Panel, budget: number): Record<string, unknown> {
  return {
    type: "line",
    xref: x,
    yref: `${y} domain`,
    x0: budget,
    x1: budget,
    y0: 0,
    y1: 1,
    line: { color: INK, width: 1.5, dash: "dash" },
  };
}

function budgetLabel({ x, y }: Panel, budget: number): Record<string, unknown> {
  return {
    text: `budget ${short(budget)}`,
    showarrow: false,
    xref: x,
    yref: `${y} domain`,
    x: budget,
    xanchor: "left",
    xshift: 4,
    y: 1,
    yanchor: "top",
  };
}
