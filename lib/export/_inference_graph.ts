/**
 * A network's inference as TensorFlow's graph: batch normalisation folded, weights as constants,
 * any number of images.
 *
 * @module
 */

import type { Tensor } from "npm:@tensorflow/tfjs@4.22.0";
import type { Network } from "../network/network.ts";
import { applyModule } from "../nn/learner.ts";
import { TF } from "../tensorflow/_dtypes.ts";
import { engineBackend } from "../tensorflow/current.ts";
import { freeze } from "../tensorflow/freeze.ts";
import { tf } from "../tensorflow/tfjs.ts";
import { type Graph, type GraphNode, parseGraphDef } from "./_graph_def.ts";
import { attributeJson } from "./_attribute.ts";
import type { CheckedOptions, GraphExportOptions } from "./options.ts";

/** A tensor that a graph takes or gives. */
export interface Port {
  /** The name of its node. */
  name: string;
  /** Its type, a `TF_DataType`. */
  dtype: number;
  /** Its shape; -1 stands for any number of images. */
  shape: number[];
}

/** A network's graph. */
export interface InferenceGraph extends Graph {
  /** The images. */
  input: Port;
  /** Logits, or probabilities. */
  output: Port;
}

/** Attributes that older TensorFlow (2.12) does not know; in inference they say nothing. */
const RECENT = ["grad_x", "grad_y"];

/** The graph of a network's inference. */
export function inferenceGraph(
  network: Network,
  { input = "floats", softmax = false, mean, std }: CheckedOptions<GraphExportOptions>,
): InferenceGraph {
  const { architecture, resolution, module, weights, statistics } = network;
  const images = {
    name: "images",
    dtype: input === "bytes" ? TF.UINT8 : TF.FLOAT,
    shape: [-1, resolution, resolution, architecture.stem.channels],
  };
  // Weights that TensorFlow.js still holds go to TensorFlow as tensors of their own, not as the
  // graph's.
  engineBackend().getInputTensorIds([weights, statistics]);
  const { graph, output } = freeze((x: Tensor) => {
    const normal = input === "bytes" ? normalise(x, mean, std) : x;
    const logits = applyModule(module, weights, statistics, normal, false).y;
    return softmax ? tf.softmax(logits) : logits;
  }, images);
  const { nodes, versions } = parseGraphDef(graph);
  const result = { ...output, name: softmax ? "probabilities" : "logits" };
  const names = new Map([
    [nodes.find(({ op }) => op === "Placeholder")!.name, images.name],
    [nodes[nodes.length - 1].name, result.name],
  ]);
  return { nodes: rename(simplify(nodes), names), versions, input: images, output: result };
}

/** Pixels 0–255 as the network was trained on them. */
function normalise(pixels: Tensor, mean: number[], std: number[]): Tensor {
  return pixels.toFloat()
    .mul(tf.tensor1d(std.map((deviation) => 1 / (255 * deviation))))
    .sub(tf.tensor1d(mean.map((value, i) => value / std[i])));
}

/** Leaves out casts of a type to itself, and attributes that only a recent TensorFlow knows. */
function simplify(nodes: readonly GraphNode[]): GraphNode[] {
  const sources = new Map<string, string>();
  const rest: GraphNode[] = [];
  for (const node of nodes) {
    const inputs = node.inputs.map((name) => sources.get(name) ?? name);
    const type = (name: string) => attributeJson(node.attributes.get(name)!).type;
    if (node.op === "Cast" && type("SrcT") === type("DstT")) {
      sources.set(node.name, inputs[0]);
      continue;
    }
    const attributes = new Map([...node.attributes].filter(([name]) => !RECENT.includes(name)));
    rest.push({ ...node, inputs, attributes });
  }
  return rest;
}

function rename(nodes: readonly GraphNode[], names: ReadonlyMap<string, string>): GraphNode[] {
  const now = (name: string) => names.get(name) ?? name;
  return nodes.map((node) => ({ ...node, name: now(node.name), inputs: node.inputs.map(now) }));
}
