/**
 * `TF_Tensor`s: values in TensorFlow's host memory, written from and read to JavaScript's arrays.
 *
 * @module
 */

import type { Library } from "./_library.ts";
import { dtypeName, dtypeSize, TF } from "./_dtypes.ts";

/** Values as TensorFlow.js keeps them: numbers in a typed array, strings as bytes each. */
export type Values =
  | Float32Array
  | Int32Array
  | Uint8Array
  | BigInt64Array
  | Uint8Array[]
  | number[]
  | boolean[]
  | string[];

const STRING_HEADER = 24;

/** The number of elements of a shape, checked; `op` is who asks. */
export function elements(shape: readonly number[], op = "Cannot make a tensor"): number {
  if (!Array.isArray(shape)) throw new TypeError(`${op}: ${shape} is no shape`);
  let count = 1;
  for (const size of shape) {
    if (!Number.isInteger(size) || size < 0) {
      throw new RangeError(`${op}: [${shape}] is no shape, every size is a whole number from 0`);
    }
    count *= size;
  }
  if (!Number.isSafeInteger(count)) {
    throw new RangeError(`${op}: a tensor of shape [${shape}] has too many elements`);
  }
  return count;
}

/**
 * A `TF_Tensor` that holds a copy of the values; the caller deletes it with {@linkcode deleteTensor}.
 *
 * @throws {TypeError} if the values' type or number does not fit type and shape.
 */
export function newTensor(
  library: Library,
  shape: readonly number[],
  dtype: number,
  values: Values,
): bigint {
  const count = elements(shape);
  const dims = shape.length === 0 ? new BigInt64Array(1) : BigInt64Array.from(shape, BigInt);
  const bytes = count * dtypeSize(dtype);
  const source = dtype === TF.STRING ? stringBytes(values, shape, count) : undefined;
  const array = source ? undefined : typedArray(values, dtype, shape, count);
  const tensor = library.framework.TF_AllocateTensor(dtype, dims, shape.length, BigInt(bytes));
  if (tensor === 0n) {
    throw new RangeError(
      `Cannot make a tensor of shape [${shape}]: ${bytes} bytes could not be had`,
    );
  }
  const data = library.framework.TF_TensorData(tensor);
  if (source) {
    // All zero bytes are a valid empty string.
    if (bytes > 0) library.copyIn(data, new Uint8Array(bytes), bytes);
    source.forEach((text, i) => {
      const slot = data + BigInt(i * STRING_HEADER);
      library.cc.TF_StringCopy(slot, text as Uint8Array<ArrayBuffer>, BigInt(text.length));
    });
  } else if (bytes > 0) {
    library.copyIn(data, array!, bytes);
  }
  return tensor;
}

/** Deletes a `TF_Tensor` made by {@linkcode newTensor}, its strings with it. */
export function deleteTensor(library: Library, tensor: bigint): void {
  if (library.framework.TF_TensorType(tensor) === TF.STRING) {
    const data = library.framework.TF_TensorData(tensor);
    const count = Number(library.framework.TF_TensorElementCount(tensor));
    for (let i = 0; i < count; i++) library.cc.TF_StringDealloc(data + BigInt(i * STRING_HEADER));
  }
  library.framework.TF_DeleteTensor(tensor);
}

/**
 * The values of a `TF_Tensor`, copied: complex numbers as pairs, strings as bytes each.
 *
 * @throws {TypeError} for types that have no place in JavaScript.
 */
export function readTensor(
  library: Library,
  tensor: bigint,
): Float32Array | Int32Array | Uint8Array | BigInt64Array | Uint8Array[] {
  const { framework } = library;
  const dtype = framework.TF_TensorType(tensor);
  const bytes = Number(framework.TF_TensorByteSize(tensor));
  const data = framework.TF_TensorData(tensor);
  const copy = <A extends ArrayBufferView>(array: A): A => {
    if (bytes > 0) library.copyOut(array, data, bytes);
    return array;
  };
  switch (dtype) {
    case TF.FLOAT:
    case TF.COMPLEX64:
      return copy(new Float32Array(bytes / 4));
    case TF.INT32:
      return copy(new Int32Array(bytes / 4));
    case TF.INT64:
      return copy(new BigInt64Array(bytes / 8));
    case TF.BOOL:
    case TF.UINT8:
      return copy(new Uint8Array(bytes));
    case TF.RESOURCE:
      return [copy(new Uint8Array(bytes))];
    case TF.STRING:
      return readStrings(library, tensor, data);
    default:
      throw new TypeError(`Cannot read a tensor of type ${dtypeName(dtype)}: cast it first`);
  }
}

function readStrings(library: Library, tensor: bigint, data: bigint): Uint8Array[] {
  const count = Number(library.framework.TF_TensorElementCount(tensor));
  return Array.from({ length: count }, (_, i) => {
    const slot = data + BigInt(i * STRING_HEADER);
    const text = new Uint8Array(Number(library.cc.TF_StringGetSize(slot)));
    if (text.length > 0) {
      library.copyOut(text, library.cc.TF_StringGetDataPointer(slot), text.length);
    }
    return text;
  });
}

function stringBytes(values: Values, shape: readonly number[], count: number): Uint8Array[] {
  // A single string's bytes may come without the list around them.
  const list = values instanceof Uint8Array && count === 1 ? [values] : values;
  if (!Array.isArray(list) || list.length !== count) {
    throw new TypeError(
      `Cannot make a string tensor of shape [${shape}]: it takes a list of ${count} strings`,
    );
  }
  return list.map((item) => {
    if (item instanceof Uint8Array) return item;
    if (typeof item === "string") return new TextEncoder().encode(item);
    throw new TypeError("Cannot make a string tensor: each value is a string or its bytes");
  });
}

function typedArray(
  values: Values,
  dtype: number,
  shape: readonly number[],
  count: number,
): ArrayBufferView {
  const wrong = () =>
    new TypeError(
      `Cannot make a ${dtypeName(dtype)} tensor of shape [${shape}] from ` +
        `${values?.constructor?.name ?? typeof values} of ${values?.length} values`,
    );
  let array: Float32Array | Int32Array | Uint8Array | BigInt64Array;
  let length = count;
  switch (dtype) {
    case TF.FLOAT:
      array = Array.isArray(values) ? Float32Array.from(values as number[]) : values;
      if (!(array instanceof Float32Array)) throw wrong();
      break;
    case TF.COMPLEX64:
      array = Array.isArray(values) ? Float32Array.from(values as number[]) : values;
      if (!(array instanceof Float32Array)) throw wrong();
      length = 2 * count;
      break;
    case TF.INT32:
      array = Array.isArray(values) ? Int32Array.from(values as number[]) : values;
      if (!(array instanceof Int32Array)) throw wrong();
      break;
    case TF.INT64:
      // TensorFlow.js writes a 64-bit number as two 32-bit halves, the low one first.
      array = values as Int32Array | BigInt64Array;
      if (!(array instanceof Int32Array || array instanceof BigInt64Array)) throw wrong();
      if (array instanceof Int32Array) length = 2 * count;
      break;
    case TF.BOOL:
    case TF.UINT8:
      array = Array.isArray(values) ? Uint8Array.from(values as number[]) : values as Uint8Array;
      if (!(array instanceof Uint8Array)) throw wrong();
      break;
    default:
      throw new TypeError(`Cannot make a tensor of type ${dtypeName(dtype)}`);
  }
  if (array.length !== length) throw wrong();
  return array;
}
