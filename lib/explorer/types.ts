/**
 * What the explorer's page carries.
 *
 * @module
 */

/** A cost that a budget limits. */
export interface ExplorerCost {
  /** `params`, `flops` or `latency`. */
  key: string;
  /** What it is called in the page. */
  title: string;
  /** `count`, or `ns` for nanoseconds. */
  unit: "count" | "ns";
}

/**
 * The paths of a block from one input width to one output width that some best network can need: those that no other equals or
 * beats in loss and in every cost. Which these are does not depend on λ, which weights all losses of a block alike; for λ = 0
 * those are kept that no other equals or beats in every cost.
 */
export interface ExplorerPaths {
  /** Position of the input width. */
  from: number;
  /** Position of the output width. */
  to: number;
  /** Position of each path's cell. */
  cells: number[];
  /** Index of each path in its cell. */
  paths: number[];
  /** Loss of each path. */
  losses: number[];
  /** Each path's costs, for each cost. */
  costs: number[][];
}

/** A block. */
export interface ExplorerBlock {
  /** Stride of its first layer. */
  stride: 1 | 2;
  /** Side of the maps that it gives, in pixels. */
  size: number;
  /** Its cells. */
  cells: { width: number; depth: number }[];
  /** The widths that it may read. */
  inputs: number[];
  /** The widths that it may give. */
  outputs: number[];
  /** Its paths. */
  groups: ExplorerPaths[];
}

/** A candidate operation. */
export interface ExplorerOperation {
  /** Its label, as `k3e6`. */
  label: string;
  /** Side of the depthwise kernel. */
  kernel: number;
  /** Width of the depthwise part as a multiple of the input width. */
  expansion: number;
  /** Whether it has squeeze-and-excitation. */
  se: boolean;
  /** The end of a layer's text: `_se0.25`. */
  tail: string;
}

/** A network drawn at random, to be shown beside the best ones. */
export interface ExplorerSample {
  /** Loss of each block's path. */
  losses: number[];
  /** Each cost. */
  costs: number[];
}

/** Where the page begins. */
export interface ExplorerStart {
  /** The budget of each cost; null for none. */
  budgets: (number | null)[];
  /** λ of each block. */
  weights: number[];
}

/** What the page carries: all that is needed to find the best network for any budgets and any λ. */
export interface ExplorerData {
  /** The space's name. */
  space: string;
  /** How many networks the space has, in digits. */
  size: string;
  /** Side of the images, in pixels. */
  resolution: number;
  /** Number of classes. */
  classes: number;
  /** How latencies were measured; null where there are none. */
  measured: string | null;
  /** The costs, in the order that decides ties. */
  costs: ExplorerCost[];
  /** The operations, by position. */
  operations: ExplorerOperation[];
  /** What stands before and after the blocks in an architecture's text. */
  words: { before: string[]; after: string[] };
  /** Stem, and the fixed layer after it. */
  stem: { width: number; size: number; channels: number; stride: number };
  /** The fixed first layer. */
  first: { kernel: number; expansion: number; width: number; size: number; se: boolean } | null;
  /** Output channels of the 1×1 convolution before pooling. */
  head: number;
  /** The blocks. */
  blocks: ExplorerBlock[];
  /** Networks drawn from the space. */
  sample: ExplorerSample[];
  /** Where the page begins. */
  start: ExplorerStart;
}
