/**
 * How long a supernet takes on so many devices, from what was measured on one.
 *
 * @module
 */

import { ratingPlaces } from "./_places.ts";
import type { Space } from "../space/types.ts";
import { cellName } from "../supernet/cell_names.ts";
import type { Teacher } from "../teacher/teacher.ts";
import {
  cellMacs,
  cellsOf,
  longestFirst,
  pathParams,
  planCells,
  type PlannedDevice,
} from "./plan.ts";

/** CPU seconds of processes: of the one that leads, and of the one whose device computes. */
export interface ProcessSeconds {
  /** The leader's. */
  leader: number;
  /** The device's. */
  device: number;
}

/** What was measured on one device. */
export interface Measured {
  /** Images a step. */
  batch: number;
  /** Seconds of a step of all cells, the teacher's pass included. */
  stepSeconds: number;
  /** Seconds of the teacher's pass in it. */
  teacherSeconds: number;
  /**
   * Seconds of each cell's step alone, by its name. Default: a cell's part of the step is its part of the
   * multiply-adds.
   */
  cellSeconds?: Readonly<Record<string, number>>;
  /** Bytes a second from the leader to all workers together. Default: nothing travels. */
  bytesPerSecond?: number;
  /** Seconds in which the leader makes the images of a batch, a part of `stepSeconds`. Default: they are there in time. */
  imageSeconds?: number;
  /** What a step of all cells on one worker costs both processes. Default: the leader's time does not count. */
  stepCpu?: ProcessSeconds;
  /** Seconds to rate all paths with one image, the teacher's pass included. Default: rating is left out. */
  ratingSeconds?: number;
  /** What rating with one image on one worker costs both processes. Default: the leader's time does not count. */
  ratingCpu?: ProcessSeconds;
}

/** What is simulated. */
export interface Simulation {
  /** The search space. */
  space: Space;
  /** The teacher, or the widths and sizes of its maps. */
  teacher: Pick<Teacher, "widths" | "sizes" | "resolution">;
  /** Images to learn from. */
  images: number;
  /** Passes over them. */
  epochs: number;
  /** Images that rate. Default 5000. */
  ratedImages?: number;
  /**
   * Cores that the leader and the devices share, where they are processes of one machine with a thread each; needs
   * `stepCpu`. Default: each has its own.
   */
  cores?: number;
}

/** What so many devices give. */
export interface SimulatedRow {
  /** How many devices. */
  devices: number;
  /** Seconds of a step. */
  stepSeconds: number;
  /** Seconds of all steps. */
  distilSeconds: number;
  /** Seconds of the rating; 0 where it was not measured. */
  ratingSeconds: number;
  /** Mean time of the devices' cells by the longest. */
  balance: number;
  /** One device's time by the time and number of these. */
  efficiency: number;
}

/**
 * Predicts time, balance and efficiency of distilling and rating over devices.
 *
 * Each device runs the teacher and its own cells, which the planner gives it; where there are more devices than cells,
 * its part of a batch only. A step lasts as long as its slowest device, after its images have been made and, with the
 * weights and gradients of cells that several devices share, have gone to all devices one after the other over the
 * leader's link. It is never shorter than what the leader's one JavaScript thread does in it for all devices, nor, where
 * cores are shared, than the work of all processes over the cores.
 *
 * @param measured What one device takes.
 * @param simulation The work.
 * @param counts Numbers of devices.
 * @returns A row for each number.
 * @throws {RangeError} for times that cannot be.
 *
 * @example
 * ```ts
 * import { outlineTeacher, searchSpace, simulateDevices } from "@dna/kernel";
 * import { assertEquals } from "@std/assert";
 *
 * const teacher = outlineTeacher("tf_efficientnet_b7", { resolution: 224 });
 * const measured = { batch: 8, stepSeconds: 3, teacherSeconds: 1 };
 * const work = { space: searchSpace("dna"), teacher, images: 8000, epochs: 1 };
 * const [one] = simulateDevices(measured, work, [1]);
 * assertEquals([one.distilSeconds, one.efficiency], [3000, 1]);
 * ```
 */
