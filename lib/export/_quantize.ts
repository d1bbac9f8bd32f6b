/**
 * Weights in fewer bits, as TensorFlow.js's format has them.
 *
 * @module
 */

/** What weights are stored in. */
export type Quantization = "float16" | "uint8";

/** How a stored weight becomes a float again; for `uint8`, value · scale + min. */
export interface QuantizationJson {
  dtype: Quantization;
  original_dtype: "float32";
  min?: number;
  scale?: number;
}

/** A weight in fewer bits. */
export interface Quantized {
  /** Its values as they are stored. */
  stored: Float16Array<ArrayBuffer> | Uint8Array<ArrayBuffer>;
  /** How they become floats again. */
  quantization: QuantizationJson;
}

const LARGEST_FLOAT16 = 65_504;

/**
 * A weight in fewer bits. Of `uint8`, 0 stays 0 exactly where it lies between the least and the
 * greatest.
 *
 * @throws {RangeError} if a value is too large for 16 bits.
 */
export function quantize(values: Float32Array, dtype: Quantization): Quantized {
  if (dtype === "float16") {
    const large = values.find((value) => Math.abs(value) > LARGEST_FLOAT16);
    if (large !== undefined) {
      throw new RangeError(
        `Cannot quantise to float16: a weight is ${large}, up to ${LARGEST_FLOAT16} fits`,
      );
    }
    return {
      stored: Float16Array.from(values),
      quantization: { dtype, original_dtype: "float32" },
    };
  }
  let min = Infinity;
  let max = -Infinity;
  for (const value of values) {
    min = Math.min(min, value);
    max = Math.max(max, value);
  }
  const scale = max > min ? (max - min) / 255 : 1;
  if (min <= 0 && max >= 0) min = -Math.round(-min / scale) * scale;
  const stored = Uint8Array.from(
    values,
    (value) => Math.max(0, Math.min(255, Math.round((value - min) / scale))),
  );
  return { stored, quantization: { dtype, original_dtype: "float32", min: min + 0, scale } };
}
