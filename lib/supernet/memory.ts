/**
 * How much memory a step of each cell needs.
 *
 * @module
 */

import { slotsSize } from "../nn/layout.ts";
import type { Teacher } from "../teacher/teacher.ts";
import type { LayerVariant } from "./cells.ts";
import type { Supernet, SupernetCell } from "./supernet.ts";

/** How a step is taken. */
export interface CellMemoryOptions {
  /** Images a step. */
  batch: number;
  /** Images at once in a step. Default: `batch`. */
  microBatch?: number;
  /** Whether layers are computed again on the way back. Default false. */
  recompute?: boolean;
}

/** Memory of a cell, in bytes. */
export interface CellMemory {
  /** Position of the block. */
  block: number;
  /** Position of the cell in it. */
  cell: number;
  /** Weights and running statistics of all operations. */
  weights: number;
  /** The optimizer's vectors. */
  optimizer: number;
  /** What a step keeps of its dearest path between the way forward and the way back. */
  activations: number;
  /** All of them. */
  total: number;
}

const FLOAT_BYTES = 4;

/**
 * Predicts the memory of each cell's step, so that a batch can be chosen before anything is computed.
 *
 * Of each layer a step keeps its input, for each convolution what normalisation and activation need on the way back (three
 * maps, of a projection one), and the excited map. `recompute` keeps the inputs alone, and one layer's maps at a
 * time. Not counted are the teacher and its maps, the images, and what a single operation needs while it runs.
 *
 * @param supernet The supernet.
 * @param teacher The teacher, or its outline.
 * @param options The batch.
 * @returns The cells in order; add those that compute at the same time (`lanes`).
 *
 * @example
 * ```ts
 * import { cellMemory, createRandom, createSupernet, outlineTeacher, searchSpace, useEngine } from "@dna/kernel";
 * import { assert, assertEquals } from "@std/assert";
 *
 * await useEngine();
 * const teacher = outlineTeacher("fashion");
 * const supernet = createSupernet(searchSpace("fashion"), teacher, { random: createRandom(1) });
 * const [first] = cellMemory(supernet, teacher, { batch: 128 });
 * const [half] = cellMemory(supernet, teacher, { batch: 128, microBatch: 64 });
 * assertEquals([first.block, first.cell, half.activations], [0, 0, first.activations / 2]);
 * assert(cellMemory(supernet, teacher, { batch: 128, recompute: true })[0].total < first.total);
 * supernet.dispose();
 * ```
 */
export function cellMemory(
  supernet: Supernet,
  teacher: Pick<Teacher, "sizes" | "resolution">,
  { batch, microBatch = batch, recompute = false }: CellMemoryOptions,
): CellMemory[] {
  const { slots } = supernet.optimizer;
  return supernet.blocks.flat().map((cell) => {
    const variants = cell.layers.flat();
    const sum = (of: (variant: LayerVariant) => number) =>
      FLOAT_BYTES * variants.reduce((total, variant) => total + of(variant), 0);
    const weights = sum(({ module }) => slotsSize(module.weights) + slotsSize(module.statistics));
    const optimizer = sum(({ module }) => slots * slotsSize(module.weights));
    const values = keptValues(supernet, cell, teacher);
    const inputs = values.reduce((total, { input }) => total + input, 0);
    const maps = values.map((layer) => layer.maps);
    const kept = inputs +
      (recompute ? Math.max(...maps) : maps.reduce((total, each) => total + each, 0));
    const activations = FLOAT_BYTES * microBatch * kept;
    const { block, cell: position } = cell;
    const total = weights + optimizer + activations;
    return { block, cell: position, weights, optimizer, activations, total };
  });
}

/** For one image and each layer: the values of its input, and of the maps that its dearest variant keeps. */
function keptValues(
  { space }: Supernet,
  { block, layers, stem }: SupernetCell,
  { sizes, resolution }: Pick<Teacher, "sizes" | "resolution">,
): { input: number; maps: number }[] {
  let size = block === 0 ? resolution : sizes[block - 1];
  let channels: number | undefined;
  return layers.map((variants, i) => {
    const inside = stem && i === 0 ? Math.ceil(size / space.stem.stride) : size;
    const output = Math.ceil(size / variants[0].stride);
    channels ??= inputChannels(variants[0]);
    const input = channels * size * size;
    const maps = Math.max(...variants.map((variant) => variantMaps(variant, inside, output)));
    channels = variants[0].module.width;
    size = output;
    return { input, maps };
  });
}

/** The values of the maps that one layer keeps, for its sizes before and after the stride. */
function variantMaps({ module }: LayerVariant, inside: number, output: number): number {
  let values = 0;
  let size = inside;
  let deep: number | undefined;
  for (const slot of module.weights) {
    if (slot.shape.length < 4) continue;
    const [, , inputs, outputs] = slot.shape;
    if (slot.kind === "depthwise") {
      size = output;
      deep = inputs;
      values += 3 * deep * size * size;
    } else if (/\bse\./.test(slot.name)) {
      // Of its two convolutions the second gives the gate of the excited map.
      if (outputs === deep && inputs !== deep) values += deep * size * size;
    } else {
      const isProjection = deep !== undefined;
      values += (isProjection ? 1 : 3) * outputs * size * size;
      if (isProjection) deep = undefined;
    }
  }
  return values;
}

/** A layer's first weight is that of a convolution [height, width, in, out], or [height, width, in, 1]. */
function inputChannels({ module }: LayerVariant): number {
  return module.weights[0].shape[2];
}
