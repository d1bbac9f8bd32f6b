import { checkArchitecture } from "../space/architecture.ts";
import { costByLayer, type CostOptions, type LayerCost } from "../space/cost.ts";
import type { Architecture, LayerSpec } from "../space/types.ts";

/** A layer of a network with what it reads and what it costs. */
export interface Row extends LayerCost {
  /** Position of the block from 0; absent for stem, head and classifier. */
  block?: number;
  /** The layer; absent for stem, head and classifier. */
  layer?: LayerSpec;
  /** Whether the layer's input is added to its output. */
  skip: boolean;
}

/** Stem, layers, head and classifier, in order. */
export function networkRows(architecture: Architecture, options: CostOptions): Row[] {
  const { blocks } = checkArchitecture(architecture);
  const layers = blocks.flatMap((layers, block) => layers.map((layer) => ({ block, layer })));
  const costs = costByLayer(architecture, options);
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
