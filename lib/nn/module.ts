/**
 * Modules: a part of a network as the weights it needs and a pure function of them.
 *
 * @module
 */

import type { Tensor } from "npm:@tensorflow/tfjs@4.22.0";
import type { Dropping } from "./dropping.ts";
import type { Named, Slot } from "./layout.ts";

/** A convolution that has its batch normalisation's running statistics in it. */
export interface FoldedConvolution {
  /** Its kernel times the normalisation's factor. */
  kernel: Tensor;
  /** What it adds to each channel. */
  bias: Tensor;
  /** Name of the batch normalisation. */
  norm: string;
}

/** One pass through a network. */
export interface Pass {
  /** Whether batch normalisation uses the batch's own statistics. */
  training: boolean;
  /** In training: the batch's statistics, by the name of the running ones. */
  statistics: Named;
  /** In inference: convolutions that are folded already, by name; others are added as they are met. */
  folded?: Map<string, FoldedConvolution>;
  /** In training: what is left out at random; nothing where it is absent. */
  dropping?: Dropping;
  /** Where it is given: told of the map [N, H, W, C] that each activation of maps gives. */
  onActivation?: (map: Tensor) => void;
  /**
   * In training, where the images are one part of a batch: the whole batch's statistics, by which it is normalised. The
   * part's own then stand in `statistics`, the variance not corrected for its size.
   */
  whole?: Named;
  /** Where it is given: how many values of a channel stand behind a statistic, by its name. */
  counts?: Record<string, number>;
}

/** A part of a network. */
export interface Module {
  /** Weights that are learnt. */
  weights: Slot[];
  /** Running means and variances of batch normalisation. */
  statistics: Slot[];
  /** Output channels. */
  width: number;
  /** Images or maps [N, H, W, C] in, maps out. */
  apply(named: Named, x: Tensor, pass: Pass): Tensor;
}

/** Modules one after the other. */
export function sequence(modules: readonly Module[]): Module {
  return {
    weights: modules.flatMap((module) => module.weights),
    statistics: modules.flatMap((module) => module.statistics),
    width: modules[modules.length - 1].width,
    apply: (named, x, pass) => modules.reduce((y, module) => module.apply(named, y, pass), x),
  };
}
