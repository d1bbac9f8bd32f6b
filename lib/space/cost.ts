import { checkArchitecture } from "./architecture.ts";
import { checkObject, checkWhole, MAX_CLASSES, MAX_RESOLUTION } from "./_check.ts";
import { addCosts, convolutionCost, denseCost, layerCost, strided } from "./_layer_cost.ts";
import type { Architecture, Cost } from "./types.ts";

/** For what images and how many classes a cost is counted. */
export interface CostOptions {
  /** Side of the square image, in pixels. */
  resolution: number;
  /** Number of classes. */
  classes: number;
}

/** The cost of one layer, and the maps it gives. */
export interface LayerCost extends Cost {
  /** `stem`, `blocks.0.0` (block and layer from 0), `head` or `classifier`. */
  name: string;
  /** Side of the output map, in pixels. */
  size: number;
  /** Output channels. */
  width: number;
}

/** The value as cost options. */
export function checkCostOptions(value: unknown, start: string): CostOptions {
  const options = checkObject(value, `${start} options`, ["resolution", "classes"]);
  return {
    resolution: checkWhole(options.resolution, `${start} resolution`, 1, MAX_RESOLUTION),
    classes: checkWhole(options.classes, `${start} classes`, 1, MAX_CLASSES),
  };
}

/**
 * Counts what each layer of an architecture costs for one image.
 *
 * Batch normalisation belongs to its convolution. Maps shrink as with TensorFlow's "same" padding: ⌈size / stride⌉.
 *
 * @param architecture The architecture.
 * @param options Side of the image in pixels, and number of classes.
 * @returns Stem, layers, head and classifier in order; their sum is `cost`'s result.
 * @throws {TypeError | RangeError} Where the architecture or an option is wrong, naming the place.
 *
 * @example
 * ```ts
 * import { costByLayer, EFFICIENTNET_B0 } from "@dna/kernel";
 * import { assertEquals } from "@std/assert";
 *
 * const [stem, first] = costByLayer(EFFICIENTNET_B0, { resolution: 224, classes: 1000 });
 * assertEquals([stem.name, stem.params, stem.size], ["stem", 3 * 3 * 3 * 32 + 2 * 32, 112]);
 * assertEquals([first.name, first.width, first.params], ["blocks.0.0", 16, 1448]);
 * ```
 */
export function costByLayer(architecture: Architecture, options: CostOptions): LayerCost[] {
  const { stem, blocks, head } = checkArchitecture(architecture);
  const { resolution, classes } = checkCostOptions(options, "Cannot count a cost:");
  let { width } = stem;
  let size = strided(resolution, stem.stride);
  const costs: LayerCost[] = [
    { name: "stem", ...convolutionCost(3, stem.channels, width, size), size, width },
  ];
  blocks.forEach((layers, i) =>
    layers.forEach((layer, j) => {
      const layerCosts = layerCost(layer, width, size);
      width = layer.width;
      size = strided(size, layer.stride);
      costs.push({ name: `blocks.${i}.${j}`, ...layerCosts, size, width });
    })
  );
  costs.push({ name: "head", ...convolutionCost(1, width, head, size), size, width: head });
  costs.push({ name: "classifier", ...denseCost(head, classes), size: 1, width: classes });
  return costs;
}

/**
 * Counts what an architecture costs for one image, exactly.
 *
 * `flops` is what the paper calls FLOPs: the multiply–adds of convolutions, squeeze-and-excitation and the dense layer (`macs`),
 * and 2 for each element that a batch normalisation gives.
 *
 * @param architecture The architecture.
 * @param options Side of the image in pixels, and number of classes.
 * @returns Parameters (batch normalisation's scale and offset included), multiply–adds and FLOPs.
 * @throws {TypeError | RangeError} Where the architecture or an option is wrong, naming the place.
 *
 * @example
 * ```ts
 * import { cost, EFFICIENTNET_B0 } from "@dna/kernel";
 * import { assertEquals } from "@std/assert";
 *
 * const { params, macs, flops } = cost(EFFICIENTNET_B0, { resolution: 224, classes: 1000 });
 * assertEquals(params, 5_288_548);
 * assertEquals((macs / 1e6).toFixed(3), "385.815");
 * assertEquals((flops / 1e6).toFixed(3), "399.290");
 * ```
 */
export function cost(architecture: Architecture, options: CostOptions): Cost {
  const total = costByLayer(architecture, options).reduce<Cost>(
    addCosts,
    { params: 0, macs: 0, flops: 0 },
  );
  if (!Number.isSafeInteger(total.flops) || !Number.isSafeInteger(total.params)) {
    throw new RangeError(
      "Cannot count a cost: it is above 2^53, use narrower layers or a smaller image",
    );
  }
  return total;
}
