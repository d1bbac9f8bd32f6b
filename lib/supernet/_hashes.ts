/**
 * Hashes of what features and ratings depend on.
 *
 * @module
 */

import { join } from "node:path";
import { mapConcurrent } from "../concurrent.ts";
import type { Split } from "../data/types.ts";
import { describeError, sha256 } from "../files.ts";
import type { Teacher } from "../teacher/teacher.ts";
import type { Tensor } from "npm:@tensorflow/tfjs@4.22.0";
import type { SupernetCell } from "./supernet.ts";

function bytesOf(tensor: Tensor): Uint8Array {
  const { buffer, byteOffset, byteLength } = tensor.dataSync<"float32">();
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** The hash of a teacher: its weights, its cuts, and what it reads. */
export function teacherHash({ network, resolution, widths, sizes, mean, std }: Teacher): string {
  const form = JSON.stringify([network.architecture, resolution, widths, sizes, mean, std]);
  return sha256(form, bytesOf(network.weights), bytesOf(network.statistics));
}

/** The hash of a split's images; of files it is that of their names and sizes. */
export async function splitHash(split: Split): Promise<string> {
  const { count, channels } = split;
  if (!("files" in split)) {
    return sha256(JSON.stringify([count, channels, split.height, split.width]), split.images);
  }
  const sizes = await mapConcurrent(split.files, 64, async (file) => {
    const path = join(split.folder, file);
    try {
      return (await Deno.stat(path)).size;
    } catch (error) {
      throw new Error(`Cannot read ${path}: ${describeError(error)}`, { cause: error });
    }
  });
  return sha256(JSON.stringify([count, channels, split.files, sizes]));
}

/** The hash of a cell's weights, which are all that its ratings depend on. */
export function cellHash({ layers }: SupernetCell): string {
  return sha256(
    ...layers.flat().flatMap(({ label, signature, state }) => [
      JSON.stringify([label, signature]),
      bytesOf(state.weights),
    ]),
  );
}
