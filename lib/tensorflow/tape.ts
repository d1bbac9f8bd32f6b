/**
 * Operations with several outputs and a gradient of their own.
 *
 * @module
 */

import type { Tensor } from "npm:@tensorflow/tfjs@4.22.0";
import { tf } from "./tfjs.ts";

/** The part of TensorFlow.js's engine that is not in its types. */
interface TapeEngine {
  isTapeOn(): boolean;
  runKernelFunc(parameters: {
    inputs: Record<string, Tensor>;
    forwardFunc(backend: unknown, save: (tensors: Tensor[]) => void): Tensor[];
    backwardsFunc(dys: Tensor | Tensor[], saved: Tensor[]): Record<string, () => Tensor>;
  }): Tensor[];
}

/** Whether a gradient is being taken of what runs now. */
export function isTapeOn(): boolean {
  return (tf.engine() as unknown as TapeEngine).isTapeOn();
}

/**
 * Runs `forward` as one step of the gradient tape. `tf.customGrad` does this for one output only.
 *
 * @param inputs What the step may be differentiated by: float tensors.
 * @param forward Computes the outputs and saves what `backward` needs.
 * @param backward The inputs' gradients, in order, from the outputs' and what was saved.
 */
export function onTape(
  inputs: readonly Tensor[],
  forward: (save: (tensors: Tensor[]) => void) => Tensor[],
  backward: (dys: Tensor[], saved: Tensor[]) => Tensor[],
): Tensor[] {
  return (tf.engine() as unknown as TapeEngine).runKernelFunc({
    inputs: Object.fromEntries(inputs.map((input, i) => [`x${i}`, input])),
    forwardFunc: (_, save) => forward(save),
    backwardsFunc: (dys, saved) => {
      const gradients = backward([dys].flat(), saved);
      return Object.fromEntries(gradients.map((gradient, i) => [`x${i}`, () => gradient]));
    },
  });
}
