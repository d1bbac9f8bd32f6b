/**
 * Op attributes: TensorFlow.js's `{ name, type, value }` written to an eager op or to a graph's node.
 *
 * @module
 */

import { cString, type Library } from "./_library.ts";
import { ATTR } from "./_dtypes.ts";
import type { Status } from "./_status.ts";

/** An attribute as TensorFlow.js's kernels describe it (`TFEOpAttr`). */
export interface Attribute {
  /** The attribute's name in TensorFlow's op definition. */
  name: string;
  /** A `TF_AttrType`. */
  type: number;
  /** Its value: one, or a list where the op takes one. */
  value: unknown;
}

/** The two families of functions that set attributes differ only in their prefix. */
export interface AttributeSetters {
  string(target: bigint, name: Bytes, value: Bytes, bytes: bigint): void;
  int(target: bigint, name: Bytes, value: bigint): void;
  float(target: bigint, name: Bytes, value: number): void;
  bool(target: bigint, name: Bytes, value: number): void;
  type(target: bigint, name: Bytes, value: number): void;
  shape(target: bigint, name: Bytes, dims: Bytes, rank: number): void;
  intList(target: bigint, name: Bytes, values: Bytes, count: number): void;
  floatList(target: bigint, name: Bytes, values: Bytes, count: number): void;
  boolList(target: bigint, name: Bytes, values: Bytes, count: number): void;
  typeList(target: bigint, name: Bytes, values: Bytes, count: number): void;
  func(target: bigint, name: Bytes, value: Bytes, bytes: bigint): void;
  shapeList(target: bigint, name: Bytes, dims: Bytes, ranks: Bytes, count: number): void;
}

type Bytes = Uint8Array<ArrayBuffer> | BigInt64Array<ArrayBuffer> | Float32Array<ArrayBuffer>;

/** Setters for `TFE_Op`. */
export function eagerSetters({ cc }: Library, status: Status): AttributeSetters {
  return {
    string: cc.TFE_OpSetAttrString,
    int: cc.TFE_OpSetAttrInt,
    float: cc.TFE_OpSetAttrFloat,
    bool: cc.TFE_OpSetAttrBool,
    type: cc.TFE_OpSetAttrType,
    shape: (target, name, dims, rank) =>
      cc.TFE_OpSetAttrShape(target, name, dims, rank, status.pointer),
    intList: cc.TFE_OpSetAttrIntList,
    floatList: cc.TFE_OpSetAttrFloatList,
    boolList: cc.TFE_OpSetAttrBoolList,
    typeList: cc.TFE_OpSetAttrTypeList,
    func: cc.TFE_OpSetAttrFunctionName,
    shapeList: (target, name, dims, ranks, count) =>
      cc.TFE_OpSetAttrShapeList(target, name, dims, ranks, count, status.pointer),
  };
}

/** Setters for `TF_OperationDescription`. */
export function graphSetters({ cc }: Library): AttributeSetters {
  return {
    string: cc.TF_SetAttrString,
    int: cc.TF_SetAttrInt,
    float: cc.TF_SetAttrFloat,
    bool: cc.TF_SetAttrBool,
    type: cc.TF_SetAttrType,
    shape: cc.TF_SetAttrShape,
    intList: cc.TF_SetAttrIntList,
    floatList: cc.TF_SetAttrFloatList,
    boolList: cc.TF_SetAttrBoolList,
    typeList: cc.TF_SetAttrTypeList,
    func: cc.TF_SetAttrFuncName,
    shapeList: cc.TF_SetAttrShapeList,
  };
}

const names = new Map<string, Uint8Array<ArrayBuffer>>();

/** A name's C string, kept: ops and attributes have few names and are used often. */
export function nameCString(name: string): Uint8Array<ArrayBuffer> {
  let bytes = names.get(name);
  if (!bytes) names.set(name, bytes = cString(name));
  return bytes;
}

