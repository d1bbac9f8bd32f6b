/**
 * What a text that names weights means: a file, a name on the Hugging Face hub, or random ones.
 *
 * @module
 */

import type { HubOptions } from "./_download.ts";
import { fetchFromHub } from "./fetch.ts";
import { type HubFile, isHubName, parseHubName } from "./name.ts";

/** Where weights come from. */
export type WeightsSource =
  /** They are drawn. */
  | { kind: "random" }
  /** A file on this machine, which may turn out not to exist. */
  | { kind: "file"; path: string }
  /** A file on the Hugging Face hub. */
  | { kind: "hub"; file: HubFile };

/**
 * Says what a text that names weights means, without asking the network.
 *
 * `random` means random weights. A file that exists is meant first; a text of the form
 * `owner/repository[@revision][:file]` is a name on the Hugging Face hub, unless it ends in
 * `.safetensors` and has no colon; anything else is a path.
 *
 * @param weights The text.
 * @returns What it means.
 * @throws {RangeError} If it is empty.
 *
 * @example
 * ```ts
 * import { checkWeightsName } from "@dna/kernel";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(checkWeightsName("random"), { kind: "random" });
 * assertEquals(checkWeightsName("timm/tf_efficientnet_b0.in1k").kind, "hub");
 * assertEquals(checkWeightsName("runs/teacher.safetensors").kind, "file");
 * ```
 */
export function checkWeightsName(weights: string): WeightsSource {
  if (weights === "random") return { kind: "random" };
  if (weights.trim() === "") {
    throw new RangeError(
      'Cannot find weights "": a safetensors file, owner/repository on the Hugging Face hub, or ' +
        "random fits",
    );
  }
  const isPath = isFile(weights) || !isHubName(weights) ||
    (weights.endsWith(".safetensors") && !weights.includes(":"));
  return isPath ? { kind: "file", path: weights } : { kind: "hub", file: parseHubName(weights) };
}

/**
 * Gives the file that a text names as weights, fetching it from the Hugging Face hub where it is a
 * name there.
 *
 * @param weights What {@linkcode checkWeightsName} understands.
 * @param options Progress and a signal for what is fetched.
 * @returns The path of a file, which for a path is not looked at; undefined for random weights.
 * @throws {Error} As {@linkcode fetchFromHub}.
 *
 * @example
 * ```ts
 * import { findWeights } from "@dna/kernel";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await findWeights("random"), undefined);
 * assertEquals(await findWeights("b0.safetensors"), "b0.safetensors");
 * ```
 */
export async function findWeights(
  weights: string,
  options: HubOptions = {},
): Promise<string | undefined> {
  const source = checkWeightsName(weights);
  if (source.kind === "random") return undefined;
  return source.kind === "file" ? source.path : await fetchFromHub(weights, options);
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
