import { checkArchitecture } from "./architecture.ts";
import { ACTIVATION_CODES, PAPER_HEAD, PAPER_STEM } from "./_layers.ts";
import type { Architecture, LayerSpec } from "./types.ts";

/**
 * Writes an architecture as one compact text: timm's block strings, blocks separated by `|`.
 *
 * Equal layers in a row are one string with a repeat. Stem, head and activation are written only where they differ from the
 * paper's (3 channels, stem 32 stride 2, head 1280, swish): `stem_i1_s2_c16_nre | … | head_c256`.
 *
 * @param architecture The architecture.
 * @returns The text that `parseArchitecture` reads.
 * @throws {TypeError | RangeError} Where the value is no architecture, naming the place.
 *
 * @example
 * ```ts
 * import { formatArchitecture, parseArchitecture } from "@dna/kernel";
 * import { assertEquals } from "@std/assert";
 *
 * const text = "stem_i1_c16 | ir_r2_k3_s2_e6_c24_se0.25 ir_r1_k5_s1_e3_c24 | head_c256";
 * assertEquals(formatArchitecture(parseArchitecture(text)), text);
 * ```
 */
export function formatArchitecture(architecture: Architecture): string {
  const { stem, blocks, head, activation } = checkArchitecture(architecture);
  const stemWord = [
    "stem",
    ...(stem.channels === PAPER_STEM.channels ? [] : [`i${stem.channels}`]),
    ...(stem.stride === PAPER_STEM.stride ? [] : [`s${stem.stride}`]),
    ...(stem.width === PAPER_STEM.width ? [] : [`c${stem.width}`]),
    ...(activation === "swish" ? [] : [`n${ACTIVATION_CODES[activation]}`]),
  ].join("_");
  return [
    ...(stemWord === "stem" ? [] : [stemWord]),
    ...blocks.map(formatBlock),
    ...(head === PAPER_HEAD ? [] : [`head_c${head}`]),
  ].join(" | ");
}

function formatBlock(layers: readonly LayerSpec[]): string {
  const words: string[] = [];
  for (let i = 0; i < layers.length;) {
    const rest = afterRepeat(layers[i]);
    let repeats = 1;
    while (i + repeats < layers.length && formatLayer(layers[i + repeats], 1) === rest) repeats++;
    words.push(formatLayer(layers[i], repeats));
    i += repeats;
  }
  return words.join(" ");
}

/** What the layers after the first of a repeat look like: stride 1. */
function afterRepeat(layer: LayerSpec): string {
  return formatLayer({ ...layer, stride: 1 }, 1);
}

function formatLayer(layer: LayerSpec, repeats: number): string {
  const { type, kernel, stride, expansion, width, se, activation, skip } = layer;
  return `${type}_r${repeats}_k${kernel}_s${stride}` +
    (type === "ir" ? `_e${expansion}` : "") +
    `_c${width}` +
    (se > 0 ? `_se${se}` : "") +
    (activation ? `_n${ACTIVATION_CODES[activation]}` : "") +
    (skip === false ? "_noskip" : "");
}
