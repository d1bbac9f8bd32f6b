/**
 * The compiled functions that rate a supernet's layers, shared by layers of equal shapes.
 *
 * @module
 */

import type { Tensor, Tensor1D } from "npm:@tensorflow/tfjs@4.22.0";
import { compile, type Compiled } from "../engine.ts";
import { applyModule } from "../nn/learner.ts";
import { tf } from "../tensorflow/tfjs.ts";
import type { LayerVariant } from "./cells.ts";

/** The functions of one layer variant. */
export interface RatingFunctions {
  /** The calibration images' output, and the batch statistics that made it. */
  calibrate: Compiled<[Tensor1D, Tensor], { y: Tensor; statistics: Tensor1D }>;
  /** The output under given statistics. */
  infer: Compiled<[Tensor1D, Tensor1D, Tensor], Tensor>;
}

/** The functions of last layers that read the same map and are computed together. */
export interface SiblingFunctions {
  /** The batch statistics of each. */
  recalibrate: Compiled<[Tensor1D[], Tensor], Tensor1D[]>;
  /** For each, the mean of |x − y| between its output under given statistics and the teacher's map. */
  compare: Compiled<[Tensor1D[], Tensor1D[], Tensor, Tensor], Tensor1D>;
}

/** The functions of all layers, made when they are first asked for. */
export class RatingFunctionCache {
  readonly #functions = new Map<string, RatingFunctions>();
  readonly #siblings = new Map<string, SiblingFunctions>();

  get({ module, signature }: LayerVariant): RatingFunctions {
    let functions = this.#functions.get(signature);
    if (!functions) {
      functions = {
        calibrate: compile((weights, x) => applyModule(module, weights, weights, x, true)),
        infer: compile((weights, statistics, x) =>
          applyModule(module, weights, statistics, x, false).y
        ),
      };
      this.#functions.set(signature, functions);
    }
    return functions;
  }

  /** The functions of last layers together, in this order. */
  siblings(variants: readonly LayerVariant[]): SiblingFunctions {
    const key = variants.map(({ signature }) => signature).join(" ");
    let functions = this.#siblings.get(key);
    if (!functions) {
      functions = {
        recalibrate: compile((weights, x) =>
          variants.map(({ module }, i) =>
            applyModule(module, weights[i], weights[i], x, true).statistics
          )
        ),
        compare: compile((weights, statistics, x, target) =>
          tf.stack(
            variants.map(({ module }, i) =>
              applyModule(module, weights[i], statistics[i], x, false).y.sub(target).abs().mean()
            ),
          ) as Tensor1D
        ),
      };
      this.#siblings.set(key, functions);
    }
    return functions;
  }

  /** Frees all functions. */
  dispose(): void {
    for (const functions of [...this.#functions.values(), ...this.#siblings.values()]) {
      for (const compiled of Object.values(functions)) compiled.dispose();
    }
    this.#functions.clear();
    this.#siblings.clear();
  }
}
