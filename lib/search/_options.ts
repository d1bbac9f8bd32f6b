import {
  checkAnyObject,
  checkList,
  checkNumber,
  checkObject,
  checkWhole,
  show,
} from "../space/_check.ts";
import { checkOperation } from "../space/_layers.ts";
import { operationLabel } from "../space/paths.ts";
import type { Space } from "../space/types.ts";
import { UNITS } from "./_tables.ts";
import type { CostLimit, CustomCost } from "./types.ts";

const START = "Cannot search:";

/** The value as a cost of one's own. */
export function checkOwnCost(value: unknown, place: string): CustomCost {
  const { name, unit, of } = checkAnyObject(value, place);
  if (typeof name !== "string" || name.length === 0 || name.length > 100) {
    throw new TypeError(`${place}.name is ${show(name)}, must be a text of 1 to 100 characters`);
  }
  if ((UNITS as readonly string[]).includes(name) || name === "loss") {
    throw new RangeError(
      `${place}.name is ${show(name)}, must be another name than ${UNITS.join(", ")} and loss`,
    );
  }
  if (unit !== undefined && typeof unit !== "string") {
    throw new TypeError(`${place}.unit is ${show(unit)}, must be a text`);
  }
  if (typeof of !== "function") {
    throw new TypeError(`${place}.of is ${show(of)}, must be a function of a network's part`);
  }
  return value as CustomCost;
}

/** Checks `costs`. */
export function limitsOf(value: unknown): CostLimit[] {
  if (value === undefined) return [];
  const names = new Set<string>();
  return checkList(value, `${START} costs`, "{ cost, max }", 0, 16).map((entry, i) => {
    const place = `${START} costs[${i}]`;
    const { cost, max } = checkObject(entry, place, ["cost", "max"]);
    const checked = checkOwnCost(cost, `${place}.cost`);
    if (names.has(checked.name)) {
      throw new RangeError(`${place}.cost.name is ${show(checked.name)}, must be given once`);
    }
    names.add(checked.name);
    return {
      cost: checked,
      max: max === undefined ? undefined : checkNumber(max, `${place}.max`, 0, Infinity),
    };
  });
}

/** The cells that each block may take, from the option `cells`. */
export function allowedCells(value: unknown, space: Space): number[][] {
  const all = space.blocks.map(({ cells }) => cells.map((_, cell) => cell));
  if (value === undefined) return all;
  const blocks = space.blocks.map((_, block) => `${block}`);
  const given = checkObject(value, `${START} cells`, blocks);
  return all.map((cells, block) => {
    if (given[block] === undefined) return cells;
    const place = `${START} cells[${block}]`;
    const list = checkList(given[block], place, "positions of cells", 1, cells.length)
      .map((cell, i) => checkWhole(cell, `${place}[${i}]`, 0, cells.length - 1));
    return cells.filter((cell) => list.includes(cell));
  });
}

/** The operations that a layer may take, from the option `without`. */
export function allowedOperations(value: unknown, space: Space): number[] {
  const all = space.operations.map((_, operation) => operation);
  if (value === undefined) return all;
  const labels = space.operations.map(operationLabel);
  const forbidden = new Set(
    checkList(value, `${START} without`, "operations", 0, 256).map((operation, i) => {
      const place = `${START} without[${i}]`;
      const label = typeof operation === "string"
        ? operation
        : operationLabel(checkOperation(operation, place, space.activation));
      if (!labels.includes(label)) {
        throw new RangeError(
          `${place} is ${show(label)}, must be an operation of space "${space.name}": ` +
            labels.join(", "),
        );
      }
      return label;
    }),
  );
  const allowed = all.filter((operation) => !forbidden.has(labels[operation]));
  if (allowed.length > 0) return allowed;
  throw new RangeError(`${START} without has every operation of space "${space.name}"`);
}
