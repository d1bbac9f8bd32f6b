/**
 * Which of several processes or machines rates which paths.
 *
 * @module
 */

import type { Teacher } from "../teacher/teacher.ts";
import { type RatingPlace, ratingPlaces } from "./_rating_places.ts";
import { placeWork } from "./_rating_work.ts";
import type { Supernet } from "./supernet.ts";

export type { RatingPlace } from "./_rating_places.ts";

/** The share of one process. */
export interface RatingPlan {
  /** What it rates. */
  places: RatingPlace[];
  /** Its part of the whole work, 0 to 1, by multiply-adds. */
  work: number;
}

/**
 * Divides a rating among processes: the largest parts first, each to the process that has least to do yet.
 *
 * @param supernet The supernet.
 * @param teacher The teacher, whose maps' sizes tell what a layer costs.
 * @param count Number of processes.
 * @param only The parts to divide. Default: all, by block, cell and first operation.
 * @returns What each rates, in the order of blocks and cells; some rate nothing where there are more processes than parts.
 * @throws {RangeError} if `count` is no whole number from 1.
 *
 * @example
 * ```ts
 * import { createRandom, createSupernet, outlineTeacher, planRating, searchSpace, useEngine } from "@dna/kernel";
 * import { assert, assertEquals } from "@std/assert";
 *
 * await useEngine();
 * const teacher = outlineTeacher("fashion");
 * const supernet = createSupernet(searchSpace("fashion"), teacher, { random: createRandom(1) });
 * const plans = planRating(supernet, teacher, 3);
 * assertEquals(plans.flatMap(({ places }) => places).length, 10 * 6);
 * assert(plans.every(({ work }) => Math.abs(work - 1 / 3) < 0.02));
 * supernet.dispose();
 * ```
 */
export function planRating(
  supernet: Supernet,
  { sizes }: Pick<Teacher, "sizes">,
  count: number,
  only: readonly RatingPlace[] = ratingPlaces(supernet),
): RatingPlan[] {
  if (!Number.isSafeInteger(count) || count < 1) {
    throw new RangeError(
      `Cannot divide a rating by ${count}: a whole number of processes from 1 is needed`,
    );
  }
  const weighed = only.map((place, order) => ({
    place,
    order,
    work: placeWork(supernet, sizes, place),
  }));
  const total = weighed.reduce((sum, { work }) => sum + work, 0);
  const shares = Array.from({ length: count }, () => ({ own: [] as typeof weighed, work: 0 }));
  for (const each of weighed.toSorted((a, b) => b.work - a.work || a.order - b.order)) {
    const least = shares.reduce((a, b) => b.work < a.work ? b : a);
    least.own.push(each);
    least.work += each.work;
  }
  return shares.map(({ own, work }) => ({
    places: own.sort((a, b) => a.order - b.order).map(({ place }) => place),
    work: total > 0 ? work / total : 0,
  }));
}
