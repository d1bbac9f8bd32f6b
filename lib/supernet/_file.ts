/**
 * A trained supernet as a safetensors file.
 *
 * @module
 */

import { parseJson } from "../files.ts";
import { readSafetensors, writeSafetensors } from "../safetensors.ts";
import { cellName } from "./cell_names.ts";
import type { StoppedCell } from "./stopped.ts";
import { loadSupernetWeights, type Supernet, supernetWeights } from "./supernet.ts";

/** What a file says beside the weights. */
export interface SupernetFacts {
  /** The teacher's name. */
  teacher: string;
  /** Equal for supernets that were trained alike. */
  origin: string;
}

/** Writes a supernet's weights, and which of its cells were stopped. */
export async function writeSupernet(
  path: string,
  supernet: Supernet,
  { teacher, origin }: SupernetFacts,
): Promise<void> {
  const stopped = supernet.blocks.flat().flatMap((cell) => cell.stopped ?? []);
  await writeSafetensors(path, supernetWeights(supernet), {
    space: supernet.space.name,
    teacher,
    origin,
    ...(stopped.length > 0 && { stopped: JSON.stringify(stopped) }),
  });
}

/** Reads what {@linkcode writeSupernet} wrote into a supernet of the same space and teacher; gives its origin. */
export async function readSupernet(path: string, supernet: Supernet): Promise<string | undefined> {
  const { tensors, metadata } = await readSafetensors(path);
  loadSupernetWeights(supernet, tensors, path);
  const stopped = metadata.stopped === undefined
    ? []
    : parseJson(metadata.stopped, path) as StoppedCell[];
  for (const cell of supernet.blocks.flat()) {
    cell.stopped = stopped.find((each) => cellName(each) === cellName(cell));
  }
  return metadata.origin;
}
