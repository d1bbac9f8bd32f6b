/**
 * Checking a claim about a network by code that shares nothing with `search` but the definition of spaces, ratings and costs.
 *
 * @module
 */

import { sha256 } from "../../files.ts";
import { cost } from "../../space/cost.ts";
import { formatRatings, parseRatings, type Ratings, ratingsSpace } from "../../ratings.ts";
import type { BlockChoice } from "../../space/types.ts";
import { customCost } from "../parts.ts";
import type { CustomCost } from "../types.ts";
import { bestSteps, findBetter, type Step, type Steps } from "./_better.ts";
import { type Claim, readClaim } from "./_claim.ts";
import { costDifferences, type Differences } from "./_differences.ts";
import { matchSpace } from "./_match.ts";

/** What else is needed to verify a claim. */
export interface VerifyOptions {
  /** λ of each block, for a claim that does not say; 1 where left out. */
  lambda?: readonly number[];
  /** The costs of one's own that the claim names. */
  costs?: readonly CustomCost[];
}

/** What was found to hold. */
export interface Verification {
  /** The loss, added up again. */
  loss: number;
  /** The costs, counted again on the whole network, by name. */
  costs: Record<string, number>;
  /** A Lagrangian bound: no network within the budgets has less loss. */
  bound: number;
  /** The number of partial networks after each block that the bound alone did not rule out; all came to nothing. */
  remaining: number[];
  /** A sentence for each fact that was checked. */
  facts: string[];
}

/**
 * Checks that a claim about a network holds: that it is of the ratings' space, has the costs and the loss it is said to have,
 * keeps the budgets, and that no other network within the budgets has less loss.
 *
 * The claim is what `certify` gives, or what a run's architecture.json holds. Cells and paths are told from the layers; costs are
 * those that `cost` counts on whole networks; and a better network is looked for by a dynamic programme of its own.
 *
 * @param claim The claim, such as a JSON file's content.
 * @param ratings The ratings that it is about.
 * @param options λ where the claim does not say, and the costs of one's own.
 * @returns What was checked.
 * @throws {Error} "Verification failed: …" where something does not hold, in one sentence.
 * @throws {TypeError | RangeError | SyntaxError} Where claim or ratings cannot be read, naming the place.
 *
 * @example
 * ```ts
 * import { search, verifyCertificate } from "@dna/kernel";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * const space = { name: "one", blocks: [{ stride: 1 as const, cells: [{ width: 8, depth: 1 }] }] };
 * const cells = [{ width: 8, depth: 1, losses: [6, 5, 4, 3, 2, 1] }];
 * const ratings = { space, resolution: 32, classes: 10, blocks: [{ cells }] };
 * const found = { ...search(ratings, { maxParams: 70_000 }), budgets: { maxParams: 70_000 } };
 * assertEquals(verifyCertificate(found, ratings).loss, found.loss);
 * assertThrows(
 *   () => verifyCertificate({ ...found, params: 1 }, ratings),
 *   Error,
 *   "Verification failed: it has",
 * );
 * ```
 */
export function verifyCertificate(
  claim: unknown,
  ratings: Ratings,
  { lambda, costs: own = [] }: VerifyOptions = {},
): Verification {
  const checked = parseRatings(ratings);
  const space = ratingsSpace(checked);
  const { resolution, classes } = checked;
  const known = readClaim(claim, space, lambda);
  const facts: string[] = [];
  if (known.ratings !== undefined) {
    if (known.ratings !== sha256(formatRatings(checked))) fail("it is about other ratings");
    facts.push("the ratings are those that the certificate is about");
  }
  const matches = matchSpace(known.architecture, space);
  const names = ["params", "flops", "macs", ...own.map(({ name }) => name)];
  for (const name of [...known.costs.keys(), ...known.budgets.keys()]) {
    if (!names.includes(name)) {
      fail(`nothing is known of its cost "${name}", which has to be given to be counted`);
    }
  }
  const costsOf: Parameters<typeof costDifferences>[1] = (architecture) => {
    const { params, flops, macs } = cost(architecture, { resolution, classes });
    const mine = own.map((cost) => customCost(architecture, cost, { resolution, classes }));
    return [params, flops, macs, ...mine];
  };
  const counted = costsOf(known.architecture);
  const costs = Object.fromEntries(names.map((name, k) => [name, counted[k]]));
  for (const [name, claimed] of known.costs) {
    if (!isNear(costs[name], claimed)) fail(`it has ${costs[name]} ${name}, not ${claimed}`);
  }
  facts.push(
    `costs, counted on the whole network: ${
      names.map((name) => `${costs[name]} ${name}`).join(", ")
    }`,
  );
  for (const [name, most] of known.budgets) {
    if (costs[name] > most && !isNear(costs[name], most)) {
      fail(`it has ${costs[name]} ${name}, above its budget of ${most}`);
    }
  }
  const budgets = [...known.budgets].map(([name, most]) => `${most} ${name}`);
  facts.push(`budgets kept: ${budgets.join(", ") || "none given"}`);

  const choice = chosen(known, matches, checked);
  facts.push(`cells and paths: ${choice.map(({ cell, path }) => `${cell}/${path}`).join(" ")}`);
  const loss = choice.reduce(
    (sum, { cell, path }, i) => sum + known.lambda[i] * checked.blocks[i].cells[cell].losses[path],
    0,
  );
  const size = checked.blocks.reduce(
    (sum, { cells }, i) =>
      sum + known.lambda[i] * cells.reduce(
          (most, { losses }) =>
            losses.reduce((most, value) => Math.max(most, Math.abs(value)), most),
          0,
        ),
    0,
  );
  if (!(Math.abs(loss - known.loss) <= 1e-10 * size)) {
    fail(`its loss is ${loss}, not ${known.loss}`);
  }
  facts.push(`loss, added up again: ${loss}`);

  const differences = costDifferences(space, costsOf);
  const limited = names.flatMap((name, k) => {
    const most = known.budgets.get(name);
    return most === undefined ? [] : [{ name, k, most: most - differences.base[k] }];
  });
  const steps = stepsOf(known, checked, differences, limited.map(({ k }) => k));
  const shifted = limited.map(({ k, most }) => most + 1e-9 * offsetRounding(counted[k]));
  const prices = known.prices && limited.map(({ name }) => known.prices!.get(name) ?? 0);
  const { bound, remaining, better } = findBetter(steps, shifted, loss - 1e-11 * size, prices);
  if (better !== undefined) fail(`another network within the budgets has less loss, ${better}`);
  if (known.bound !== undefined && known.bound > bound + 1e-9 * size) {
    fail(`its bound is ${known.bound}, but its prices give ${bound}`);
  }
  facts.push(
    `best within the budgets: Lagrangian bound ${bound}; partial networks left by it, block by ` +
      `block: ${remaining.join(", ")}; no better network among them`,
  );
  return { loss, costs, bound, remaining, facts };
}

