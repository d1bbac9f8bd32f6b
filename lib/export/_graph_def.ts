/**
 * TensorFlow's `GraphDef`: its nodes as plain data, and back. Field numbers are those of
 * tensorflow/core/framework/graph.proto, node_def.proto and versions.proto.
 *
 * @module
 */

import { bytesField, entryField, type Pieces, readFields } from "./_wire.ts";

/** A node of a graph. */
export interface GraphNode {
  /** Its name, which no other node has. */
  name: string;
  /** TensorFlow's name of its op. */
  op: string;
  /** Names of the nodes whose outputs it reads. */
  inputs: string[];
  /** Its attributes, each the bytes of an `AttrValue`. */
  attributes: Map<string, Uint8Array<ArrayBuffer>>;
}

/** A graph. */
export interface Graph {
  /** Its nodes, each after those that it reads. */
  nodes: GraphNode[];
  /** The bytes of its `VersionDef`. */
  versions: Uint8Array;
}

const text = (bytes: unknown) => new TextDecoder().decode(bytes as Uint8Array<ArrayBuffer>);

/** The graph of a `GraphDef`'s bytes, which its attributes share. */
export function parseGraphDef(bytes: Uint8Array<ArrayBuffer>): Graph {
  const graph: Graph = { nodes: [], versions: new Uint8Array(0) };
  for (const [field, value] of readFields(bytes)) {
    if (field === 1) graph.nodes.push(parseNode(value as Uint8Array<ArrayBuffer>));
    if (field === 4) graph.versions = value as Uint8Array;
  }
  return graph;
}

function parseNode(bytes: Uint8Array<ArrayBuffer>): GraphNode {
  const node: GraphNode = { name: "", op: "", inputs: [], attributes: new Map() };
  for (const [field, value] of readFields(bytes)) {
    if (field === 1) node.name = text(value);
    if (field === 2) node.op = text(value);
    if (field === 3) node.inputs.push(text(value));
    if (field === 5) {
      const entry = Object.fromEntries(readFields(value as Uint8Array<ArrayBuffer>));
      node.attributes.set(text(entry[1]), entry[2] as Uint8Array<ArrayBuffer>);
    }
  }
  return node;
}

/** The bytes of a graph's `GraphDef`. */
export function encodeGraphDef({ nodes, versions }: Graph): Pieces {
  return [
    ...nodes.flatMap(({ name, op, inputs, attributes }) =>
      bytesField(1, [
        ...bytesField(1, name),
        ...bytesField(2, op),
        ...inputs.flatMap((input) => bytesField(3, input)),
        ...[...attributes].flatMap(([key, value]) => entryField(5, key, value)),
      ])
    ),
    ...bytesField(4, versions),
  ];
}
