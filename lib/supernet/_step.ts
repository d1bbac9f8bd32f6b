/**
 * One step of a supernet: every cell moves along one path towards the teacher's map (equation 7).
 *
 * @module
 */

import type { Tensor, Tensor1D } from "npm:@tensorflow/tfjs@4.22.0";
import { mapConcurrent } from "../concurrent.ts";
import type { Device } from "../tensorflow/_context.ts";
import { disposeLearnerState, stepScalars } from "../nn/learner.ts";
import { tf } from "../tensorflow/tfjs.ts";
import {
  LayerFunctionCache,
  type LayerFunctions,
  type LayerStep,
  type PassFunctions,
  type PassResult,
} from "./_layer_functions.ts";
import { allOrNone, type BatchPart, byDevice, cutBatch, meetingOf, placedOn } from "./_parts.ts";
import { type PathGradient, syncedGradient } from "./_synced_step.ts";
import type { Supernet, SupernetCell, TrainedVariant } from "./supernet.ts";

/** How a {@linkcode SupernetStepper} computes. */
export interface StepperOptions {
  /** Weight decay of kernels, added to the gradient. */
  weightDecay: number;
  /** Whether a layer's values are computed again on the way back instead of being kept. */
  recompute: boolean;
  /** Cells that compute at the same time. */
  lanes: number;
  /** Parts of equal size in which a batch is computed, on all devices together. Default 1. */
  parts?: number;
  /** Whether parts are normalised by the whole batch's statistics. Default false. */
  syncBn?: boolean;
}

/** The images of a share of a batch and the teacher's output of each block, and the device that holds them. */
export interface PlacedMaps {
  maps: readonly Tensor[];
  device?: Device;
}

/** What one step does. */
export interface StepPlan {
  /** The images, and the teacher's output of each block. */
  maps: readonly Tensor[];
  /** Further shares of the batch, as many images each, on other devices. */
  others?: readonly PlacedMaps[];
  /** The cells that move. Default: all. */
  cells?: readonly SupernetCell[];
  /** The path of a cell: the position of the variant of each layer, a stem included. */
  path(cell: SupernetCell): number[];
  /** The learning rate of a block. */
  rate(block: number): number;
  /** The loss above which a cell does not move. Default: none. */
  limit?(cell: SupernetCell): number;
}

/** What a step did to a cell. */
export interface CellStep {
  /** The loss before the step. */
  loss: number;
  /** Whether its weights moved: not where the loss is no number or above the limit, or the gradient is not finite. */
  moved: boolean;
}

/** Moves a supernet step by step, with functions that are compiled when they are first needed. */
export class SupernetStepper {
  readonly #supernet: Supernet;
  readonly #options: StepperOptions;
  readonly #functions: LayerFunctionCache;

  constructor(supernet: Supernet, options: StepperOptions) {
    this.#supernet = supernet;
    this.#options = options;
    const { weightDecay, parts = 1 } = options;
    const { optimizer } = supernet;
    this.#functions = new LayerFunctionCache({ optimizer, weightDecay, parts });
  }

  /** Takes a step; `onCell` is told of each cell. */
  async step(
    plan: StepPlan,
    onCell: (cell: SupernetCell, loss: number, moved: boolean) => void,
  ): Promise<void> {
    const { cells = this.#supernet.blocks.flat() } = plan;
    await mapConcurrent(cells, this.#options.lanes, async (cell) => {
      const { loss, moved } = await this.stepCell(cell, plan);
      onCell(cell, loss, moved);
    });
  }

