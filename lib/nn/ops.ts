/**
 * The operations of EfficientNet's layers, on TensorFlow's fused kernels.
 *
 * @module
 */

import type { Tensor, Tensor2D, Tensor4D } from "npm:@tensorflow/tfjs@4.22.0";
import { engineBackend } from "../tensorflow/current.ts";
import type { Activation } from "../space/types.ts";
import { onTape } from "../tensorflow/tape.ts";
import { tf } from "../tensorflow/tfjs.ts";
import { type Convention, TENSORFLOW_CONVENTION } from "./convention.ts";
import type { Named, Slot } from "./layout.ts";
import type { Pass } from "./module.ts";

/** Share of the old running statistics that a training step keeps (EfficientNet). */
export const MOMENTUM = 0.99;

/** x · sigmoid(x), with one gradient op instead of the tape of its parts. */
export function swish(x: Tensor): Tensor {
  return tf.customGrad((x, save) => {
    const s = tf.sigmoid(x as Tensor);
    (save as (tensors: Tensor[]) => void)([x as Tensor, s]);
    return {
      value: (x as Tensor).mul(s),
      gradFunc: (dy: Tensor, saved: Tensor[]) => {
        const [x, s] = saved;
        return dy.mul(s.add(x.mul(s).mul(tf.sub(1, s))));
      },
    };
  })(x);
}

/** An activation by name. */
export function activate(x: Tensor, activation: Activation): Tensor {
  if (activation === "swish") return swish(x);
  return activation === "relu6" ? tf.relu6(x) : tf.relu(x);
}

/** The slots of a batch normalisation, named as timm's. */
export function batchNormSlots(
  name: string,
  width: number,
): { weights: Slot[]; statistics: Slot[] } {
  return {
    weights: [
      { name: `${name}.weight`, shape: [width], kind: "ones" },
      { name: `${name}.bias`, shape: [width], kind: "zeros" },
    ],
    statistics: [
      { name: `${name}.running_mean`, shape: [width], kind: "zeros" },
      { name: `${name}.running_var`, shape: [width], kind: "ones" },
    ],
  };
}

/** A convolution without bias and the batch normalisation after it. */
export interface NormalisedConvolution {
  /** Name of the convolution. */
  convolution: string;
  /** Name of the batch normalisation. */
  norm: string;
  stride: number;
  /** Whether each channel is convolved on its own. */
  depthwise?: boolean;
  /** Padding and epsilon; TensorFlow's where it is absent. */
  convention?: Convention;
}

/**
 * A convolution [N, H, W, C] → [N, ⌈H / stride⌉, ⌈W / stride⌉, out], padded as the convention says, and
 * batch normalisation over N, H, W. In training it leaves the batch's statistics in the pass; else the
 * running ones are folded into the convolution, which saves two passes over the maps.
 */
export function normalisedConvolution(
  named: Named,
  part: NormalisedConvolution,
  x: Tensor,
  pass: Pass,
): Tensor {
  const kernel = named[`${part.convolution}.weight`];
  const scale = named[`${part.norm}.weight`];
  const offset = named[`${part.norm}.bias`];
  const meanName = `${part.norm}.running_mean`;
  const varianceName = `${part.norm}.running_var`;
  const { padding, epsilon } = part.convention ?? TENSORFLOW_CONVENTION;
  // With stride 1 the two paddings are one, and "same" saves a copy of the map.
  const pads = padding === "symmetric" && part.stride > 1;
  const convolve = (kernel: Tensor) => {
    const map = (pads ? padBothSides(x, (kernel.shape[0] - 1) / 2) : x) as Tensor4D;
    const rule = pads ? "valid" : "same";
    return part.depthwise
      ? tf.depthwiseConv2d(map, kernel as Tensor4D, part.stride, rule)
      : tf.conv2d(map, kernel as Tensor4D, part.stride, rule);
  };
  if (pass.training && pass.whole) {
    const y = convolve(kernel);
    const { mean, variance } = tf.moments(y, [0, 1, 2]);
    Object.assign(pass.statistics, { [meanName]: mean, [varianceName]: variance });
    const [count, height, width] = y.shape;
    if (pass.counts) pass.counts[varianceName] = count * height * width;
    const factor = scale.mul(pass.whole[varianceName].add(epsilon).rsqrt());
    return y.mul(factor).add(offset.sub(pass.whole[meanName].mul(factor)));
  }
  if (pass.training) {
    const [y, mean, variance] = normaliseBatch(convolve(kernel), scale, offset, epsilon);
    pass.statistics[meanName] = mean;
    pass.statistics[varianceName] = variance;
    return y;
  }
  let folded = pass.folded?.get(part.convolution);
  if (!folded) {
    const factor = scale.mul(named[varianceName].add(epsilon).rsqrt());
    folded = {
      kernel: kernel.mul(part.depthwise ? factor.reshape([-1, 1]) : factor),
      bias: offset.sub(named[meanName].mul(factor)),
      norm: part.norm,
    };
    pass.folded?.set(part.convolution, folded);
  }
  return addBias(convolve(folded.kernel), folded.bias);
}

