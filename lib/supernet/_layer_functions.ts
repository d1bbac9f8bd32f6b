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
import {
  advance,
  applyModule,
  differentiate,
  type Gradients,
  type LearnerState,
} from "../nn/learner.ts";
import type { Optimizer } from "../nn/optimizers.ts";
import { tf } from "../tensorflow/tfjs.ts";
import { type SyncedFunctions, syncedFunctions } from "./_synced_functions.ts";
import type { LayerVariant } from "./cells.ts";

/** What a layer gives on the way back. */
export interface PassResult {
  /** Gradient with respect to the layer's input, where a layer comes before it. */
  dx?: Tensor;
  /** The cell's loss, a scalar; of the last layer only. */
  loss?: Tensor;
}

/** What a layer's learning step gives. */
export interface LayerStep extends PassResult {
  state: LearnerState;
  /** Square of the gradient's length: no finite number where the step went wrong. */
  norm: Tensor;
}

/** What a layer's pass over a part of a batch gives. */
export interface LayerGradient extends PassResult {
  /** Of the part's loss. */
  gradient: Tensor1D;
  /** The part's batch statistics. */
  statistics: Tensor1D;
}

/** The functions by which a layer is passed forward and back. */
export interface PassFunctions<Result extends PassResult> {
  /** The layer's output and, from the output's gradient, its result; its values are kept between. */
  inner: CompiledHalves<
    { state: LearnerState; x: Tensor; scalars: Tensor1D },
    { dy: Tensor },
    Tensor,
    Result
  >;
  /** The layer's output, normalised by the batch's statistics. */
  forward: Compiled<[Tensor1D, Tensor], Tensor>;
  /** The result from the output's gradient. */
  backward: Compiled<[LearnerState, Tensor, Tensor, Tensor1D], Result>;
  /** The result from the teacher's map: the last layer of a cell, equation 7. */
  last: Compiled<[LearnerState, Tensor, Tensor, Tensor1D], Result>;
}

/** The functions of one layer variant. */
export interface LayerFunctions {
  /** A whole batch: the layer learns at once. */
  whole: PassFunctions<LayerStep>;
  /** A part of a batch: its gradients alone. */
  part: PassFunctions<LayerGradient>;
  /** A part of a batch that is normalised by the whole batch's statistics. */
  synced: SyncedFunctions;
  /** Learns from the mean of the parts' gradients and statistics. */
  advance: Compiled<[LearnerState, Tensor1D, Tensor1D, Tensor1D], LayerStep>;
}

/** What the functions are made with. */
export interface LayerFunctionOptions {
  optimizer: Optimizer;
  weightDecay: number;
  /** Parts of a batch. */
  parts: number;
}

/** The functions of all layers, made when they are first asked for. */
export class LayerFunctionCache {
  readonly #options: LayerFunctionOptions;
  readonly #functions = new Map<string, LayerFunctions>();

  constructor(options: LayerFunctionOptions) {
    this.#options = options;
  }

  /** The functions of a variant; `first` ones need no gradient of their input. */
  get(variant: LayerVariant, first: boolean): LayerFunctions {
    const key = `${variant.signature}${first}`;
    let functions = this.#functions.get(key);
    if (!functions) {
      functions = layerFunctions(variant, first, this.#options);
      this.#functions.set(key, functions);
    }
    return functions;
  }

  /** Frees all functions. */
  dispose(): void {
    for (const { whole, part, synced, advance } of this.#functions.values()) {
      for (const group of [whole, part, synced]) {
        for (const compiled of Object.values(group)) compiled.dispose();
      }
      advance.dispose();
    }
    this.#functions.clear();
  }
}

function layerFunctions(
  { module }: LayerVariant,
  first: boolean,
  { optimizer, weightDecay, parts }: LayerFunctionOptions,
): LayerFunctions {
  const inputGradient = !first;
  const learn = (
    state: LearnerState,
    given: Pick<Gradients<unknown>, "gradient" | "statistics">,
    scalars: Tensor1D,
  ) => {
    const decay = weightDecay
      ? tf.tensor1d(decayMask(module.weights).map((part) => part * weightDecay))
      : undefined;
    return {
      state: advance(optimizer, state, given, scalars, { decay }),
      norm: given.gradient.dot(given.gradient),
    };
  };
  const passes = <Result extends PassResult>(
    finish: (
      state: LearnerState,
      given: Gradients<unknown>,
      scalars: Tensor1D,
    ) => Omit<Result, "dx" | "loss">,
  ): PassFunctions<Result> => ({
    inner: compileHalvesWith(engineBackend, ({ state, x, scalars }, { dy }) => {
      const objective = (y: Tensor) => ({ loss: y.mul(dy).sum(), y });
      const given = differentiate(module, state.weights, x, objective, { inputGradient });
      const { values, dx } = given;
      const second = { ...finish(state, given, scalars), ...(dx && { dx }) } as Result;
      return { first: values.y, second };
    }),
    // The running statistics play no part in training: any vector would do for them.
    forward: compile((weights: Tensor1D, x: Tensor) =>
      applyModule(module, weights, weights, x, true).y
    ),
    backward: compile((state: LearnerState, x: Tensor, dy: Tensor, scalars: Tensor1D) => {
      const objective = (y: Tensor) => ({ loss: y.mul(dy).sum() });
      const given = differentiate(module, state.weights, x, objective, { inputGradient });
      return { ...finish(state, given, scalars), dx: given.dx } as Result;
    }),
    last: compile((state: LearnerState, x: Tensor, target: Tensor, scalars: Tensor1D) => {
      const objective = (y: Tensor) => ({ loss: y.squaredDifference(target).mean() });
      const given = differentiate(module, state.weights, x, objective, { inputGradient });
      const { dx, values: { loss } } = given;
      return { ...finish(state, given, scalars), dx, loss } as Result;
    }),
  });
  return {
    whole: passes<LayerStep>(learn),
    part: passes<LayerGradient>((_, { gradient, statistics }) => ({ gradient, statistics })),
    synced: syncedFunctions(module, inputGradient, parts),
    advance: compile((state, gradient, statistics, scalars) =>
      learn(state, { gradient, statistics }, scalars)
    ),
  };
}
