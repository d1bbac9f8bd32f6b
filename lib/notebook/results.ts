/**
 * The method's results as a notebook shows them.
 *
 * @module
 */

import { short } from "../plots/_format.ts";
import { architectureTable } from "../plots/architecture_table.ts";
import { drawArchitecture } from "../plots/draw_architecture.ts";
import { frontPlot, type FrontPlotOptions, type FrontPoint } from "../plots/front_plot.ts";
import { learningCurves } from "../plots/learning_curves.ts";
import { lossCurves } from "../plots/loss_curves.ts";
import { ratingsByCell, type RatingsPlotOptions } from "../plots/ratings_by_cell.ts";
import type { NetworkViewOptions } from "../plots/types.ts";
import { formatInteger } from "../progress/format.ts";
import { type Ratings, ratingsSpace } from "../ratings.ts";
import { cost, type CostOptions, type LayerCost } from "../space/cost.ts";
import { costRange } from "../space/cost_range.ts";
import { formatArchitecture } from "../space/format.ts";
import { pathCount } from "../space/paths.ts";
import type { Architecture, Space } from "../space/types.ts";
import type { CellEpoch } from "../supernet/distill.ts";
import type { Supernet } from "../supernet/supernet.ts";
import type { TrainEpoch } from "../network/train.ts";
import { type Displayable, displayable, displayFigure, displayTable } from "./display.ts";

/**
 * Shows the ratings of every path, cell by cell.
 *
 * @param ratings The ratings.
 * @param options The path chosen in each block.
 * @returns What a notebook shows.
 *
 * @example
 * ```ts
 * import { displayRatings, type Ratings } from "@dna/kernel";
 * import { assertEquals } from "@std/assert";
 *
 * const ratings: Ratings = {
 *   space: { name: "one", blocks: [{ stride: 1, cells: [{ width: 8, depth: 1 }] }] },
 *   resolution: 32,
 *   classes: 10,
 *   blocks: [{ cells: [{ width: 8, depth: 1, losses: [6, 5, 4, 3, 2, 1] }] }],
 * };
 * assertEquals(
 *   displayRatings(ratings).bundle["text/plain"],
 *   "Ratings of 6 paths through 1 cell of space one\nBlock 1: best 1 (1 × 8), median of all 3.5",
 * );
 * ```
 */
export function displayRatings(ratings: Ratings, options: RatingsPlotOptions = {}): Displayable {
  const cells = ratings.blocks.flatMap((block) => block.cells);
  const paths = cells.reduce((sum, { losses }) => sum + losses.length, 0);
  const lines = ratings.blocks.map((block, i) => {
    const all = block.cells.flatMap(({ losses }) => losses).sort((a, b) => a - b);
    const best = block.cells.find(({ losses }) => losses.includes(all[0]))!;
    const middle = (all[(all.length - 1) >> 1] + all[all.length >> 1]) / 2;
    return `Block ${i + 1}: best ${fixed(all[0])} (${best.depth} × ${best.width}), ` +
      `median of all ${fixed(middle)}`;
  });
  const title = `Ratings of ${formatInteger(paths)} paths through ${count(cells.length, "cell")} ` +
    `of space ${ratingsSpace(ratings).name}`;
  return displayFigure(ratingsByCell(ratings, options), [title, ...lines].join("\n"));
}

/**
 * Shows a Pareto front.
 *
 * @param front The front, as `paretoFront` gives it.
 * @param options The network chosen, and others to compare with.
 * @returns What a notebook shows.
 *
 * @example
 * ```ts
 * import { displayFront } from "@dna/kernel";
 * import { assertEquals } from "@std/assert";
 *
 * const front = Object.assign([
 *   { loss: 3, params: 1000, macs: 1e5, flops: 1.1e5 },
 *   { loss: 2, params: 2000, macs: 2e5, flops: 2.2e5 },
 * ], { by: ["params"] });
 * assertEquals(
 *   displayFront(front).bundle["text/plain"],
 *   "Front of 2 networks by params: from 1 k params and loss 3 to 2 k params and loss 2",
 * );
 * ```
 */
export function displayFront(
  front: readonly FrontPoint[] & { readonly by?: readonly string[] },
  options: FrontPlotOptions = {},
): Displayable {
  const by = options.by ?? front.by?.[0] ?? "params";
  const end = (network: FrontPoint) =>
    `${short(network.costs?.[by] ?? network[by as "params" | "flops" | "macs"])} ${by} and loss ` +
    fixed(network.loss);
  const text = `Front of ${count(front.length, "network")} by ${by}` +
    (front.length > 0 ? `: from ${end(front[0])} to ${end(front.at(-1)!)}` : "");
  return displayFigure(frontPlot(front, options), text);
}

