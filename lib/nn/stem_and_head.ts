/**
 * What stands before and after a network's MBConv layers.
 *
 * @module
 */

import type { Tensor2D } from "npm:@tensorflow/tfjs@4.22.0";
import type { Activation, StemSpec } from "../space/types.ts";
import { tf } from "../tensorflow/tfjs.ts";
import type { Convention } from "./convention.ts";
import { dropFeatures } from "./dropping.ts";
import type { Module } from "./module.ts";
import { activate, batchNormSlots, normalisedConvolution } from "./ops.ts";

/** A convolution without bias, batch normalisation and activation. */
function convolutionModule(
  [convolutionName, normName]: [string, string],
  [side, stride, inputs, width]: [number, number, number, number],
  activation: Activation,
  convention: Convention | undefined,
): Module {
  const norm = batchNormSlots(normName, width);
  return {
    weights: [
      {
        name: `${convolutionName}.weight`,
        shape: [side, side, inputs, width],
        kind: "convolution",
      },
      ...norm.weights,
    ],
    statistics: norm.statistics,
    width,
    apply: (named, x, pass) => {
      const part = { convolution: convolutionName, norm: normName, stride, convention };
      const y = activate(normalisedConvolution(named, part, x, pass), activation);
      pass.onActivation?.(y);
      return y;
    },
  };
}

/** The stem: a 3×3 convolution of the images. */
export function stemModule(
  { channels, width, stride }: StemSpec,
  activation: Activation,
  convention?: Convention,
): Module {
  const sizes: [number, number, number, number] = [3, stride, channels, width];
  return convolutionModule(["conv_stem", "bn1"], sizes, activation, convention);
}

/** The 1×1 convolution before pooling. */
export function headModule(
  inputs: number,
  width: number,
  activation: Activation,
  convention?: Convention,
): Module {
  return convolutionModule(["conv_head", "bn2"], [1, 1, inputs, width], activation, convention);
}

/** Pooling over all pixels, dropout and a dense layer: maps [N, H, W, C] → logits [N, classes]. */
export function classifierModule(inputs: number, classes: number): Module {
  return {
    weights: [
      { name: "classifier.weight", shape: [inputs, classes], kind: "dense" },
      { name: "classifier.bias", shape: [classes], kind: "zeros" },
    ],
    statistics: [],
    width: classes,
    apply(named, x, { dropping }) {
      const pooled = x.mean([1, 2]);
      const features = dropping ? dropFeatures(pooled, dropping) : pooled;
      return tf.matMul(features as Tensor2D, named["classifier.weight"] as Tensor2D)
        .add(named["classifier.bias"]);
    },
  };
}
