/**
 * The compiled functions that rate a supernet's layers, shared by layers of equal shapes.
 *
 * @module
 */

import type { Tensor, Tensor1D } from "npm:@tensorflow/tfjs@4.22.0";
import { compile, type Compiled } from "../engine.ts";
import { applyModule } from "../nn/learner.ts";
import type { LayerVariant } from "./cells.ts";

/** The functions of one layer variant. */
export interface RatingFunctions {
  /** The calibration images' output, and the batch statistics that made it. */
  calibrate: Compiled<[Tensor1D, Tensor], { y: Tensor; statistics: Tensor1D }>;
  /** The batch statistics alone. */
  recalibrate: Compiled<[Tensor1D, Tensor], Tensor1D>;
  /** The output under given statistics. */
  infer: Compiled<[Tensor1D, Tensor1D, Tensor], Tensor>;
  /** Mean of |x − y| between the output under given statistics and the teacher's map. */
  compare: Compiled<[Tensor1D, Tensor1D, Tensor, Tensor], Tensor>;
}

/** The functions of all layers, made when they are first asked for. */
export class RatingFunctionCache {
  readonly #functions = new Map<string, RatingFunctions>();

  get({ module, signature }: LayerVariant): RatingFunctions {
    let functions = this.#functions.get(signature);
    if (!functions) {
      functions = {
        calibrate: compile((weights, x) => applyModule(module, weights, weights, x, true)),
        recalibrate: compile((weights, x) =>
          applyModule(module, weights, weights, x, true).statistics
        ),
        infer: compile((weights, statistics, x) =>
          applyModule(module, weights, statistics, x, false).y
        ),
        compare: compile((weights, statistics, x, target) =>
          applyModule(module, weights, statistics, x, false).y.sub(target).abs().mean()
        ),
      };
      this.#functions.set(signature, functions);
    }
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
