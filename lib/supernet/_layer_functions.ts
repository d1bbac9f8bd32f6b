/**
 * The compiled functions of a supernet's layers.
 *
 * A cell has hundreds of paths, and each is drawn a few times only: to compile a function for each
 * path would take longer than the training. Layers are few: those of equal shapes share theirs,
 * over cells and paths. A layer before the last is compiled in two halves, forward and, when the gradient of
 * its output is known, backward; or, to hold less memory, as two functions of which the second computes the
 * forward pass again.
 *
 * @module
 */

import type { Tensor, Tensor1D } from "npm:@tensorflow/tfjs@4.22.0";
import { compile, type Compiled } from "../engine.ts";
import { engineBackend } from "../tensorflow/current.ts";
import { type CompiledHalves, compileHalvesWith } from "../tensorflow/halves.ts";
import { decayMask } from "../nn/layout.ts";
import { applyModule, learn, type LearnerState } from "../nn/learner.ts";
import type { Optimizer } from "../nn/optimizers.ts";
import { tf } from "../tensorflow/tfjs.ts";
import type { LayerVariant } from "./cells.ts";

/** What a layer's learning step gives. */
export interface LayerStep {
  state: LearnerState;
  /** Gradient with respect to the layer's input, where a layer comes before it. */
  dx?: Tensor;
  /** The cell's loss, a scalar; of the last layer only. */
  loss?: Tensor;
}

/** The functions of one layer variant. */
export interface LayerFunctions {
  /** The layer's output and, from the output's gradient, what it learns; its values are kept between. */
  inner: CompiledHalves<
    { state: LearnerState; x: Tensor; scalars: Tensor1D },
    { dy: Tensor },
    Tensor,
    LayerStep
  >;
  /** The layer's output, normalised by the batch's statistics. */
  forward: Compiled<[Tensor1D, Tensor], Tensor>;
  /** Learns from the output's gradient. */
  backward: Compiled<[LearnerState, Tensor, Tensor, Tensor1D], LayerStep>;
  /** Learns from the teacher's map: the last layer of a cell, equation 7. */
  last: Compiled<[LearnerState, Tensor, Tensor, Tensor1D], LayerStep>;
}

/** The functions of all layers, made when they are first asked for. */
export class LayerFunctionCache {
  readonly #optimizer: Optimizer;
  readonly #weightDecay: number;
  readonly #functions = new Map<string, LayerFunctions>();

  constructor(optimizer: Optimizer, weightDecay: number) {
    this.#optimizer = optimizer;
    this.#weightDecay = weightDecay;
  }

  /** The functions of a variant; `first` ones need no gradient of their input. */
  get({ module, signature }: LayerVariant, first: boolean): LayerFunctions {
    const key = `${signature}${first}`;
    let functions = this.#functions.get(key);
    if (functions) return functions;
    const optimizer = this.#optimizer;
    const options = () => ({
      inputGradient: !first,
      decay: this.#weightDecay
        ? tf.tensor1d(decayMask(module.weights).map((part) => part * this.#weightDecay))
        : undefined,
    });
    functions = {
      inner: compileHalvesWith(engineBackend, ({ state, x, scalars }, { dy }) => {
        const objective = (y: Tensor) => ({ loss: y.mul(dy).sum(), y });
        const result = learn(module, optimizer, state, x, scalars, objective, options());
        const { values, dx } = result;
        return { first: values.y, second: { state: result.state, ...(dx && { dx }) } };
      }),
      // The running statistics play no part in training: any vector would do for them.
      forward: compile((weights: Tensor1D, x: Tensor) =>
        applyModule(module, weights, weights, x, true).y
      ),
      backward: compile((state: LearnerState, x: Tensor, dy: Tensor, scalars: Tensor1D) => {
        const objective = (y: Tensor) => ({ loss: y.mul(dy).sum() });
        const result = learn(module, optimizer, state, x, scalars, objective, options());
        return { state: result.state, dx: result.dx };
      }),
      last: compile((state: LearnerState, x: Tensor, target: Tensor, scalars: Tensor1D) => {
        const objective = (y: Tensor) => ({ loss: y.squaredDifference(target).mean() });
        const result = learn(module, optimizer, state, x, scalars, objective, options());
        return { state: result.state, dx: result.dx, loss: result.values.loss };
      }),
    };
    this.#functions.set(key, functions);
    return functions;
  }

  /** Frees all functions. */
  dispose(): void {
    for (const functions of this.#functions.values()) {
      for (const compiled of Object.values(functions)) compiled.dispose();
    }
    this.#functions.clear();
  }
}
