import { checkArchitecture } from "../space/architecture.ts";
import { costByLayer, type LayerCost } from "../space/cost.ts";
import type { Architecture, LayerSpec } from "../space/types.ts";
import type { NetworkViewOptions } from "./types.ts";

/** A layer of a network with what it reads and what it costs. */
export interface Row extends LayerCost {
  /** "Block 1", or "First" for a fixed first stage; absent for stem, head and classifier. */
  block?: string;
  /** Position in the block, from 0. */
  position?: number;
  /** The layer; absent for stem, head and classifier. */
  layer?: LayerSpec;
  /** Whether the layer's input is added to its output. */
  skip: boolean;
}

/** Stem, layers, head and classifier, in order. */
export function networkRows(architecture: Architecture, options: NetworkViewOptions): Row[] {
  const { blocks } = checkArchitecture(architecture);
  const { firstStage = blocks[0].every(({ type }) => type === "ds"), ...sizes } = options;
  const layers = blocks.flatMap((layers, i) => {
    const number = firstStage ? i : i + 1;
    const block = number === 0 ? "First" : `Block ${number}`;
    return layers.map((layer, position) => ({ block, position, layer }));
  });
  const costs = costByLayer(architecture, sizes);
  return costs.map((cost, i): Row => {
    const place = layers[i - 1];
    if (!place) return { ...cost, skip: false };
    const { stride, width, skip } = place.layer;
    const adds = stride === 1 && width === costs[i - 1].width && skip !== false;
    return { ...cost, ...place, skip: adds };
  });
}

/** What a layer is, in a few words. */
export function layerName({ type, expansion }: LayerSpec): string {
  return type === "ds" ? "separable" : `MBConv${Number(expansion.toFixed(2))}`;
}
