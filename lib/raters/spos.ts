/**
 * SPOS's supernet (Guo and others, 2020): the joint weights of all networks of a space, to be trained with labels.
 *
 * @module
 */

import { disposeLearnerState, newLearnerState } from "../nn/learner.ts";
import { mbconv } from "../nn/mbconv.ts";
import { sequence } from "../nn/module.ts";
import { adam, type Optimizer } from "../nn/optimizers.ts";
import { classifierModule, headModule, stemModule } from "../nn/stem_and_head.ts";
import type { Random } from "../random.ts";
import { checkWhole, MAX_CLASSES } from "../space/_check.ts";
import { operationLabel, pathCount, pathDigits } from "../space/paths.ts";
import type { BlockChoice, LayerSpec, Space } from "../space/types.ts";
import type { LayerVariant } from "../supernet/cells.ts";
import {
  restoreSupernet,
  saveSupernet,
  type Supernet,
  type SupernetCell,
  type SupernetState,
  type TrainedVariant,
} from "../supernet/supernet.ts";

/** A supernet of joint weights. */
export interface SposSupernet {
  /** The search space. */
  readonly space: Space;
  /** Number of classes. */
  readonly classes: number;
  /**
   * The stem, the space's blocks, and the head with the classifier, each as cells. The first layer of a cell has a variant for each
   * operation and each width that the block before may give, and so has the head.
   */
  readonly blocks: SupernetCell[][];
  /** What moves the weights. */
  readonly optimizer: Optimizer;
  /** Frees its tensors. */
  dispose(): void;
}

/** Options of {@linkcode createSpos}. */
export interface SposOptions {
  /** Number of classes. */
  classes: number;
  /** Draws the first weights. */
  random: Random;
  /** What moves the weights. Default: Adam, as for the distilled supernet. */
  optimizer?: Optimizer;
}

/**
 * Makes SPOS's supernet of a space: every layer of every cell has weights for each operation, shared by all networks that take it.
 *
 * Cells of a block that differ in width or depth have weights of their own, as in the distilled supernet. What a layer reads may
 * differ in width too, where the cells of the block before do: a cell's first layer, and the head, have weights for each.
 *
 * @param space The search space.
 * @param options Classes, and the generator that draws the first weights.
 * @returns The supernet, its weights random.
 * @throws {TypeError | RangeError} Unless classes is a whole number from 1.
 *
 * @example
 * ```ts
 * import { createRandom, createSpos, searchSpace, useEngine } from "@dna/kernel";
 * import { assertEquals } from "@std/assert";
 *
 * await useEngine();
 * const supernet = createSpos(searchSpace("fashion"), { classes: 10, random: createRandom(1) });
 * // Stem, four blocks, head.
 * assertEquals(supernet.blocks.map((cells) => cells.length), [1, 1, 3, 3, 3, 1]);
 * supernet.dispose();
 * ```
 */
export function createSpos(
  space: Space,
  { classes, random, optimizer = adam() }: SposOptions,
): SposSupernet {
  checkWhole(classes, "Cannot make a supernet: classes", 1, MAX_CLASSES);
  const blocks: SupernetCell[][] = [];
  const add = (cells: { width: number; layers: LayerVariant[][] }[]) => {
    const block = blocks.length;
    blocks.push(cells.map(({ width, layers }, cell) => ({
      block,
      cell,
      width,
      depth: layers.length,
      stem: false,
      layers: layers.map((variants, layer) =>
        variants.map((variant): TrainedVariant => {
          const own = random.fork(block).fork(cell).fork(layer).fork(variant.label);
          return { ...variant, state: newLearnerState(variant.module, optimizer, own), steps: 0 };
        })
      ),
    })));
  };
  const stem = stemVariant(space);
  add([{ width: stem.module.width, layers: [[stem]] }]);
  space.blocks.forEach(({ cells }, block) => {
    const inputs = inputWidths(space, block);
    add(cells.map(({ width, depth }, cell) => ({
      width,
      layers: Array.from(
        { length: depth },
        (_, layer) =>
          (layer === 0 ? inputs : [width]).flatMap((input) =>
            layerVariants(space, block, cell, layer, input)
          ),
      ),
    })));
  });
  const heads = inputWidths(space, space.blocks.length).map((input) =>
    headVariant(space, input, classes)
  );
  add([{ width: space.head, layers: [heads] }]);
  return {
    space,
    classes,
    blocks,
    optimizer,
    dispose() {
      for (const { state } of blocks.flat().flatMap(({ layers }) => layers.flat())) {
        disposeLearnerState(state);
      }
    },
  };
}

/** The widths that a block may read, each once; those of the head after the last block. */
function inputWidths(space: Space, block: number): number[] {
  if (block === 0) return [space.first?.width ?? space.stem.width];
  return [...new Set(space.blocks[block - 1].cells.map(({ width }) => width))];
}

