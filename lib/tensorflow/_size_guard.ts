/**
 * Refuses tensors that cannot be: a too large allocation would end the process, not raise an error.
 *
 * @module
 */

import type { Attribute } from "./_attributes.ts";
import { dtypeSize } from "./_dtypes.ts";
import type { Metadata } from "./_eager.ts";
import { elements } from "./_host_tensor.ts";
import { PROVEN_OPS } from "./_proven_ops.ts";

/** Share of the memory free at the start that one tensor may take. */
const SHARE = 0.8;

/** Ops whose output can be larger than their inputs' sizes multiplied. */
const SIZED_BY_VALUE = new Set([
  "AvgPool3DGrad",
  "AvgPoolGrad",
  "BatchToSpaceND",
  "Bincount",
  "BroadcastTo",
  "Conv2DBackpropFilter",
  "Conv2DBackpropInput",
  "Conv3DBackpropFilterV2",
  "Conv3DBackpropInputV2",
  "CropAndResize",
  "DenseBincount",
  "DepthwiseConv2dNativeBackpropFilter",
  "DepthwiseConv2dNativeBackpropInput",
  "Diag",
  "Fill",
  "LinSpace",
  "MirrorPad",
  "Multinomial",
  "NonMaxSuppressionV4",
  "OneHot",
  "Pad",
  "PadV2",
  "Range",
  "ResizeBicubic",
  "ResizeBilinear",
  "ResizeNearestNeighbor",
  "ResizeNearestNeighborGrad",
  "ScatterNd",
  "SpaceToBatchND",
  "SparseToDense",
  "StatelessRandomNormal",
  "StatelessRandomUniform",
  "Tile",
  "UnsortedSegmentSum",
]);

/** Bytes of memory that are free now, within the limit of a control group where there is one. */
export function freeMemory(): number {
  let free = Deno.systemMemoryInfo().available;
  try {
    const limit = Number(Deno.readTextFileSync("/sys/fs/cgroup/memory.max"));
    const used = Number(Deno.readTextFileSync("/sys/fs/cgroup/memory.current"));
    if (limit - used > 0) free = Math.min(free, limit - used);
  } catch {
    // No such group: the machine's own figure stands.
  }
  return free;
}

/** Refuses tensors above a limit, before TensorFlow is asked. */
export class SizeGuard {
  /** Most bytes that one tensor may take. */
  readonly limit: number;
  readonly #passed = new Set<string>();

  constructor(limit: number = SHARE * freeMemory()) {
    this.limit = limit;
  }

  /** @throws {RangeError} if a tensor of this shape is above the limit. */
  check(op: string, shape: readonly number[], dtype: number): void {
    const bytes = elements(shape, op) * dtypeSize(dtype);
    if (bytes > this.limit) {
      throw new RangeError(
        `${op}: a tensor of shape [${shape}] takes ${gigabytes(bytes)}, above the limit of ` +
          `${gigabytes(this.limit)} (80 % of the memory free at the start)`,
      );
    }
  }

  /**
   * Whether an op's outputs may be above the limit, or its kernel may trust that its inputs' shapes were
   * inferred, so that this must be done first. The largest that an op gives, unless values say otherwise,
   * is its inputs' sizes multiplied.
   */
  mustInfer(
    op: string,
    inputs: readonly Metadata[],
    attributes: readonly Attribute[],
  ): boolean {
    if (SIZED_BY_VALUE.has(op) || !PROVEN_OPS.has(op)) return true;
    // A convolution's paddings.
    if (attributes.at(-1)?.name === "explicit_paddings") return true;
    let product = 16;
    let sum = 0;
    let largest = 0;
    for (const { shape } of inputs) {
      let count = 1;
      for (const size of shape) count *= size;
      product *= Math.max(count, 1);
      sum += count;
      if (count > largest) largest = count;
    }
    if (product <= this.limit) return false;
    // One input, or one beside scalars: elementwise, or one that gives less.
    const alone = sum - largest <= inputs.length - 1;
    return !alone || 16 * largest > this.limit;
  }

  /** Whether a call of this description was inferred and let pass. */
  hasPassed(call: string): boolean {
    return this.#passed.has(call);
  }

  /** Notes that a call was inferred and let pass, so that a loop infers once. */
  letPass(call: string): void {
    if (this.#passed.size > 10_000) this.#passed.clear();
    this.#passed.add(call);
  }
}

function gigabytes(bytes: number): string {
  return `${(bytes / 2 ** 30).toPrecision(3)} GiB`;
}
