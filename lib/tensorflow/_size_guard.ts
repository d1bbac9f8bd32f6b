/**
 * Refuses tensors that cannot be: a too large allocation would end the process, not raise an error.
 *
 * @module
 */

import type { Attribute } from "./_attributes.ts";
import { dtypeSize } from "./_dtypes.ts";
import type { Metadata } from "./_eager.ts";
import { elements } from "./_host_tensor.ts";

/** Share of the memory free at the start that one tensor may take. */
const SHARE = 0.8;

/** Ops whose output can be larger than their inputs' sizes multiplied: it depends on their values. */
const SIZED_BY_VALUE = new Set([
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
  "Fill",
  "LinSpace",
  "MirrorPad",
  "Multinomial",
  "OneHot",
  "Pad",
  "PadV2",
  "Range",
  "ResizeBicubic",
  "ResizeBilinear",
  "ResizeNearestNeighbor",
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
  /** The last inferred ops that were small enough, so that a loop asks once. */
  readonly #checked = new Set<string>();

  constructor(limit: number = SHARE * freeMemory()) {
    this.limit = limit;
  }

  /** @throws {RangeError} if a tensor of this shape is above the limit. */
  check(op: string, shape: readonly number[], dtype: number): void {
    const bytes = elements(shape) * dtypeSize(dtype);
    if (bytes > this.limit) {
      throw new RangeError(
        `${op}: a tensor of shape [${shape}] takes ${gigabytes(bytes)}, above the limit of ` +
          `${gigabytes(this.limit)} (80 % of the memory free at the start)`,
      );
    }
  }

  /**
   * Whether an op's outputs may be above the limit, so that their shapes must be inferred first.
   * The largest that an op gives, unless its values say otherwise, is its inputs' sizes multiplied.
   */
  mustInfer(op: string, inputs: readonly Metadata[], attributes: readonly Attribute[]): boolean {
    if (SIZED_BY_VALUE.has(op)) return true;
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
    // Inputs of one shape, or one beside scalars: elementwise, or one that gives less.
    if (inputs.length <= 1 || sum - largest <= inputs.length - 1) return false;
    const key = `${op}:${inputs.map(({ shape }) => shape.join()).join(";")}:${
      attributes.map(({ value }) => value).join()
    }`;
    if (this.#checked.has(key)) return false;
    if (this.#checked.size > 10_000) this.#checked.clear();
    this.#checked.add(key);
    return true;
  }
}

function gigabytes(bytes: number): string {
  return `${(bytes / 2 ** 30).toPrecision(3)} GiB`;
}
