/**
 * Weights and images that a formula gives, as tests/fixtures/make_efficientnet_fixtures.py draws
 * them.
 *
 * @module
 */

import type { Weights } from "../mod.ts";

/** `offset + scale · u`, u from -1 to 1 and depending on seed, name and position alone. */
export function formulaValues(
  { name, seed }: { name: string; seed: string },
  size: number,
  offset = 0,
  scale = 1,
): Float32Array<ArrayBuffer> {
  let hash = 2166136261;
  for (const byte of new TextEncoder().encode(`${seed} ${name}`)) {
    hash = Math.imul(hash ^ byte, 16777619);
  }
  const values = new Float32Array(size);
  for (let i = 0; i < size; i++) {
    let x = (Math.imul(i, 2654435769) + hash) | 0;
    x = Math.imul(x ^ (x >>> 16), 0x7feb352d);
    x = Math.imul(x ^ (x >>> 15), 0x846ca68b);
    values[i] = offset + scale * (((x ^ (x >>> 16)) >>> 0) / 2 ** 31 - 1);
  }
  return values;
}

/** Weights for names and shapes (timm's layout); kernels have the variance gain / 3 / inputs. */
export function formulaWeights(
  shapes: Record<string, readonly number[]>,
  { gain, seed }: { gain: number; seed: string },
): Weights {
  return Object.fromEntries(
    Object.entries(shapes).map(([name, shape]) => {
      const data = formulaValues({ name, seed }, product(shape), ...range(name, shape, gain));
      return [name, { dtype: "F32", shape: [...shape], data }];
    }),
  );
}

/** The middle of a weight's values, and their distance from it. */
function range(name: string, shape: readonly number[], gain: number): [number, number] {
  if (name.endsWith("running_var")) return [1, 1 / 2];
  if (shape.length === 1) return [/(^|\.)bn\d\.weight$/.test(name) ? 1 : 0, 1 / 8];
  return [0, Math.sqrt(gain / product(shape.slice(1)))];
}

function product(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}
