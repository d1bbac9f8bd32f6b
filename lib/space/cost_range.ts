import { assemble } from "./assemble.ts";
import { checkOneOf } from "./_check.ts";
import { convolutionCost, layerCost, strided } from "./_layer_cost.ts";
import { checkCostOptions, cost, type CostOptions } from "./cost.ts";
import { formatArchitecture } from "./format.ts";
import { pathIndex } from "./paths.ts";
import type { Architecture, BlockChoice, Cost, LayerSpec, Space } from "./types.ts";

/** A network of a space, and what it costs. */
export interface CostedArchitecture extends Cost {
  /** The network. */
  architecture: Architecture;
  /** The network as text. */
  text: string;
  /** Cell and path of each block. */
  choice: BlockChoice[];
}

/** The beginning of a network up to some block. */
interface Partial {
  cost: number;
  choice: BlockChoice[];
}

/**
 * Finds the cheapest and the dearest network of a space, exactly.
 *
 * A layer's cost depends on its own operation and on the width that it reads, so each layer's operation is chosen on its own,
 * and cells by going through the blocks once with the best beginning for each width. Of equal costs the first choice counts.
 *
 * @param space The space.
 * @param unit What is counted.
 * @param options Side of the image in pixels, and number of classes.
 * @returns Both networks with all their costs.
 * @throws {TypeError | RangeError} Where unit or options are wrong, naming the place.
 *
 * @example
 * ```ts
 * import { costRange, searchSpace } from "@dna/kernel";
 * import { assertEquals } from "@std/assert";
 *
 * const { cheapest, dearest } = costRange(searchSpace("dna"), "params", {
 *   resolution: 224,
 *   classes: 1000,
 * });
 * assertEquals(cheapest.choice[0], { cell: 0, path: 3 * 6 + 3 }); // 2 layers of 24 channels, k3e3
 * assertEquals((dearest.params / 1e6).toFixed(2), "6.60");
 * ```
 */
export function costRange(
  space: Space,
  unit: keyof Cost,
  options: CostOptions,
): { cheapest: CostedArchitecture; dearest: CostedArchitecture } {
  checkOneOf(unit, "Cannot find a space's costs: unit", ["params", "flops", "macs"]);
  const sizes = checkCostOptions(options, "Cannot find a space's costs:");
  const find = (sign: 1 | -1): CostedArchitecture => {
    const choice = extremeChoice(space, unit, sizes.resolution, sign);
    const architecture = assemble(space, choice);
    const text = formatArchitecture(architecture);
    return { architecture, text, ...cost(architecture, sizes), choice };
  };
  return { cheapest: find(1), dearest: find(-1) };
}

/** The choice whose cost times `sign` is least. */
function extremeChoice(
  space: Space,
  unit: keyof Cost,
  resolution: number,
  sign: 1 | -1,
): BlockChoice[] {
  let size = strided(resolution, space.stem.stride);
  if (space.first) size = strided(size, space.first.stride);
  let byWidth = new Map<number, Partial>([
    [space.first?.width ?? space.stem.width, { cost: 0, choice: [] }],
  ]);
  for (const { cells, stride } of space.blocks) {
    const outputSize = strided(size, stride);
    const next = new Map<number, Partial>();
    cells.forEach(({ width, depth }, cell) => {
      // Operation and cost of a layer that reads so many channels.
      const best = (inputWidth: number, isFirst: boolean): [number, number] => {
        const costs = space.operations.map(({ kernel, expansion, se }) => {
          const layer: LayerSpec = {
            type: "ir",
            kernel,
            stride: isFirst ? stride : 1,
            expansion,
            width,
            se: se ?? space.se,
          };
          return sign * layerCost(layer, inputWidth, isFirst ? size : outputSize)[unit];
        });
        const least = Math.min(...costs);
        return [costs.indexOf(least), least];
      };
      const [laterOperation, later] = best(width, false);
      for (const [inputWidth, begun] of byWidth) {
        const [firstOperation, first] = best(inputWidth, true);
        const total = begun.cost + first + (depth - 1) * later;
        if (total >= (next.get(width)?.cost ?? Infinity)) continue;
        const digits = [firstOperation, ...new Array(depth - 1).fill(laterOperation)];
        const path = pathIndex(space, digits);
        next.set(width, { cost: total, choice: [...begun.choice, { cell, path }] });
      }
    });
    byWidth = next;
    size = outputSize;
  }
  const ends = [...byWidth].map(([width, { cost, choice }]) => ({
    cost: cost + sign * convolutionCost(1, width, space.head, size)[unit],
    choice,
  }));
  return ends.reduce((best, end) => end.cost < best.cost ? end : best).choice;
}