function fail(reason: string): never {
  throw new Error(`Verification failed: ${reason}`);
}

/** Whole numbers must be equal; other sums may differ by rounding. */
function isNear(a: number, b: number): boolean {
  if (Number.isSafeInteger(a) && Number.isSafeInteger(b)) return a === b;
  return Math.abs(a - b) <= 1e-9 * Math.max(Math.abs(a), Math.abs(b));
}

/** The size that rounding of a sum is measured by: whole numbers have none. */
function offsetRounding(value: number): number {
  return Number.isSafeInteger(value) ? 0 : -value;
}

/** The claimed choice, if it makes these layers; else the best of those that do. */
function chosen(
  { choice, cells, operations }: Claim,
  matches: readonly BlockChoice[][],
  { blocks, space }: Ratings,
): BlockChoice[] {
  const base = ratingsSpace({ space }).operations.length;
  return matches.map((options, i) => {
    const allowed = options.filter(({ cell, path }) => {
      for (let rest = path, layer = 0; layer < blocks[i].cells[cell].depth; layer++) {
        if (!operations.includes(rest % base)) return false;
        rest = Math.floor(rest / base);
      }
      return cells[i].includes(cell);
    });
    if (allowed.length === 0) fail(`block ${i} has a cell or an operation that is not allowed`);
    const claimed = choice?.[i];
    if (!claimed) {
      const lossOf = ({ cell, path }: BlockChoice) => blocks[i].cells[cell].losses[path];
      return allowed.reduce((a, b) => lossOf(b) < lossOf(a) ? b : a);
    }
    const found = allowed.find(({ cell, path }) => cell === claimed.cell && path === claimed.path);
    return found ??
      fail(
        `cell ${claimed.cell}, path ${claimed.path} of block ${i} are not the layers that it has`,
      );
  });
}

/** The steps of each block. */
function stepsOf(
  { cells: allowed, operations, lambda }: Claim,
  { blocks, space }: Ratings,
  { cells, first, rest }: Differences,
  units: readonly number[],
): Steps {
  const base = ratingsSpace({ space }).operations.length;
  return blocks.map((block, i) =>
    first[i].map((byCell, before) =>
      byCell.map((byDigit, cell) => {
        // A cell that is not allowed, and one behind a cell that is not, has no steps.
        if (!allowed[i].includes(cell)) return [];
        if (i > 0 && !allowed[i - 1].includes(before)) return [];
        const { losses, depth } = block.cells[cell];
        let tails: Step[] = operations.map((digit) => ({ loss: digit, costs: byDigit[digit] }));
        for (let layer = 0; layer < depth - 1; layer++) {
          tails = tails.flatMap(({ loss: path, costs }) =>
            operations.map((digit) => ({
              loss: path * base + digit,
              costs: costs.map((cost, k) => cost + rest[i][cell][layer][digit][k]),
            }))
          );
        }
        return bestSteps(tails.map(({ loss: path, costs }) => ({
          loss: lambda[i] * losses[path],
          costs: units.map((k) => cells[i][before][cell][k] + costs[k]),
        })));
      })
    )
  );
}
