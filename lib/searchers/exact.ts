import { isBlockRater } from "../raters/dna.ts";
import { ratingsSpace } from "../ratings.ts";
import { search } from "../search/search.ts";
import { budgetsOf, foundOf, type Searcher } from "./types.ts";

/**
 * The exact searcher: the best network of all, for raters whose scores are sums over blocks (`dnaRater`).
 *
 * @returns The searcher "exact"; it asks the rater about no single network.
 *
 * @example
 * ```ts
 * import { dnaRater, exactSearcher, paramsRater, ratingsSpace } from "@dna/kernel";
 * import { assertEquals, assertRejects } from "@std/assert";
 *
 * const space = { name: "one", blocks: [{ stride: 1 as const, cells: [{ width: 8, depth: 1 }] }] };
 * const cells = [{ width: 8, depth: 1, losses: [6, 5, 4, 1, 3, 2] }];
 * const sizes = { resolution: 32, classes: 10 };
 * const ratings = { space, ...sizes, blocks: [{ cells }] };
 * const task = { ...sizes, space: ratingsSpace(ratings), rater: dnaRater(ratings) };
 * const { choice, score } = await exactSearcher().find(task);
 * assertEquals([choice, score], [[{ cell: 0, path: 3 }], -1]);
 * await assertRejects(() => exactSearcher().find({ ...task, rater: paramsRater(sizes) }), TypeError);
 * ```
 */
export function exactSearcher(): Searcher {
  return {
    name: "exact",
    // deno-lint-ignore require-await
    async find(task) {
      const { rater, space } = task;
      const start = `Cannot search exactly with rater ${rater.name}:`;
      if (!isBlockRater(rater)) {
        throw new TypeError(`${start} its scores are no sums over blocks, as dnaRater's are`);
      }
      const budgets = budgetsOf(task);
      const { ratings, weights } = rater;
      for (const name of ["resolution", "classes"] as const) {
        if (task[name] !== ratings[name]) {
          throw new RangeError(
            `${start} ${name} is ${task[name]}, its ratings are for ${ratings[name]}`,
          );
        }
      }
      const own = ratingsSpace(ratings);
      const same = JSON.stringify([own.blocks, own.operations]) ===
        JSON.stringify([space.blocks, space.operations]);
      if (!same) {
        throw new RangeError(
          `${start} its ratings are of space "${own.name}", not of space "${space.name}"`,
        );
      }
      task.signal?.throwIfAborted();
      const { choice, architecture, loss } = search(ratings, {
        weights,
        maxParams: budgets.params,
        maxFlops: budgets.flops,
        maxMacs: budgets.macs,
      });
      return foundOf({ choice, architecture }, -loss, 0, task);
    },
  };
}
