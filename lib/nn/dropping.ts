/**
 * What training leaves out at random: features before the classifier, and residual branches.
 *
 * All of it follows from one seed a step, so that a step that is done again gives the same bits.
 *
 * @module
 */

import type { Tensor, Tensor1D } from "npm:@tensorflow/tfjs@4.22.0";
import type { Random } from "../random.ts";
import { engineBackend } from "../tensorflow/current.ts";
import { tf } from "../tensorflow/tfjs.ts";

/** What a step of training leaves out. */
export interface Dropping {
  /** The step's seed, int32 [2]. */
  seed: Tensor1D;
  /** Share of the features before the classifier that is left out, below 1. */
  dropout: number;
  /** Share of images for which the last layer's residual branch would be left out, below 1. */
  stochasticDepth: number;
}

/** Where a layer stands among all MBConv layers of a network, from 0. */
export interface LayerPosition {
  readonly index: number;
  readonly count: number;
}

/** The two numbers of a step's seed, from a stream of its own. */
export function dropSeed(random: Random): [number, number] {
  const [first, second] = random.state().words;
  return [first, second];
}

/**
 * Stochastic depth (Huang and others, 2016), for each image on its own: the branch is left out with
 * probability rate · index / count (EfficientNet's rule), and counts for as much more where it stays.
 *
 * @param branch The residual branch's output [N, H, W, C].
 * @param position The layer's.
 */
export function dropBranch(
  branch: Tensor,
  { seed, stochasticDepth }: Dropping,
  { index, count }: LayerPosition,
): Tensor {
  const rate = stochasticDepth * index / count;
  if (rate === 0) return branch;
  return branch.mul(keptShares(seed, index + 1, [branch.shape[0], 1, 1, 1], rate));
}

/** Dropout (Srivastava and others, 2014) of features [N, C]; what stays is scaled by 1 / (1 − rate). */
export function dropFeatures(features: Tensor, { seed, dropout }: Dropping): Tensor {
  if (dropout === 0) return features;
  return features.mul(keptShares(seed, 0, features.shape, dropout));
}

/** 0 with probability `rate`, else 1 / (1 − rate). */
function keptShares(seed: Tensor1D, stream: number, shape: number[], rate: number): Tensor {
  const kept = statelessUniform(seed.add(tf.tensor1d([0, stream], "int32")), shape)
    .greaterEqual(rate);
  return kept.cast("float32").mul(1 / (1 - rate));
}

/** Uniform numbers of [0, 1) that follow from a seed, int32 [2], alone. */
function statelessUniform(seed: Tensor, shape: number[]): Tensor {
  const backend = engineBackend();
  const { TF_ATTR_TYPE, TF_FLOAT, TF_INT32 } = backend.binding;
  const attributes = [
    { name: "dtype", type: TF_ATTR_TYPE, value: TF_FLOAT },
    { name: "T", type: TF_ATTR_TYPE, value: TF_INT32 },
    { name: "Tseed", type: TF_ATTR_TYPE, value: TF_INT32 },
  ];
  const inputs = [tf.tensor1d(shape, "int32"), seed];
  return backend.executeMultipleOutputs("StatelessRandomUniform", attributes, inputs, 1)[0];
}
