/**
 * The layers of a supernet's cells.
 *
 * @module
 */

import { mbconv } from "../nn/mbconv.ts";
import { type Module, sequence } from "../nn/module.ts";
import { stemModule } from "../nn/stem_and_head.ts";
import { operationLabel } from "../space/paths.ts";
import type { LayerSpec, Space } from "../space/types.ts";

/** One way to compute a layer of a cell. */
export interface LayerVariant {
  /** `stem`, or the operation's label, as `k3e6`. */
  label: string;
  /** Its weights and what it computes. */
  module: Module;
  /** How many pixels of its input, in each direction, give one of its output. */
  stride: number;
  /** Equal for variants that compute the same function of the same shapes. */
  signature: string;
}

/** The layers of a cell, each with its variants; block 1's cells begin with a stem of their own. */
export interface CellLayers {
  stem: LayerVariant | undefined;
  layers: LayerVariant[][];
}

/**
 * The layers of one cell.
 *
 * The first reads the teacher's previous block, the last gives the teacher's width, the inner ones have
 * the cell's own width (Table 1). In the assembled network all layers have the cell's width.
 *
 * @param space The search space.
 * @param block Position of the block.
 * @param cell Position of the cell in it.
 * @param widths Output channels of the teacher's blocks.
 */
export function cellLayers(
  space: Space,
  block: number,
  cell: number,
  widths: readonly number[],
): CellLayers {
  const { depth, width } = space.blocks[block].cells[cell];
  const stem = block === 0 ? stemVariant(space) : undefined;
  const inputWidth = stem ? stem.module.width : widths[block - 1];
  const layers = Array.from(
    { length: depth },
    (_, layer) =>
      space.operations.map((operation): LayerVariant => {
        const spec: LayerSpec = {
          type: "ir",
          kernel: operation.kernel,
          stride: layer === 0 ? space.blocks[block].stride : 1,
          expansion: operation.expansion,
          width: layer === depth - 1 ? widths[block] : width,
          se: operation.se ?? space.se,
          activation: operation.activation ?? space.activation,
        };
        const input = layer === 0 ? inputWidth : width;
        return {
          label: operationLabel(operation),
          module: mbconv("", spec, input, space.activation),
          stride: spec.stride,
          signature: JSON.stringify([input, spec]),
        };
      }),
  );
  return { stem, layers };
}

function stemVariant({ stem, first, activation }: Space): LayerVariant {
  const convolution = stemModule(stem, activation);
  const module = first
    ? sequence([convolution, mbconv("blocks.0.0.", first, stem.width, activation)])
    : convolution;
  const stride = stem.stride * (first?.stride ?? 1);
  return { label: "stem", module, stride, signature: JSON.stringify([stem, first, activation]) };
}
