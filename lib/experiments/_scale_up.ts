/**
 * Networks made as large as another one.
 *
 * @module
 */

import { cost, type CostOptions } from "../space/cost.ts";
import { COMPOUND_SCALES, scaleArchitecture } from "../space/scale.ts";
import type { Architecture } from "../space/types.ts";

/** EfficientNet's compound rule: this deeper and this wider for each step of the coefficient. */
const STEP = { depth: 1.2, width: 1.1 };
const LARGEST = 12;
const STEPS_A_UNIT = 25;

/** A network that was made larger. */
export interface ScaledUp {
  /** It. */
  architecture: Architecture;
  /** How much wider than before. */
  width: number;
  /** How much deeper. */
  depth: number;
}

/**
 * Scales a network by the compound rule until it has nearly as many parameters as asked for, and no more: stem, first block and head,
 * too. EfficientNet's own coefficients are tried beside those between them.
 *
 * @throws {RangeError} if the network is larger than that already.
 */
export function scaleToParams(
  architecture: Architecture,
  most: number,
  sizes: CostOptions,
): ScaledUp {
  const factors = [
    ...Array.from({ length: LARGEST * STEPS_A_UNIT + 1 }, (_, i) => ({
      width: STEP.width ** (i / STEPS_A_UNIT),
      depth: STEP.depth ** (i / STEPS_A_UNIT),
    })),
    ...Object.values(COMPOUND_SCALES).map(({ width, depth }) => ({ width, depth })),
  ];
  let best: ScaledUp & { params: number } | undefined;
  for (const { width, depth } of factors) {
    const scaled = scaleArchitecture(architecture, { width, depth });
    const { params } = cost(scaled, sizes);
    if (params <= most && params > (best?.params ?? 0)) {
      best = { architecture: scaled, width, depth, params };
    }
  }
  if (!best) {
    throw new RangeError(
      `Cannot scale a network up to ${most} parameters: it has ${cost(architecture, sizes).params}`,
    );
  }
  return { architecture: best.architecture, width: best.width, depth: best.depth };
}