function stemVariant({ stem, first, activation }: Space): LayerVariant {
  const convolution = stemModule(stem, activation);
  return {
    label: "stem",
    module: first
      ? sequence([convolution, mbconv("blocks.0.0.", first, stem.width, activation)])
      : convolution,
    stride: stem.stride * (first?.stride ?? 1),
    signature: JSON.stringify(["stem", stem, first, activation]),
  };
}

function layerVariants(
  space: Space,
  block: number,
  cell: number,
  layer: number,
  input: number,
): LayerVariant[] {
  return space.operations.map((operation): LayerVariant => {
    const spec: LayerSpec = {
      type: "ir",
      kernel: operation.kernel,
      stride: layer === 0 ? space.blocks[block].stride : 1,
      expansion: operation.expansion,
      width: space.blocks[block].cells[cell].width,
      se: operation.se ?? space.se,
      activation: operation.activation ?? space.activation,
    };
    return {
      label: `i${input}.${operationLabel(operation)}`,
      module: mbconv("", spec, input, space.activation),
      stride: spec.stride,
      signature: JSON.stringify([input, spec]),
    };
  });
}

function headVariant({ head, activation }: Space, input: number, classes: number): LayerVariant {
  return {
    label: `i${input}.head`,
    module: sequence([
      headModule(input, head, activation),
      classifierModule(head, classes),
    ]),
    stride: 1,
    signature: JSON.stringify(["head", input, head, activation, classes]),
  };
}

/**
 * The layers of a network in a supernet of joint weights, from stem to head.
 *
 * @throws {RangeError} Where the choice is none of the space's.
 */
export function sposPath(
  { space, blocks }: Pick<SposSupernet, "space" | "blocks">,
  choice: readonly BlockChoice[],
): TrainedVariant[] {
  if (choice.length !== space.blocks.length) {
    throw new RangeError(
      `Cannot rate a network of ${choice.length} blocks: space "${space.name}" has ` +
        `${space.blocks.length}`,
    );
  }
  const path = [blocks[0][0].layers[0][0]];
  choice.forEach(({ cell, path: index }, block) => {
    const found = blocks[block + 1][cell];
    if (!found) {
      throw new RangeError(
        `Cannot rate a network: block ${block + 1} takes cell ${cell}, ` +
          `it has ${space.blocks[block].cells.length}`,
      );
    }
    const digits = pathDigits(space, found.depth, index);
    const before = inputWidths(space, block).indexOf(path.at(-1)!.module.width);
    digits.forEach((digit, layer) => {
      const offset = layer === 0 ? before * space.operations.length : 0;
      path.push(found.layers[layer][offset + digit]);
    });
  });
  const [head] = blocks.at(-1)!;
  const input = inputWidths(space, space.blocks.length).indexOf(path.at(-1)!.module.width);
  return [...path, head.layers[0][input]];
}

/** Draws a network: of each block a cell, each equally likely, and a path of it, each equally likely (uniform sampling). */
export function drawChoice(space: Space, random: Pick<Random, "int">): BlockChoice[] {
  return space.blocks.map(({ cells }) => {
    const cell = random.int(cells.length);
    return { cell, path: random.int(pathCount(space, cells[cell].depth)) };
  });
}

/**
 * Copies the state of a supernet of joint weights: all that its training goes on from.
 *
 * @param supernet The supernet.
 * @returns The state; {@linkcode restoreSpos} puts it back.
 *
 * @example
 * ```ts
 * import { createRandom, createSpos, saveSpos, searchSpace, useEngine } from "@dna/kernel";
 * import { assertEquals } from "@std/assert";
 *
 * await useEngine();
 * const supernet = createSpos(searchSpace("fashion"), { classes: 10, random: createRandom(1) });
 * assertEquals(saveSpos(supernet).steps["blocks.0.cells.0.layers.0.stem"], 0);
 * supernet.dispose();
 * ```
 */
export function saveSpos(supernet: SposSupernet): SupernetState {
  return saveSupernet(asSupernet(supernet));
}

/**
 * Puts a saved state into a supernet of joint weights of the same space and classes.
 *
 * @param supernet The supernet; its state is replaced.
 * @param state What {@linkcode saveSpos} gave.
 * @throws {Error} if a vector is missing or of another size; the supernet stays as it was then.
 *
 * @example
 * ```ts
 * import { createRandom, createSpos, restoreSpos, saveSpos, searchSpace, useEngine } from "@dna/kernel";
 * import { assertEquals } from "@std/assert";
 *
 * await useEngine();
 * const [a, b] = [1, 2].map((seed) =>
 *   createSpos(searchSpace("fashion"), { classes: 10, random: createRandom(seed) })
 * );
 * restoreSpos(b, saveSpos(a));
 * assertEquals(saveSpos(b), saveSpos(a));
 * a.dispose();
 * b.dispose();
 * ```
 */
export function restoreSpos(supernet: SposSupernet, state: SupernetState): void {
  restoreSupernet(asSupernet(supernet), state);
}

function asSupernet({ space, blocks, optimizer, dispose }: SposSupernet): Supernet {
  return { space, widths: [], blocks, optimizer, dispose };
}
