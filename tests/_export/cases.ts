/**
 * Networks that are exported in tests, the same in every process: weights and images come from
 * seeds.
 *
 * @module
 */

import {
  buildNetwork,
  createRandom,
  DNA_B,
  formatArchitecture,
  type Network,
  type NetworkOptions,
  parseArchitecture,
  type tf,
} from "../../mod.ts";
import { noise } from "../_tensors.ts";

/** A network to be made. */
export interface ExportCase {
  architecture: string;
  options: NetworkOptions;
}

/** Each has something that the others have not. */
export const CASES: Readonly<Record<string, ExportCase>> = {
  // The paper's.
  "dna-b": {
    architecture: formatArchitecture(DNA_B),
    options: { classes: 10, resolution: 64 },
  },
  // One of space fashion: grey images of 28 pixels.
  "fashion": {
    architecture: "stem_i1_c16 | ir_r1_k5_s1_e3_c16_se0.25 ir_r1_k3_s1_e6_c16_se0.25 | " +
      "ir_r1_k7_s2_e3_c24_se0.25 ir_r1_k3_s1_e3_c24_se0.25 | ir_r2_k5_s1_e6_c40_se0.25 | " +
      "ir_r1_k3_s2_e6_c64_se0.25 | head_c256",
    options: { classes: 10, resolution: 28 },
  },
  // Activations of layers, none of squeeze-and-excitation, no residual, a stem that keeps the size.
  "plain": {
    architecture: "stem_i2_s1_c8_nr6 | ds_r1_k3_s2_c8_nre ir_r1_k5_s1_e3_c8_noskip | " +
      "ir_r2_k7_s1_e1_c16_nsw | head_c20",
    options: { classes: 3, resolution: 9 },
  },
  // Widths that timm would round, fractional expansion, excitation of one channel.
  "odd": {
    architecture: "stem_c6 | ds_r1_k3_s1_c5_se0.05 | ir_r2_k3_s2_e3_c13_se0.5 | " +
      "ir_r2_k5_s1_e2.5_c10_se0.25 | head_c31",
    options: { classes: 4, resolution: 19 },
  },
  // More strides than timm keeps by itself.
  "deep": {
    architecture: "stem_c8 | ir_r1_k3_s2_e2_c8 | ir_r1_k5_s2_e2_c8 | ir_r1_k7_s2_e2_c16_se0.25 | " +
      "ir_r1_k3_s2_e2_c16 | ir_r2_k5_s2_e2_c16 | head_c24",
    options: { classes: 5, resolution: 80 },
  },
  // As trained in PyTorch.
  "symmetric": {
    architecture: "stem_c8_nre | ir_r2_k3_s2_e2_c8 | ir_r1_k7_s2_e3_c16_se0.25 | head_c24",
    options: { classes: 5, resolution: 32, padding: "symmetric", epsilon: 1e-5 },
  },
};

/** The network of a case: batch statistics and biases too are other than a fresh network's. */
export function makeCase({ architecture, options }: ExportCase): Network {
  const random = createRandom(0, architecture);
  const parsed = parseArchitecture(architecture);
  const fresh = buildNetwork(parsed, { ...options, random });
  const weights = fresh.toWeights();
  fresh.dispose();
  for (const [name, { data }] of Object.entries(weights)) {
    if (name.endsWith("running_var")) {
      data.forEach((_, i) => data[i] = 0.5 + random.uniform());
    } else if (data.length === weights[name].shape[0]) {
      data.forEach((value, i) => data[i] = value + 0.2 * random.normal());
    }
  }
  return buildNetwork(parsed, { ...options, weights });
}

/** So many normalised images for a network. */
export function imagesFor({ architecture, resolution }: Network, count: number): tf.Tensor4D {
  const shape = [count, resolution, resolution, architecture.stem.channels];
  return noise(shape, 5) as tf.Tensor4D;
}
