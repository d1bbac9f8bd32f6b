/**
 * How long a supernet takes on so many devices, from what was measured on one.
 *
 * @module
 */

import { ratingPlaces } from "./_places.ts";
import type { Space } from "../space/types.ts";
import { cellName } from "../supernet/cell_names.ts";
import type { Teacher } from "../teacher/teacher.ts";
import { cellMacs, longestFirst, planCells } from "./plan.ts";

/** What was measured on one device. */
export interface Measured {
  /** Images a step. */
  batch: number;
  /** Seconds of a step of all cells, the teacher's pass included. */
  stepSeconds: number;
  /** Seconds of the teacher's pass in it. */
  teacherSeconds: number;
  /** Bytes a second from the leader to all workers together. Default: nothing travels. */
  bytesPerSecond?: number;
  /** Seconds to rate all paths with one image, the teacher's pass included. Default: rating is left out. */
  ratingSeconds?: number;
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
 * Each device runs the teacher and its own cells, which the planner gives it; a cell's part of the measured step is its
 * part of the multiply-adds. A step lasts as long as its slowest device, after the images have gone to all devices
 * one after the other over the leader's link.
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
  { space, teacher, images, epochs, ratedImages = 5000 }: Simulation,
  counts: readonly number[],
): SimulatedRow[] {
  const { batch, stepSeconds, teacherSeconds, bytesPerSecond = Infinity } = measured;
  const cellSeconds = stepSeconds - teacherSeconds;
  if (!(teacherSeconds >= 0 && cellSeconds > 0 && bytesPerSecond > 0)) {
    throw new RangeError(
      `Cannot simulate: a step of ${stepSeconds} s has a teacher's pass of ${teacherSeconds} s`,
    );
  }
  const imageBytes = 4 * space.stem.channels * teacher.resolution ** 2;
  const macs = cellMacs(space, teacher);
  const total = Object.values(macs).reduce((sum, value) => sum + value, 0);
  const times = Object.fromEntries(
    Object.entries(macs).map(([name, value]) => [name, cellSeconds * value / total]),
  );
  const rateMacs = cellMacs(space, teacher, "rate");
  const places = ratingPlaces(space);
  const parts = (count: number) =>
    longestFirst(places, count, (place) => rateMacs[cellName(place)] / space.operations.length);
  const allMacs = parts(1)[0].time;
  const rating = (count: number) => {
    if (measured.ratingSeconds === undefined) return 0;
    const teacherShare = teacherSeconds / batch;
    const longest = Math.max(...parts(count).map(({ time }) => time)) / allMacs;
    const travel = count * imageBytes / bytesPerSecond;
    const own = Math.max(0, measured.ratingSeconds - teacherShare);
    return ratedImages * (teacherShare + own * longest + travel);
  };
  const row = (devices: number) => {
    const names = Array.from({ length: devices }, (_, i) => `${i}`);
    const plan = planCells(space, teacher, names, { times });
    const longest = Math.max(...plan.devices.map(({ time }) => time));
    const step = devices * batch * imageBytes / bytesPerSecond + teacherSeconds + longest;
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
