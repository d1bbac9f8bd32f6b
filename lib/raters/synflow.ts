/**
 * SynFlow: how much a network's weights would carry, without data and without training.
 *
 * @module
 */

import type { Tensor } from "npm:@tensorflow/tfjs@4.22.0";
import { buildNetwork, type Network } from "../network/network.ts";
import { type Named, unpack } from "../nn/layout.ts";
import { mbconv } from "../nn/mbconv.ts";
import { type Module, sequence } from "../nn/module.ts";
import { classifierModule, headModule, stemModule } from "../nn/stem_and_head.ts";
import { createRandom } from "../random.ts";
import type { CostOptions } from "../space/cost.ts";
import type { Architecture } from "../space/types.ts";
import { tf } from "../tensorflow/tfjs.ts";
import { rateEach, type Rater } from "./types.ts";

/**
 * SynFlow (Tanaka and others, 2020) as a score of architectures (Abdelfattah and others, 2021): Σ |θ · ∂R/∂θ| over the kernels
 * θ of the network made linear and positive, R the sum of its logits for an image of ones.
 *
 * Linear and positive: kernels by their absolute values, no batch normalisation, no activation, and squeeze-and-excitation,
 * which only scales channels by up to 1, left out. The sum grows with depth beyond what a float holds, so maps are scaled
 * on their way and its natural logarithm is given, which orders networks alike.
 *
 * @param network A network with weights, random ones as a rule.
 * @returns The natural logarithm of the sum.
 *
 * @example
 * ```ts
 * import { buildNetwork, parseArchitecture, synflow, useEngine } from "@dna/kernel";
 * import { assert } from "@std/assert";
 *
 * await useEngine();
 * const [narrow, wide] = [8, 16].map((width) => {
 *   const architecture = parseArchitecture(`stem_i1_c8 | ir_r1_k3_s1_e3_c${width} | head_c16`);
 *   return buildNetwork(architecture, { classes: 2, resolution: 8 });
 * });
 * assert(synflow(wide) > synflow(narrow));
 * ```
 */
export function synflow(network: Network): number {
  const { architecture, classes, resolution, module, weights, epsilon, padding } = network;
  const parts = linearParts(architecture, classes, { epsilon, padding });
  const whole = sequence(parts);
  return tf.tidy(() => {
    const given = unpack(weights, module.weights);
    const isKernel = ({ kind }: { kind: string }) => kind !== "ones" && kind !== "zeros";
    const kernels = whole.weights.filter(isKernel);
    const fixed: Named = {};
    for (const slot of whole.weights.filter((slot) => !isKernel(slot))) {
      fixed[slot.name] = slot.kind === "ones" ? tf.ones(slot.shape) : tf.zeros(slot.shape);
    }
    // Running statistics by which batch normalisation, ε added to the variance, gives what it reads.
    for (const { name, kind, shape } of whole.statistics) {
      fixed[name] = kind === "ones" ? tf.fill(shape, 1 - epsilon) : tf.zeros(shape);
    }
    let logScale = 0;
    const total = (...values: Tensor[]): Tensor => {
      const named = { ...fixed };
      kernels.forEach(({ name }, i) => named[name] = values[i]);
      logScale = 0;
      let x: Tensor = tf.ones([1, resolution, resolution, architecture.stem.channels]);
      for (const part of parts) {
        x = part.apply(named, x, { training: false, statistics: {} });
        // A constant factor, the same for all gradients: it is taken off here and put back at the end.
        const [scale] = x.mean().dataSync();
        if (!(scale > 0)) return x.sum();
        logScale += Math.log(scale);
        x = x.div(scale);
      }
      return x.sum();
    };
    const positive = kernels.map(({ name }) => given[name].abs());
    const gradients = tf.grads(total)(positive);
    const [sum] = tf.addN(gradients.map((gradient, i) => gradient.mul(positive[i]).abs().sum()))
      .dataSync();
    return logScale + Math.log(sum);
  });
}

/** The parts of a network made linear, their weights named as the network's. */
function linearParts(
  { stem, blocks, head }: Architecture,
  classes: number,
  convention: Pick<Network, "epsilon" | "padding">,
): Module[] {
  // What goes through is never negative, and ReLU leaves it as it is.
  const linear = "relu";
  const parts = [stemModule(stem, linear, convention)];
  blocks.forEach((layers, block) =>
    layers.forEach((layer, i) => {
      const spec = { ...layer, se: 0, activation: undefined };
      const name = `blocks.${block}.${i}.`;
      parts.push(mbconv(name, spec, parts.at(-1)!.width, linear, { convention }));
    })
  );
  parts.push(headModule(parts.at(-1)!.width, head, linear, convention));
  return [...parts, classifierModule(head, classes)];
}

/** Options of {@linkcode synflowRater}. */
export interface SynflowOptions extends CostOptions {
  /** Draws the random weights. */
  seed: number | string;
}

/**
 * The rater SynFlow: {@linkcode synflow} of networks with random weights.
 *
 * @param options Side of the images, number of classes, and the seed of the weights.
 * @returns The rater "synflow"; a score is a natural logarithm.
 *
 * @example
 * ```ts
 * import { candidateOf, searchSpace, synflowRater, useEngine } from "@dna/kernel";
 * import { assert } from "@std/assert";
 *
 * await useEngine();
 * const space = searchSpace("fashion");
 * const candidates = [0, 1].map((path) => candidateOf(space, space.blocks.map(() => ({ cell: 0, path }))));
 * const scores = await synflowRater({ resolution: 28, classes: 10, seed: 1 }).rate(candidates);
 * assert(scores.every(Number.isFinite));
 * ```
 */
export function synflowRater({ resolution, classes, seed }: SynflowOptions): Rater {
  return {
    name: "synflow",
    rate: (candidates, options = {}) =>
      rateEach(candidates, "rate with SynFlow", options, ({ architecture }) => {
        const random = createRandom(seed, "synflow");
        const network = buildNetwork(architecture, { classes, resolution, random });
        try {
          return synflow(network);
        } finally {
          network.dispose();
        }
      }),
  };
}
