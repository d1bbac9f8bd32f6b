import { checkNumber, checkObject } from "./_check.ts";
import { divisibleBy8, roundHalfToEven } from "./_layer_cost.ts";
import { deepFreeze } from "./_freeze.ts";
import { checkArchitecture } from "./architecture.ts";
import type { Architecture, LayerSpec } from "./types.ts";

/** How {@linkcode scaleArchitecture} scales. */
export interface ScaleOptions {
  /** Every number of channels times this, as a multiple of 8. Default: 1. */
  width?: number;
  /** The number of layers of every block times this, rounded up. Default: 1. */
  depth?: number;
  /** Leave the stem's width as it is (EfficientNet-Lite). Default: false. */
  fixStem?: boolean;
  /** Leave the head's width as it is (EfficientNet-Lite). Default: false. */
  fixHead?: boolean;
  /**
   * Leave the depth of the first and of the last block as it is (EfficientNet-Lite). Default:
   * false.
   */
  fixEnds?: boolean;
}

/**
 * One member of a family of scaled networks: the coefficients, and the images that it is meant for.
 */
export interface CompoundScale extends ScaleOptions {
  /** Channels are multiplied by it. */
  width: number;
  /** Layers of a block are multiplied by it. */
  depth: number;
  /** Side of the images, in pixels. */
  resolution: number;
}

const LITE = { fixStem: true, fixHead: true, fixEnds: true } as const;

/**
 * The compound coefficients of EfficientNet-B0 … B7 and EfficientNet-Lite0 … Lite4, by `b0` … `b7`,
 * `lite0` … `lite4`.
 *
 * Lite3 and Lite4 have the resolutions of timm's weights, 300 and 380 (published with 280 and 300).
 *
 * @example
 * ```ts
 * import { COMPOUND_SCALES } from "@dna/kernel";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(COMPOUND_SCALES.b7, { width: 2.0, depth: 3.1, resolution: 600 });
 * ```
 */
export const COMPOUND_SCALES: Readonly<Record<string, CompoundScale>> = deepFreeze({
  b0: { width: 1.0, depth: 1.0, resolution: 224 },
  b1: { width: 1.0, depth: 1.1, resolution: 240 },
  b2: { width: 1.1, depth: 1.2, resolution: 260 },
  b3: { width: 1.2, depth: 1.4, resolution: 300 },
  b4: { width: 1.4, depth: 1.8, resolution: 380 },
  b5: { width: 1.6, depth: 2.2, resolution: 456 },
  b6: { width: 1.8, depth: 2.6, resolution: 528 },
  b7: { width: 2.0, depth: 3.1, resolution: 600 },
  lite0: { width: 1.0, depth: 1.0, resolution: 224, ...LITE },
  lite1: { width: 1.0, depth: 1.1, resolution: 240, ...LITE },
  lite2: { width: 1.1, depth: 1.2, resolution: 260, ...LITE },
  lite3: { width: 1.2, depth: 1.4, resolution: 300, ...LITE },
  lite4: { width: 1.4, depth: 1.8, resolution: 380, ...LITE },
});

const KNOWN = ["width", "depth", "resolution", "fixStem", "fixHead", "fixEnds"];
const LARGEST_SCALE = 100;

/**
 * Makes an architecture wider and deeper by EfficientNet's compound rule (Tan and Le, 2019), as
 * timm does it.
 *
 * Channels of stem, layers and head are multiplied by `width` and rounded to a multiple of 8, one
 * more where that would lose over 10 %. A block of n layers gets ⌈n · depth⌉. Where its layers
 * differ, equal layers in a row (a stride apart: what {@linkcode formatArchitecture} writes as one
 * string with a repeat) share the new number in proportion, counted from the last to the first,
 * each keeping at least one; copies stand beside their original, and the stride stays on the first
 * layer.
 *
 * The third coefficient, the resolution, is no part of an architecture: give it to `cost`,
 * `buildNetwork` and the data.
 *
 * @param architecture The architecture, such as a found one.
 * @param options Width and depth, and what stays; an entry of {@linkcode COMPOUND_SCALES} will do.
 * @returns The scaled architecture.
 * @throws {TypeError | RangeError} Where the architecture or an option is wrong, naming the place.
 *
 * @example DNA-c at the size of EfficientNet-B7 (Table 5: 64.9 M parameters)
 * ```ts
 * import { COMPOUND_SCALES, cost, DNA_C, scaleArchitecture } from "@dna/kernel";
 * import { assertEquals } from "@std/assert";
 *
 * const large = scaleArchitecture(DNA_C, COMPOUND_SCALES.b7);
 * assertEquals(cost(large, { resolution: 600, classes: 1000 }).params, 64_895_312);
 * assertEquals(large.blocks.map((layers) => layers.length), [4, 7, 13, 13, 13, 13, 4]);
 * ```
 */
export function scaleArchitecture(architecture: Architecture, options: ScaleOptions): Architecture {
  const given = checkArchitecture(architecture);
  const { width, depth, fixStem, fixHead, fixEnds } = checkScale(options);
  const widen = (channels: number) => width === 1 ? channels : divisibleBy8(channels * width);
  const last = given.blocks.length - 1;
  return checkArchitecture({
    stem: { ...given.stem, width: fixStem ? given.stem.width : widen(given.stem.width) },
    blocks: given.blocks.map((layers, i) =>
      deepen(layers, fixEnds && (i === 0 || i === last) ? 1 : depth)
        .map((layer) => ({ ...layer, width: widen(layer.width) }))
    ),
    head: fixHead ? given.head : widen(given.head),
    activation: given.activation,
  }, "the scaled architecture");
}

function checkScale(options: ScaleOptions): Required<ScaleOptions> {
  const start = "Cannot scale an architecture:";
  const given = checkObject(options, `${start} options`, KNOWN);
  const factor = (name: "width" | "depth") => {
    const value = checkNumber(given[name] ?? 1, `${start} ${name}`, 0, LARGEST_SCALE);
    if (value === 0) throw new RangeError(`${start} ${name} is 0, must be greater than 0`);
    return value;
  };
  const flag = (name: string) => {
    const value = given[name] ?? false;
    if (typeof value !== "boolean") throw new TypeError(`${start} ${name} must be true or false`);
    return value;
  };
  return {
    width: factor("width"),
    depth: factor("depth"),
    fixStem: flag("fixStem"),
    fixHead: flag("fixHead"),
    fixEnds: flag("fixEnds"),
  };
}

/** The layers of a block, ⌈n · depth⌉ of them. */
function deepen(layers: readonly LayerSpec[], depth: number): LayerSpec[] {
  const groups = equalRuns(layers);
  let before = layers.length;
  let after = Math.ceil(before * depth);
  return groups.toReversed().map((group) => {
    const share = Math.max(1, roundHalfToEven(group.length / before * after));
    before -= group.length;
    after -= share;
    return Array.from({ length: share }, (_, i): LayerSpec => ({
      ...group[0],
      stride: i === 0 ? group[0].stride : 1,
    }));
  }).reverse().flat();
}

/** Equal layers in a row, as groups; the stride of the first may differ. */
function equalRuns(layers: readonly LayerSpec[]): LayerSpec[][] {
  const key = (layer: LayerSpec) => JSON.stringify({ ...layer, stride: 1 });
  const runs: LayerSpec[][] = [];
  for (const layer of layers) {
    const run = runs.at(-1);
    if (run && key(run[0]) === key(layer)) run.push(layer);
    else runs.push([layer]);
  }
  return runs;
}
