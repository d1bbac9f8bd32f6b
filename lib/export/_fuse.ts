/**
 * Convolutions with the bias and activation after them as one op, as TensorFlow.js's own converter
 * makes them.
 *
 * @module
 */

import type { AttributeJson } from "./_attribute.ts";

/** A node of a TensorFlow.js graph. */
export interface NodeJson {
  name: string;
  op: string;
  input?: string[];
  attr: Record<string, AttributeJson>;
}

const FUSED: Record<string, string> = {
  Conv2D: "_FusedConv2D",
  DepthwiseConv2dNative: "FusedDepthwiseConv2dNative",
};

const ACTIVATIONS = ["Relu", "Relu6"];

const base64 = (text: string) => new TextEncoder().encode(text).toBase64();

/** Nodes, each after those that it reads, with what can be fused fused. */
export function fuse(nodes: readonly NodeJson[]): NodeJson[] {
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const readers = new Map<string, NodeJson[]>();
  for (const node of nodes) {
    for (const name of node.input ?? []) readers.set(name, [...readers.get(name) ?? [], node]);
  }
  /** The node before, where nothing else reads it. */
  const before = ({ input = [] }: NodeJson) =>
    readers.get(input[0])?.length === 1 ? byName.get(input[0]) : undefined;
  /** The node after, where it is the only one. */
  const after = ({ name }: NodeJson) =>
    readers.get(name)?.length === 1 ? readers.get(name)![0] : undefined;

  const gone = new Set<string>();
  const fused = new Map<string, NodeJson>();
  for (const bias of nodes) {
    const convolution = bias.op === "BiasAdd" ? before(bias) : undefined;
    if (!convolution || !(convolution.op in FUSED)) continue;
    const next = after(bias);
    const activation = next && ACTIVATIONS.includes(next.op) ? next : undefined;
    const last = activation ?? bias;
    gone.add(convolution.name);
    if (activation) gone.add(bias.name);
    fused.set(last.name, {
      name: last.name,
      op: FUSED[convolution.op],
      input: [...convolution.input!, bias.input![1]],
      attr: {
        ...convolution.attr,
        fused_ops: {
          list: { s: ["BiasAdd", ...activation ? [activation.op] : []].map(base64) },
        },
        num_args: { i: "1" },
        epsilon: { f: 0 },
      },
    });
  }
  return nodes.flatMap((node) => gone.has(node.name) ? [] : fused.get(node.name) ?? node);
}
