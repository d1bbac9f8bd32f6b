import type { Cost, LayerSpec } from "./types.ts";

/** What a layer computes with, worked out from its input width. */
export interface LayerChannels {
  /** Width of the depthwise convolution. */
  expanded: number;
  /** Width of squeeze-and-excitation's bottleneck, relative to the layer's input; 0 without one. */
  reduced: number;
  /** Whether the input is added to the output. */
  skip: boolean;
}

/**
 * Works out the inner widths of a layer, as timm's EfficientNet does.
 *
 * A whole expansion gives width × expansion; a fractional one is rounded to a multiple of 8. Squeeze-and-excitation reduces to
 * `se` times the *input* width, rounded (halves to even, as in Python), at least 1.
 *
 * @param layer The layer.
 * @param inputWidth Channels that the layer reads.
 * @returns Expanded and reduced width, and whether there is a residual connection.
 *
 * @example
 * ```ts
 * import { layerChannels, parseArchitecture } from "@dna/kernel";
 * import { assertEquals } from "@std/assert";
 *
 * const [layer] = parseArchitecture("ir_r1_k5_s1_e6_c40_se0.25").blocks[0];
 * assertEquals(layerChannels(layer, 24), { expanded: 144, reduced: 6, skip: false });
 * assertEquals(layerChannels(layer, 40), { expanded: 240, reduced: 10, skip: true });
 * ```
 */
export function layerChannels(layer: LayerSpec, inputWidth: number): LayerChannels {
  const { type, expansion, se, stride, width } = layer;
  const expanded = type === "ds"
    ? inputWidth
    : Number.isInteger(expansion)
    ? inputWidth * expansion
    : divisibleBy8(inputWidth * expansion);
  return {
    expanded,
    reduced: se > 0 ? Math.max(1, roundHalfToEven(expanded * (se / expansion))) : 0,
    skip: stride === 1 && inputWidth === width && layer.skip !== false,
  };
}

/** timm's make_divisible: the nearest multiple of 8, but never under 90 % of the value. */
export function divisibleBy8(value: number): number {
  const nearest = Math.max(8, Math.floor((value + 4) / 8) * 8);
  return nearest < 0.9 * value ? nearest + 8 : nearest;
}

/** The nearest whole number, halves to the even one as in Python. */
export function roundHalfToEven(value: number): number {
  const floor = Math.floor(value);
  return value - floor === 0.5 ? floor + (floor % 2) : Math.round(value);
}

/** Side of a map after a stride with TensorFlow's "same" padding. */
export function strided(size: number, stride: number): number {
  return Math.ceil(size / stride);
}

/** Sum of two costs. */
export function addCosts(a: Cost, b: Cost): Cost {
  return { params: a.params + b.params, macs: a.macs + b.macs, flops: a.flops + b.flops };
}

/** Cost of a convolution without bias, and its batch normalisation, giving maps of size × size. */
export function convolutionCost(
  kernel: number,
  inputs: number,
  outputs: number,
  size: number,
): Cost {
  const weights = kernel * kernel * inputs * outputs;
  const elements = outputs * size * size;
  const macs = weights * size * size;
  return { params: weights + 2 * outputs, macs, flops: macs + 2 * elements };
}

/** Cost of squeeze-and-excitation: two 1×1 convolutions with bias on one pixel. */
function excitationCost(width: number, reduced: number): Cost {
  const macs = 2 * width * reduced;
  return { params: macs + width + reduced, macs, flops: macs };
}

/** Cost of a layer that reads `inputWidth` channels of inputSize × inputSize. */
export function layerCost(layer: LayerSpec, inputWidth: number, inputSize: number): Cost {
  const { expanded, reduced } = layerChannels(layer, inputWidth);
  const size = strided(inputSize, layer.stride);
  let total = convolutionCost(layer.kernel, 1, expanded, size); // depthwise: one input channel each
  total = addCosts(total, convolutionCost(1, expanded, layer.width, size));
  if (layer.type === "ir") {
    total = addCosts(total, convolutionCost(1, inputWidth, expanded, inputSize));
  }
  return reduced > 0 ? addCosts(total, excitationCost(expanded, reduced)) : total;
}

/** Cost of the dense layer. */
export function denseCost(inputs: number, outputs: number): Cost {
  return { params: (inputs + 1) * outputs, macs: inputs * outputs, flops: inputs * outputs };
}
