/**
 * Recording: ops added to a `TF_Graph` instead of being run, and the function made of it.
 *
 * @module
 */

import {
  type Attribute,
  type AttributeSetters,
  graphSetters,
  nameCString,
  setAttribute,
} from "./_attributes.ts";
import { ATTR } from "./_dtypes.ts";
import type { Metadata } from "./_eager.ts";
import type { Library } from "./_library.ts";
import { bufferBytes } from "./_buffer.ts";
import { inputLengths, isList } from "./_check_call.ts";
import type { OpDefinition, OpDefinitions } from "./_op_definitions.ts";
import { Status } from "./_status.ts";

/** Outputs that only the op's own gradient reads: their shapes are nobody's business. */
const OPAQUE: Record<string, number[]> = { FusedBatchNormV3: [3, 4, 5] };

/** An output of a node: the node's address and the output's number. */
export interface Output extends Metadata {
  operation: bigint;
  index: number;
}

/** An op of a graph. */
interface GraphNode {
  operation: bigint;
  inputs: readonly Output[];
  /** Whether it stands for a value given later. */
  isPlaceholder?: boolean;
}

/** `TF_Output`'s bytes: an address, a number, and four bytes of padding. */
const OUTPUT_BYTES = 16;

/** `TF_Output`s as C has them. */
export function packOutputs(
  outputs: readonly { operation: bigint; index: number }[],
): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(Math.max(outputs.length, 1) * OUTPUT_BYTES);
  const view = new DataView(bytes.buffer);
  outputs.forEach(({ operation, index }, i) => {
    view.setBigUint64(i * OUTPUT_BYTES, operation, true);
    view.setInt32(i * OUTPUT_BYTES + 8, index, true);
  });
  return bytes;
}

/** Addresses as C has them. */
function packAddresses(addresses: readonly bigint[]): Uint8Array<ArrayBuffer> {
  return new Uint8Array(BigUint64Array.from(addresses.length > 0 ? addresses : [0n]).buffer);
}

/** A graph under construction. */
export class Graph {
  readonly #library: Library;
  readonly #status: Status;
  readonly #set: AttributeSetters;
  readonly #definitions: OpDefinitions;
  readonly #pointer: bigint;
  readonly #anyShape: boolean;
  /** Each op's address and inputs, in the order in which they were added. */
  readonly #nodes: GraphNode[] = [];
  #names = 0;

  /**
   * @param library TensorFlow.
   * @param definitions The definitions of ops, shared by all graphs.
   * @param anyShape Whether an output's shape may depend on values; such a size is −1.
   */
  constructor(library: Library, definitions: OpDefinitions, anyShape = false) {
    this.#anyShape = anyShape;
    this.#library = library;
    this.#definitions = definitions;
    this.#status = new Status(library);
    this.#set = graphSetters(library);
    this.#pointer = library.cc.TF_NewGraph();
  }

  /** A node that stands for a value given later. */
  placeholder({ dtype, shape }: Metadata): Output {
    return this.add("Placeholder", [
      { name: "dtype", type: ATTR.TYPE, value: dtype },
      { name: "shape", type: ATTR.SHAPE, value: shape },
    ], [])[0];
  }

