import { addCosts, convolutionCost, denseCost, layerCost, strided } from "../space/_layer_cost.ts";
import type { CostOptions } from "../space/cost.ts";
import type { Cost, LayerSpec, Operation, Space } from "../space/types.ts";

/** The units that costs are counted in, in the order that decides ties. */
export const UNITS = ["params", "flops", "macs"] as const;
/** A unit that costs are counted in. */
export type Unit = typeof UNITS[number];

/**
 * Costs of a cell's paths. A block's first layer reads the width of the cell chosen before it, so the cost of a path is
 * `first[unit][input · operations + first digit]` + the sum over its other digits of `rest[unit][digit]`.
 */
export interface CellTable {
  /** Position of the cell's width among the block's `outputs`. */
  output: number;
  /** Cost of the first layer, for each input width of the block and each operation. */
  first: Record<Unit, Float64Array>;
  /** Cost of a later layer, for each operation. */
  rest: Record<Unit, Float64Array>;
}

/** Costs of a block's cells. */
export interface BlockTable {
  /** The widths that the block's first layer may read. */
  inputs: number[];
  /** The widths that the block may give, which the next one reads. */
  outputs: number[];
  /** The cells. */
  cells: CellTable[];
}

/**
 * Looks up what every layer of a space can cost. The costs of stem, first layer and classifier are in the first block's, and
 * the head's in the last block's, so that a network's cost is the sum of its blocks' paths.
 */
export function costTables(space: Space, options: CostOptions): BlockTable[] {
  const { stem, first } = space;
  let size = strided(options.resolution, stem.stride);
  let around = addCosts(
    convolutionCost(3, stem.channels, stem.width, size),
    denseCost(space.head, options.classes),
  );
  let inputs = [stem.width];
  if (first) {
    around = addCosts(around, layerCost(first, stem.width, size));
    size = strided(size, first.stride);
    inputs = [first.width];
  }
  return space.blocks.map((block, i): BlockTable => {
    const isLast = i === space.blocks.length - 1;
    const outputs = [...new Set(block.cells.map((cell) => cell.width))];
    const inputSize = size;
    const outputSize = strided(size, block.stride);
    const cells = block.cells.map(({ width }): CellTable => {
      const head = isLast ? convolutionCost(1, width, space.head, outputSize) : NO_COST;
      const extra = addCosts(i === 0 ? around : NO_COST, head);
      const layers = space.operations.map((operation) => layerOf(space, operation, width));
      return {
        output: outputs.indexOf(width),
        first: byUnit(
          inputs.flatMap((input) =>
            layers.map((layer) =>
              addCosts(extra, layerCost({ ...layer, stride: block.stride }, input, inputSize))
            )
          ),
        ),
        rest: byUnit(layers.map((layer) => layerCost(layer, width, outputSize))),
      };
    });
    const table = { inputs, outputs, cells };
    inputs = outputs;
    size = outputSize;
    return table;
  });
}

const NO_COST: Cost = { params: 0, macs: 0, flops: 0 };

function layerOf(space: Space, operation: Operation, width: number): LayerSpec {
  const { kernel, expansion, se } = operation;
  return { type: "ir", kernel, stride: 1, expansion, width, se: se ?? space.se };
}

function byUnit(costs: readonly Cost[]): Record<Unit, Float64Array> {
  return {
    params: Float64Array.from(costs, (cost) => cost.params),
    flops: Float64Array.from(costs, (cost) => cost.flops),
    macs: Float64Array.from(costs, (cost) => cost.macs),
  };
}

/** Cost of a path of a cell that reads the block's input width number `input`. */
export function pathCost(
  table: CellTable,
  unit: Unit,
  input: number,
  digits: ArrayLike<number>,
): number {
  const rest = table.rest[unit];
  let sum = table.first[unit][input * rest.length + digits[0]];
  for (let layer = 1; layer < digits.length; layer++) sum += rest[digits[layer]];
  return sum;
}
