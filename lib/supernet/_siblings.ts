/**
 * Last layers that read the same map: which of them are computed in one function.
 *
 * @module
 */

import type { LayerVariant } from "./cells.ts";

/** Bytes of the widest maps of all layers that are computed together. */
const TOGETHER_BYTES = 32 * 2 ** 20;

/**
 * Divides layers into groups that are computed together, so that their ops overlap and fewer calls are made: as many as
 * are small enough for their maps to be held at the same time, at least one.
 *
 * @param values Values of a channel of what they read: images × height × width.
 */
export function siblingGroups<V extends Pick<LayerVariant, "module" | "stride">>(
  variants: readonly V[],
  values: number,
): V[][] {
  const groups: V[][] = [];
  let bytes = 0;
  for (const variant of variants) {
    const own = 4 * values * widest(variant);
    if (groups.length === 0 || bytes + own > TOGETHER_BYTES) {
      groups.push([]);
      bytes = 0;
    }
    groups.at(-1)!.push(variant);
    bytes += own;
  }
  return groups;
}

/** Channels of a layer's widest map. */
function widest({ module }: Pick<LayerVariant, "module">): number {
  return Math.max(
    ...module.weights.flatMap(({ shape }) => shape.length === 4 ? shape.slice(2) : []),
  );
}
