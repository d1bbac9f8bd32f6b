/**
 * The networks that the engine's bench trains: cells of MBConv layers, each with its own loss.
 *
 * @module
 */

import { tf } from "../../lib/engine.ts";
import { mbconv } from "../../lib/nn/mbconv.ts";
import { type Module, type Pass, sequence } from "../../lib/nn/module.ts";
import { MOMENTUM } from "../../lib/nn/ops.ts";

/** Kernel and expansion of each of a cell's layers; its maps are [batch, size, size, width]. */
export interface Cell {
  batch: number;
  size: number;
  width: number;
  layers: { kernel: number; expansion: number }[];
}

/** Tensors by name. */
type Named = Record<string, tf.Tensor>;

/** What a cell's training changes. */
export type CellState = { weights: Named; statistics: Named };

/** A tensor that the peer makes alike without being sent its values: `gain · sin(frequency · i)` or a constant. */
export interface Recipe {
  shape: number[];
  constant?: number;
  gain?: number;
  frequency?: number;
}

/** The learning rate. */
export const RATE = 0.05;

/** A cell as the module that it is. */
export function cellModule({ width, layers }: Cell): Module {
  return sequence(layers.map(({ kernel, expansion }, i) =>
    mbconv(
      `${i}.`,
      { type: "ir", kernel, expansion, stride: 1, width, se: 0.25 },
      width,
      "swish",
    )
  ));
}

/** Recipes of a cell's weights and running statistics, of its input and of what it is to give. */
export function cellRecipes(cell: Cell): {
  weights: Record<string, Recipe>;
  statistics: Record<string, Recipe>;
  x: Recipe;
  target: Recipe;
} {
  const { weights, statistics } = cellModule(cell);
  const recipes = (slots: Module["weights"]) =>
    Object.fromEntries(slots.map(({ name, shape, kind }): [string, Recipe] => {
      if (kind === "zeros" || kind === "ones") {
        return [name, { shape, constant: +(kind === "ones") }];
      }
      const fan = shape[0] * shape[1] * (kind === "depthwise" ? 1 : shape[2]);
      return [name, { shape, gain: Math.sqrt(4 / fan), frequency: 1 }];
    }));
  const shape = [cell.batch, cell.size, cell.size, cell.width];
  return {
    weights: recipes(weights),
    statistics: recipes(statistics),
    x: { shape, gain: 1.4, frequency: 0.37 },
    target: { shape, gain: 1.4, frequency: 0.11 },
  };
}

/** Makes the tensor of a recipe. */
export function cook({ shape, constant, gain = 1, frequency = 1 }: Recipe): tf.Tensor {
  if (constant !== undefined) return tf.fill(shape, constant);
  const values = new Float32Array(shape.reduce((product, size) => product * size, 1));
  for (let i = 0; i < values.length; i++) values[i] = gain * Math.sin(frequency * (i + 1));
  return tf.tensor(values, shape);
}

/** Makes the tensors of several recipes. */
export function cookAll(recipes: Record<string, Recipe>): Named {
  return Object.fromEntries(Object.entries(recipes).map(([name, recipe]) => [name, cook(recipe)]));
}

/** A cell's output with the batch's statistics. */
export function forward(module: Module, { weights }: CellState, x: tf.Tensor): tf.Tensor {
  return module.apply(weights, x, { training: true, statistics: {} });
}

/** One step of stochastic gradient descent on the mean squared error. */
export function step(
  module: Module,
  { weights, statistics }: CellState,
  x: tf.Tensor,
  target: tf.Tensor,
): { state: CellState; loss: tf.Tensor } {
  const names = Object.keys(weights);
  const pass: Pass = { training: true, statistics: {} };
  const { value, grads } = tf.valueAndGrads((...parts: tf.Tensor[]) => {
    const given = Object.fromEntries(names.map((name, i) => [name, parts[i]]));
    const loss = module.apply(given, x, pass).squaredDifference(target).mean();
    for (const statistic of Object.values(pass.statistics)) tf.keep(statistic);
    return loss;
  })(names.map((name) => weights[name]));
  const moved = Object.fromEntries(
    names.map((name, i) => [name, weights[name].sub(grads[i].mul(RATE))]),
  );
  const running = Object.fromEntries(
    Object.entries(statistics).map(([name, old]) => {
      const now = pass.statistics[name];
      const mixed = old.mul(MOMENTUM).add(now.mul(1 - MOMENTUM));
      now.dispose();
      return [name, mixed];
    }),
  );
  return { state: { weights: moved, statistics: running }, loss: value };
}
