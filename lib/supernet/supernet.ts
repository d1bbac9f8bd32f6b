/**
 * The supernet: for each block of the teacher a few cells, each with all its operations' weights.
 *
 * @module
 */

import type { Tensor1D } from "npm:@tensorflow/tfjs@4.22.0";
import { disposeLearnerState, type LearnerState, newLearnerState } from "../nn/learner.ts";
import { adam, type Optimizer } from "../nn/optimizers.ts";
import type { Random } from "../random.ts";
import type { Space } from "../space/types.ts";
import { type NamedArray, timmShape } from "../network/timm_weights.ts";
import { matchTensors, type SafetensorsTensor } from "../safetensors.ts";
import { tf } from "../tensorflow/tfjs.ts";
import type { Teacher } from "../teacher/teacher.ts";
import { vectorsOf, weightsOf } from "../network/network.ts";
import { cellLayers, type LayerVariant } from "./cells.ts";
import type { StoppedCell } from "./stopped.ts";

/** A variant of a layer with its weights. */
export interface TrainedVariant extends LayerVariant {
  /** Weights, running statistics and optimizer state. */
  state: LearnerState;
  /** How many steps moved its weights. */
  steps: number;
}

/** A cell of the supernet. */
export interface SupernetCell {
  /** Position of its block. */
  block: number;
  /** Position in the block. */
  cell: number;
  /** Channels of its inner layers. */
  width: number;
  /** Number of layers that are searched. */
  depth: number;
  /** All layers in order, each with its variants; block 1's begin with the stem, the one without choice. */
  layers: TrainedVariant[][];
  /** Whether the first layer is a stem. */
  stem: boolean;
  /** Set where its training was stopped because it went wrong. */
  stopped?: StoppedCell;
}

/** A supernet. */
export interface Supernet {
  /** The search space. */
  readonly space: Space;
  /** Output channels of the teacher's blocks, which the cells imitate. */
  readonly widths: readonly number[];
  /** The cells of each block. */
  readonly blocks: SupernetCell[][];
  /** What moves the weights. */
  readonly optimizer: Optimizer;
  /** Frees its tensors. */
  dispose(): void;
}

/** Options of {@linkcode createSupernet}. */
export interface SupernetOptions {
  /** Draws the first weights. */
  random: Random;
  /** What moves the weights. Default: Adam, the paper's. */
  optimizer?: Optimizer;
}

/**
 * Makes a supernet for a teacher (section 3.3): its cells read and imitate the teacher's feature maps.
 *
 * @param space The search space.
 * @param teacher The teacher, or the output channels of its blocks.
 * @param options The generator that draws the first weights.
 * @returns The supernet, its weights random.
 * @throws {RangeError} if space and teacher have different numbers of blocks.
 *
 * @example
 * ```ts
 * import { createRandom, createSupernet, searchSpace, useEngine } from "@dna/kernel";
 * import { assertEquals } from "@std/assert";
 *
 * await useEngine();
 * const space = searchSpace("fashion");
 * const supernet = createSupernet(space, { widths: [24, 40, 56, 80] }, { random: createRandom(1) });
 * assertEquals(supernet.blocks.map((cells) => cells.length), [1, 3, 3, 3]);
 * supernet.dispose();
 * ```
 */
export function createSupernet(
  space: Space,
  teacher: Pick<Teacher, "widths"> & Partial<Pick<Teacher, "sizes" | "resolution">>,
  { random, optimizer = adam() }: SupernetOptions,
): Supernet {
  checkFit(space, teacher);
  const { widths } = teacher;
  const trained = (variant: LayerVariant, ...labels: (string | number)[]): TrainedVariant => {
    const own = labels.reduce((parent: Random, label) => parent.fork(label), random);
    return { ...variant, state: newLearnerState(variant.module, optimizer, own), steps: 0 };
  };
  const blocks = space.blocks.map(({ cells }, block) =>
    cells.map(({ width, depth }, cell): SupernetCell => {
      const { stem, layers } = cellLayers(space, block, cell, widths);
      const searched = layers.map((variants, layer) =>
        variants.map((variant) => trained(variant, block, cell, layer, variant.label))
      );
      return {
        block,
        cell,
        width,
        depth,
        stem: stem !== undefined,
        layers: stem ? [[trained(stem, block, cell, "stem")], ...searched] : searched,
      };
    })
  );
  return {
    space,
    widths: [...widths],
    blocks,
    optimizer,
    dispose() {
      for (const { state } of variantsOf(blocks).map(([, variant]) => variant)) {
        disposeLearnerState(state);
      }
    },
  };
}

