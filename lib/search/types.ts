import type { Architecture, BlockChoice, Cost } from "../space/types.ts";

/** Upper limits for a network, and what its loss is made of. */
export interface SearchOptions {
  /** At most so many parameters. */
  maxParams?: number;
  /** At most so many FLOPs, as the paper counts them (`cost`). */
  maxFlops?: number;
  /** At most so many multiply–adds. */
  maxMacs?: number;
  /** λ of each block (eq. 5), finite and not negative; 1 where left out. */
  weights?: readonly number[];
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
}
