import type { LayerSpec } from "../space/types.ts";
import type { Activation, Architecture, BlockChoice, Cost, Operation } from "../space/types.ts";

/** Where a searched layer stands. */
export interface LayerPlace {
  /** Position of the block among the space's. */
  block: number;
  /** Position of the cell in the block. */
  cell: number;
  /** Position of the layer in the cell. */
  layer: number;
}

/** A part of a network, with all that its cost can depend on. */
export interface PlacedPart {
  /** `first` is the space's fixed first layer; `head` the 1×1 convolution before pooling; `classifier` the dense layer. */
  kind: "stem" | "first" | "layer" | "head" | "classifier";
  /** The layer, where the part is one. */
  layer?: LayerSpec;
  /** Channels that it reads. */
  inputWidth: number;
  /** Channels that it gives; the classifier's are the classes. */
  width: number;
  /** Side of the map that it reads, in pixels; the classifier reads one pixel. */
  inputSize: number;
  /** Side of the map that it gives, in pixels. */
  size: number;
  /** Its activation function; none for the classifier. */
  activation?: Activation;
  /** Where it stands, if it is a searched layer. */
  place?: LayerPlace;
}

/**
 * A cost of one's own, of any kind that adds up over the parts of a network, such as a latency looked up in a table.
 *
 * Whole numbers, such as nanoseconds, are exact and searched fastest. Others are rounded as any sum of such numbers: they are added
 * up in one order everywhere (in a block its first layer and then the sum of the others; then block after block), and budgets and
 * ties are decided on these sums.
 */
export interface CustomCost {
  /** What it is called in results and messages, such as "latency". */
  name: string;
  /** Its unit, such as "ns", for messages. */
  unit?: string;
  /** The cost of a part: finite, not negative, and the same whenever it is asked. */
  of(part: PlacedPart): number;
}

/** A cost of one's own, and how much of it a network may have. */
export interface CostLimit {
  /** The cost. */
  cost: CustomCost;
  /** The greatest sum allowed; only counted where left out. */
  max?: number;
}

/** Upper limits for a network, what it may be made of, and what its loss is made of. */
export interface SearchOptions {
  /** At most so many parameters. */
  maxParams?: number;
  /** At most so many FLOPs, as the paper counts them (`cost`). */
  maxFlops?: number;
  /** At most so many multiply–adds. */
  maxMacs?: number;
  /** λ of each block (eq. 5), finite and not negative; 1 where left out. */
  weights?: readonly number[];
  /** Costs of one's own, each with its limit. */
  costs?: readonly CostLimit[];
  /** Positions of the cells that a block may take, by the block's position; every cell where left out. */
  cells?: Readonly<Record<number, readonly number[]>>;
  /** Operations that no layer may take, as labels such as "k7e6" or as the space has them. */
  without?: readonly (string | Operation)[];
}

/** Options of a search for the best few networks. */
export interface TopOptions extends SearchOptions {
  /** How many networks to give, from the best on, 1 to 10,000. */
  top: number;
}

/** The path chosen in a block, and its rating. */
export interface RatedChoice extends BlockChoice {
  /** The path's loss, not weighted. */
  loss: number;
}

/** The network that a search found. */
export interface SearchResult extends Cost {
  /** The network. */
  architecture: Architecture;
  /** The network as text. */
  text: string;
  /** Sum over blocks of λ times the path's loss (eq. 5). */
  loss: number;
  /** The path of each block. */
  choice: RatedChoice[];
  /** The costs of one's own by name, where there are any. */
  costs?: Record<string, number>;
}
