import { checkList, show } from "../space/_check.ts";

/** The greatest number of networks that statistics take. */
const MAX_NETWORKS = 10_000_000;

/** The value as a list of finite numbers, so many where `length` is given. */
export function checkValues(value: unknown, place: string, length?: number): number[] {
  const list = ArrayBuffer.isView(value) ? [...value as unknown as Iterable<number>] : value;
  const values = checkList(list, place, "numbers", 2, MAX_NETWORKS);
  values.forEach((entry, i) => {
    if (typeof entry !== "number" || !Number.isFinite(entry)) {
      throw new TypeError(`${place}[${i}] is ${show(entry)}, must be a finite number`);
    }
  });
  if (length !== undefined && values.length !== length) {
    throw new RangeError(`${place} has ${values.length} numbers, must have ${length}`);
  }
  return values as number[];
}

/** Two lists of equally many finite numbers. */
export function checkPairs(x: unknown, y: unknown, start: string): [number[], number[]] {
  const first = checkValues(x, `${start} x`);
  return [first, checkValues(y, `${start} y`, first.length)];
}

/** One value or several for each network: a list for each, all of them of finite numbers. */
export function checkSeeds(value: unknown, place: string, length?: number): number[][] {
  const list = checkList(value, place, "networks", 2, MAX_NETWORKS);
  if (length !== undefined && list.length !== length) {
    throw new RangeError(`${place} has ${list.length} networks, must have ${length}`);
  }
  return list.map((entry, i) => {
    const seeds = Array.isArray(entry) ? entry : [entry];
    if (seeds.length === 0) {
      throw new RangeError(`${place}[${i}] has no numbers, must have one for each seed`);
    }
    seeds.forEach((seed) => {
      if (typeof seed !== "number" || !Number.isFinite(seed)) {
        throw new TypeError(`${place}[${i}] holds ${show(seed)}, must hold finite numbers`);
      }
    });
    return seeds as number[];
  });
}
