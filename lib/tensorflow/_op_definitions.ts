/**
 * What TensorFlow knows of an op: which inputs are lists, which attributes it has.
 *
 * @module
 */

import { bufferBytes } from "./_buffer.ts";
import { cString, type Library } from "./_library.ts";
import { Status } from "./_status.ts";

/** One input or output of an op: a tensor, or a list whose length or types an attribute gives. */
export interface ArgumentDefinition {
  name: string;
  /** The data type, where the op takes one only. */
  dtype?: number;
  /** The attribute that holds the type, where the op takes several. */
  typeAttribute?: string;
  /** The attribute that holds the list's length, where the input is a list of one type. */
  numberAttribute?: string;
  /** The attribute that holds the list's types, where the input is a list of several. */
  typeListAttribute?: string;
}

/** An op's definition. */
export interface OpDefinition {
  inputs: ArgumentDefinition[];
  outputs: ArgumentDefinition[];
  /** The attributes' types, as TensorFlow calls them: `int`, `list(int)`, `type`, … */
  attributes: Map<string, string>;
}

/** The definitions of TensorFlow's ops, each read when it is first asked for. */
export class OpDefinitions {
  readonly #library: Library;
  readonly #status: Status;
  readonly #graph: bigint;
  readonly #known = new Map<string, OpDefinition>();

  constructor(library: Library) {
    this.#library = library;
    this.#status = new Status(library);
    this.#graph = library.cc.TF_NewGraph();
  }

  /**
   * The definition of an op.
   *
   * @throws {Error} if TensorFlow has no such op.
   */
  get(name: string): OpDefinition {
    let definition = this.#known.get(name);
    if (!definition) {
      definition = readOpDefinition(this.#library, this.#graph, name, this.#status);
      this.#known.set(name, definition);
    }
    return definition;
  }
}

function readOpDefinition(
  library: Library,
  graph: bigint,
  name: string,
  status: Status,
): OpDefinition {
  return parseOpDef(bufferBytes(library, (buffer) => {
    library.cc.TF_GraphGetOpDef(graph, cString(name), buffer, status.pointer);
    status.check(name);
  }));
}

// Field numbers of tensorflow/core/framework/op_def.proto.
function parseOpDef(bytes: Uint8Array): OpDefinition {
  const inputs: ArgumentDefinition[] = [];
  const outputs: ArgumentDefinition[] = [];
  const attributes = new Map<string, string>();
  for (const [field, value] of fields(bytes)) {
    if (!(value instanceof Uint8Array)) continue;
    if (field === 2 || field === 3) {
      const argument: ArgumentDefinition = { name: "" };
      for (const [key, item] of fields(value)) {
        if (!(item instanceof Uint8Array)) {
          if (key === 3) argument.dtype = item;
          continue;
        }
        const text = new TextDecoder().decode(item);
        if (key === 1) argument.name = text;
        if (key === 4) argument.typeAttribute = text;
        if (key === 5) argument.numberAttribute = text;
        if (key === 6) argument.typeListAttribute = text;
      }
      (field === 2 ? inputs : outputs).push(argument);
    } else if (field === 4) {
      let attribute = "";
      for (const [key, text] of fields(value)) {
        if (!(text instanceof Uint8Array)) continue;
        if (key === 1) attribute = new TextDecoder().decode(text);
        if (key === 2) attributes.set(attribute, new TextDecoder().decode(text));
      }
    }
  }
  return { inputs, outputs, attributes };
}

/** The fields of a protocol-buffer message, with their numbers. */
function* fields(bytes: Uint8Array): Generator<[number, Uint8Array | number]> {
  let at = 0;
  const varint = () => {
    let value = 0;
    for (let shift = 1;; shift *= 128) {
      const byte = bytes[at++];
      value += (byte & 127) * shift;
      if (byte < 128) return value;
    }
  };
  while (at < bytes.length) {
    const key = varint();
    const field = key >>> 3;
    switch (key & 7) {
      case 0:
        yield [field, varint()];
        break;
      case 1:
        at += 8;
        break;
      case 2: {
        const length = varint();
        yield [field, bytes.subarray(at, at += length)];
        break;
      }
      default:
        at += 4;
    }
  }
}
