/**
 * Teachers by name.
 *
 * @module
 */

import { describeError } from "../files.ts";
import { buildNetwork, type Weights } from "../network/network.ts";
import { createRandom, type Random } from "../random.ts";
import { decodeSafetensors } from "../safetensors.ts";
import { parseArchitecture } from "../space/parse.ts";
import { FASHION_MEAN, FASHION_STD, FASHION_TEACHER, FASHION_WEIGHTS } from "./fashion.ts";
import type { Architecture } from "../space/types.ts";
import { cutSizes, defineTeacher, type Teacher } from "./teacher.ts";

/** What is known of a teacher before its weights. */
interface TeacherPreset {
  architecture: string;
  cuts: number[];
  classes: number;
  resolution: number;
  mean: readonly number[];
  std: readonly number[];
  /** Where the weights that ship with it are. */
  weights: URL;
}

const PRESETS: Record<string, TeacherPreset> = {
  fashion: {
    architecture: FASHION_TEACHER,
    cuts: [0, 1, 2, 3],
    classes: 10,
    resolution: 28,
    mean: FASHION_MEAN,
    std: FASHION_STD,
    weights: FASHION_WEIGHTS,
  },
};

/** The names that {@linkcode loadTeacher} knows. */
export const TEACHER_NAMES: readonly string[] = Object.keys(PRESETS);

/** What a teacher is before it has weights: enough to check settings without an engine. */
export interface TeacherOutline {
  /** The network. */
  architecture: Architecture;
  /** Number of classes. */
  classes: number;
  /** Side of its images, in pixels. */
  resolution: number;
  /** Output channels of each block. */
  widths: number[];
  /** Side of each block's maps, in pixels. */
  sizes: number[];
}

/**
 * Tells what a teacher is, without engine or weights.
 *
 * @param name One of `TEACHER_NAMES`.
 * @returns Architecture, classes, resolution, widths and sizes of the blocks.
 * @throws {RangeError} for an unknown name, listing the known ones.
 *
 * @example
 * ```ts
 * import { outlineTeacher } from "@dna/kernel";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * assertEquals(outlineTeacher("fashion").widths, [16, 24, 40, 64]);
 * assertThrows(() => outlineTeacher("b99"), RangeError, "fashion");
 * ```
 */
export function outlineTeacher(name: string): TeacherOutline {
  const { architecture: text, cuts, classes, resolution } = findPreset(name);
  const architecture = parseArchitecture(text);
  const { blocks } = architecture;
  return {
    architecture,
    classes,
    resolution,
    widths: cuts.map((cut) => blocks[cut][blocks[cut].length - 1].width),
    sizes: cutSizes(architecture, cuts, resolution),
  };
}

/** Options of {@linkcode loadTeacher}. */
export interface TeacherOptions {
  /**
   * A safetensors file with timm's names, `random`, or weights by name. Default: those that ship with
   * the teacher.
   */
  weights?: string | URL | Weights;
  /** Side of the images, in pixels. Default: the teacher's own. */
  resolution?: number;
  /** Draws random weights. Default: a generator of seed 0. */
  random?: Random;
}

function findPreset(name: string): TeacherPreset {
  if (!Object.hasOwn(PRESETS, name)) {
    throw new RangeError(
      `Cannot find teacher ${JSON.stringify(name)}: known are ${TEACHER_NAMES.join(", ")}`,
    );
  }
  return PRESETS[name];
}

/**
 * Loads a teacher by name, cut into its blocks.
 *
 * - `fashion`: trained by us on Fashion-MNIST, four blocks of 16, 24, 40 and 64 channels at 14, 7, 7 and
 *   4 pixels.
 *
 * @param name One of `TEACHER_NAMES`.
 * @param options Other weights, another resolution.
 * @returns The teacher, in inference mode.
 * @throws {RangeError} for an unknown name, or a resolution that is not a whole number from 1.
 * @throws {Error} for weights that are broken or another network's.
 *
 * @example
 * ```ts
 * import { loadTeacher, tf, useEngine } from "@dna/kernel";
 * import { assertEquals } from "@std/assert";
 *
 * await useEngine();
 * const teacher = await loadTeacher("fashion");
 * const maps = teacher.features(tf.zeros([1, 28, 28, 1]));
 * assertEquals(maps.map(({ shape }) => shape.slice(1)), [
 *   [14, 14, 16],
 *   [7, 7, 24],
 *   [7, 7, 40],
 *   [4, 4, 64],
 * ]);
 * ```
 */
export async function loadTeacher(name: string, options: TeacherOptions = {}): Promise<Teacher> {
  const preset = findPreset(name);
  const { weights = preset.weights, resolution = preset.resolution } = options;
  const network = buildNetwork(parseArchitecture(preset.architecture), {
    classes: preset.classes,
    resolution,
    random: options.random ?? createRandom(0),
    weights: weights === "random" ? undefined : await fetchWeights(weights),
  });
  return defineTeacher({
    name: weights === "random" ? `${name} (random weights)` : name,
    network,
    cuts: preset.cuts,
    mean: preset.mean,
    std: preset.std,
  });
}

/** Weights that another machine has, where the module was imported from there; others are read later. */
async function fetchWeights(weights: string | URL | Weights): Promise<string | URL | Weights> {
  if (!(weights instanceof URL) || weights.protocol === "file:") return weights;
  try {
    const response = await fetch(weights);
    if (!response.ok) throw new Error(`the server answers ${response.status}`);
    const bytes = new Uint8Array(await response.arrayBuffer());
    return decodeSafetensors(bytes, `${weights}`).tensors as Weights;
  } catch (error) {
    if (error instanceof SyntaxError) throw error;
    throw new Error(`Cannot read ${weights}: ${describeError(error)}`, { cause: error });
  }
}
