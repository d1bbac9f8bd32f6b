/**
 * What rating costs: multiply-adds for one image.
 *
 * @module
 */

import { firstVariants, type RatingPlace } from "./_rating_places.ts";
import type { Supernet, SupernetCell, TrainedVariant } from "./supernet.ts";

/** The layers that follow a cell's first one that is searched. */
export function laterLayers({ layers, stem }: SupernetCell): TrainedVariant[][] {
  return layers.slice(stem ? 2 : 1);
}

/** Multiply-adds for one image of all layers that a part computes, each shared prefix once. */
export function placeWork(
  { blocks }: Supernet,
  sizes: readonly number[],
  { block, cell, first }: RatingPlace,
): number {
  const own = blocks[block][cell];
  const size = sizes[block];
  let work = variantWork(firstVariants(own)[first], size);
  let beginnings = 1;
  for (const variants of laterLayers(own)) {
    for (const variant of variants) work += beginnings * variantWork(variant, size);
    beginnings *= variants.length;
  }
  return work;
}

/** A layer's multiply-adds: a 1×1 convolution that comes before the stride sees more pixels. */
export function variantWork({ module, stride }: TrainedVariant, size: number): number {
  return module.weights.reduce((sum, { name, shape }) => {
    const weights = shape.reduce((product, side) => product * side, 1);
    if (shape.length < 4 || name.includes("se.")) return sum + weights;
    const side = name.endsWith("conv_pw.weight") ? size * stride : size;
    return sum + weights * side * side;
  }, 0);
}
