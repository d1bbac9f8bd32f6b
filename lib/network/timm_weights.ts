/**
 * Weights between TensorFlow's layout, in which networks run, and timm's, in which they are kept.
 *
 * @module
 */

import type { Slot } from "../nn/layout.ts";

/** An array with its shape, as safetensors files hold it. */
export interface NamedArray {
  /** The format's name of 32-bit floats. */
  dtype: "F32";
  /** Its shape. */
  shape: number[];
  /** Its elements, last axis fastest. */
  data: Float32Array<ArrayBuffer>;
}

/** The axes of TensorFlow's layout, in the order in which PyTorch has them. */
function torchAxes({ kind, shape }: Slot): number[] {
  switch (kind) {
    case "convolution": // [height, width, in, out] → [out, in, height, width]
      return [3, 2, 0, 1];
    case "depthwise": // [height, width, channels, 1] → [channels, 1, height, width]
      return [2, 3, 0, 1];
    case "dense": // [in, out] → [out, in]
      return [1, 0];
    default:
      return shape.map((_, axis) => axis);
  }
}

/** The shape that timm gives a weight. */
export function timmShape(slot: Slot): number[] {
  return torchAxes(slot).map((axis) => slot.shape[axis]);
}

/** A weight's values in timm's layout. */
export function toTimm(slot: Slot, data: Float32Array): NamedArray {
  return { dtype: "F32", shape: timmShape(slot), data: permute(data, slot.shape, torchAxes(slot)) };
}

/** A weight's values in TensorFlow's layout, from timm's. */
export function fromTimm(slot: Slot, data: Float32Array): Float32Array<ArrayBuffer> {
  const axes = torchAxes(slot);
  return permute(data, timmShape(slot), slot.shape.map((_, axis) => axes.indexOf(axis)));
}

/** An array with its axes in another order. */
export function permute(
  data: Float32Array,
  shape: readonly number[],
  axes: readonly number[],
): Float32Array<ArrayBuffer> {
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((a, b) => a * b, 1));
  const outShape = axes.map((axis) => shape[axis]);
  const outStrides = axes.map((axis) => strides[axis]);
  const result = new Float32Array(data.length);
  const index = outShape.map(() => 0);
  let from = 0;
  for (let to = 0; to < result.length; to++) {
    result[to] = data[from];
    for (let axis = outShape.length - 1; axis >= 0; axis--) {
      from += outStrides[axis];
      if (++index[axis] < outShape[axis]) break;
      from -= outStrides[axis] * outShape[axis];
      index[axis] = 0;
    }
  }
  return result;
}