/** A map with so many pixels of zeros on each of its four sides. */
function padBothSides(x: Tensor, pixels: number): Tensor {
  return pixels === 0 ? x : tf.pad4d(x as Tensor4D, [
    [0, 0],
    [pixels, pixels],
    [pixels, pixels],
    [0, 0],
  ]);
}

/** Adds a value to each channel, as the one op that TensorFlow fuses with a convolution. */
function addBias(x: Tensor, bias: Tensor): Tensor {
  const backend = engineBackend();
  const { TF_ATTR_TYPE, TF_FLOAT } = backend.binding;
  const attributes = [{ name: "T", type: TF_ATTR_TYPE, value: TF_FLOAT }];
  return onTape(
    [x, bias],
    () => backend.executeMultipleOutputs("BiasAdd", attributes, [x, bias], 1),
    ([dy]) => [dy, dy.sum([0, 1, 2])],
  )[0];
}

/** [y, mean, variance] of a batch; the variance is the unbiased one, as running statistics keep it. */
function normaliseBatch(x: Tensor, scale: Tensor, offset: Tensor, epsilon: number): Tensor[] {
  const backend = engineBackend();
  const { TF_ATTR_TYPE, TF_ATTR_FLOAT, TF_ATTR_STRING, TF_ATTR_BOOL, TF_FLOAT } = backend.binding;
  const attributes = [
    { name: "T", type: TF_ATTR_TYPE, value: TF_FLOAT },
    { name: "U", type: TF_ATTR_TYPE, value: TF_FLOAT },
    { name: "epsilon", type: TF_ATTR_FLOAT, value: epsilon },
    { name: "data_format", type: TF_ATTR_STRING, value: "NHWC" },
    { name: "is_training", type: TF_ATTR_BOOL, value: true },
  ];
  return onTape([x, scale, offset], (save) => {
    const none = tf.tensor1d([]);
    const [y, mean, variance, ...reserved] = backend.executeMultipleOutputs(
      "FusedBatchNormV3",
      attributes,
      [x, scale, offset, none, none],
      6,
    );
    save([x, scale, ...reserved]);
    return [y, mean, variance];
  }, ([dy], [x, scale, ...reserved]) =>
    backend.executeMultipleOutputs(
      "FusedBatchNormGradV3",
      attributes,
      [dy, x, scale, ...reserved],
      5,
    ).slice(0, 3));
}

/** The slots of squeeze-and-excitation, named as timm's. */
export function squeezeExciteSlots(name: string, width: number, reduced: number): Slot[] {
  return [
    { name: `${name}.conv_reduce.weight`, shape: [1, 1, width, reduced], kind: "convolution" },
    { name: `${name}.conv_reduce.bias`, shape: [reduced], kind: "zeros" },
    { name: `${name}.conv_expand.weight`, shape: [1, 1, reduced, width], kind: "convolution" },
    { name: `${name}.conv_expand.bias`, shape: [width], kind: "zeros" },
  ];
}

/** Squeeze-and-excitation: each channel scaled by what the means of all channels say. */
export function squeezeExcite(
  named: Named,
  name: string,
  x: Tensor,
  activation: Activation,
): Tensor {
  const dense = (x: Tensor, part: string): Tensor => {
    const kernel = named[`${name}.${part}.weight`];
    const [, , inputs, outputs] = kernel.shape;
    return tf.matMul(x as Tensor2D, kernel.reshape([inputs, outputs]) as Tensor2D)
      .add(named[`${name}.${part}.bias`]);
  };
  const reduced = activate(dense(x.mean([1, 2]), "conv_reduce"), activation);
  const gate = tf.sigmoid(dense(reduced, "conv_expand"));
  return x.mul(gate.reshape([-1, 1, 1, gate.shape[1]!]));
}
