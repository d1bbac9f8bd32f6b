/**
 * Measured times, as the benches print them: a JSON object a line.
 *
 * @module
 */

import {
  type Measured,
  type MethodSettings,
  parseCells,
  type ProcessSeconds,
  readFile,
  resolveSpace,
} from "../mod.ts";
import { cellsOf } from "../lib/devices/plan.ts";
import { cellName } from "../lib/supernet/cell_names.ts";

/** A line of `deno task bench supernet --json`. */
export interface StepLine {
  teacher: string;
  space: string;
  batch: number;
  resolution: number;
  seconds_per_step: number;
  teacher_seconds: number;
  /** Seconds of each cell's step, by its name. */
  cell_seconds?: Record<string, number>;
}

/**
 * Reads a file of measured times; of several lines of a bench the last counts.
 *
 * @throws {SyntaxError} if a line is no JSON, or none tells of a step.
 */
export async function readMeasured(file: string): Promise<{ step: StepLine; measured: Measured }> {
  const text = new TextDecoder().decode(await readFile(file));
  const lines = text.split("\n").map((line, i) => {
    if (line.trim() === "") return {};
    try {
      return JSON.parse(line) as Record<string, unknown>;
    } catch {
      throw new SyntaxError(`Cannot read ${file}: line ${i + 1} is no JSON`);
    }
  });
  const last = (bench: string) => lines.findLast((line) => line?.bench === bench);
  const step = last("supernet") as unknown as StepLine | undefined;
  for (const key of ["batch", "resolution", "seconds_per_step", "teacher_seconds"] as const) {
    if (typeof step?.[key] === "number") continue;
    throw new SyntaxError(
      `Cannot read ${file}: it has no line of \`deno task bench supernet --json\` with ${key}`,
    );
  }
  return {
    step: step!,
    measured: {
      batch: step!.batch,
      stepSeconds: step!.seconds_per_step,
      teacherSeconds: step!.teacher_seconds,
      cellSeconds: step!.cell_seconds,
      bytesPerSecond: last("transfer")?.bytes_per_second as number | undefined,
      ratingSeconds: last("rating")?.seconds_per_image as number | undefined,
      imageSeconds: last("processes")?.images_seconds as number | undefined,
      stepCpu: last("processes")?.step_cpu as ProcessSeconds | undefined,
      ratingCpu: last("processes")?.rating_cpu as ProcessSeconds | undefined,
    },
  };
}

/**
 * Seconds of each cell's step, as `--measured` gives them to a search.
 *
 * @throws {RangeError} if the file does not have one of the cells.
 */
export async function cellTimes(
  file: string | undefined,
  { space, cells }: Pick<MethodSettings, "space" | "cells">,
): Promise<Record<string, number> | undefined> {
  if (file === undefined) return undefined;
  const { step: { cell_seconds: times = {} } } = await readMeasured(file);
  const resolved = resolveSpace(space);
  const wanted = cells === undefined ? cellsOf(resolved) : parseCells(cells, resolved);
  const missing = wanted.find((cell) => !(times[cellName(cell)] > 0));
  if (missing) {
    throw new RangeError(
      `Cannot plan by ${file}: it has no time of cell ${
        cellName(missing)
      } of space ${resolved.name}`,
    );
  }
  return times;
}
