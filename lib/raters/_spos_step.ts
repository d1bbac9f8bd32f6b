/**
 * One step of SPOS: the layers of one network move along the gradient of the cross-entropy.
 *
 * Compiled layer by layer, as the distilled supernet is: networks are many, layers few.
 *
 * @module
 */

import type { Tensor, Tensor1D, Tensor2D } from "npm:@tensorflow/tfjs@4.22.0";
import { compile, type Compiled } from "../engine.ts";
import { decayMask } from "../nn/layout.ts";
import { disposeLearnerState, learn, type LearnerState, stepScalars } from "../nn/learner.ts";
import type { Optimizer } from "../nn/optimizers.ts";
import type { LayerVariant } from "../supernet/cells.ts";
import type { TrainedVariant } from "../supernet/supernet.ts";
import { engineBackend } from "../tensorflow/current.ts";
import { type CompiledHalves, compileHalvesWith, type FirstHalf } from "../tensorflow/halves.ts";
import { tf } from "../tensorflow/tfjs.ts";

/** What a layer gives on the way back. */
interface LayerStep {
  state: LearnerState;
  /** Gradient of its input, where a layer comes before it. */
  dx?: Tensor;
}

/** What the head gives: the mean cross-entropy, and how many images are classified as labelled. */
interface HeadStep extends LayerStep {
  loss: Tensor;
  correct: Tensor;
}

type Inner = CompiledHalves<
  { state: LearnerState; x: Tensor; scalars: Tensor1D },
  { dy: Tensor },
  Tensor,
  LayerStep
>;
type Head = Compiled<[LearnerState, Tensor, Tensor2D, Tensor1D], HeadStep>;

/** Takes steps, with functions that are compiled when they are first needed. */
export class SposStepper {
  readonly #optimizer: Optimizer;
  readonly #weightDecay: number;
  readonly #inner = new Map<string, Inner>();
  readonly #heads = new Map<string, Head>();

  constructor(optimizer: Optimizer, weightDecay: number) {
    this.#optimizer = optimizer;
    this.#weightDecay = weightDecay;
  }

  /** Moves the layers of a path; `target` [N, classes] has the share of each class. */
  async step(
    path: readonly TrainedVariant[],
    images: Tensor,
    target: Tensor2D,
    rate: number,
  ): Promise<{ loss: number; correct: number }> {
    const scalars = path.map(({ steps }) => stepScalars(this.#optimizer, rate, steps + 1));
    const passes: FirstHalf<{ dy: Tensor }, Tensor, LayerStep>[] = [];
    const end = path.length - 1;
    let x = images;
    try {
      for (let i = 0; i < end; i++) {
        const { state, module, stride } = path[i];
        const [count, height, width] = x.shape;
        const size = (side: number) => Math.ceil(side / stride);
        const pass = await this.#innerOf(path[i], i === 0).first(
          { state, x, scalars: scalars[i] },
          { dy: { shape: [count, size(height!), size(width!), module.width] } },
        );
        if (i > 0) x.dispose();
        passes.push(pass);
        x = pass.result;
      }
      const last = await this.#headOf(path[end]).async(path[end].state, x, target, scalars[end]);
      const [loss, correct] = [last.loss.dataSync()[0], last.correct.dataSync()[0]];
      tf.dispose([last.loss, last.correct]);
      if (end > 0) x.dispose();
      move(path[end], last.state);
      let dy = last.dx;
      for (let i = end - 1; i >= 0; i--) {
        const result = await passes[i].second({ dy: dy! });
        dy!.dispose();
        move(path[i], result.state);
        dy = result.dx;
      }
      return { loss, correct };
    } finally {
      tf.dispose(scalars);
      for (const pass of passes) pass.dispose();
    }
  }

  /** Frees all functions. */
  dispose(): void {
    for (const compiled of [...this.#inner.values(), ...this.#heads.values()]) compiled.dispose();
    this.#inner.clear();
    this.#heads.clear();
  }

  #innerOf({ module, signature }: LayerVariant, first: boolean): Inner {
    const found = this.#inner.get(signature);
    if (found) return found;
    const inner: Inner = compileHalvesWith(engineBackend, ({ state, x, scalars }, { dy }) => {
      const objective = (y: Tensor) => ({ loss: y.mul(dy).sum(), y });
      const result = learn(module, this.#optimizer, state, x, scalars, objective, {
        inputGradient: !first,
        decay: this.#decay(module),
      });
      const { values, dx } = result;
      return { first: values.y, second: { state: result.state, ...(dx && { dx }) } };
    });
    this.#inner.set(signature, inner);
    return inner;
  }

  #headOf({ module, signature }: LayerVariant): Head {
    const found = this.#heads.get(signature);
    if (found) return found;
    const head: Head = compile((state, x, target, scalars) => {
      const objective = (logits: Tensor) => ({
        loss: tf.logSoftmax(logits).mul(target).sum(-1).mean().neg(),
        correct: logits.argMax(-1).equal(target.argMax(-1)).cast("float32").sum(),
      });
      const result = learn(module, this.#optimizer, state, x, scalars, objective, {
        inputGradient: true,
        decay: this.#decay(module),
      });
      return { state: result.state, dx: result.dx, ...result.values };
    });
    this.#heads.set(signature, head);
    return head;
  }

  #decay(module: LayerVariant["module"]): Tensor1D | undefined {
    if (!this.#weightDecay) return undefined;
    return tf.tensor1d(decayMask(module.weights).map((part) => part * this.#weightDecay));
  }
}

function move(variant: TrainedVariant, state: LearnerState): void {
  disposeLearnerState(variant.state);
  variant.state = state;
  variant.steps++;
}
