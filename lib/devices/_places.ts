/**
 * The parts of a rating, from the space alone.
 *
 * @module
 */

import type { Space } from "../space/types.ts";
import type { RatingPlace } from "../supernet/_rating_places.ts";
import { cellsOf } from "./plan.ts";

/** All places of a space that are rated as one: by block, cell and first operation. */
export function ratingPlaces(space: Pick<Space, "blocks" | "operations">): RatingPlace[] {
  return cellsOf(space).flatMap((cell) => space.operations.map((_, first) => ({ ...cell, first })));
}
