/**
 * The parts of a rating: all paths of a cell that begin with one operation, for one chunk of images.
 *
 * @module
 */

import { operationLabel } from "../space/paths.ts";
import { cellName, type CellPlace } from "./cell_names.ts";
import type { RateOptions } from "./rate.ts";
import type { Supernet, SupernetCell, TrainedVariant } from "./supernet.ts";
import { mapBytes } from "./_teacher_maps.ts";

/** Paths that are rated together. */
export interface RatingPlace extends CellPlace {
  /** Their prefix: the operation of the first layer that is searched. */
  first: number;
}

/** A place, and the images that rate it. */
export interface ChunkPlace extends RatingPlace {
  /** The first of the images. */
  start: number;
}

/** Bytes of the teacher's maps that a chunk holds unless `chunk` says otherwise. */
const CHUNK_BYTES = 512 * 2 ** 20;

/** How many images a chunk has: whole batches, so that a chunk does not change what is computed together. */
export function chunkImages(
  { teacher, batch = 250, chunk }: Pick<RateOptions, "teacher" | "batch" | "chunk">,
): number {
  const wanted = chunk ?? CHUNK_BYTES / mapBytes(teacher);
  return Math.max(1, Math.floor(wanted / batch)) * batch;
}

/** Where the chunks of so many images begin. */
export function chunkStarts(images: number, chunk: number): number[] {
  return Array.from({ length: Math.ceil(images / chunk) }, (_, i) => i * chunk);
}

/** All places of a supernet, in its order. */
export function ratingPlaces({ blocks }: Pick<Supernet, "blocks">): RatingPlace[] {
  return blocks.flat().flatMap((cell) =>
    firstVariants(cell).map((_, first) => ({ block: cell.block, cell: cell.cell, first }))
  );
}

/** The variants of the first layer that is searched. */
export function firstVariants({ layers, stem }: SupernetCell): TrainedVariant[] {
  return layers[stem ? 1 : 0];
}

/** A place as a text. */
export function placeKey({ block, cell, first }: RatingPlace): string {
  return `${cellName({ block, cell })}.${first}`;
}

/** A place and its images as a text. */
export function chunkKey(place: ChunkPlace): string {
  return `${place.start}.${placeKey(place)}`;
}

/** A place in words. */
export function describePlace(
  { operations }: Pick<Supernet["space"], "operations">,
  { block, cell, first }: RatingPlace,
): string {
  return `block ${block}, cell ${cell}, prefix ${operationLabel(operations[first])}`;
}
