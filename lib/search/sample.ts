import type { Random } from "../random.ts";
import { checkList, checkNumber, checkObject, checkWhole, show } from "../space/_check.ts";
import { assemble } from "../space/assemble.ts";
import { checkCostOptions, cost, type CostOptions } from "../space/cost.ts";
import { formatArchitecture } from "../space/format.ts";
import { pathDigits } from "../space/paths.ts";
import type { Architecture, BlockChoice, Cost, Space } from "../space/types.ts";
import { CostHistogram } from "./_histogram.ts";
import { costTables, pathCost, type Unit, UNITS } from "./_tables.ts";

/** What sampled networks are for, and between what costs they must lie, both ends inclusive. */
export interface SampleOptions extends CostOptions {
  /** Least and greatest number of parameters. */
  params?: readonly [low: number, high: number];
  /** Least and greatest number of FLOPs, as the paper counts them. */
  flops?: readonly [low: number, high: number];
  /** Least and greatest number of multiply–adds. */
  macs?: readonly [low: number, high: number];
}

/** A network drawn from a space. */
export interface SampledArchitecture extends Cost {
  /** The network. */
  architecture: Architecture;
  /** The network as text. */
  text: string;
  /** Cell and path of each block. */
  choice: BlockChoice[];
}

/** So many draws in a row may lie outside a budget before we give up. */
const MAX_DRAWS = 100_000;

/**
 * Draws networks from a space, each network within the budgets equally likely: the random base line of a search.
 *
 * How many networks cost how much is counted in 4,096 steps, and networks are drawn by the counts of the narrowest budget; those
 * that are outside a budget after all are drawn again. Draws are independent, so a small space may give a network twice.
 *
 * @param space The space.
 * @param random Where the randomness comes from.
 * @param n Number of networks.
 * @param options Image size, number of classes, and the least and greatest cost in any units.
 * @returns The networks with their costs.
 * @throws {RangeError} Where no network is within the budgets, or too few to be found.
 * @throws {TypeError | RangeError} Where an option is wrong, naming it.
 *
 * @example
 * ```ts
 * import { createRandom, sampleArchitectures, searchSpace } from "@dna/kernel";
 * import { assert, assertEquals } from "@std/assert";
 *
 * const networks = sampleArchitectures(searchSpace("dna"), createRandom(7), 3, {
 *   resolution: 224,
 *   classes: 1000,
 *   flops: [330e6, 350e6],
 * });
 * assertEquals(networks.length, 3);
 * assert(networks.every(({ flops }) => flops >= 330e6 && flops <= 350e6));
 * ```
 */
export function sampleArchitectures(
  space: Space,
  random: Pick<Random, "int" | "uniform">,
  n: number,
  options: SampleOptions,
): SampledArchitecture[] {
  const start = "Cannot sample networks:";
  checkWhole(n, `${start} n`, 0, 1_000_000);
  const given = checkObject(options, `${start} options`, ["resolution", "classes", ...UNITS]);
  const { resolution, classes } = given;
  const sizes = checkCostOptions({ resolution, classes }, start);
  const units = UNITS.filter((unit) => given[unit] !== undefined);
  const ranges = units.map((unit) => checkRange(given[unit], `${start} ${unit}`));
  const tables = costTables(space, sizes);
  const costOf = (choice: readonly BlockChoice[], unit: Unit) => {
    let input = 0;
    return choice.reduce((sum, { cell, path }, block) => {
      const table = tables[block].cells[cell];
      const digits = pathDigits(space, space.blocks[block].cells[cell].depth, path);
      const own = pathCost(table, unit, input, digits);
      input = table.output;
      return sum + own;
    }, 0);
  };
  const histograms = units.map((unit, k) => new CostHistogram(space, tables, unit, ...ranges[k]));
  const histogram = histograms.length > 0
    ? histograms.reduce((least, other) => other.share < least.share ? other : least)
    : new CostHistogram(space, tables, "params", 0, Infinity);
  const bounds = () =>
    units.map((unit, k) => `${unit} from ${ranges[k][0]} to ${ranges[k][1]}`).join(" and ");
  if (n > 0 && !(histogram.share > 0)) {
    throw new RangeError(`${start} no network of space ${show(space.name)} has ${bounds()}`);
  }
  return Array.from({ length: n }, () => {
    for (let draw = 0; draw < MAX_DRAWS; draw++) {
      const choice = histogram.draw(random);
      const isWithin = units.every((unit, k) => {
        const value = costOf(choice, unit);
        return value >= ranges[k][0] && value <= ranges[k][1];
      });
      if (!isWithin) continue;
      const architecture = assemble(space, choice);
      const text = formatArchitecture(architecture);
      return { architecture, text, ...cost(architecture, sizes), choice };
    }
    throw new RangeError(
      `${start} hardly any network of space ${show(space.name)} has ${bounds()}, ` +
        `none of ${MAX_DRAWS} did; widen the budgets`,
    );
  });
}

function checkRange(value: unknown, place: string): [number, number] {
  const range = checkList(value, place, "two numbers", 2, 2);
  const low = checkNumber(range[0], `${place}[0]`, 0, Infinity);
  return [low, checkNumber(range[1], `${place}[1]`, low, Infinity)];
}
