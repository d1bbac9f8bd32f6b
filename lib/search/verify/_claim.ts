/**
 * What a file claims of a network: architecture.json of a run, or a certificate.
 *
 * @module
 */

import { checkArchitecture } from "../../space/architecture.ts";
import {
  checkAnyObject,
  checkList,
  checkNumber,
  checkObject,
  checkWhole,
  show,
} from "../../space/_check.ts";
import { parseArchitecture } from "../../space/parse.ts";
import { operationLabel } from "../../space/paths.ts";
import type { Architecture, Space } from "../../space/types.ts";

/** A claim, checked for types and ranges. */
export interface Claim {
  architecture: Architecture;
  loss: number;
  /** Claimed costs by name. */
  costs: Map<string, number>;
  /** The greatest costs allowed, by name. */
  budgets: Map<string, number>;
  /** λ of each block. */
  lambda: number[];
  /** Cells that each block may take. */
  cells: number[][];
  /** Positions of the operations that a layer may take. */
  operations: number[];
  /** Claimed cell and path of each block. */
  choice?: { cell: number; path: number }[];
  /** Prices that make a tight bound, by name. */
  prices?: Map<string, number>;
  /** The claimed bound. */
  bound?: number;
  /** The hash of the ratings that the claim is about. */
  ratings?: string;
}

const UNITS = { maxParams: "params", maxFlops: "flops", maxMacs: "macs" } as const;

/** Reads a claim. */
export function readClaim(value: unknown, space: Space, lambda?: readonly number[]): Claim {
  const start = "Cannot verify:";
  const given = checkAnyObject(value, `${start} it`);
  const finite = (value: unknown, place: string, low = -Number.MAX_VALUE) =>
    checkNumber(value, `${start} ${place}`, low, Number.MAX_VALUE);
  const named = (value: unknown, place: string) =>
    Object.entries(value === undefined ? {} : checkAnyObject(value, `${start} ${place}`))
      .map(([name, number]): [string, number] => [name, finite(number, `${place}.${name}`, 0)]);
  if (given.budgets === undefined) {
    throw new TypeError(
      `${start} it has no budgets; save what certify() gives, or verify a run's architecture.json`,
    );
  }
  const budgets = checkObject(given.budgets, `${start} budgets`, Object.keys(UNITS));
  const weights = given.lambda ?? lambda ?? space.blocks.map(() => 1);
  const { length } = space.blocks;
  return {
    architecture: typeof given.architecture === "string"
      ? parseArchitecture(given.architecture)
      : checkArchitecture(given.architecture, "the claim's architecture"),
    loss: finite(given.loss, "loss"),
    costs: new Map([
      ...(["params", "flops", "macs"] as const).map((unit): [string, number] => [
        unit,
        finite(given[unit], unit, 0),
      ]),
      ...named(given.costs, "costs"),
    ]),
    budgets: new Map([
      ...named(budgets, "budgets")
        .map(([name, most]): [string, number] => [UNITS[name as keyof typeof UNITS], most]),
      ...named(given.ownBudgets, "ownBudgets"),
    ]),
    lambda: checkList(weights, `${start} lambda`, "numbers", length, length)
      .map((weight, i) => finite(weight, `lambda[${i}]`, 0)),
    cells: allowedCells(given.cells, space),
    operations: allowedOperations(given.without, space),
    ...(given.choice !== undefined && {
      choice: checkList(given.choice, `${start} choice`, "blocks", length, length).map(
        (part, i) => {
          const { cell, path } = checkAnyObject(part, `${start} choice[${i}]`);
          const most = Number.MAX_SAFE_INTEGER;
          return {
            cell: checkWhole(cell, `${start} choice[${i}].cell`, 0, most),
            path: checkWhole(path, `${start} choice[${i}].path`, 0, most),
          };
        },
      ),
    }),
    ...(given.prices !== undefined && { prices: new Map(named(given.prices, "prices")) }),
    ...(given.bound !== undefined && { bound: finite(given.bound, "bound") }),
    ...(given.ratings !== undefined && { ratings: textOf(given.ratings, `${start} ratings`) }),
  };
}

function textOf(value: unknown, place: string): string {
  if (typeof value === "string") return value;
  throw new TypeError(`${place} is ${show(value)}, must be a text`);
}

function allowedCells(value: unknown, { blocks }: Space): number[][] {
  if (value === undefined) return blocks.map(({ cells }) => cells.map((_, cell) => cell));
  const place = "Cannot verify: cells";
  return checkList(value, place, "blocks", blocks.length, blocks.length).map((list, i) =>
    checkList(list, `${place}[${i}]`, "positions", 1, blocks[i].cells.length)
      .map((cell, j) => checkWhole(cell, `${place}[${i}][${j}]`, 0, blocks[i].cells.length - 1))
  );
}

function allowedOperations(value: unknown, { operations }: Space): number[] {
  const forbidden = value === undefined
    ? []
    : checkList(value, "Cannot verify: without", "labels", 0, operations.length);
  return operations.flatMap((operation, i) =>
    forbidden.includes(operationLabel(operation)) ? [] : [i]
  );
}
