import type { SafetensorsTensor } from "./_dtypes.ts";
import { quote } from "./_header.ts";

const MOST_LINES = 8;

/** PyTorch counts batches there; no network needs it. */
const MAY_BE_EXTRA = /(^|\.)num_batches_tracked$/;

/**
 * Checks that a weights file belongs to a network: it has each tensor that the network needs, of the right shape
 * and finite, and no other. `*.num_batches_tracked` may be there or not.
 *
 * @param expected The shape of each tensor that the network needs, by name.
 * @param found The file's tensors.
 * @param source What the file is called in errors.
 * @throws {Error} If a tensor is missing, extra, of another shape, or holds NaN or infinity: each on a line of its own, at most
 * eight lines in all.
 *
 * @example Weights of another network
 * ```ts
 * import { matchTensors } from "@dna/kernel";
 * import { assertThrows } from "@std/assert";
 *
 * const found = { bias: { dtype: "F32", shape: [2], data: new Float32Array(2) } } as const;
 * matchTensors({ bias: [2] }, found, "a.safetensors");
 * assertThrows(
 *   () => matchTensors({ bias: [3], weight: [3, 3] }, found, "a.safetensors"),
 *   Error,
 *   'missing: "weight" [3,3]\nshape: "bias" is [2], must be [3]',
 * );
 * ```
 */
export function matchTensors(
  expected: Readonly<Record<string, readonly number[]>>,
  found: Readonly<Record<string, SafetensorsTensor>>,
  source: string,
): void {
  const missing: string[] = [];
  const shapes: string[] = [];
  const broken: string[] = [];
  for (const [name, shape] of Object.entries(expected)) {
    if (!Object.hasOwn(found, name)) {
      missing.push(`missing: ${quote(name)} ${quote(shape)}`);
      continue;
    }
    const tensor = found[name];
    if (tensor.shape.join() !== shape.join()) {
      shapes.push(`shape: ${quote(name)} is ${quote(tensor.shape)}, must be ${quote(shape)}`);
    } else {
      const bad = firstNotFinite(tensor);
      if (bad !== undefined) broken.push(`not finite: ${quote(name)} holds ${bad}`);
    }
  }
  const extra = Object.keys(found)
    .filter((name) => !Object.hasOwn(expected, name) && !MAY_BE_EXTRA.test(name))
    .map((name) => `extra: ${quote(name)} ${quote(found[name].shape)}`);

  const lines = [...missing, ...extra, ...shapes, ...broken];
  if (lines.length === 0) return;
  const title = missing.length + extra.length + shapes.length > 0
    ? `Cannot use ${source}: it holds the weights of another network`
    : `Cannot use ${source}: its weights are broken`;
  throw new Error([title, ...shorten(lines, MOST_LINES - 1)].join("\n"));
}

function firstNotFinite({ data }: SafetensorsTensor): number | undefined {
  if (!(data instanceof Float32Array || data instanceof Float64Array)) return undefined;
  return data.find((value: number) => !Number.isFinite(value));
}

function shorten(lines: string[], most: number): string[] {
  if (lines.length <= most) return lines;
  return [...lines.slice(0, most - 1), `and ${lines.length - most + 1} more`];
}
