/**
 * Networks for timm (PyTorch Image Models).
 *
 * @module
 */

import type { Network } from "../network/network.ts";
import { encodeSafetensors, type SafetensorsTensor } from "../safetensors.ts";
import { formatArchitecture } from "../space/format.ts";
import { checkExportFolder, writeExport } from "./_folder.ts";
import { timmReadme } from "./_readme.ts";
import { timmModel } from "./_timm_model.ts";
import { checkExportOptions, type ExportedFile, type ExportOptions } from "./options.ts";

/**
 * Writes a network for timm: `model.safetensors` with all keys of timm's `EfficientNet` of that
 * architecture, so that `load_state_dict(strict=True)` takes it, and `model.py`, which builds it
 * and registers it with `timm.create_model`.
 *
 * @param network The network.
 * @param folder Where it goes: absent or empty, or an export that `force` replaces.
 * @param options What timm is told of the images.
 * @returns The files.
 * @throws {RangeError | TypeError} for options that cannot be.
 * @throws {Error} if the folder is not empty, or cannot be written; nothing half-written stays.
 *
 * @example
 * ```ts
 * import { buildNetwork, exportTimm, parseArchitecture } from "@dna/kernel";
 * import { readSafetensors, useEngine } from "@dna/kernel";
 * import { assertEquals } from "@std/assert";
 *
 * await useEngine();
 * const architecture = parseArchitecture("ir_r1_k3_s2_e3_c16_se0.25");
 * const network = buildNetwork(architecture, { classes: 10, resolution: 32 });
 * const folder = `${await Deno.makeTempDir()}/network`;
 * await exportTimm(network, folder);
 * const { tensors } = await readSafetensors(`${folder}/model.safetensors`);
 * assertEquals(tensors["conv_stem.weight"].shape, [32, 3, 3, 3]);
 * ```
 */
export async function exportTimm(
  network: Network,
  folder: string,
  options: ExportOptions = {},
): Promise<ExportedFile[]> {
  const checked = checkExportOptions(network, options);
  const { classNames, force } = checked;
  await checkExportFolder(folder, force);
  return await writeExport(folder, {
    "README.md": timmReadme(network, checked),
    "model.py": timmModel(network, checked),
    "model.safetensors": encodeSafetensors(withCounters(network.toWeights()), {
      format: "pt",
      architecture: formatArchitecture(network.architecture),
      resolution: `${network.resolution}`,
      padding: network.padding,
      epsilon: `${network.epsilon}`,
      mean: JSON.stringify(checked.mean),
      std: JSON.stringify(checked.std),
    }),
    ...(classNames && { "classes.txt": `${classNames.join("\n")}\n` }),
  }, force);
}

/** Weights with the counters of batches that PyTorch keeps beside running statistics. */
function withCounters(
  weights: Readonly<Record<string, SafetensorsTensor>>,
): Record<string, SafetensorsTensor> {
  const counters = Object.keys(weights).filter((name) => name.endsWith(".running_mean"))
    .map((name): [string, SafetensorsTensor] => [
      name.replace("running_mean", "num_batches_tracked"),
      { dtype: "I64", shape: [], data: new BigInt64Array(1) },
    ]);
  return { ...weights, ...Object.fromEntries(counters) };
}
