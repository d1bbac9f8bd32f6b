/**
 * The parts whose latencies add up to a network's, and what tells two of them apart.
 *
 * @module
 */

import type { PlacedPart } from "../search/types.ts";
import { costTables } from "../search/_tables.ts";
import type { CostOptions } from "../space/cost.ts";
import { ACTIVATION_CODES } from "../space/_layers.ts";
import type { Activation, Space } from "../space/types.ts";

/**
 * What a part computes, as text: `ir_k5_s2_e6_c40_se0.25_nsw reads 24@56` is an MBConv of kernel 5, stride 2, expansion 6 and 40
 * output channels with swish, which reads maps of 24 channels and 56 × 56 pixels. Equal texts are equal work.
 */
export function partKey(part: PlacedPart): string {
  return `${partName(part)} reads ${part.inputWidth}@${part.inputSize}`;
}

function partName({ kind, layer, width, inputSize, size, activation }: PlacedPart): string {
  if (layer) {
    return `${layer.type}_k${layer.kernel}_s${layer.stride}` +
      (layer.type === "ir" ? `_e${layer.expansion}` : "") + `_c${width}` +
      (layer.se > 0 ? `_se${layer.se}` : "") + code(activation) +
      (layer.skip === false ? "_noskip" : "");
  }
  if (kind === "stem") return `stem_s${stemStride(inputSize, size)}_c${width}${code(activation)}`;
  return `${kind}_c${width}${code(activation)}`;
}

/** timm's code of an activation. */
function code(activation: Activation | undefined): string {
  return activation ? `_n${ACTIVATION_CODES[activation]}` : "";
}

/** The stride of a stem that makes maps of `inputSize` such of `size`. */
export function stemStride(inputSize: number, size: number): 1 | 2 {
  return size === inputSize ? 1 : 2;
}

/** The different parts of a space's networks by their keys, in the order of the data. */
export function spaceParts(space: Space, sizes: CostOptions): Map<string, PlacedPart> {
  const parts = new Map<string, PlacedPart>();
  const collect = (part: PlacedPart) => {
    const key = partKey(part);
    if (!parts.has(key)) parts.set(key, part);
    return 0;
  };
  costTables(space, sizes, [{ name: "parts", of: collect }]);
  return parts;
}
