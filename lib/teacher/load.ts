/**
 * Teachers by name.
 *
 * @module
 */

import { describeError } from "../files.ts";
import { findWeights, type HubOptions } from "../hub.ts";
import { buildNetwork, type Weights } from "../network/network.ts";
import { createRandom, type Random } from "../random.ts";
import { decodeSafetensors } from "../safetensors.ts";
import { findPreset } from "./_presets.ts";
import { outlineTeacher } from "./outline.ts";
import { defineTeacher, type Teacher } from "./teacher.ts";

export { TEACHER_NAMES } from "./_presets.ts";
export { type OutlineOptions, outlineTeacher, type TeacherOutline } from "./outline.ts";

/** Options of {@linkcode loadTeacher}. */
export interface TeacherOptions extends HubOptions {
  /**
   * A safetensors file with timm's names; `owner/repository[@revision][:file]` on the Hugging Face
   * hub; `random`; or weights by name. Default: those that ship with the teacher, else random ones
   * with a warning.
   */
  weights?: string | URL | Weights;
  /** Side of the images, in pixels. Default: that of the teacher's weights. */
  resolution?: number;
  /** Draws random weights. Default: a generator of seed 0. */
  random?: Random;
  /**
   * Mean of each channel, on the scale 0–1, where the weights were trained with another than the
   * teacher's.
   */
  mean?: readonly number[];
  /** Standard deviation of each channel, likewise. */
  std?: readonly number[];
}

/**
 * Loads a teacher by name, cut into its blocks.
 *
 * - `fashion`: trained by us on Fashion-MNIST, four blocks of 16, 24, 40 and 64 channels at 14, 7,
 *   7 and 4 pixels.
 * - `tf_efficientnet_b0` … `tf_efficientnet_b7`, `tf_efficientnet_lite0` … `tf_efficientnet_lite4`:
 *   EfficientNet on ImageNet, as timm has it by these names. Six blocks: stem with stages 1 and 2,
 *   then a stage each; at 224 pixels their maps have 56, 28, 14, 14, 7 and 7 pixels. Weights come
 *   from timm: `weights: "timm/tf_efficientnet_b7.ns_jft_in1k"`; `outlineTeacher(name).hub` says
 *   which timm itself takes. Those of AdvProp (`timm/tf_efficientnet_b7.ap_in1k`) bring their own
 *   mean and standard deviation.
 *
 * @param name One of `TEACHER_NAMES`.
 * @param options Weights, another resolution; progress and a signal for weights that are fetched.
 * @returns The teacher, in inference mode; its name says so where its weights are random.
 * @throws {RangeError} for an unknown name, or a resolution that is not a whole number from 1.
 * @throws {Error} for weights that cannot be fetched, are broken or another network's.
 *
 * @example The teacher that ships with its weights
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
 *
 * @example EfficientNet; `weights: "timm/tf_efficientnet_lite0.in1k"` would fetch trained weights
 * ```ts
 * import { loadTeacher, tf, useEngine } from "@dna/kernel";
 * import { assertEquals } from "@std/assert";
 *
 * await useEngine();
 * const teacher = await loadTeacher("tf_efficientnet_lite0", { weights: "random", resolution: 64
 * }); const maps = teacher.features(tf.zeros([1, 64, 64, 3])); assertEquals(maps.map(({ shape }) =>
 * shape[1]), [16, 8, 4, 4, 2, 2]); assertEquals(teacher.widths, [24, 40, 80, 112, 192, 320]);
 * ```
 */
export async function loadTeacher(name: string, options: TeacherOptions = {}): Promise<Teacher> {
  const preset = findPreset(name);
  const given = options.weights ?? preset.weights ?? warnOfRandom(name, preset.hub);
  const outline = outlineTeacher(name, {
    resolution: options.resolution,
    weights: typeof given === "string" ? given : undefined,
  });
  const { architecture, cuts, classes, resolution } = outline;
  const weights = await fetchWeights(given, options);
  const network = buildNetwork(architecture, {
    classes,
    resolution,
    random: options.random ?? createRandom(0),
    weights,
  });
  return defineTeacher({
    name: weights === undefined ? `${name} (random weights)` : name,
    network,
    cuts,
    mean: options.mean ?? outline.mean,
    std: options.std ?? outline.std,
  });
}

function warnOfRandom(name: string, hub?: string): "random" {
  console.warn(
    `Teacher ${name} has random weights: for trained ones give weights: "${hub}" (from the Hugging ` +
      'Face hub) or a safetensors file, and weights: "random" where random ones are meant',
  );
  return "random";
}

/** Weights as a network takes them: a local file, or the arrays; undefined for random ones. */
async function fetchWeights(
  weights: string | URL | Weights,
  options: HubOptions,
): Promise<string | URL | Weights | undefined> {
  if (typeof weights === "string") return await findWeights(weights, options);
  if (!(weights instanceof URL) || weights.protocol === "file:") return weights;
  try {
    // The module was imported from another machine, which has the weights beside it.
    const response = await fetch(weights, { signal: options.signal });
    if (!response.ok) throw new Error(`the server answers ${response.status}`);
    const bytes = new Uint8Array(await response.arrayBuffer());
    return decodeSafetensors(bytes, `${weights}`).tensors as Weights;
  } catch (error) {
    options.signal?.throwIfAborted();
    if (error instanceof SyntaxError) throw error;
    throw new Error(`Cannot read ${weights}: ${describeError(error)}`, { cause: error });
  }
}