  /** A node that holds the values of a `TF_Tensor`. */
  constant(tensor: bigint, { dtype, shape }: Metadata): Output {
    const description = this.#describe("Const");
    this.#library.cc.TF_SetAttrTensor(
      description,
      nameCString("value"),
      tensor,
      this.#status.pointer,
    );
    this.#set.type(description, nameCString("dtype"), dtype);
    const operation = this.#library.cc.TF_FinishOperation(description, this.#status.pointer);
    this.#status.check("Const");
    this.#nodes.push({ operation, inputs: [] });
    return { operation, index: 0, dtype, shape };
  }

  /** The same value under a node of its own. */
  identity(output: Output): Output {
    return this.add("Identity", [{ name: "T", type: ATTR.TYPE, value: output.dtype }], [output])[0];
  }

  /**
   * Adds an op.
   *
   * @throws {Error} TensorFlow's own, and where an output's shape depends on values.
   */
  add(name: string, attributes: readonly Attribute[], inputs: readonly Output[]): Output[] {
    const { cc } = this.#library;
    const definition = this.#definitions.get(name);
    const description = this.#describe(name);
    try {
      for (const attribute of attributes) {
        // TensorFlow.js gives some ops attributes that today's TensorFlow no longer has.
        if (!definition.attributes.has(attribute.name)) continue;
        // What the inputs tell is theirs to tell, as in an eager op.
        if (definition.inputs.some((input) => input.typeAttribute === attribute.name)) continue;
        setAttribute(this.#set, description, name, attribute);
      }
      this.#addInputs(name, definition, attributes, description, inputs);
    } catch (error) {
      // Only finishing frees a description; its complaint about missing parts is not the point.
      cc.TF_FinishOperation(description, this.#status.pointer);
      if (!this.#status.ok) this.#status.takeError(name);
      throw error;
    }
    const operation = cc.TF_FinishOperation(description, this.#status.pointer);
    this.#status.check(name);
    this.#nodes.push({ operation, inputs, isPlaceholder: name === "Placeholder" });
    return Array.from(
      { length: cc.TF_OperationNumOutputs(operation) },
      (_, index) => this.#output(name, operation, index),
    );
  }

  /** Adds an op only to learn its outputs; a shape that is not known is null. */
  infer(
    name: string,
    attributes: readonly Attribute[],
    inputs: readonly Output[],
  ): { dtype: number; shape: number[] | null }[] {
    try {
      return this.add(name, attributes, inputs);
    } catch (error) {
      if (error instanceof UnknownShape) return [{ dtype: error.dtype, shape: null }];
      throw error;
    }
  }

  /**
   * Makes the graph a function and adds it to the eager context under `name`.
   *
   * @param operations The ops that it is made of, without those of its inputs; all where left out.
   */
  toFunction(
    context: bigint,
    name: string,
    inputs: readonly Output[],
    outputs: readonly Output[],
    operations?: readonly bigint[],
  ): void {
    const { cc } = this.#library;
    const made = cc.TF_GraphToFunction(
      this.#pointer,
      nameCString(name),
      0,
      operations?.length ?? -1, // −1 for every operation of the graph
      operations ? packAddresses(operations) : null,
      inputs.length,
      packOutputs(inputs),
      outputs.length,
      packOutputs(outputs),
      0n,
      0n,
      0n,
      this.#status.pointer,
    );
    this.#status.check("Cannot compile");
    cc.TFE_ContextAddFunction(context, made, this.#status.pointer);
    cc.TF_DeleteFunction(made);
    this.#status.check("Cannot compile");
  }

  /**
   * Divides the ops into those that depend on late inputs and those that do not. Constants, and what is
   * computed of constants alone, belong to both.
   *
   * @param late Placeholders.
   * @returns The ops of each part, and the outputs that pass from the first to the second, which
   * `wanted` of the second are among.
   */
  divide(
    late: readonly Output[],
    wanted: readonly Output[],
  ): { early: bigint[]; late: bigint[]; between: Output[] } {
    const isLate = new Set(late.map(({ operation }) => operation));
    const isConstant = new Set<bigint>();
    const placeholders = new Set(isLate);
    const parts = { early: [] as bigint[], late: [] as bigint[] };
    const between = new Map<string, Output>();
    const pass = (output: Output) => {
      if (isLate.has(output.operation) || isConstant.has(output.operation)) return;
      between.set(`${output.operation}:${output.index}`, output);
    };
    for (const { operation, inputs, isPlaceholder } of this.#nodes) {
      if (placeholders.has(operation) || isPlaceholder) continue;
      if (inputs.some((input) => isLate.has(input.operation))) {
        isLate.add(operation);
        parts.late.push(operation);
        inputs.forEach(pass);
      } else {
        parts.early.push(operation);
        if (inputs.every((input) => isConstant.has(input.operation))) {
          isConstant.add(operation);
          parts.late.push(operation);
        }
      }
    }
    wanted.forEach(pass);
    return { ...parts, between: [...between.values()] };
  }

  /** The graph as the bytes of a `GraphDef`. */
  toGraphDef(): Uint8Array<ArrayBuffer> {
    return bufferBytes(this.#library, (buffer) => {
      this.#library.cc.TF_GraphToGraphDef(this.#pointer, buffer, this.#status.pointer);
      this.#status.check("Cannot read the graph");
    });
  }

  /** Frees the graph. */
  delete(): void {
    this.#library.cc.TF_DeleteGraph(this.#pointer);
    this.#status.delete();
  }

  #describe(name: string): bigint {
    return this.#library.cc.TF_NewOperation(
      this.#pointer,
      nameCString(name),
      new TextEncoder().encode(`${name}_${this.#names++}\0`),
    );
  }

  #addInputs(
    name: string,
    definition: OpDefinition,
    attributes: readonly Attribute[],
    description: bigint,
    inputs: readonly Output[],
  ): void {
    const { cc } = this.#library;
    let next = 0;
    inputLengths(name, definition, attributes, inputs.length).forEach((length, i) => {
      if (isList(definition.inputs[i])) {
        const list = packOutputs(inputs.slice(next, next + length));
        cc.TF_AddInputList(description, list, length);
      } else {
        cc.TF_AddInput(description, packOutputs([inputs[next]]));
      }
      next += length;
    });
  }

  #output(name: string, operation: bigint, index: number): Output {
    const { cc } = this.#library;
    const place = packOutputs([{ operation, index }]);
    const dtype = cc.TF_OperationOutputType(place);
    const rank = cc.TF_GraphGetTensorNumDims(this.#pointer, place, this.#status.pointer);
    this.#status.check(name);
    const dims = new BigInt64Array(Math.max(rank, 1));
    if (rank > 0) {
      cc.TF_GraphGetTensorShape(this.#pointer, place, dims, rank, this.#status.pointer);
      this.#status.check(name);
    }
    const shape = Array.from(dims.subarray(0, Math.max(rank, 0)), Number);
    const known = rank >= 0 && !shape.includes(-1);
    if (!known && !this.#anyShape && !OPAQUE[name]?.includes(index)) {
      throw new UnknownShape(name, dtype);
    }
    return { operation, index, dtype, shape };
  }
}

/** An output's shape cannot be told before the op runs. */
export class UnknownShape extends Error {
  constructor(op: string, readonly dtype: number) {
    super(
      `Cannot trace ${op}: the shape of its output depends on values, which a compiled function ` +
        "does not have before it runs",
    );
  }
}