/**
 * Shows a network: drawn layer by layer, with the costs of each layer below.
 *
 * @param network An architecture, or what a search found.
 * @param options Side of the image in pixels, and number of classes.
 * @returns What a notebook shows.
 * @throws {TypeError | RangeError} Where the architecture or an option is wrong, naming the place.
 *
 * @example
 * ```ts
 * import { displayNetwork, DNA_A } from "@dna/kernel";
 * import { assertMatch } from "@std/assert";
 *
 * const { bundle } = displayNetwork(DNA_A, { resolution: 224, classes: 1000 });
 * assertMatch(bundle["text/plain"], /^Network of 4,243,318 parameters, 348,090,272 FLOPs .*\nds_r1/);
 * ```
 */
export function displayNetwork(
  network: Architecture | { readonly architecture: Architecture },
  options: NetworkViewOptions,
): Displayable {
  const architecture = "architecture" in network ? network.architecture : network;
  const { firstStage: _, ...sizes } = options;
  const { params, macs, flops } = cost(architecture, sizes);
  return displayable({
    "image/svg+xml": drawArchitecture(architecture, options),
    "text/plain": `Network of ${formatInteger(params)} parameters, ${formatInteger(flops)} FLOPs ` +
      `(${formatInteger(macs)} multiply–adds)\n${formatArchitecture(architecture)}`,
  });
}

/**
 * Shows what each layer of a network costs, as a table.
 *
 * @param costs What `costByLayer` gives, or an architecture; of the latter the table tells operations, too.
 * @param options Side of the image in pixels, and number of classes; needed with an architecture.
 * @returns What a notebook shows.
 * @throws {TypeError | RangeError} Where the architecture or an option is wrong, naming the place.
 *
 * @example
 * ```ts
 * import { costByLayer, displayCosts, DNA_A } from "@dna/kernel";
 * import { assertStringIncludes } from "@std/assert";
 *
 * const { bundle } = displayCosts(costByLayer(DNA_A, { resolution: 224, classes: 1000 }));
 * assertStringIncludes(bundle["text/plain"], "whole network");
 * assertStringIncludes(bundle["text/plain"], "4,243,318");
 * ```
 */
export function displayCosts(
  costs: readonly LayerCost[] | Architecture,
  options?: NetworkViewOptions,
): Displayable {
  if (!("length" in costs)) {
    if (!options) throw new TypeError("Cannot show costs: an architecture needs its options");
    const { firstStage: _, ...sizes } = options;
    const { params, flops } = cost(costs, sizes);
    return displayable({
      "text/html": architectureTable(costs, options),
      "text/plain": `${formatInteger(params)} parameters, ${formatInteger(flops)} FLOPs`,
    });
  }
  const sum = (key: "params" | "macs" | "flops") => costs.reduce((all, row) => all + row[key], 0);
  return displayTable(["layer", "output", "parameters", "multiply–adds", "FLOPs"], [
    ...costs.map(({ name, size, width, params, macs, flops }) => [
      name,
      `${size} × ${size} × ${width}`,
      params,
      macs,
      flops,
    ]),
    ["whole network", "", sum("params"), sum("macs"), sum("flops")],
  ]);
}

/**
 * Shows a search space as Table 1 does: the cells of each block, with the paths through them and the maps they give.
 *
 * @param space The space.
 * @param options Side of the image in pixels, and number of classes.
 * @returns What a notebook shows.
 *
 * @example
 * ```ts
 * import { displaySpace, searchSpace } from "@dna/kernel";
 * import { assertMatch } from "@std/assert";
 *
 * const { bundle } = displaySpace(searchSpace("dna"), { resolution: 224, classes: 1000 });
 * assertMatch(bundle["text/plain"], /^Space dna: 16 cells, 23,046 paths, 1\.96e\+17 networks/);
 * ```
 */
export function displaySpace(space: Space, options: CostOptions): Displayable {
  let size = Math.ceil(options.resolution / space.stem.stride);
  if (space.first) size = Math.ceil(size / space.first.stride);
  let paths = 0;
  const rows = space.blocks.map(({ stride, cells }, i) => {
    size = Math.ceil(size / stride);
    const own = cells.map(({ depth }) => pathCount(space, depth));
    const all = own.reduce((sum, each) => sum + each, 0);
    paths += all;
    return [
      `${i + 1}`,
      `${size} × ${size}`,
      cells.map(({ depth, width }) => `${depth} × ${width}`).join(", "),
      own.map(formatInteger).join(" + "),
      all,
    ];
  });
  const { cheapest, dearest } = costRange(space, "params", options);
  const cells = space.blocks.reduce((sum, block) => sum + block.cells.length, 0);
  const caption = `Space ${space.name}: ${count(cells, "cell")}, ${formatInteger(paths)} paths, ` +
    `${Number(space.size).toPrecision(3)} networks of ${short(cheapest.params)} to ` +
    `${short(dearest.params)} parameters`;
  return displayTable(
    ["block", "map", "cells: layers × channels", "paths of each cell", "paths"],
    rows,
    caption,
  );
}

