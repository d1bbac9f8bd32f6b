/** The element types that are read and written, in the format's own names. */
export type SafetensorsDtype =
  | "F64"
  | "F32"
  | "F16"
  | "BF16"
  | "I64"
  | "I32"
  | "I16"
  | "I8"
  | "U8"
  | "BOOL";

/** The elements of a tensor: half-precision ones (F16, BF16) stand in a Float32Array, booleans as 0 and 1. */
export type SafetensorsArray =
  | Float64Array
  | Float32Array
  | BigInt64Array
  | Int32Array
  | Int16Array
  | Int8Array
  | Uint8Array;

/** A tensor in a file: `data` holds the product of `shape` elements, last axis fastest. */
export interface SafetensorsTensor {
  /** The elements' type in the file. */
  readonly dtype: SafetensorsDtype;
  /** The size of each axis; none for a single number. */
  readonly shape: readonly number[];
  /** The elements in memory. */
  readonly data: SafetensorsArray;
}

interface Codec {
  /** Bytes of one element in the file. */
  readonly size: number;
  /** What `data` must be an instance of. */
  readonly array: { new (length: number): SafetensorsArray; readonly name: string };
  read(buffer: ArrayBufferLike, offset: number, length: number): SafetensorsArray;
  /** The bytes in the file, little-endian. */
  write(data: SafetensorsArray): Uint8Array;
}

const bytesOf = (data: ArrayBufferView): Uint8Array =>
  new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

type ArrayType = Codec["array"] & {
  new (buffer: ArrayBufferLike, offset: number, length: number): SafetensorsArray;
  readonly BYTES_PER_ELEMENT: number;
};

/** Elements that stand in memory just as they stand in the file. */
function plain(array: ArrayType): Codec {
  return {
    size: array.BYTES_PER_ELEMENT,
    array,
    read: (buffer, offset, length) => new array(buffer, offset, length),
    write: bytesOf,
  };
}

const half: Codec = {
  size: 2,
  array: Float32Array,
  read: (buffer, offset, length) => Float32Array.from(new Float16Array(buffer, offset, length)),
  write: (data) => bytesOf(Float16Array.from(data as Float32Array)),
};

/** The upper 16 bits of a 32-bit float, rounded to even. */
const brainHalf: Codec = {
  size: 2,
  array: Float32Array,
  read(buffer, offset, length) {
    const bits = Uint32Array.from(new Uint16Array(buffer, offset, length), (upper) => upper << 16);
    return new Float32Array(bits.buffer);
  },
  write(data) {
    const bits = new Uint32Array(data.buffer, data.byteOffset, data.length);
    const isNaN = (word: number) => (word & 0x7fffffff) > 0x7f800000;
    return bytesOf(Uint16Array.from(bits, (word) =>
      // A NaN keeps a bit that rounding could carry away.
      isNaN(word) ? (word >>> 16) | 0x40 : (word + 0x7fff + ((word >>> 16) & 1)) >>> 16));
  },
};

/** In the order in which the format's own library lays tensors out: wide elements first, so that all are aligned. */
export const CODECS: Readonly<Record<SafetensorsDtype, Codec>> = {
  I64: plain(BigInt64Array),
  F64: plain(Float64Array),
  F32: plain(Float32Array),
  I32: plain(Int32Array),
  BF16: brainHalf,
  F16: half,
  I16: plain(Int16Array),
  I8: plain(Int8Array),
  U8: plain(Uint8Array),
  BOOL: plain(Uint8Array),
};

export const DTYPES: readonly string[] = Object.keys(CODECS);

export function isDtype(name: unknown): name is SafetensorsDtype {
  return typeof name === "string" && Object.hasOwn(CODECS, name);
}
