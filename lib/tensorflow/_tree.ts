/**
 * Nested plain records and arrays of tensors: taken apart, compared, put together again.
 *
 * @module
 */

import type { Tensor } from "npm:@tensorflow/tfjs@4.22.0";
import { tf } from "./tfjs.ts";

/** The form of a tree, with the place of each tensor among its leaves. */
export type Form =
  | { kind: "tensor"; index: number }
  | { kind: "static"; value: unknown }
  | { kind: "array"; items: Form[] }
  | { kind: "record"; keys: string[]; items: Form[] };

/** A tree taken apart. */
export interface Flat {
  /** Its tensors, in order. */
  tensors: Tensor[];
  form: Form;
  /** Equal for trees of equal form, dtypes, shapes and plain values. */
  signature: string;
}

/**
 * Takes a tree apart.
 *
 * @param what What the tree is, for messages.
 * @throws {TypeError} for values that are neither tensors, plain records, arrays, nor plain values.
 */
export function flatten(tree: unknown, what: string): Flat {
  const tensors: Tensor[] = [];
  let signature = "";
  const visit = (node: unknown, place: string): Form => {
    if (node instanceof tf.Tensor) {
      if (node.isDisposed) throw new Error(`Cannot use ${place}: the tensor was disposed of`);
      signature += `${node.dtype}[${node.shape}]`;
      return { kind: "tensor", index: tensors.push(node) - 1 };
    }
    if (Array.isArray(node)) {
      signature += "(";
      const items = node.map((item, i) => visit(item, `${place}[${i}]`));
      signature += ")";
      return { kind: "array", items };
    }
    if (node !== null && typeof node === "object") {
      const prototype = Object.getPrototypeOf(node);
      if (prototype !== Object.prototype && prototype !== null) {
        throw new TypeError(
          `Cannot compile with ${place}: it is a ${prototype?.constructor?.name}, where tensors, ` +
            "plain records, arrays, numbers, texts and booleans are allowed",
        );
      }
      const keys = Object.keys(node);
      signature += "{";
      const items = keys.map((key) => {
        signature += `${key.length}:${key}`;
        return visit((node as Record<string, unknown>)[key], `${place}.${key}`);
      });
      signature += "}";
      return { kind: "record", keys, items };
    }
    if (typeof node === "function" || typeof node === "symbol") {
      throw new TypeError(`Cannot compile with ${place}: it is a ${typeof node}`);
    }
    signature += `${typeof node}=${typeof node === "string" ? JSON.stringify(node) : node},`;
    return { kind: "static", value: node };
  };
  const form = visit(tree, what);
  return { tensors, form, signature };
}

/** Puts a tree together from its form and tensors. */
export function unflatten(form: Form, tensors: readonly Tensor[]): unknown {
  switch (form.kind) {
    case "tensor":
      return tensors[form.index];
    case "static":
      return form.value;
    case "array":
      return form.items.map((item) => unflatten(item, tensors));
    case "record":
      return Object.fromEntries(
        form.keys.map((key, i) => [key, unflatten(form.items[i], tensors)]),
      );
  }
}
