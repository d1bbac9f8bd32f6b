/**
 * How long the steps of each cell take, measured.
 *
 * @module
 */

import type { Rank, Tensor, Tensor4D } from "npm:@tensorflow/tfjs@4.22.0";
import type { ProgressEvent } from "../progress.ts";
import type { Random } from "../random.ts";
import type { Space } from "../space/types.ts";
import { type StepPlan, SupernetStepper } from "../supernet/_step.ts";
import { cellName, type CellPlace } from "../supernet/cell_names.ts";
import { RATES_SECTION_4_1 } from "../supernet/distill.ts";
import { createSupernet, type SupernetCell } from "../supernet/supernet.ts";
import type { Teacher } from "../teacher/teacher.ts";
import { tf } from "../tensorflow/tfjs.ts";
import { cellsAt } from "./_cell_state.ts";
import { cellsOf } from "./plan.ts";

/** Options of {@linkcode measureCells}. */
export interface MeasureOptions {
  /** Images a step. */
  batch: number;
  /** Draws weights, images and paths. */
  random: Random;
  /** Timed steps of each cell. Default 9. */
  steps?: number;
  /** The cells. Default: all of the space. */
  cells?: readonly CellPlace[];
  /** Told of each step, those that only compile too. */
  onProgress?: (event: ProgressEvent) => void;
  /** Stops between two steps. */
  signal?: AbortSignal;
}

/** What {@linkcode measureCells} gives. */
export interface MeasuredCells {
  /** Images a step. */
  batch: number;
  /** Median seconds of the teacher's pass. */
  teacherSeconds: number;
  /** Median seconds of each cell's step by its name, as `3.1`, with nothing beside it: what the planner goes by. */
  cellSeconds: Record<string, number>;
}

/**
 * Measures the teacher's pass and the step of each cell, alone, on the device that the code is placed on: random
 * paths of a supernet with random weights, each layer compiled before.
 *
 * @param space The search space.
 * @param teacher The teacher.
 * @param options How many images and steps.
 * @returns Medians in seconds; `cellSeconds` are `times` of {@linkcode planCells} and of {@linkcode distillOn}.
 * @throws {RangeError} if space and teacher have different numbers of blocks.
 * @throws {DOMException} `AbortError`, if the signal stops it.
 *
 * @example
 * ```ts
 * import {
 *   buildNetwork, createRandom, defineSpace, defineTeacher, measureCells, parseArchitecture, planCells,
 *   useEngine,
 * } from "@dna/kernel";
 * import { assertEquals } from "@std/assert";
 *
 * await useEngine();
 * const space = defineSpace({
 *   name: "tiny", stem: { channels: 1, width: 8, stride: 2 }, head: 16,
 *   blocks: [{ stride: 1, cells: [{ width: 8, depth: 1 }, { width: 8, depth: 2 }] }],
 *   operations: [{ kernel: 3, expansion: 1 }],
 * });
 * const architecture = parseArchitecture("stem_i1_c8 | ir_r1_k3_s1_e3_c12_se0.25 | head_c16");
 * const network = buildNetwork(architecture, { classes: 2, resolution: 8 });
 * const teacher = defineTeacher({ name: "tiny", network, cuts: [0], mean: [0.5], std: [0.25] });
 * const { cellSeconds } = await measureCells(space, teacher, { batch: 4, random: createRandom(1) });
 * const plan = planCells(space, teacher, ["GPU:0", "GPU:1"], { times: cellSeconds });
 * assertEquals([Object.keys(cellSeconds), plan.measured], [["0.0", "0.1"], true]);
 * ```
 */
export async function measureCells(
  space: Space,
  teacher: Teacher,
  { batch, random, steps = 9, cells = cellsOf(space), onProgress, signal }: MeasureOptions,
): Promise<MeasuredCells> {
  const supernet = createSupernet(space, teacher, { random: random.fork("supernet") });
  const stepper = new SupernetStepper(supernet, { weightDecay: 0, recompute: false, lanes: 1 });
  const { resolution, network } = teacher;
  const { channels } = network.architecture.stem;
  const shape: [number, number, number, number] = [batch, resolution, resolution, channels];
  const images = tf.randomNormal<Rank.R4>(shape, 0, 1, "float32", random.int(2 ** 31)) as Tensor4D;
  const maps: Tensor[] = [images];
  try {
    const teacherSeconds: number[] = [];
    for (let pass = 0; pass <= steps; pass++) {
      signal?.throwIfAborted();
      tf.dispose(maps.splice(1));
      const began = performance.now();
      maps.push(...await teacher.featuresAsync(images));
      await maps[maps.length - 1].data();
      // The first compiles.
      if (pass > 0) teacherSeconds.push((performance.now() - began) / 1000);
    }
    const cellSeconds = await timeCells(stepper, cellsAt(supernet, [...cells]), {
      ...{ maps, random, steps, operations: space.operations.length, onProgress, signal },
    });
    return { batch, teacherSeconds: median(teacherSeconds), cellSeconds };
  } finally {
    tf.dispose(maps);
    stepper.dispose();
    supernet.dispose();
  }
}

/** What cells are timed with. */
export interface TimeCellsOptions extends Pick<MeasureOptions, "random" | "onProgress" | "signal"> {
  /** The images, and the teacher's output of each block. */
  maps: readonly Tensor[];
  /** Timed steps of each cell. */
  steps: number;
  /** How many operations a layer has; each is compiled before anything is timed. */
  operations: number;
}

/** Median seconds of each cell's step, by its name. The cells take turns, so that what disturbs hits all alike. */
export async function timeCells(
  stepper: SupernetStepper,
  cells: readonly SupernetCell[],
  { maps, random, steps, operations, onProgress, signal }: TimeCellsOptions,
): Promise<Record<string, number>> {
  const seconds = new Map(cells.map((cell): [SupernetCell, number[]] => [cell, []]));
  const total = (operations + steps) * cells.length;
  let done = 0;
  for (let turn = -operations; turn < steps; turn++) {
    for (const [cell, own] of seconds) {
      signal?.throwIfAborted();
      const path: StepPlan["path"] = ({ layers }) =>
        layers.map(({ length }) => turn < 0 ? -(turn + 1) % length : random.int(length));
      const began = performance.now();
      await stepper.stepCell(cell, {
        maps,
        path,
        rate: (block) => RATES_SECTION_4_1[+(block > 0)],
      });
      if (turn >= 0) own.push((performance.now() - began) / 1000);
      onProgress?.({ stage: "measure", done: ++done, total, unit: "steps" });
    }
  }
  return Object.fromEntries([...seconds].map(([cell, own]) => [cellName(cell), median(own)]));
}

function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return (sorted[Math.floor(middle)] + sorted[Math.ceil(middle)]) / 2;
}
