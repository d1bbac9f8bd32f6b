/**
 * One step of a supernet: every cell moves along one path towards the teacher's map (equation 7).
 *
 * @module
 */

import type { Tensor, Tensor1D } from "npm:@tensorflow/tfjs@4.22.0";
import { mapConcurrent } from "../concurrent.ts";
import { disposeLearnerState, stepScalars } from "../nn/learner.ts";
import { tf } from "../tensorflow/tfjs.ts";
import { LayerFunctionCache, type LayerFunctions, type LayerStep } from "./_layer_functions.ts";
import type { Supernet, SupernetCell, TrainedVariant } from "./supernet.ts";

/** How a {@linkcode SupernetStepper} computes. */
export interface StepperOptions {
  /** Weight decay of kernels, added to the gradient. */
  weightDecay: number;
  /** Whether a layer's values are computed again on the way back instead of being kept. */
  recompute: boolean;
  /** Cells that compute at the same time. */
  lanes: number;
}

/** What one step does. */
export interface StepPlan {
  /** The images, and the teacher's output of each block. */
  maps: readonly Tensor[];
  /** The path of a cell: the position of the variant of each layer, a stem included. */
  path(cell: SupernetCell): number[];
  /** The learning rate of a block. */
  rate(block: number): number;
}

/** Moves a supernet step by step, with functions that are compiled when they are first needed. */
export class SupernetStepper {
  readonly #supernet: Supernet;
  readonly #options: StepperOptions;
  readonly #functions: LayerFunctionCache;

  constructor(supernet: Supernet, options: StepperOptions) {
    this.#supernet = supernet;
    this.#options = options;
    this.#functions = new LayerFunctionCache(supernet.optimizer, options.weightDecay);
  }

  /** Takes a step; `onLoss` is told of each cell's loss. */
  async step(
    { maps, path, rate }: StepPlan,
    onLoss: (cell: SupernetCell, loss: number) => void,
  ): Promise<void> {
    const { recompute, lanes } = this.#options;
    await mapConcurrent(this.#supernet.blocks.flat(), lanes, async (cell) => {
      const { block, layers } = cell;
      const variants = path(cell).map((variant, layer) => layers[layer][variant]);
      const loss = await stepCell(variants, this.#supernet, this.#functions, {
        x: maps[block],
        target: maps[block + 1],
        rate: rate(block),
        recompute,
      });
      onLoss(cell, loss);
    });
  }

  /** Frees the functions. */
  dispose(): void {
    this.#functions.dispose();
  }
}

/** One step of one cell along one path; gives the loss. */
async function stepCell(
  path: TrainedVariant[],
  { optimizer }: Supernet,
  functions: LayerFunctionCache,
  { x, target, rate, recompute }: { x: Tensor; target: Tensor; rate: number; recompute: boolean },
): Promise<number> {
  const end = path.length - 1;
  const scalars = path.map(({ steps }) => stepScalars(optimizer, rate, steps + 1));
  const move = (variant: TrainedVariant, state: TrainedVariant["state"]) => {
    disposeLearnerState(variant.state);
    variant.state = state;
    variant.steps++;
  };
  const passes: LayerPass[] = [];
  let input = x;
  try {
    for (let i = 0; i < end; i++) {
      const layer = functions.get(path[i], i === 0);
      const pass = recompute
        ? await passTwice(layer, path[i], input, scalars[i])
        : await passInHalves(layer, path[i], input, scalars[i]);
      if (i > 0) input.dispose();
      passes.push(pass);
      input = pass.y;
    }
    const layer = functions.get(path[end], end === 0);
    const last = await layer.last.async(path[end].state, input, target, scalars[end]);
    const [loss] = last.loss!.dataSync();
    last.loss!.dispose();
    if (end > 0) input.dispose();
    move(path[end], last.state);
    let dy = last.dx;
    for (let i = end - 1; i >= 0; i--) {
      const result = await passes[i].backward(dy!);
      dy!.dispose();
      move(path[i], result.state);
      dy = result.dx;
    }
    return loss;
  } finally {
    tf.dispose(scalars);
    for (const pass of passes) pass.dispose();
  }
}

/** A layer's output, and the way back. */
interface LayerPass {
  y: Tensor;
  backward(dy: Tensor): Promise<LayerStep>;
  /** Frees what is kept for the way back. */
  dispose(): void;
}

/** A layer before the last, all that its gradient needs kept until then. */
async function passInHalves(
  { inner }: LayerFunctions,
  { module, stride, state }: TrainedVariant,
  x: Tensor,
  scalars: Tensor1D,
): Promise<LayerPass> {
  const [count, height, width] = x.shape;
  const size = (side: number) => Math.ceil(side / stride);
  const { result, second, dispose } = await inner.first({ state, x, scalars }, {
    dy: { shape: [count, size(height!), size(width!), module.width] },
  });
  return { y: result, backward: (dy) => second({ dy }), dispose };
}

/** A layer before the last, of which only the input is kept: the way back computes it again. */
async function passTwice(
  { forward, backward }: LayerFunctions,
  { state }: TrainedVariant,
  x: Tensor,
  scalars: Tensor1D,
): Promise<LayerPass> {
  const input = x.clone();
  return {
    y: await forward.async(state.weights, x),
    backward: (dy) => backward.async(state, input, dy, scalars),
    dispose: () => input.dispose(),
  };
}
