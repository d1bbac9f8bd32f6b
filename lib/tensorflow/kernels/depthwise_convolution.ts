/**
 * Dilated depthwise convolutions: TensorFlow's CPU kernel refuses them. As in its Python library, each
 * phase of the dilation becomes an image of its own (space to batch), which is convolved densely.
 *
 * @module
 */

import type { Tensor3D, Tensor4D } from "npm:@tensorflow/tfjs@4.22.0";
import { tf } from "../tfjs.ts";
import { type KernelCall, mend } from "./_mend.ts";

/** Mends `DepthwiseConv2dNative` and `FusedDepthwiseConv2D`. */
export function mendDepthwiseConvolution(): void {
  mend("DepthwiseConv2dNative", (call) => isDilated(call) ? dilated(call) : call.upstream());
  mend("FusedDepthwiseConv2D", (call) => {
    if (!isDilated(call)) return call.upstream();
    const { inputs: { bias, preluActivationWeights }, attrs, backend } = call;
    return tf.tidy(() => {
      const linear = dilated(call);
      return backend.applyActivation(
        bias ? tf.add(linear, bias) : linear,
        attrs.activation as string,
        preluActivationWeights,
        attrs.leakyreluAlpha as number,
      );
    });
  });
}

type Pair = [number, number];

/** One number or two, as TensorFlow.js takes strides and dilations. */
function pair(value: unknown): Pair {
  return Array.isArray(value) ? value as Pair : [value as number ?? 1, value as number ?? 1];
}

function isDilated({ attrs }: KernelCall): boolean {
  return pair(attrs.dilations).some((rate) => rate > 1);
}

function dilated({ inputs, attrs }: KernelCall): Tensor4D {
  const x = inputs.x as Tensor4D;
  const filter = inputs.filter as Tensor4D;
  const rates = pair(attrs.dilations);
  const { padInfo } = tf.backend_util.computeConv2DInfo(
    x.shape,
    filter.shape,
    pair(attrs.strides),
    rates,
    attrs.pad as "same",
    attrs.dimRoundingMode as "floor",
    true,
  );
  const before = [padInfo.top, padInfo.left];
  const after = [padInfo.bottom, padInfo.right];
  const extra = rates.map((rate, i) => {
    const size = x.shape[1 + i] + before[i] + after[i];
    return (rate - size % rate) % rate;
  });
  return tf.tidy(() => {
    const phases = tf.spaceToBatchND(
      x,
      rates,
      extra.map((more, i) => [before[i], after[i] + more]),
    );
    const convolved = tf.depthwiseConv2d(phases as Tensor4D | Tensor3D, filter, 1, "valid");
    return tf.batchToSpaceND(convolved, rates, extra.map((more) => [0, more])) as Tensor4D;
  });
}
