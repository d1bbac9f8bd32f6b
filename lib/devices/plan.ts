/**
 * The planner: which device trains and rates which cells.
 *
 * @module
 */

import { layerCost } from "../space/_layer_cost.ts";
import type { LayerSpec, Space } from "../space/types.ts";
import { cellName, type CellPlace } from "../supernet/cell_names.ts";
import type { Teacher } from "../teacher/teacher.ts";

/** A cell and how long it takes. */
export interface PlannedCell extends CellPlace {
  /** In the planner's unit: seconds where times were given, else multiply-adds of an image; of a part its own. */
  time: number;
  /** Where each batch is split over several devices: which of how many equal parts is this device's, from 0. */
  part?: { index: number; of: number };
}

/** What one device does. */
export interface PlannedDevice {
  /** The device's name. */
  device: string;
  /** Its cells, in the order of the space. */
  cells: PlannedCell[];
  /** The sum of their times. */
  time: number;
}

/** Which device does what. */
export interface DevicePlan {
  /** The devices, those without cells too. */
  devices: PlannedDevice[];
  /** The mean time of the devices by the longest: 1 where all end together. */
  balance: number;
  /** Whether times were measured, or multiply-adds stand for them. */
  measured: boolean;
}

/** What the planner goes by. */
export interface PlanOptions {
  /** Seconds of each cell by its name, as `3.1`, for every cell. Default: multiply-adds. */
  times?: Readonly<Record<string, number>>;
  /** The cells to plan. Default: all of the space. */
  cells?: readonly CellPlace[];
  /**
   * Equal parts that a batch has: where there are more devices than cells, as many devices as divide it may share a
   * cell. Default 1: cells stay whole.
   */
  parts?: number;
  /** What is planned where no times are given. Default "distil": one random path; "rate": all paths. */
  work?: "distil" | "rate";
}

/** What the planner has to know of a teacher. */
export type TeacherMaps = Pick<Teacher, "widths" | "sizes" | "resolution">;

/**
 * Assigns cells to devices: the longest first, each to the device that is free first (longest processing time, whose
 * longest device takes at most 4/3 of the best plan's). Where there are more devices than cells and batches can be
 * split, the devices that are left go to the cell that is longest then.
 *
 * @param space The search space.
 * @param teacher The teacher, or the widths and sizes of its blocks' maps.
 * @param devices Names of the devices, at least one.
 * @param options Measured times, and which cells.
 * @returns The plan, the same for the same arguments.
 * @throws {RangeError} without a device, or where a cell has no time.
 *
 * @example
 * ```ts
 * import { outlineTeacher, planCells, searchSpace } from "@dna/kernel";
 * import { assertEquals } from "@std/assert";
 *
 * const teacher = outlineTeacher("tf_efficientnet_b7", { resolution: 224 });
 * const plan = planCells(searchSpace("dna"), teacher, ["GPU:0", "GPU:1"]);
 * assertEquals(plan.devices.flatMap(({ cells }) => cells).length, 16);
 * assertEquals(plan.balance > 0.9, true);
 * ```
 */
export function planCells(
  space: Space,
  teacher: TeacherMaps,
  devices: readonly string[],
  { times, cells = cellsOf(space), work = "distil", parts = 1 }: PlanOptions = {},
): DevicePlan {
  if (devices.length === 0) throw new RangeError("Cannot plan: there is no device");
  const predicted = times ?? cellMacs(space, teacher, work);
  const timed = cells.map(({ block, cell }): PlannedCell => {
    const time = predicted[cellName({ block, cell })];
    if (!(time >= 0 && time < Infinity)) {
      throw new RangeError(`Cannot plan: cell ${cellName({ block, cell })} has the time ${time}`);
    }
    return { block, cell, time };
  });
  const shares = devices.length > timed.length
    ? splitCells(timed, devices.length, parts)
    : longestFirst(timed, devices.length, ({ time }) => time);
  const planned = shares.map(({ items, time }, i): PlannedDevice => ({
    device: devices[i],
    cells: items.sort((a, b) => a.block - b.block || a.cell - b.cell),
    time,
  }));
  const longest = Math.max(...planned.map(({ time }) => time));
  const mean = planned.reduce((sum, { time }) => sum + time, 0) / planned.length;
  return {
    devices: planned,
    balance: longest === 0 ? 1 : mean / longest,
    measured: times !== undefined,
  };
}

/** Cells over more devices than cells: each gets one, and as long as that shortens the longest, that one more. */
function splitCells(
  cells: readonly PlannedCell[],
  devices: number,
  parts: number,
): { items: PlannedCell[]; time: number }[] {
  const teams = cells.map((cell) => ({ cell, size: 1 }));
  const timeOf = ({ cell, size }: typeof teams[number]) => cell.time / size;
  for (let free = devices - cells.length; free > 0;) {
    const longest = teams.reduce((a, b) => timeOf(b) > timeOf(a) ? b : a);
    let size = longest.size + 1;
    while (size <= parts && parts % size !== 0) size++;
    if (size > parts || size - longest.size > free) break;
    free -= size - longest.size;
    longest.size = size;
  }
  const shares = teams.sort((a, b) => b.cell.time - a.cell.time).flatMap(({ cell, size }) =>
    Array.from({ length: size }, (_, index) => {
      const time = cell.time / size;
      return { items: [{ ...cell, time, ...(size > 1 && { part: { index, of: size } }) }], time };
    })
  );
  const idle = Array.from({ length: devices - shares.length }, () => ({ items: [], time: 0 }));
  return [...shares, ...idle];
}

