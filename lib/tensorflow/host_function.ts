/**
 * Functions written op by op, whose shapes may depend on values, as those of decoded images do. They run on the
 * host's processor on other threads, with values that stay outside TensorFlow.js.
 *
 * @module
 */

import type { Attribute } from "./_attributes.ts";
import { ATTR, TF } from "./_dtypes.ts";
import { Eager, type Metadata } from "./_eager.ts";
import { Graph, type Output } from "./_graph.ts";
import { deleteTensor, newTensor, type Values } from "./_host_tensor.ts";
import { OpDefinitions } from "./_op_definitions.ts";
import { engineBackend } from "./current.ts";

export type { Output } from "./_graph.ts";

/** A tensor's type, shape and values. */
export interface HostTensor extends Metadata {
  values: Values;
}

/** What a function is written with. */
export interface HostGraph {
  /** Adds an op and gives its first output. */
  op(name: string, inputs: readonly Output[], attributes?: readonly Attribute[]): Output;
  /** Whole numbers that are always the same. */
  ints(...values: number[]): Output;
  /** A number that is always the same. */
  float(value: number): Output;
}

/** A function of tensors on the host. */
export type HostFunction = (inputs: readonly HostTensor[]) => Promise<HostTensor>;

/** Text attributes, integers and truth values, as ops take them. */
export const attribute = {
  text: (name: string, value: string): Attribute => ({ name, type: ATTR.STRING, value }),
  int: (name: string, value: number): Attribute => ({ name, type: ATTR.INT, value }),
  flag: (name: string, value: boolean): Attribute => ({ name, type: ATTR.BOOL, value }),
  dtype: (name: string, value: number): Attribute => ({ name, type: ATTR.TYPE, value }),
};

let host: { eager: Eager; definitions: OpDefinitions } | undefined;
let defined = 0;
let live = 0;

/** How many tensors calls under way hold; 0 when none is. */
export function hostTensors(): number {
  return live;
}

/**
 * Defines a function of one output.
 *
 * @param inputs Types and shapes of its inputs, −1 where a size is told by the value.
 * @param build Writes the function.
 * @returns The function; each call runs on another thread.
 */
export function hostFunction(
  inputs: readonly Metadata[],
  build: (graph: HostGraph, inputs: Output[]) => Output,
): HostFunction {
  const { eager, definitions } = openHost();
  const { library, pointer } = eager.context;
  const name = `dna_host_${defined++}`;
  const body = `${name}_body`;
  const graph = new Graph(library, definitions, true);
  const constant = (metadata: Metadata, values: Values): Output => {
    const tensor = newTensor(library, metadata.shape, metadata.dtype, values);
    const output = graph.constant(tensor, metadata);
    deleteTensor(library, tensor);
    return output;
  };
  const placeholders = inputs.map((input) => graph.placeholder(input));
  const result = build({
    op: (op, from, attributes = []) => graph.add(op, attributes, from)[0],
    ints: (...values) =>
      constant({ dtype: TF.INT32, shape: [values.length] }, Int32Array.from(values)),
    float: (value) => constant({ dtype: TF.FLOAT, shape: [] }, Float32Array.of(value)),
  }, placeholders);
  graph.toFunction(pointer, body, placeholders, [graph.identity(result)]);
  graph.delete();
  defineOnOneThread(name, body, inputs, result);
  return (given) => call(name, given);
}

/**
 * Defines a function that calls another one so that each of its ops computes on one thread: where many calls are under way, ops
 * that divide their work wait for each other more than they gain. TensorFlow's mapping of a function over slices can do that.
 */
function defineOnOneThread(
  name: string,
  body: string,
  inputs: readonly Metadata[],
  result: Metadata,
): void {
  const { eager, definitions } = openHost();
  const { library, pointer } = eager.context;
  const graph = new Graph(library, definitions, true);
  const axis = newTensor(library, [], TF.INT32, Int32Array.of(0));
  const first = graph.constant(axis, { dtype: TF.INT32, shape: [] });
  deleteTensor(library, axis);
  const placeholders = inputs.map((input) => graph.placeholder(input));
  const slices = placeholders.map((input) => graph.add("ExpandDims", [], [input, first])[0]);
  const [mapped] = graph.add("MapDefun", [
    { name: "Targuments", type: ATTR.TYPE, value: inputs.map(({ dtype }) => dtype) },
    { name: "Tcaptured", type: ATTR.TYPE, value: [] },
    { name: "output_types", type: ATTR.TYPE, value: [result.dtype] },
    { name: "output_shapes", type: ATTR.SHAPE, value: [result.shape] },
    { name: "f", type: ATTR.FUNC, value: body },
    attribute.int("max_intra_op_parallelism", 1),
  ], slices);
  const [whole] = graph.add("Squeeze", [
    { name: "squeeze_dims", type: ATTR.INT, value: [0] },
  ], [mapped]);
  graph.toFunction(pointer, name, placeholders, [whole]);
  graph.delete();
}

async function call(name: string, given: readonly HostTensor[]): Promise<HostTensor> {
  const { eager } = openHost();
  const { library } = eager.context;
  const tensors: bigint[] = [];
  const handles: bigint[] = [];
  try {
    for (const { shape, dtype, values } of given) {
      const tensor = newTensor(library, shape, dtype, values);
      tensors.push(tensor);
      handles.push(eager.wrap(tensor));
      live++;
    }
    // In full precision, whatever compiled functions compute in.
    const [result] = await eager.executeAsync(name, handles, 1, []);
    try {
      return { ...eager.describe(result), values: eager.read(result) };
    } finally {
      eager.delete(result);
    }
  } finally {
    for (const handle of handles) eager.delete(handle);
    // A handle on texts shares them with its tensor: they go when the call has ended.
    for (const tensor of tensors) deleteTensor(library, tensor);
    live -= handles.length;
  }
}

function openHost(): { eager: Eager; definitions: OpDefinitions } {
  if (host) return host;
  const { context } = engineBackend().binding;
  // Under another name than "CPU:0", which leaves the choice of a device to TensorFlow.
  const device = { ...context.device("CPU:0"), name: "host" };
  host = { eager: new Eager(context, device), definitions: new OpDefinitions(context.library) };
  return host;
}
