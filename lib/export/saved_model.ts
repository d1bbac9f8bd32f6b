/**
 * Networks as TensorFlow's SavedModels.
 *
 * @module
 */

import type { Network } from "../network/network.ts";
import { engineBackend } from "../tensorflow/current.ts";
import { checkExportFolder, writeExport } from "./_folder.ts";
import { encodeGraphDef } from "./_graph_def.ts";
import { type InferenceGraph, inferenceGraph, type Port } from "./_inference_graph.ts";
import { savedModelReadme } from "./_readme.ts";
import { checkExportOptions, type ExportedFile, type GraphExportOptions } from "./options.ts";
import { bytesField, entryField, numberField, type Pieces } from "./_wire.ts";

/**
 * Writes a network as a SavedModel: `saved_model.pb` with the signature `serving_default`, from
 * `images` [N, H, W, C] to `logits` [N, classes] (or `probabilities`), for any N. Its weights are
 * constants in it, with batch normalisation folded into them.
 *
 * @param network The network, of its own resolution.
 * @param folder Where it goes: absent or empty, or an export that `force` replaces.
 * @param options Form of input and output, and what the README tells of the images.
 * @returns The files.
 * @throws {RangeError | TypeError} for options that cannot be.
 * @throws {Error} if the folder is not empty, or cannot be written; nothing half-written stays.
 *
 * @example
 * ```ts
 * import { buildNetwork, exportSavedModel, parseArchitecture } from "@dna/kernel";
 * import { node, tf, useEngine } from "@dna/kernel";
 * import { assertEquals } from "@std/assert";
 *
 * await useEngine();
 * const architecture = parseArchitecture("ir_r1_k3_s2_e3_c16_se0.25");
 * const network = buildNetwork(architecture, { classes: 10, resolution: 32 });
 * const folder = `${await Deno.makeTempDir()}/network`;
 * await exportSavedModel(network, folder);
 * const model = await node.loadSavedModel(folder, ["serve"], "serving_default");
 * const { logits } = model.predict({ images: tf.zeros([2, 32, 32, 3]) }) as tf.NamedTensorMap;
 * assertEquals(logits.shape, [2, 10]);
 * ```
 */
export async function exportSavedModel(
  network: Network,
  folder: string,
  options: GraphExportOptions = {},
): Promise<ExportedFile[]> {
  const checked = checkExportOptions(network, options);
  await checkExportFolder(folder, checked.force);
  const graph = inferenceGraph(network, checked);
  const { classNames } = checked;
  return await writeExport(folder, {
    "README.md": savedModelReadme(network, checked, graph),
    "saved_model.pb": encodeSavedModel(graph, engineBackend().binding.TF_Version),
    ...(classNames && { "classes.txt": `${classNames.join("\n")}\n` }),
  }, checked.force);
}

/**
 * A `SavedModel` message. Field numbers are those of tensorflow/core/protobuf/saved_model.proto and
 * meta_graph.proto.
 */
function encodeSavedModel(graph: InferenceGraph, version: string): Pieces {
  const about = [...bytesField(4, "serve"), ...bytesField(5, version)];
  const signature = [
    ...entryField(1, graph.input.name, tensorInfo(graph.input)),
    ...entryField(2, graph.output.name, tensorInfo(graph.output)),
    ...bytesField(3, "tensorflow/serving/predict"),
  ];
  const metaGraph = [
    ...bytesField(1, about),
    ...bytesField(2, encodeGraphDef(graph)),
    ...entryField(5, "serving_default", signature),
  ];
  return [...numberField(1, 1), ...bytesField(2, metaGraph)];
}

/** A `TensorInfo` message. */
function tensorInfo({ name, dtype, shape }: Port): Pieces {
  const dims = shape.flatMap((size) => bytesField(2, numberField(1, size)));
  return [...bytesField(1, `${name}:0`), ...numberField(2, dtype), ...bytesField(3, dims)];
}
