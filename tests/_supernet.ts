/**
 * A space, a teacher and images small enough for tests of supernets.
 *
 * @module
 */

import {
  adam,
  buildNetwork,
  type ByteSplit,
  createRandom,
  datasetFromArrays,
  defineSpace,
  defineTeacher,
  type Optimizer,
  parseArchitecture,
  type Space,
  type Teacher,
} from "../mod.ts";

/** Two blocks, cells of depth 1 to 3, two operations. */
export const SPACE: Space = defineSpace({
  name: "small",
  stem: { channels: 1, width: 8, stride: 2 },
  head: 16,
  blocks: [
    { stride: 1, cells: [{ width: 8, depth: 1 }, { width: 8, depth: 3 }] },
    { stride: 2, cells: [{ width: 16, depth: 2 }] },
  ],
  operations: [{ kernel: 3, expansion: 2 }, { kernel: 5, expansion: 1 }],
});

/** A teacher of random weights for images of 12×12 pixels. */
export function smallTeacher(): Teacher {
  const architecture = parseArchitecture(
    "stem_i1_c8 | ir_r1_k3_s1_e2_c12_se0.25 | ir_r1_k3_s2_e2_c16_se0.25 | head_c16",
  );
  const network = buildNetwork(architecture, { classes: 4, resolution: 12 });
  return defineTeacher({ name: "small", network, cuts: [0, 1], mean: [0.5], std: [0.25] });
}

/** Adam, and the numbers of the steps that it was asked to take. */
export function countingAdam(): { optimizer: Optimizer; steps: number[] } {
  const steps: number[] = [];
  const optimizer = adam();
  const scalars = (step: number) => {
    steps.push(step);
    return optimizer.scalars(step);
  };
  return { optimizer: { ...optimizer, scalars }, steps };
}

/** Images of noise, of different brightness for each class. */
export function smallImages(count: number, seed = 1): ByteSplit {
  const random = createRandom(seed, "images");
  const labels = Uint8Array.from({ length: count }, (_, i) => i % 4);
  const images = Uint8Array.from(
    { length: count * 144 },
    (_, i) => 50 * labels[Math.floor(i / 144)] + random.int(100),
  );
  const part = { images, labels };
  return datasetFromArrays({
    classes: ["a", "b", "c", "d"],
    height: 12,
    width: 12,
    train: part,
    validation: part,
    test: part,
  }).splits.train;
}
