/**
 * Parameters as one vector: which slice is which weight.
 *
 * A network's or a layer variant's weights live in one tensor. An optimizer's update is then a few
 * ops on one vector, whatever the number of weights, and a call passes one tensor instead of dozens.
 *
 * @module
 */

import type { Tensor, Tensor1D } from "npm:@tensorflow/tfjs@4.22.0";
import type { Random } from "../random.ts";
import { tf } from "../tensorflow/tfjs.ts";

/** How a weight begins, and how it is laid out. */
export type SlotKind =
  /** Convolution [height, width, in, out]: normal, variance 2 / (height · width · out). */
  | "convolution"
  /** Depthwise convolution [height, width, in, 1]: normal, variance 2 / (height · width). */
  | "depthwise"
  /** Dense layer [in, out]: uniform within ±1 / √out. */
  | "dense"
  | "zeros"
  | "ones";

/** One weight. */
export interface Slot {
  /** Its name, timm's where timm has one. */
  name: string;
  /** Its shape, in TensorFlow's layout. */
  shape: number[];
  /** How it begins, and how it is laid out. */
  kind: SlotKind;
}

/** Tensors by name. */
export type Named = Record<string, Tensor>;

/** The number of elements of all slots together. */
export function slotsSize(slots: readonly Slot[]): number {
  return slots.reduce((sum, slot) => sum + slotSize(slot), 0);
}

/** The number of elements of one slot. */
export function slotSize({ shape }: Slot): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** The weights in a vector, by name. */
export function unpack(vector: Tensor1D, slots: readonly Slot[]): Named {
  const named: Named = {};
  let at = 0;
  for (const slot of slots) {
    const size = slotSize(slot);
    named[slot.name] = vector.slice(at, size).reshape(slot.shape);
    at += size;
  }
  return named;
}

/** One vector of weights by name; the inverse of {@linkcode unpack}. */
export function pack(named: Named, slots: readonly Slot[]): Tensor1D {
  if (slots.length === 0) return tf.zeros([0]);
  return tf.concat1d(slots.map(({ name }) => named[name].flatten()));
}

/** The first values of a vector of weights: those of EfficientNet's published code. */
export function initialise(slots: readonly Slot[], random: Random): Float32Array<ArrayBuffer> {
  const values = new Float32Array(slotsSize(slots));
  let at = 0;
  for (const slot of slots) {
    const end = at + slotSize(slot);
    const part = values.subarray(at, end);
    switch (slot.kind) {
      case "convolution": {
        const [height, width, , out] = slot.shape;
        const deviation = Math.sqrt(2 / (height * width * out));
        for (let i = 0; i < part.length; i++) part[i] = deviation * random.normal();
        break;
      }
      case "depthwise": {
        const [height, width] = slot.shape;
        const deviation = Math.sqrt(2 / (height * width));
        for (let i = 0; i < part.length; i++) part[i] = deviation * random.normal();
        break;
      }
      case "dense": {
        const bound = 1 / Math.sqrt(slot.shape[1]);
        for (let i = 0; i < part.length; i++) part[i] = bound * (2 * random.uniform() - 1);
        break;
      }
      case "ones":
        part.fill(1);
    }
    at = end;
  }
  return values;
}

/** 1 where weight decay applies (kernels), 0 for biases and normalisation. */
export function decayMask(slots: readonly Slot[]): Float32Array<ArrayBuffer> {
  const mask = new Float32Array(slotsSize(slots));
  let at = 0;
  for (const slot of slots) {
    const end = at + slotSize(slot);
    if (slot.kind !== "zeros" && slot.kind !== "ones") mask.fill(1, at, end);
    at = end;
  }
  return mask;
}
