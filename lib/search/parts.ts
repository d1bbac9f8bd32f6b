import { checkArchitecture } from "../space/architecture.ts";
import { strided } from "../space/_layer_cost.ts";
import { checkCostOptions, type CostOptions } from "../space/cost.ts";
import type { Architecture } from "../space/types.ts";
import { partOwnCost } from "./_tables.ts";
import type { CustomCost, PlacedPart } from "./types.ts";

/**
 * Lists the parts of any network, first to last, as a `CustomCost` is asked for them.
 *
 * The layers' `place` is left out, since an architecture does not say which cells of a space it was made of; and a space's fixed
 * first layer is a layer as any other.
 *
 * @param architecture The network.
 * @param options Side of the image in pixels, and number of classes.
 * @returns Stem, layers, head and classifier.
 * @throws {TypeError | RangeError} Where the architecture or an option is wrong, naming the place.
 *
 * @example
 * ```ts
 * import { EFFICIENTNET_B0, networkParts } from "@dna/kernel";
 * import { assertEquals } from "@std/assert";
 *
 * const parts = networkParts(EFFICIENTNET_B0, { resolution: 224, classes: 1000 });
 * assertEquals(parts.length, 1 + 16 + 1 + 1);
 * assertEquals([parts[1].inputWidth, parts[1].width, parts[1].inputSize], [32, 16, 112]);
 * ```
 */
export function networkParts(architecture: Architecture, options: CostOptions): PlacedPart[] {
  const { stem, blocks, head, activation } = checkArchitecture(architecture);
  const { resolution, classes } = checkCostOptions(options, "Cannot list a network's parts:");
  let inputWidth = stem.width;
  let inputSize = strided(resolution, stem.stride);
  const parts: PlacedPart[] = [{
    kind: "stem",
    inputWidth: stem.channels,
    width: inputWidth,
    inputSize: resolution,
    size: inputSize,
    activation,
  }];
  for (const layer of blocks.flat()) {
    const size = strided(inputSize, layer.stride);
    parts.push({
      kind: "layer",
      layer,
      inputWidth,
      width: layer.width,
      inputSize,
      size,
      activation: layer.activation ?? activation,
    });
    inputWidth = layer.width;
    inputSize = size;
  }
  const sizes = { inputSize, size: inputSize };
  return [
    ...parts,
    { kind: "head", inputWidth, width: head, ...sizes, activation },
    { kind: "classifier", inputWidth: head, width: classes, inputSize: 1, size: 1 },
  ];
}

/**
 * Adds up a cost of one's own over a whole network.
 *
 * @param architecture The network.
 * @param cost The cost; it is asked without `place`, see `networkParts`.
 * @param options Side of the image in pixels, and number of classes.
 * @returns The sum.
 * @throws {TypeError | RangeError} Where the architecture, an option or a part's cost is wrong, naming it.
 *
 * @example
 * ```ts
 * import { customCost, EFFICIENTNET_B0 } from "@dna/kernel";
 * import { assertEquals } from "@std/assert";
 *
 * const layers = { name: "layers", of: ({ layer }: { layer?: unknown }) => layer ? 1 : 0 };
 * assertEquals(customCost(EFFICIENTNET_B0, layers, { resolution: 224, classes: 1000 }), 16);
 * ```
 */
export function customCost(
  architecture: Architecture,
  cost: CustomCost,
  options: CostOptions,
): number {
  return networkParts(architecture, options)
    .reduce((sum, part) => sum + partOwnCost(cost, part), 0);
}
