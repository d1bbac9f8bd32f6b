/**
 * What TensorFlow and PyTorch do differently with the same weights.
 *
 * @module
 */

/**
 * How maps are padded where a convolution has a stride: as TensorFlow's `same`, which at even sizes puts
 * the odd pixel to the right and below, or by (kernel − 1) / 2 on each side, as PyTorch's networks do.
 * With stride 1 both are the same.
 */
export type Padding = "same" | "symmetric";

/** The convention that a network was trained in. */
export interface Convention {
  /** How maps are padded. */
  readonly padding: Padding;
  /** What batch normalisation adds to variances. */
  readonly epsilon: number;
}

/** That of EfficientNet's published code, and of timm's `tf_` networks. */
export const TENSORFLOW_CONVENTION: Convention = { padding: "same", epsilon: 1e-3 };

/** Padding and epsilon as options, each of which may be left out. */
export type ConventionOptions = Partial<Convention>;

/**
 * The convention with TensorFlow's values where nothing is given.
 *
 * @throws {RangeError} for another padding, or an epsilon that is no number above 0.
 */
export function checkConvention(
  { padding = "same", epsilon = TENSORFLOW_CONVENTION.epsilon }: ConventionOptions,
): Convention {
  if (padding !== "same" && padding !== "symmetric") {
    throw new RangeError(
      `Cannot build a network: padding is ${JSON.stringify(padding)}, same or symmetric fits`,
    );
  }
  if (!(epsilon > 0 && epsilon < Infinity)) {
    throw new RangeError(`Cannot build a network: epsilon is ${epsilon}, a number above 0 fits`);
  }
  return { padding, epsilon };
}
