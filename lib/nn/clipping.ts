/**
 * Gradients of bounded length.
 *
 * @module
 */

import type { Tensor1D } from "npm:@tensorflow/tfjs@4.22.0";
import { tf } from "../tensorflow/tfjs.ts";

/** What PyTorch adds to the norm, so that a gradient of zeros stays one. */
const EPSILON = 1e-6;

/** A gradient, shortened to `most` where its Euclidean norm is above it; as PyTorch's `clip_grad_norm_`. */
export function clipByGlobalNorm(gradient: Tensor1D, most: number): Tensor1D {
  const norm = gradient.square().sum().sqrt();
  return gradient.mul(tf.minimum(1, tf.div(most, norm.add(EPSILON))));
}
