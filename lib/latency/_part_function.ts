/**
 * A part of a network as a function to be timed.
 *
 * @module
 */

import type { Tensor, Tensor1D, Tensor4D } from "npm:@tensorflow/tfjs@4.22.0";
import { initialise } from "../nn/layout.ts";
import { applyModule } from "../nn/learner.ts";
import { mbconv } from "../nn/mbconv.ts";
import type { Module } from "../nn/module.ts";
import { networkModules, wholeNetwork } from "../nn/network.ts";
import { classifierModule, headModule, stemModule } from "../nn/stem_and_head.ts";
import { createRandom } from "../random.ts";
import type { PlacedPart } from "../search/types.ts";
import type { Architecture } from "../space/types.ts";
import { tf } from "../tensorflow/tfjs.ts";
import { type InferenceFunction, inferenceFunction } from "./_inference_function.ts";
import { stemStride } from "./_parts.ts";

/** Maps [N, H, W, C] by their shape: functions that read the same shape share one. */
export type Maps = Map<string, Tensor>;

/** A function, and the maps that it is called with. */
export interface Timed {
  fn: InferenceFunction;
  x: Tensor;
}

/** The inference of a part, with random weights: how long it takes does not depend on their values. */
export function partFunction(part: PlacedPart, batch: number, maps: Maps): Timed {
  const { kind, inputWidth, inputSize } = part;
  const x = mapsOf(maps, [batch, inputSize, inputSize, inputWidth]);
  // Pooling belongs to the head, which alone knows how many pixels there are.
  const after = kind === "head" ? (y: Tensor) => y.mean([1, 2]) : (y: Tensor) => y;
  return { fn: moduleFunction(partModule(part), x, after), x };
}

/** The inference of a whole network, with random weights. */
export function networkFunction(
  architecture: Architecture,
  { batch, resolution, classes }: { batch: number; resolution: number; classes: number },
  maps: Maps,
): Timed {
  const x = mapsOf(maps, [batch, resolution, resolution, architecture.stem.channels]);
  return { fn: moduleFunction(wholeNetwork(networkModules(architecture, classes)), x), x };
}

/** What every call of a function takes, whatever it computes: a convolution of one number, so that TensorFlow's threads wake up. */
export function emptyFunction(maps: Maps): Timed {
  const x = mapsOf(maps, [1, 1, 1, 1]);
  const kernel = tf.ones([1, 1, 1, 1]) as Tensor4D;
  try {
    return {
      fn: inferenceFunction((x) => tf.conv2d(x as Tensor4D, kernel, 1, "same"), x.shape),
      x,
    };
  } finally {
    kernel.dispose();
  }
}

function partModule({ kind, layer, inputWidth, width, inputSize, size, activation }: PlacedPart) {
  if (layer) return mbconv("", layer, inputWidth, activation!);
  if (kind === "classifier") return classifierModule(inputWidth, width);
  if (kind === "head") return headModule(inputWidth, width, activation!);
  const stride = stemStride(inputSize, size);
  return stemModule({ channels: inputWidth, width, stride }, activation!);
}

function moduleFunction(
  module: Module,
  x: Tensor,
  after = (y: Tensor): Tensor => y,
): InferenceFunction {
  const random = createRandom(0);
  const weights = tf.tensor1d(initialise(module.weights, random));
  const statistics = tf.tensor1d(initialise(module.statistics, random));
  try {
    return inferenceFunction((x) => after(inferModule(module, weights, statistics, x)), x.shape);
  } finally {
    tf.dispose([weights, statistics]);
  }
}

function inferModule(module: Module, weights: Tensor1D, statistics: Tensor1D, x: Tensor): Tensor {
  return applyModule(module, weights, statistics, x, false).y;
}

function mapsOf(maps: Maps, shape: number[]): Tensor {
  const key = shape.join();
  if (!maps.has(key)) maps.set(key, tf.keep(tf.randomNormal(shape, 0, 1, "float32", 7)));
  return maps.get(key)!;
}
