/**
 * TensorFlow's data types and attribute types, by number.
 *
 * @module
 */

/** `TF_DataType` values that have a place in TensorFlow.js. */
export const TF = {
  FLOAT: 1,
  INT32: 3,
  UINT8: 4,
  STRING: 7,
  COMPLEX64: 8,
  INT64: 9,
  BOOL: 10,
  RESOURCE: 20,
} as const;

/** `TF_AttrType` values. */
export const ATTR = {
  STRING: 0,
  INT: 1,
  FLOAT: 2,
  BOOL: 3,
  TYPE: 4,
  SHAPE: 5,
  TENSOR: 6,
  FUNC: 8,
} as const;

const NAMES: Record<number, string> = {
  1: "float32",
  2: "float64",
  3: "int32",
  4: "uint8",
  5: "int16",
  6: "int8",
  7: "string",
  8: "complex64",
  9: "int64",
  10: "bool",
  14: "bfloat16",
  18: "complex128",
  19: "float16",
  20: "resource",
  21: "variant",
};

const SIZES: Record<number, number> = {
  1: 4,
  2: 8,
  3: 4,
  4: 1,
  5: 2,
  6: 1,
  7: 24,
  8: 8,
  9: 8,
  10: 1,
  14: 2,
  17: 2,
  18: 16,
  19: 2,
  20: 8,
  21: 8,
  22: 4,
  23: 8,
};

/** Whether a value is a data type that TensorFlow has. */
export function isDtype(value: unknown): value is number {
  return typeof value === "number" && value in SIZES;
}

/** The name of a TensorFlow data type. */
export function dtypeName(dtype: number): string {
  return NAMES[dtype] ?? `type ${dtype}`;
}

/** Bytes of one element; a string counts as its 24-byte header. */
export function dtypeSize(dtype: number): number {
  return SIZES[dtype] ?? 8;
}
