/** An activation function, by the name TensorFlow.js users know. */
export type Activation = "swish" | "relu" | "relu6";

/** One candidate operation: the kernel and the expansion of an MBConv layer. */
export interface Operation {
  /** Side of the depthwise kernel, odd. */
  kernel: number;
  /** Width of the depthwise part as a multiple of the layer's input width. */
  expansion: number;
  /** Squeeze-and-excitation ratio of this operation, where it differs from the space's; 0 for none. */
  se?: number;
  /** Activation of this operation, where it differs from the space's. */
  activation?: Activation;
}

/** One cell of a block: the width and the number of its layers (Table 1's "ch#" and "l#"). */
export interface CellSpec {
  /** Channels of every layer of the cell in the assembled network. */
  width: number;
  /** Number of layers. */
  depth: number;
}

/** One block of a space: the cells to choose from, and the stride of the first layer. */
export interface BlockSpec {
  /** Stride of the block's first layer. */
  stride: 1 | 2;
  /** The cells to choose from. */
  cells: CellSpec[];
}

/** One layer of an architecture, as timm's block strings have it. */
export interface LayerSpec {
  /** `ds`: depthwise separable (MBConv without expansion); `ir`: inverted residual (MBConv). */
  type: "ds" | "ir";
  /** Side of the depthwise kernel, odd. */
  kernel: number;
  /** Stride; only a block's first layer may have 2. */
  stride: 1 | 2;
  /** Width of the depthwise part as a multiple of the input width; 1 for `ds`. */
  expansion: number;
  /** Output channels. */
  width: number;
  /** Squeeze-and-excitation ratio, relative to the layer's input width; 0 for none. */
  se: number;
  /** Activation, where it differs from the network's. */
  activation?: Activation;
  /** `false` leaves out the residual connection that stride 1 and equal widths would give. */
  skip?: boolean;
}

/** The stem: a 3×3 convolution from `channels` to `width`. */
export interface StemSpec {
  /** Channels of the image. */
  channels: number;
  /** Output channels. */
  width: number;
  /** Stride. */
  stride: 1 | 2;
}

/** A network: stem, blocks of layers, 1×1 convolution to `head` channels, pooling, dense layer. */
export interface Architecture {
  /** The stem. */
  stem: StemSpec;
  /** The layers of each block; the first block is the shared first stage where the space has one. */
  blocks: LayerSpec[][];
  /** Output channels of the 1×1 convolution before pooling. */
  head: number;
  /** Activation of stem, layers and head. */
  activation: Activation;
}

/** A search space as plain data; what is left out is the paper's. */
export interface SpaceDefinition {
  /** A name for messages and records. */
  name: string;
  /** The blocks to search, first to last. */
  blocks: BlockSpec[];
  /** The candidate operations of every layer; k3e6 k5e6 k7e6 k3e3 k5e3 k7e3 where left out. */
  operations?: Operation[];
  /** The stem; 3 channels to 32 with stride 2 where left out. */
  stem?: StemSpec;
  /** A fixed layer between stem and blocks; none where left out. */
  first?: LayerSpec | null;
  /** Output channels of the 1×1 convolution before pooling; 1280 where left out. */
  head?: number;
  /** Squeeze-and-excitation ratio; 0.25 where left out. */
  se?: number;
  /** Activation; swish where left out. */
  activation?: Activation;
}

/** A search space with nothing left out, and its size. */
export interface Space extends Required<SpaceDefinition> {
  /** Number of networks in the space. */
  size: bigint;
}

/** What one block of a network is made of: a cell of the space, and a path through it. */
export interface BlockChoice {
  /** Position of the cell in the block. */
  cell: number;
  /** Index of the path in the cell, the first layer's operation as its most significant digit. */
  path: number;
}

/** The cost of a network, or of a part of it, for one image. */
export interface Cost {
  /** Trainable parameters. */
  params: number;
  /** Multiply–adds of convolutions (squeeze-and-excitation's too) and of the dense layer. */
  macs: number;
  /** FLOPs as the paper counts them: `macs` + 2 for each element of a batch normalisation's output. */
  flops: number;
}
