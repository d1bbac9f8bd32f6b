/**
 * Networks as TensorFlow.js's graph models.
 *
 * @module
 */

import config from "../../deno.json" with { type: "json" };
import type { Network } from "../network/network.ts";
import { formatArchitecture } from "../space/format.ts";
import { engineBackend } from "../tensorflow/current.ts";
import { attributeJson, readConstant, shapeJson, typeName } from "./_attribute.ts";
import { checkExportFolder, writeExport } from "./_folder.ts";
import { fuse, type NodeJson } from "./_fuse.ts";
import { type InferenceGraph, inferenceGraph, type Port } from "./_inference_graph.ts";
import { type Quantization, type QuantizationJson, quantize } from "./_quantize.ts";
import { tfjsReadme } from "./_readme.ts";
import { checkExportOptions, type ExportedFile, type GraphExportOptions } from "./options.ts";

/** Options of {@linkcode exportTfjs}. */
export interface TfjsExportOptions extends GraphExportOptions {
  /** Stores kernels in 16 or 8 bits in place of 32. They are floats again once loaded. */
  quantize?: Quantization;
}

export type { Quantization };

/** A weight as the manifest lists it. */
interface WeightJson {
  name: string;
  shape: number[];
  dtype: "float32" | "int32";
  quantization?: QuantizationJson;
}

/** Most bytes of one file of weights: browsers cache each on its own. */
const SHARD_BYTES = 4 << 20;

/**
 * Writes a network as a graph model of TensorFlow.js: `model.json` and files of weights of at most
 * 4 MiB each, which `tf.loadGraphModel` of plain `@tensorflow/tfjs` runs, for any number of images.
 *
 * @param network The network, of its own resolution.
 * @param folder Where it goes: absent or empty, or an export that `force` replaces.
 * @param options Form of input, output and weights, and what the README tells of the images.
 * @returns The files.
 * @throws {RangeError | TypeError} for options that cannot be, or a weight that is too large for 16
 * bits.
 * @throws {Error} if the folder is not empty, or cannot be written; nothing half-written stays.
 *
 * @example
 * ```ts
 * import { buildNetwork, exportTfjs, parseArchitecture, useEngine } from "@dna/kernel";
 * import { assertEquals } from "@std/assert";
 *
 * await useEngine();
 * const architecture = parseArchitecture("ir_r1_k3_s2_e3_c16_se0.25");
 * const network = buildNetwork(architecture, { classes: 10, resolution: 32 });
 * const files = await exportTfjs(network, `${await Deno.makeTempDir()}/network`);
 * assertEquals(files.map(({ name }) => name), ["README.md", "model.json", "group1-shard1of1.bin"]);
 * ```
 */
export async function exportTfjs(
  network: Network,
  folder: string,
  options: TfjsExportOptions = {},
): Promise<ExportedFile[]> {
  const checked = checkExportOptions(network, options);
  const { classNames, force, mean, std, cropPct, name } = checked;
  if (![undefined, "float16", "uint8"].includes(options.quantize)) {
    throw new RangeError(
      `Cannot export the network: quantize is ${
        JSON.stringify(options.quantize)
      }, float16 or uint8 fits`,
    );
  }
  await checkExportFolder(folder, force);
  const graph = inferenceGraph(network, checked);
  const { nodes, weights, bytes } = splitGraph(graph, options.quantize);
  const shards = splitBytes(bytes, SHARD_BYTES);
  const paths = shards.map((_, i) => `group1-shard${i + 1}of${shards.length}.bin`);
  const model = {
    format: "graph-model",
    generatedBy: `DNA kernel ${config.version}`,
    convertedBy: `DNA kernel ${config.version}, TensorFlow ${engineBackend().binding.TF_Version}`,
    signature: {
      inputs: { [graph.input.name]: portJson(graph.input) },
      outputs: { [graph.output.name]: portJson(graph.output) },
    },
    userDefinedMetadata: {
      name,
      architecture: formatArchitecture(network.architecture),
      classes: network.classes,
      ...(classNames && { classNames }),
      resolution: network.resolution,
      mean,
      std,
      cropPct,
    },
    modelTopology: { node: fuse(nodes), library: {}, versions: {} },
    weightsManifest: [{ paths, weights }],
  };
  return await writeExport(folder, {
    "README.md": tfjsReadme(network, checked, graph),
    "model.json": JSON.stringify(model),
    ...Object.fromEntries(paths.map((path, i) => [path, shards[i]])),
    ...(classNames && { "classes.txt": `${classNames.join("\n")}\n` }),
  }, force);
}

function portJson({ name, dtype, shape }: Port) {
  return { name: `${name}:0`, dtype: typeName(dtype), tensorShape: shapeJson(shape) };
}

/** The graph's nodes without the values of its constants, and these apart. */
function splitGraph({ nodes }: InferenceGraph, quantization: Quantization | undefined) {
  const weights: WeightJson[] = [];
  const bytes: Uint8Array<ArrayBuffer>[] = [];
  const jsons = nodes.map(({ name, op, inputs, attributes }): NodeJson => {
    if (op === "Const") {
      const { dtype, shape, values } = readConstant(attributes.get("value")!);
      // Biases are few, and 8 bits too coarse for them.
      const shrink = quantization && values instanceof Float32Array && shape.length > 1
        ? quantize(values, quantization)
        : undefined;
      weights.push({
        name,
        shape,
        dtype,
        ...(shrink && { quantization: shrink.quantization }),
      });
      bytes.push(new Uint8Array((shrink?.stored ?? values).buffer));
    }
    return {
      name,
      op,
      ...(inputs.length > 0 && { input: inputs }),
      attr: Object.fromEntries([...attributes].map(([key, value]) => [key, attributeJson(value)])),
    };
  });
  return { nodes: jsons, weights, bytes };
}

/** Pieces of bytes, one after the other, cut anew into parts of at most so many bytes. */
function splitBytes(pieces: readonly Uint8Array[], most: number): Uint8Array[][] {
  const parts: Uint8Array[][] = [[]];
  let room = most;
  for (let piece of pieces) {
    while (piece.length > 0) {
      if (room === 0) {
        parts.push([]);
        room = most;
      }
      const head = piece.subarray(0, room);
      parts[parts.length - 1].push(head);
      room -= head.length;
      piece = piece.subarray(head.length);
    }
  }
  return parts;
}
