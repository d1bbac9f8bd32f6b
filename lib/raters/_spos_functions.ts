/**
 * The compiled functions that rate networks with joint weights, shared by layers of equal shapes.
 *
 * @module
 */

import type { Tensor, Tensor1D, Tensor4D } from "npm:@tensorflow/tfjs@4.22.0";
import { compile, type Compiled } from "../engine.ts";
import { applyModule } from "../nn/learner.ts";
import type { LayerVariant } from "../supernet/cells.ts";
import type { TrainedVariant } from "../supernet/supernet.ts";
import { tf } from "../tensorflow/tfjs.ts";

/** The functions of one layer variant. */
interface VariantFunctions {
  /** The calibration images' output, and the batch statistics that made it. */
  calibrate: Compiled<[Tensor1D, Tensor], { y: Tensor; statistics: Tensor1D }>;
  /** The output under given statistics. */
  infer: Compiled<[Tensor1D, Tensor1D, Tensor], Tensor>;
  /** Of the head: summed cross-entropy, and how many images are classified as labelled. */
  judge: Compiled<[Tensor1D, Tensor1D, Tensor, Tensor], { loss: Tensor; correct: Tensor }>;
}

/** The functions of all layers, made when they are first asked for. */
export class SposFunctions {
  readonly #functions = new Map<string, VariantFunctions>();

  /** Batch statistics of each layer of a path, the mean over batches; they are the caller's. */
  async calibrate(
    path: readonly TrainedVariant[],
    inputs: readonly Tensor4D[],
  ): Promise<Tensor1D[]> {
    const statistics: Tensor1D[] = [];
    let maps: readonly Tensor[] = inputs;
    const release = () => {
      if (maps !== inputs) tf.dispose(maps as Tensor[]);
    };
    try {
      for (const variant of path) {
        const { calibrate } = this.#of(variant);
        const next: Tensor[] = [];
        const found: Tensor1D[] = [];
        for (const map of maps) {
          const result = await calibrate.async(variant.state.weights, map);
          next.push(result.y);
          found.push(result.statistics);
        }
        statistics.push(tf.tidy(() => tf.addN(found).div<Tensor1D>(found.length)));
        tf.dispose(found);
        release();
        maps = next;
      }
    } catch (error) {
      tf.dispose(statistics);
      throw error;
    } finally {
      release();
    }
    return statistics;
  }

  /** Summed cross-entropy of a batch, and how many of its images are classified as labelled. */
  async judge(
    path: readonly TrainedVariant[],
    statistics: readonly Tensor1D[],
    images: Tensor4D,
    target: Tensor,
  ): Promise<{ loss: number; correct: number }> {
    let x: Tensor = images;
    for (let i = 0; i + 1 < path.length; i++) {
      const y = await this.#of(path[i]).infer.async(path[i].state.weights, statistics[i], x);
      if (i > 0) x.dispose();
      x = y;
    }
    const end = path.length - 1;
    const { judge } = this.#of(path[end]);
    const result = await judge.async(path[end].state.weights, statistics[end], x, target);
    const [loss, correct] = [result.loss.dataSync()[0], result.correct.dataSync()[0]];
    tf.dispose([result.loss, result.correct]);
    if (end > 0) x.dispose();
    return { loss, correct };
  }

  /** Frees all functions. */
  dispose(): void {
    for (const functions of this.#functions.values()) {
      for (const compiled of Object.values(functions)) compiled.dispose();
    }
    this.#functions.clear();
  }

  #of({ module, signature }: LayerVariant): VariantFunctions {
    let functions = this.#functions.get(signature);
    if (!functions) {
      functions = {
        calibrate: compile((weights, x) => applyModule(module, weights, weights, x, true)),
        infer: compile((weights, statistics, x) =>
          applyModule(module, weights, statistics, x, false).y
        ),
        judge: compile((weights, statistics, x, target) => {
          const logits = applyModule(module, weights, statistics, x, false).y;
          return {
            loss: tf.logSoftmax(logits).mul(target).sum().neg(),
            correct: logits.argMax(-1).equal(target.argMax(-1)).cast("float32").sum(),
          };
        }),
      };
      this.#functions.set(signature, functions);
    }
    return functions;
  }
}