/**
 * Checks that a space's blocks can imitate a teacher's, one by one.
 *
 * @param space The search space.
 * @param teacher The teacher, or what is known of it.
 * @throws {RangeError} if they have different numbers of blocks, or maps of different sizes.
 *
 * @example
 * ```ts
 * import { checkFit, searchSpace } from "@dna/kernel";
 * import { assertThrows } from "@std/assert";
 *
 * const teacher = { widths: [16, 24, 40, 64] };
 * checkFit(searchSpace("fashion"), teacher);
 * assertThrows(() => checkFit(searchSpace("dna"), teacher), RangeError, "6 blocks");
 * ```
 */
export function checkFit(
  space: Space,
  teacher: Pick<Teacher, "widths"> & Partial<Pick<Teacher, "sizes" | "resolution">>,
): void {
  const { widths, sizes, resolution } = teacher;
  if (widths.length !== space.blocks.length) {
    throw new RangeError(
      `Cannot make a supernet of space ${space.name}: it has ${space.blocks.length} blocks, ` +
        `the teacher ${widths.length}`,
    );
  }
  if (!sizes || !resolution) return;
  let size = Math.ceil(resolution / space.stem.stride);
  if (space.first) size = Math.ceil(size / space.first.stride);
  space.blocks.forEach(({ stride }, block) => {
    size = Math.ceil(size / stride);
    if (size !== sizes[block]) {
      throw new RangeError(
        `Cannot make a supernet of space ${space.name}: block ${block + 1} gives maps of ${size} ` +
          `pixels, the teacher's of ${sizes[block]}`,
      );
    }
  });
}

/** All variants with their names, `blocks.1.cells.0.layers.2.k5e3`. */
export function variantsOf(blocks: readonly SupernetCell[][]): [string, TrainedVariant][] {
  return blocks.flat().flatMap(({ block, cell, layers, stem }) =>
    layers.flatMap((variants, i) =>
      variants.map((variant): [string, TrainedVariant] => {
        const layer = stem ? i - 1 : i;
        const place = layer < 0 ? "stem" : `layers.${layer}.${variant.label}`;
        return [`blocks.${block}.cells.${cell}.${place}`, variant];
      })
    )
  );
}

/**
 * The weights and statistics of all variants by name, in timm's layout.
 *
 * @param supernet The supernet.
 * @returns Copies, named as `blocks.1.cells.0.layers.2.k5e3.conv_dw.weight`.
 *
 * @example
 * ```ts
 * import {
 *   createRandom, createSupernet, outlineTeacher, searchSpace, supernetWeights, useEngine,
 * } from "@dna/kernel";
 * import { assertEquals } from "@std/assert";
 *
 * await useEngine();
 * const random = createRandom(1);
 * const supernet = createSupernet(searchSpace("fashion"), outlineTeacher("fashion"), { random });
 * const weights = supernetWeights(supernet);
 * assertEquals(weights["blocks.0.cells.0.stem.conv_stem.weight"].shape, [16, 1, 3, 3]);
 * supernet.dispose();
 * ```
 */
export function supernetWeights({ blocks }: Supernet): Record<string, NamedArray> {
  const result: Record<string, NamedArray> = {};
  for (const [name, { module, state }] of variantsOf(blocks)) {
    const weights = weightsOf(module, {
      weights: state.weights.dataSync<"float32">(),
      statistics: state.statistics.dataSync<"float32">(),
    });
    for (const [part, array] of Object.entries(weights)) result[`${name}.${part}`] = array;
  }
  return result;
}

/**
 * Puts weights by name into a supernet of the same space and teacher, the inverse of
 * {@linkcode supernetWeights}. The optimizer's state stays as it is.
 *
 * @param supernet The supernet; its weights are replaced.
 * @param tensors Weights by name, as a safetensors file has them.
 * @param source What the weights are called in errors.
 * @throws {Error} naming each key that is missing, extra or of another shape.
 *
 * @example
 * ```ts
 * import {
 *   createRandom, createSupernet, loadSupernetWeights, outlineTeacher, searchSpace, supernetWeights,
 *   useEngine,
 * } from "@dna/kernel";
 * import { assertEquals } from "@std/assert";
 *
 * await useEngine();
 * const space = searchSpace("fashion");
 * const teacher = outlineTeacher("fashion");
 * const make = (seed: number) => createSupernet(space, teacher, { random: createRandom(seed) });
 * const [a, b] = [make(1), make(2)];
 * loadSupernetWeights(b, supernetWeights(a), "supernet.safetensors");
 * assertEquals(supernetWeights(b), supernetWeights(a));
 * a.dispose();
 * b.dispose();
 * ```
 */
