import { convolutionCost, denseCost, layerCost, strided } from "../space/_layer_cost.ts";
import type { CostOptions } from "../space/cost.ts";
import type { Cost, LayerSpec, Operation, Space } from "../space/types.ts";
import type { CustomCost, PlacedPart } from "./types.ts";

/** The units that costs are counted in, in the order that decides ties. */
export const UNITS = ["params", "flops", "macs"] as const;
/** A unit that every network's cost is counted in. */
export type Unit = typeof UNITS[number];

/**
 * Costs of a cell's paths, by the name of the cost. A block's first layer reads the width of the cell chosen before it, so the
 * cost of a path is `first[name][input · operations + first digit]` + the sum over its other layers, counted from 0, of
 * `rest[name][layer · operations + digit]`.
 */
export interface CellTable {
  /** Number of operations. */
  operations: number;
  /** Position of the cell's width among the block's `outputs`. */
  output: number;
  /** Cost of the first layer, for each input width of the block and each operation. */
  first: Record<string, Float64Array>;
  /** Cost of each later layer, for each operation. */
  rest: Record<string, Float64Array>;
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
 *
 * @param own Costs beside the units.
 * @throws {RangeError | TypeError} Where a cost of one's own is no finite number from 0, naming the part.
 */
export function costTables(
  space: Space,
  options: CostOptions,
  own: readonly CustomCost[] = [],
): BlockTable[] {
  const measures = [...UNITS.map(unitMeasure), ...own.map(ownMeasure)];
  const { activation } = space;
  const { around, inputWidth, inputSize } = partsAround(space, options);
  let inputs = [inputWidth];
  let size = inputSize;
  return space.blocks.map((block, i): BlockTable => {
    const isLast = i === space.blocks.length - 1;
    const outputs = [...new Set(block.cells.map((cell) => cell.width))];
    const blockSize = size;
    const outputSize = strided(size, block.stride);
    const cells = block.cells.map(({ width, depth }, cell): CellTable => {
      const extra = i === 0 ? [...around] : [];
      if (isLast) {
        const kind = "head" as const;
        const sizes = { inputSize: outputSize, size: outputSize };
        extra.push({ kind, inputWidth: width, width: space.head, ...sizes, activation });
      }
      const layerPart = (
        operation: Operation,
        inputWidth: number,
        layer: number,
      ): PlacedPart => ({
        kind: "layer",
        layer: layerOf(space, operation, width, layer === 0 ? block.stride : 1),
        inputWidth,
        width,
        inputSize: layer === 0 ? blockSize : outputSize,
        size: outputSize,
        activation: operation.activation ?? activation,
        place: { block: i, cell, layer },
      });
      const firsts = inputs.flatMap((input) =>
        space.operations.map((operation) => layerPart(operation, input, 0))
      );
      const rests = Array.from(
        { length: depth - 1 },
        (_, layer) => space.operations.map((operation) => layerPart(operation, width, layer + 1)),
      ).flat();
      const first: Record<string, Float64Array> = {};
      const rest: Record<string, Float64Array> = {};
      for (const { name, of } of measures) {
        const base = extra.reduce((sum, part) => sum + of(part), 0);
        first[name] = Float64Array.from(firsts, (part) => base + of(part));
        rest[name] = Float64Array.from(rests, of);
      }
      return {
        operations: space.operations.length,
        output: outputs.indexOf(width),
        first,
        rest,
      };
    });
    const table = { inputs, outputs, cells };
    inputs = outputs;
    size = outputSize;
    return table;
  });
}

/** Stem, first layer and classifier, and what the first block reads. */
function partsAround(
  space: Space,
  { resolution, classes }: CostOptions,
): { around: PlacedPart[]; inputWidth: number; inputSize: number } {
  const { stem, first, head, activation } = space;
  let inputSize = strided(resolution, stem.stride);
  let inputWidth = stem.width;
  const around: PlacedPart[] = [{
    kind: "stem",
    inputWidth: stem.channels,
    width: stem.width,
    inputSize: resolution,
    size: inputSize,
    activation,
  }];
  if (first) {
    const size = strided(inputSize, first.stride);
    around.push({
      kind: "first",
      layer: first,
      inputWidth,
      width: first.width,
      inputSize,
      size,
      activation: first.activation ?? activation,
    });
    inputSize = size;
    inputWidth = first.width;
  }
  around.push({ kind: "classifier", inputWidth: head, width: classes, inputSize: 1, size: 1 });
  return { around, inputWidth, inputSize };
}

/** The layer that an operation makes in a cell of a width. */
function layerOf(space: Space, operation: Operation, width: number, stride: 1 | 2): LayerSpec {
  const { kernel, expansion, se, activation } = operation;
  return {
    type: "ir",
    kernel,
    stride,
    expansion,
    width,
    se: se ?? space.se,
    ...(activation && { activation }),
  };
}

interface Measure {
  name: string;
  of: (part: PlacedPart) => number;
}

function unitMeasure(unit: Unit): Measure {
  return { name: unit, of: (part) => partCost(part)[unit] };
}

/** Parameters, multiply–adds and FLOPs of a part. */
function partCost({ kind, layer, inputWidth, width, inputSize, size }: PlacedPart): Cost {
  if (layer) return layerCost(layer, inputWidth, inputSize);
  if (kind === "classifier") return denseCost(inputWidth, width);
  return convolutionCost(kind === "stem" ? 3 : 1, inputWidth, width, size);
}

function ownMeasure(cost: CustomCost): Measure {
  return { name: cost.name, of: (part) => partOwnCost(cost, part) };
}

/** A cost of one's own of a part, checked. */
export function partOwnCost(cost: CustomCost, part: PlacedPart): number {
  const value: unknown = cost.of(part);
  if (typeof value === "number" && value >= 0 && value < Infinity) return value;
  const Kind = typeof value === "number" ? RangeError : TypeError;
  const text = typeof value === "string" ? JSON.stringify(value) : String(value);
  throw new Kind(
    `Cannot use the cost "${cost.name}": it gives ${text} for ${describe(part)}, must be a ` +
      "finite number from 0",
  );
}

function describe({ kind, layer, inputWidth, inputSize, place }: PlacedPart): string {
  const input = `, which reads ${inputWidth} channels of ${inputSize}×${inputSize}`;
  if (!place || !layer) return `the ${kind}${input}`;
  return `layer ${place.layer} of cell ${place.cell} of block ${place.block} with kernel ` +
    `${layer.kernel} and expansion ${layer.expansion}${input}`;
}

/** Cost of a path of a cell that reads the block's input width number `input`. */
export function pathCost(
  table: CellTable,
  name: string,
  input: number,
  digits: ArrayLike<number>,
): number {
  const { operations } = table;
  const rest = table.rest[name];
  let sum = 0;
  for (let layer = 1; layer < digits.length; layer++) {
    sum += rest[(layer - 1) * operations + digits[layer]];
  }
  return table.first[name][input * operations + digits[0]] + sum;
}
