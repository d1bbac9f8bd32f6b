import { parseRatings, type Ratings, ratingsSpace } from "../ratings.ts";
import { checkList, checkNumber } from "../space/_check.ts";
import { pathCount } from "../space/paths.ts";
import type { Rater } from "./types.ts";

/** A rater whose scores are sums over blocks, so that the best network can be found exactly. */
export interface BlockRater extends Rater {
  /** The losses of all paths. */
  readonly ratings: Ratings;
  /** λ of each block (eq. 5). */
  readonly weights: readonly number[];
}

/** Options of {@linkcode dnaRater}. */
export interface DnaRaterOptions {
  /** What it is called. Default "dna". */
  name?: string;
  /** λ of each block (eq. 5), finite and not negative. Default: 1 for each. */
  weights?: readonly number[];
}

/**
 * The paper's rater: a network's score is minus the sum of its blocks' losses, each times λ (equation 5).
 *
 * @param ratings What `rate` gave, or `progressiveRatings`; checked strictly as by `parseRatings`.
 * @param options Its name, and λ of each block.
 * @returns The rater.
 * @throws {TypeError | RangeError} Where ratings or λ are wrong, naming the place.
 *
 * @example
 * ```ts
 * import { candidateOf, dnaRater, ratingsSpace } from "@dna/kernel";
 * import { assertEquals } from "@std/assert";
 *
 * const space = {
 *   name: "two blocks",
 *   blocks: [16, 24].map((width) => ({ stride: 2 as const, cells: [{ width, depth: 1 }] })),
 *   operations: [{ kernel: 3, expansion: 3 }, { kernel: 5, expansion: 6 }],
 * };
 * const blocks = space.blocks.map(({ cells }) => ({ cells: [{ ...cells[0], losses: [0.5, 0.25] }] }));
 * const ratings = { space, resolution: 32, classes: 10, blocks };
 * const candidate = candidateOf(ratingsSpace(ratings), [{ cell: 0, path: 0 }, { cell: 0, path: 1 }]);
 * assertEquals(await dnaRater(ratings).rate([candidate]), [-0.75]);
 * assertEquals(await dnaRater(ratings, { weights: [1, 2] }).rate([candidate]), [-1]);
 * ```
 */
export function dnaRater(
  ratings: Ratings,
  { name = "dna", weights }: DnaRaterOptions = {},
): BlockRater {
  const start = "Cannot make a rater of ratings:";
  const checked = parseRatings(ratings);
  const { length } = checked.blocks;
  const own = weights === undefined
    ? new Array<number>(length).fill(1)
    : checkList(weights, `${start} weights`, "numbers", length, length).map((value, i) =>
      checkNumber(value, `${start} weights[${i}]`, 0, Number.MAX_VALUE)
    );
  const space = ratingsSpace(checked);
  return {
    name,
    ratings: checked,
    weights: own,
    rate: (candidates) =>
      Promise.resolve(candidates.map(({ choice }) => {
        if (choice.length !== length) {
          throw new RangeError(
            `Cannot rate a network of ${choice.length} blocks: space "${space.name}" has ${length}`,
          );
        }
        // From the first block on, as the search adds them up.
        const loss = choice.reduce((sum, { cell, path }, block) => {
          const losses = checked.blocks[block].cells[cell]?.losses;
          if (losses?.[path] === undefined) {
            const known = space.blocks[block].cells[cell];
            throw new RangeError(
              `Cannot rate a network: block ${block + 1} takes path ${path} of cell ${cell}, ` +
                (known
                  ? `the cell has ${pathCount(space, known.depth)} paths`
                  : `the block has ${space.blocks[block].cells.length} cells`),
            );
          }
          return sum + own[block] * losses[path];
        }, 0);
        return -loss;
      })),
  };
}

/** Whether a rater's scores are sums over blocks. */
export function isBlockRater(rater: Rater): rater is BlockRater {
  return "ratings" in rater && "weights" in rater;
}