/**
 * Writes one attribute.
 *
 * @throws {TypeError} if the value is not of the attribute's type.
 */
export function setAttribute(
  set: AttributeSetters,
  target: bigint,
  op: string,
  { name, type, value }: Attribute,
): void {
  const key = nameCString(name);
  const list = Array.isArray(value) ? value : undefined;
  switch (type) {
    case ATTR.TYPE:
      if (list) return set.typeList(target, key, bytesOf(Int32Array.from(list)), list.length);
      return set.type(target, key, whole(op, name, value));
    case ATTR.INT:
      if (list) {
        const values = BigInt64Array.from(list, (item) => BigInt(whole(op, name, item)));
        return set.intList(target, key, values, list.length);
      }
      return set.int(target, key, BigInt(whole(op, name, value)));
    case ATTR.FLOAT:
      if (list) return set.floatList(target, key, Float32Array.from(list), list.length);
      if (typeof value !== "number") throw wrongValue(op, name, value, "a number");
      return set.float(target, key, value);
    case ATTR.BOOL:
      if (list) return set.boolList(target, key, Uint8Array.from(list), list.length);
      if (typeof value !== "boolean") throw wrongValue(op, name, value, "true or false");
      return set.bool(target, key, value ? 1 : 0);
    case ATTR.FUNC: {
      if (typeof value !== "string") throw wrongValue(op, name, value, "a function's name");
      const text = new TextEncoder().encode(value);
      return set.func(target, key, text, BigInt(text.length));
    }
    case ATTR.STRING: {
      if (typeof value !== "string" && !(value instanceof Uint8Array)) {
        throw wrongValue(op, name, value, "a text");
      }
      const text = typeof value === "string"
        ? new TextEncoder().encode(value)
        : Uint8Array.from(value);
      return set.string(
        target,
        key,
        text.length ? text : new Uint8Array(1),
        BigInt(text.length),
      );
    }
    case ATTR.SHAPE: {
      if (!list) throw wrongValue(op, name, value, "a list of sizes");
      if (list.length > 0 && list.every(Array.isArray)) {
        const { dims, ranks } = packShapes(op, name, list);
        return set.shapeList(target, key, dims, ranks, list.length);
      }
      const dims = BigInt64Array.from(list, (item) => BigInt(whole(op, name, item)));
      return set.shape(target, key, dims.length ? dims : new BigInt64Array(1), dims.length);
    }
    default:
      throw new TypeError(`${op}: attribute ${name} is of type ${type}, which cannot be set`);
  }
}

function whole(op: string, name: string, value: unknown): number {
  // Upstream's binding drops fractions, as of the seeds that its callers pass.
  const number = typeof value === "number" ? Math.trunc(value) : value;
  if (!Number.isSafeInteger(number)) throw wrongValue(op, name, value, "a whole number");
  return number as number;
}

function wrongValue(op: string, name: string, value: unknown, wanted: string): TypeError {
  return new TypeError(`${op}: attribute ${name} is ${value}, where ${wanted} is needed`);
}

/** Shapes as C has them: the address of each one's sizes, in the same memory behind the addresses, and how many each has. */
function packShapes(
  op: string,
  name: string,
  shapes: readonly unknown[][],
): { dims: BigInt64Array<ArrayBuffer>; ranks: Uint8Array<ArrayBuffer> } {
  const sizes = shapes.flat().map((size) => BigInt(whole(op, name, size)));
  const dims = new BigInt64Array(shapes.length + sizes.length);
  const begin = Deno.UnsafePointer.value(Deno.UnsafePointer.of(dims));
  let at = shapes.length;
  shapes.forEach(({ length }, i) => {
    dims[i] = begin + BigInt(at * dims.BYTES_PER_ELEMENT);
    at += length;
  });
  dims.set(sizes, shapes.length);
  return { dims, ranks: bytesOf(Int32Array.from(shapes, ({ length }) => length)) };
}

function bytesOf(array: Int32Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  return new Uint8Array(array.buffer);
}