/** Items in so many parts: the longest first, each to the part that is shortest then. */
export function longestFirst<T>(
  items: readonly T[],
  parts: number,
  timeOf: (item: T) => number,
): { items: T[]; time: number }[] {
  const result = Array.from({ length: parts }, () => ({ items: [] as T[], time: 0 }));
  for (const item of items.toSorted((a, b) => timeOf(b) - timeOf(a))) {
    const shortest = result.reduce((best, part) => part.time < best.time ? part : best);
    shortest.items.push(item);
    shortest.time += timeOf(item);
  }
  return result;
}

/** All cells of a space. */
export function cellsOf(space: Pick<Space, "blocks">): CellPlace[] {
  return space.blocks.flatMap(({ cells }, block) => cells.map((_, cell) => ({ block, cell })));
}

/**
 * Multiply-adds of one image for each cell: of a random path's mean, or of all layers that rating with shared
 * prefixes computes.
 *
 * @param space The search space.
 * @param teacher The widths and sizes of the teacher's maps.
 * @param work One random path, or all paths.
 * @returns Multiply-adds by the cell's name, as `3.1`.
 */
export function cellMacs(
  space: Space,
  teacher: TeacherMaps,
  work: "distil" | "rate" = "distil",
): Record<string, number> {
  const operations = space.operations.length;
  return byCell(space, teacher, (layers, stem) =>
    layers.reduce((total, costs, layer) => {
      const macs = costs.reduce((sum, cost) => sum + cost.macs, 0);
      return total + (work === "distil" ? macs / operations : macs * operations ** layer);
    }, stem.macs));
}

/** Weights on a random path of each cell, as a mean. */
export function pathParams(space: Space, teacher: TeacherMaps): Record<string, number> {
  return byCell(space, teacher, (layers, stem) =>
    layers.reduce(
      (total, costs) => total + costs.reduce((sum, { params }) => sum + params, 0) / costs.length,
      stem.params,
    ));
}

type LayerCost = Pick<ReturnType<typeof layerCost>, "macs" | "params">;

/** Something of each cell, from the costs of the operations of each of its layers, and of its stem. */
function byCell(
  space: Space,
  teacher: TeacherMaps,
  of: (layers: LayerCost[][], stem: LayerCost) => number,
): Record<string, number> {
  return Object.fromEntries(
    cellsOf(space).map(({ block, cell }) => {
      const { depth, width } = space.blocks[block].cells[cell];
      let size = block === 0 ? teacher.resolution : teacher.sizes[block - 1];
      let input = block === 0 ? space.stem.channels : teacher.widths[block - 1];
      const stemCost = { macs: 0, params: 0 };
      if (block === 0) {
        const { stem, first } = space;
        size = Math.ceil(size / stem.stride);
        stemCost.macs += 9 * input * stem.width * size ** 2;
        stemCost.params += 9 * input * stem.width;
        input = stem.width;
        if (first) {
          const { macs, params } = layerCost(first, input, size);
          stemCost.macs += macs;
          stemCost.params += params;
          size = Math.ceil(size / first.stride);
          input = first.width;
        }
      }
      const layers = Array.from({ length: depth }, (_, layer) => {
        const output = layer === depth - 1 ? teacher.widths[block] : width;
        const stride = layer === 0 ? space.blocks[block].stride : 1;
        const costs = space.operations.map(({ kernel, expansion, se }) => {
          const spec: LayerSpec = {
            ...{ type: "ir", kernel, stride, expansion, width: output },
            ...{ se: se ?? space.se, activation: space.activation },
          };
          return layerCost(spec, input, size);
        });
        size = Math.ceil(size / stride);
        input = output;
        return costs;
      });
      return [cellName({ block, cell }), of(layers, stemCost)];
    }),
  );
}

/**
 * A plan as text: a line for each device, and the balance that is expected.
 *
 * @param plan The plan.
 * @returns Lines without an end of line after the last.
 *
 * @example
 * ```ts
 * import { describePlan, planCells, searchSpace } from "@dna/kernel";
 * import { assertEquals } from "@std/assert";
 *
 * const times = { "0.0": 2, "1.0": 1, "1.1": 1, "1.2": 1, "2.0": 1, "2.1": 1, "2.2": 1, "3.0": 1, "3.1": 1, "3.2": 1 };
 * const teacher = { widths: [24, 40, 56, 80], sizes: [14, 7, 7, 4], resolution: 28 };
 * const plan = planCells(searchSpace("fashion"), teacher, ["CPU:0", "CPU:1"], { times });
 * assertEquals(
 *   describePlan(plan),
 *   "CPU:0: 0.0 1.2 2.1 3.0 3.2 (6.00 s)\n" +
 *     "CPU:1: 1.0 1.1 2.0 2.2 3.1 (5.00 s)\n" +
 *     "Expected balance: 92 %, by measured times",
 * );
 * ```
 */
export function describePlan({ devices, balance, measured }: DevicePlan): string {
  const amount = (time: number) =>
    measured ? `${time.toFixed(2)} s` : `${(time / 1e6).toFixed(1)} M multiply-adds an image`;
  const name = ({ part, ...cell }: PlannedCell) =>
    part ? `part ${part.index + 1} of ${part.of} of ${cellName(cell)}` : cellName(cell);
  const lines = devices.map(({ device, cells, time }) =>
    `${device}: ${cells.map(name).join(" ") || "nothing"} (${amount(time)})`
  );
  const by = measured ? "measured times" : "multiply-adds";
  return [...lines, `Expected balance: ${Math.round(balance * 100)} %, by ${by}`].join("\n");
}
