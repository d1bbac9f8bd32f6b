/**
 * Attributes of a graph's nodes: TensorFlow's `AttrValue`, `TensorShapeProto` and `TensorProto` as
 * the JSON that TensorFlow.js reads. Field numbers are those of
 * tensorflow/core/framework/attr_value.proto, tensor_shape.proto and tensor.proto.
 *
 * @module
 */

import { readFields, readVarints } from "./_wire.ts";

/** A shape as protocol buffers' JSON has it: 64-bit numbers are texts. */
export interface ShapeJson {
  dim: { size: string }[];
}

/** A `TensorProto` without its values. */
export interface TensorJson {
  dtype: string;
  tensorShape: ShapeJson;
}

/** An attribute as TensorFlow.js reads it; texts are in base 64. */
export interface AttributeJson {
  s?: string;
  i?: string;
  f?: number;
  b?: boolean;
  type?: string;
  shape?: ShapeJson;
  tensor?: TensorJson;
  list?: { s?: string[]; i?: string[]; f?: number[]; b?: boolean[]; type?: string[] };
}

/** The values of a constant. */
export interface Constant {
  dtype: "float32" | "int32";
  shape: number[];
  values: Float32Array<ArrayBuffer> | Int32Array<ArrayBuffer>;
}

type Bytes = Uint8Array<ArrayBuffer>;

const TYPES: Record<number, string> = {
  1: "DT_FLOAT",
  3: "DT_INT32",
  4: "DT_UINT8",
  9: "DT_INT64",
  10: "DT_BOOL",
};

/** The name of a `DataType`. */
export function typeName(type: number): string {
  const name = TYPES[type];
  if (name === undefined) throw new Error(`Cannot export a graph with values of type ${type}`);
  return name;
}

/** A shape as JSON. */
export function shapeJson(shape: readonly number[]): ShapeJson {
  return { dim: shape.map((size) => ({ size: `${size}` })) };
}

/** An attribute as JSON. */
export function attributeJson(bytes: Bytes): AttributeJson {
  for (const [field, value] of readFields(bytes)) {
    switch (field) {
      case 1:
        return { list: listJson(value as Bytes) };
      case 2:
        return { s: (value as Bytes).toBase64() };
      case 3:
        return { i: `${value}` };
      case 4:
        return { f: floats(value as Bytes)[0] };
      case 5:
        return { b: value !== 0n };
      case 6:
        return { type: typeName(Number(value)) };
      case 7:
        return { shape: shapeJson(readShape(value as Bytes)) };
      case 8: {
        const { dtype, shape } = readTensor(value as Bytes);
        return { tensor: { dtype: typeName(dtype), tensorShape: shapeJson(shape) } };
      }
    }
  }
  return {};
}

function listJson(bytes: Bytes): NonNullable<AttributeJson["list"]> {
  const list: NonNullable<AttributeJson["list"]> = {};
  for (const [field, value] of readFields(bytes)) {
    const numbers = () => typeof value === "bigint" ? [value] : readVarints(value);
    if (field === 2) (list.s ??= []).push((value as Bytes).toBase64());
    if (field === 3) (list.i ??= []).push(...numbers().map(String));
    if (field === 4) (list.f ??= []).push(...floats(value as Bytes));
    if (field === 5) (list.b ??= []).push(...numbers().map((bit) => bit !== 0n));
    if (field === 6) (list.type ??= []).push(...numbers().map((type) => typeName(Number(type))));
  }
  return list;
}

/** The values of a constant's attribute `value`. */
export function readConstant(attribute: Bytes): Constant {
  const { 8: tensor } = Object.fromEntries(readFields(attribute));
  const { dtype, shape, content, listed } = readTensor(tensor as Bytes);
  const size = shape.reduce((product, side) => product * side, 1);
  const type = typeName(dtype);
  if (type !== "DT_FLOAT" && type !== "DT_INT32") {
    throw new Error(`Cannot export a graph with a constant of type ${type}`);
  }
  const values = type === "DT_FLOAT" ? new Float32Array(size) : new Int32Array(size);
  // Few values are listed one by one; what is left out at the end repeats the last one, or is 0.
  if (content) new Uint8Array(values.buffer).set(content);
  else for (let i = 0; i < size; i++) values[i] = listed[Math.min(i, listed.length - 1)] ?? 0;
  return { dtype: type === "DT_FLOAT" ? "float32" : "int32", shape, values };
}

function readTensor(bytes: Bytes) {
  let dtype = 0;
  let shape: number[] = [];
  let content: Bytes | undefined;
  const listed: number[] = [];
  for (const [field, value] of readFields(bytes)) {
    if (field === 1) dtype = Number(value);
    if (field === 2) shape = readShape(value as Bytes);
    if (field === 4) content = value as Bytes;
    if (field === 5) listed.push(...floats(value as Bytes));
    if (field === 7) {
      listed.push(...(typeof value === "bigint" ? [value] : readVarints(value)).map(Number));
    }
  }
  return { dtype, shape, content, listed };
}

function readShape(bytes: Bytes): number[] {
  const shape: number[] = [];
  for (const [field, value] of readFields(bytes)) {
    if (field !== 2) continue;
    const { 1: size = 0n } = Object.fromEntries(readFields(value as Bytes));
    shape.push(Number(size));
  }
  return shape;
}

function floats(bytes: Bytes): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: bytes.length / 4 }, (_, i) => view.getFloat32(4 * i, true));
}