/**
 * Shows what a supernet is made of: its cells, with layers, weights and the steps that moved them.
 *
 * @param supernet The supernet.
 * @returns What a notebook shows.
 *
 * @example
 * ```ts
 * import {
 *   createRandom, createSupernet, displaySupernet, outlineTeacher, searchSpace, useEngine,
 * } from "@dna/kernel";
 * import { assertMatch } from "@std/assert";
 *
 * await useEngine();
 * const random = createRandom(1);
 * const supernet = createSupernet(searchSpace("fashion"), outlineTeacher("fashion"), { random });
 * assertMatch(displaySupernet(supernet).bundle["text/plain"], /^Supernet of space fashion: 10 cells/);
 * supernet.dispose();
 * ```
 */
export function displaySupernet({ space, widths, blocks }: Supernet): Displayable {
  const cells = blocks.flat();
  const weights = (cell: Supernet["blocks"][number][number]) =>
    cell.layers.flat().reduce((sum, { state }) => sum + state.weights.size, 0);
  const rows = cells.map((cell) => [
    `${cell.block + 1}`,
    `${cell.depth} × ${cell.width}`,
    `${cell.block === 0 ? "image" : `${widths[cell.block - 1]} channels`} → ` +
    `${widths[cell.block]} channels`,
    cell.depth * space.operations.length,
    weights(cell),
    Math.max(...cell.layers.flat().map(({ steps }) => steps)),
  ]);
  const all = cells.reduce((sum, cell) => sum + weights(cell), 0);
  return displayTable(
    ["block", "cell: layers × channels", "imitates", "variants of layers", "weights", "most steps"],
    rows,
    `Supernet of space ${space.name}: ${count(cells.length, "cell")}, ${
      formatInteger(all)
    } weights`,
  );
}

/**
 * Shows how distillation or training went, epoch by epoch.
 *
 * @param epochs What `distill` or `train` gives.
 * @param space The space of the distilled cells, which tells their layers and channels.
 * @returns What a notebook shows.
 *
 * @example
 * ```ts
 * import { displayHistory } from "@dna/kernel";
 * import { assertEquals } from "@std/assert";
 *
 * const epochs = [1, 2].map((epoch) => ({ epoch, loss: 1 / epoch, accuracy: 0.5, rate: 0.1 }));
 * assertEquals(
 *   displayHistory(epochs).bundle["text/plain"],
 *   "Training, 2 epochs: loss 1 → 0.5, accuracy 50.00 %",
 * );
 * ```
 */
export function displayHistory(
  epochs: readonly CellEpoch[] | readonly TrainEpoch[],
  space?: Pick<Space, "blocks">,
): Displayable {
  const last = epochs.at(-1);
  if (last && "block" in last) {
    const cells = epochs as readonly CellEpoch[];
    const mean = (epoch: number) => {
      const own = cells.filter((line) => line.epoch === epoch);
      return own.reduce((sum, { loss }) => sum + loss / own.length, 0);
    };
    const text = `Distillation, ${count(last.epoch, "epoch")}: mean loss of the cells ` +
      `${fixed(mean(cells[0].epoch))} → ${fixed(mean(last.epoch))}`;
    return displayFigure(
      lossCurves(cells.map((cell) => ({ stage: "distil", ...cell })), { space }),
      text,
    );
  }
  const lines = epochs as readonly TrainEpoch[];
  const text = last
    ? `Training, ${count(last.epoch, "epoch")}: loss ${fixed(lines[0].loss)} → ${
      fixed(last.loss)
    }, ` +
      `accuracy ${(100 * lines.at(-1)!.accuracy).toFixed(2)} %`
    : "Training: no epoch is done";
  return displayFigure(learningCurves(lines.map((line) => ({ stage: "train", ...line }))), text);
}

function count(number: number, what: string): string {
  return `${formatInteger(number)} ${what}${number === 1 ? "" : "s"}`;
}

function fixed(loss: number): string {
  return `${Number(loss.toPrecision(4))}`;
}