  /** Takes a step of one cell. */
  async stepCell(
    cell: SupernetCell,
    { maps, others = [], path, rate, limit }: StepPlan,
  ): Promise<CellStep> {
    const { block, layers } = cell;
    const variants = path(cell).map((variant, layer) => layers[layer][variant]);
    const functions = variants.map((variant, i) => this.#functions.get(variant, i === 0));
    const { optimizer } = this.#supernet;
    const { recompute, parts = 1, syncBn } = this.#options;
    const scalars = variants.map(({ steps }) => stepScalars(optimizer, rate(block), steps + 1));
    const pass: PassOptions = { scalars, limit: limit?.(cell) ?? Infinity, recompute };
    const shares = [{ maps }, ...others].map(({ maps, device }: PlacedMaps): BatchPart => ({
      x: maps[block],
      target: maps[block + 1],
      device,
    }));
    const cut: BatchPart[] = [];
    try {
      if (parts === 1) {
        const whole = functions.map((layer) => layer.whole);
        return await move(variants, await passPath(variants, whole, shares[0], pass));
      }
      for (const share of shares) {
        const own = placedOn(share.device, () => cutBatch(share, parts / shares.length));
        cut.push(...own.map(({ x, target }) => ({ x, target, device: share.device })));
      }
      const gradient = syncBn
        ? await syncedGradient(variants, functions.map((layer) => layer.synced), cut)
        : await meanGradient(variants, functions, cut, pass);
      return await moveByGradient(variants, functions, pass, gradient);
    } finally {
      tf.dispose(scalars);
      for (const { x, target } of cut) tf.dispose([x, target]);
    }
  }

  /** Frees the functions. */
  dispose(): void {
    this.#functions.dispose();
  }
}

/** How a path is passed. */
interface PassOptions {
  /** What each layer's step needs beside its state. */
  scalars: Tensor1D[];
  /** The loss above which there is no way back. */
  limit: number;
  recompute: boolean;
}

/** A loss, and the layers' results in order where there was a way back. */
interface Passed<Result> {
  loss: number;
  results?: Result[];
}

/** Forward along a path and back. */
async function passPath<Result extends PassResult>(
  path: TrainedVariant[],
  functions: PassFunctions<Result>[],
  { x, target }: BatchPart,
  { scalars, limit, recompute }: PassOptions,
): Promise<Passed<Result>> {
  const end = path.length - 1;
  const passes: LayerPass<Result>[] = [];
  const results: Result[] = [];
  let input = x;
  try {
    for (let i = 0; i < end; i++) {
      const pass = recompute
        ? await passTwice(functions[i], path[i], input, scalars[i])
        : await passInHalves(functions[i], path[i], input, scalars[i]);
      if (i > 0) input.dispose();
      passes.push(pass);
      input = pass.y;
    }
    const last = await functions[end].last.async(path[end].state, input, target, scalars[end]);
    results[end] = last;
    const [loss] = await last.loss!.data();
    last.loss!.dispose();
    if (end > 0) input.dispose();
    if (!(loss <= limit && loss < Infinity)) {
      disposeResults([last]);
      return { loss };
    }
    let dy = last.dx;
    for (let i = end - 1; i >= 0; i--) {
      const result = await passes[i].backward(dy!);
      dy!.dispose();
      dy = result.dx;
      results[i] = result;
    }
    return { loss, results };
  } catch (error) {
    disposeResults(results);
    throw error;
  } finally {
    for (const pass of passes) pass.dispose();
  }
}

/** Gives a path its new weights, if all of them are numbers. */
async function move(
  path: TrainedVariant[],
  { loss, results }: Passed<LayerStep>,
): Promise<CellStep> {
  if (!results) return { loss, moved: false };
  const norms = await Promise.all(results.map(({ norm }) => norm.data()));
  const moved = norms.every(([norm]) => Number.isFinite(norm));
  results.forEach(({ state, norm }, i) => {
    norm.dispose();
    if (moved) {
      disposeLearnerState(path[i].state);
      path[i].state = state;
      path[i].steps++;
    } else disposeLearnerState(state);
  });
  return { loss, moved };
}

/** The mean of the gradients and of the batch statistics of parts, each normalised by its own statistics. */
async function meanGradient(
  path: TrainedVariant[],
  functions: LayerFunctions[],
  parts: readonly BatchPart[],
  options: PassOptions,
): Promise<PathGradient> {
  const { bring, at } = meetingOf(parts);
  const copies = (tensors: Tensor1D[]) => Promise.all(tensors.map((each) => bring(each.clone())));
  const weights = await copies(path.map(({ state }) => state.weights));
  const scalars = await copies(options.scalars);
  // A part's pass needs no more of a state; what it does not need does not travel.
  const bare = path.map((variant, i): TrainedVariant => ({
    ...variant,
    state: { weights: weights[i], statistics: weights[i], optimizer: [] },
  }));
  const given: PassOptions = { ...options, scalars, limit: Infinity };
  const shares: PathGradient[] = [];
  const dispose = () => disposeResults(shares.flatMap(({ gradients = [] }) => gradients));
  try {
    const work = byDevice(parts).map((own, device) =>
      placedOn(own[0].device, async () => {
        const share = await partsGradient(bare, functions, own, given, parts.length);
        shares[device] = share;
        for (const layer of share.gradients ?? []) {
          layer.gradient = await bring(layer.gradient);
          layer.statistics = await bring(layer.statistics);
        }
      })
    );
    await allOrNone(work, dispose);
    const loss = shares.reduce((sum, share) => sum + share.loss, 0);
    if (shares.length === 1) return shares[0];
    if (!shares.every(({ gradients }) => gradients)) {
      dispose();
      return { loss };
    }
    const gradients = at(() =>
      path.map((_, i) =>
        tf.tidy(() => ({
          gradient: tf.addN(shares.map((share) => share.gradients![i].gradient)) as Tensor1D,
          statistics: tf.addN(shares.map((share) => share.gradients![i].statistics)) as Tensor1D,
        }))
      )
    );
    dispose();
    return { loss, gradients };
  } finally {
    tf.dispose([...weights, ...scalars]);
  }
}

/** One device's share of the mean over all parts. */
async function partsGradient(
  path: TrainedVariant[],
  functions: LayerFunctions[],
  own: readonly BatchPart[],
  options: PassOptions,
  parts: number,
): Promise<PathGradient> {
  const layers = functions.map((layer) => layer.part);
  const sums: { gradient: Tensor1D; statistics: Tensor1D }[] = [];
  let total = 0;
  try {
    for (const part of own) {
      const { loss, results } = await passPath(path, layers, part, options);
      if (!results) {
        disposeResults(sums);
        return { loss };
      }
      total += loss / parts;
      results.forEach(({ gradient, statistics }, i) => {
        const before = sums[i];
        sums[i] = tf.tidy(() => ({
          gradient: addShare(before?.gradient, gradient, parts),
          statistics: addShare(before?.statistics, statistics, parts),
        }));
        tf.dispose([gradient, statistics]);
        if (before) tf.dispose([before.gradient, before.statistics]);
      });
    }
    return { loss: total, gradients: sums };
  } catch (error) {
    disposeResults(sums);
    throw error;
  }
}

function addShare(sum: Tensor1D | undefined, value: Tensor1D, parts: number): Tensor1D {
  const share = value.div(parts) as Tensor1D;
  return sum ? sum.add(share) : share;
}

/** Gives a path the weights that follow from its gradient. */
async function moveByGradient(
  path: TrainedVariant[],
  functions: LayerFunctions[],
  { scalars, limit }: PassOptions,
  { loss, gradients }: PathGradient,
): Promise<CellStep> {
  if (!gradients) return { loss, moved: false };
  const results: LayerStep[] = [];
  try {
    if (!(loss <= limit)) return { loss, moved: false };
    for (const [i, { gradient, statistics }] of gradients.entries()) {
      const { advance } = functions[i];
      results.push(await advance.async(path[i].state, gradient, statistics, scalars[i]));
    }
  } catch (error) {
    disposeResults(results);
    throw error;
  } finally {
    for (const { gradient, statistics } of gradients) tf.dispose([gradient, statistics]);
  }
  return await move(path, { loss, results });
}

/** Frees whatever tensors results hold. */
function disposeResults(results: readonly object[]): void {
  // Some places may be empty: the way back begins at the end.
  for (const result of results) if (result) tf.dispose(result as never);
}

/** A layer's output, and the way back. */
interface LayerPass<Result> {
  y: Tensor;
  backward(dy: Tensor): Promise<Result>;
  /** Frees what is kept for the way back. */
  dispose(): void;
}

/** A layer before the last, all that its gradient needs kept until then. */
async function passInHalves<Result extends PassResult>(
  { inner }: PassFunctions<Result>,
  { module, stride, state }: TrainedVariant,
  x: Tensor,
  scalars: Tensor1D,
): Promise<LayerPass<Result>> {
  const [count, height, width] = x.shape;
  const size = (side: number) => Math.ceil(side / stride);
  const { result, second, dispose } = await inner.first({ state, x, scalars }, {
    dy: { shape: [count, size(height!), size(width!), module.width] },
  });
  return { y: result, backward: (dy) => second({ dy }), dispose };
}

/** A layer before the last, of which only the input is kept: the way back computes it again. */
async function passTwice<Result extends PassResult>(
  { forward, backward }: PassFunctions<Result>,
  { state }: TrainedVariant,
  x: Tensor,
  scalars: Tensor1D,
): Promise<LayerPass<Result>> {
  const input = x.clone();
  return {
    y: await forward.async(state.weights, x),
    backward: (dy) => backward.async(state, input, dy, scalars),
    dispose: () => input.dispose(),
  };
}