export function simulateDevices(
  measured: Measured,
  { space, teacher, images, epochs, ratedImages = 5000, cores }: Simulation,
  counts: readonly number[],
): SimulatedRow[] {
  const { batch, stepSeconds, teacherSeconds, bytesPerSecond = Infinity } = measured;
  const { imageSeconds = 0, stepCpu, ratingCpu } = measured;
  const cellSeconds = stepSeconds - teacherSeconds - imageSeconds;
  if (!(teacherSeconds >= 0 && imageSeconds >= 0 && cellSeconds > 0 && bytesPerSecond > 0)) {
    throw new RangeError(
      `Cannot simulate: a step of ${stepSeconds} s has a teacher's pass of ${teacherSeconds} s ` +
        `and images of ${imageSeconds} s`,
    );
  }
  if (cores !== undefined && !stepCpu) {
    throw new RangeError(`Cannot simulate ${cores} shared cores: no CPU seconds were measured`);
  }
  const imageBytes = 4 * space.stem.channels * teacher.resolution ** 2;
  // Cells compute side by side, so that a step is not the sum of what they take alone; their proportions stay.
  const weights = measured.cellSeconds ?? cellMacs(space, teacher);
  const names = cellsOf(space).map(cellName);
  const total = names.reduce((sum, name) => sum + weights[name], 0);
  const times = Object.fromEntries(
    names.map((name) => [name, cellSeconds * weights[name] / total]),
  );
  const params = pathParams(space, teacher);
  const rateMacs = cellMacs(space, teacher, "rate");
  const places = ratingPlaces(space);
  const parts = (count: number) =>
    longestFirst(places, count, (place) => rateMacs[cellName(place)] / space.operations.length);
  const allMacs = parts(1)[0].time;
  /** Seconds that work which one process cannot hide from another takes at least. */
  const least = (cpu: ProcessSeconds | undefined, leaderMore: number, deviceMore: number) => {
    const leader = (cpu?.leader ?? 0) + leaderMore;
    if (cores === undefined) return leader;
    return Math.max(leader, (leader + (cpu?.device ?? 0) + deviceMore) / cores);
  };
  const rating = (count: number) => {
    if (measured.ratingSeconds === undefined) return 0;
    const teacherShare = teacherSeconds / batch;
    const longest = Math.max(...parts(count).map(({ time }) => time)) / allMacs;
    const travel = count * imageBytes / bytesPerSecond;
    const own = Math.max(0, measured.ratingSeconds - teacherShare);
    const floor = least(ratingCpu, 0, (count - 1) * teacherShare);
    return ratedImages * Math.max(teacherShare + own * longest + travel, floor);
  };
  const row = (devices: number) => {
    const names = Array.from({ length: devices }, (_, i) => `${i}`);
    const plan = planCells(space, teacher, names, { times, parts: batch });
    const busy = plan.devices.filter(({ cells }) => cells.length > 0);
    const shareOf = ({ cells: [{ part }] }: PlannedDevice) => 1 / (part?.of ?? 1);
    const alike = teacherSeconds + imageSeconds;
    const longest = Math.max(...busy.map((own) => own.time + alike * shareOf(own)));
    const passes = busy.reduce((sum, own) => sum + shareOf(own), 0);
    const bytes = busy.reduce((sum, own) => {
      // Devices that share a cell get its path's weights at each step, and give their gradients.
      const vectors = own.cells[0].part ? 2 * 4 * params[cellName(own.cells[0])] : 0;
      return sum + shareOf(own) * batch * imageBytes + vectors;
    }, 0);
    const floor = least(stepCpu, (passes - 1) * imageSeconds, (passes - 1) * teacherSeconds);
    const step = Math.max(bytes / bytesPerSecond + longest, floor);
    return {
      devices,
      stepSeconds: step,
      distilSeconds: step * epochs * Math.floor(images / batch),
      ratingSeconds: rating(devices),
      balance: plan.balance,
    };
  };
  const time = ({ distilSeconds, ratingSeconds }: ReturnType<typeof row>) =>
    distilSeconds + ratingSeconds;
  const one = time(row(1));
  return counts.map(row).map((each) => ({
    ...each,
    efficiency: one / each.devices / time(each),
  }));
}