export function loadSupernetWeights(
  { blocks }: Supernet,
  tensors: Readonly<Record<string, SafetensorsTensor>>,
  source: string,
): void {
  const variants = variantsOf(blocks);
  const expected = variants.flatMap(([name, { module }]) =>
    [...module.weights, ...module.statistics].map((slot): [string, number[]] => [
      `${name}.${slot.name}`,
      timmShape(slot),
    ])
  );
  matchTensors(Object.fromEntries(expected), tensors, source);
  // All is read before anything is replaced.
  const read = variants.map(([name, { module }]) => {
    const slots = [...module.weights, ...module.statistics];
    const own = slots.map((slot) => [slot.name, tensors[`${name}.${slot.name}`]]);
    return vectorsOf(module, Object.fromEntries(own), source);
  });
  variants.forEach(([, variant], i) => {
    const { state } = variant;
    tf.dispose([state.weights, state.statistics]);
    variant.state = {
      ...state,
      weights: tf.tensor1d(read[i].weights),
      statistics: tf.tensor1d(read[i].statistics),
    };
  });
}

/** Everything that training goes on from: vectors by name, and the steps of each variant. */
export interface SupernetState {
  /** Weights, statistics and optimizer vectors by name. */
  vectors: Record<string, Float32Array<ArrayBuffer>>;
  /** How many steps moved each variant, by name. */
  steps: Record<string, number>;
}

/**
 * Copies the state of a supernet: all that its training goes on from.
 *
 * @param supernet The supernet.
 * @returns The state; {@linkcode restoreSupernet} puts it back.
 *
 * @example
 * ```ts
 * import {
 *   createRandom, createSupernet, outlineTeacher, saveSupernet, searchSpace, useEngine,
 * } from "@dna/kernel";
 * import { assertEquals } from "@std/assert";
 *
 * await useEngine();
 * const random = createRandom(1);
 * const supernet = createSupernet(searchSpace("fashion"), outlineTeacher("fashion"), { random });
 * assertEquals(saveSupernet(supernet).steps["blocks.0.cells.0.stem"], 0);
 * supernet.dispose();
 * ```
 */
export function saveSupernet({ blocks }: Supernet): SupernetState {
  const vectors: SupernetState["vectors"] = {};
  const steps: SupernetState["steps"] = {};
  for (const [name, { state, steps: count }] of variantsOf(blocks)) {
    const { weights, statistics, optimizer } = state;
    const parts: [string | number, Tensor1D][] = [
      ["weights", weights],
      ["statistics", statistics],
      ...optimizer.entries(),
    ];
    for (const [part, tensor] of parts) {
      vectors[`${name}.${part}`] = Float32Array.from(tensor.dataSync<"float32">());
    }
    steps[name] = count;
  }
  return { vectors, steps };
}

/**
 * Puts a saved state into a supernet of the same space and teacher.
 *
 * @param supernet The supernet; its state is replaced.
 * @param state What {@linkcode saveSupernet} gave.
 * @throws {Error} if a vector is missing or of another size; the supernet stays as it was then.
 *
 * @example
 * ```ts
 * import {
 *   createRandom, createSupernet, outlineTeacher, restoreSupernet, saveSupernet, searchSpace, useEngine,
 * } from "@dna/kernel";
 * import { assertEquals } from "@std/assert";
 *
 * await useEngine();
 * const space = searchSpace("fashion");
 * const teacher = outlineTeacher("fashion");
 * const make = (seed: number) => createSupernet(space, teacher, { random: createRandom(seed) });
 * const [a, b] = [make(1), make(2)];
 * restoreSupernet(b, saveSupernet(a));
 * assertEquals(saveSupernet(b), saveSupernet(a));
 * a.dispose();
 * b.dispose();
 * ```
 */
export function restoreSupernet(
  { blocks }: Supernet,
  { vectors, steps }: { vectors: Record<string, Float32Array>; steps: Record<string, number> },
): void {
  const variants = variantsOf(blocks);
  const find = (name: string, { size }: { size: number }) => {
    const vector = vectors[name];
    if (vector?.length !== size) {
      throw new Error(
        `Cannot restore the supernet: ${name} has ${vector?.length ?? "no"} values, not ${size}`,
      );
    }
    return vector;
  };
  // All is looked at before anything is replaced.
  const found = variants.map(([name, { state }]) => ({
    weights: find(`${name}.weights`, state.weights),
    statistics: find(`${name}.statistics`, state.statistics),
    optimizer: state.optimizer.map((vector, i) => find(`${name}.${i}`, vector)),
  }));
  variants.forEach(([name, variant], i) => {
    disposeLearnerState(variant.state);
    variant.state = {
      weights: tf.tensor1d(found[i].weights),
      statistics: tf.tensor1d(found[i].statistics),
      optimizer: found[i].optimizer.map((vector) => tf.tensor1d(vector)),
    };
    variant.steps = steps[name] ?? 0;
  });
}
