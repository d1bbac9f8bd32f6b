/**
 * `deno task bench rating`: every path of a cell rated with shared prefixes, against each path on its own.
 *
 * @module
 */

import { availableParallelism } from "node:os";
import process from "node:process";
import {
  createRandom,
  createSupernet,
  loadTeacher,
  pathDigits,
  type RatedPart,
  type RatingPlace,
  resolveSpace,
  SPACE_NAMES,
  type Split,
  type Supernet,
  type Teacher,
  TEACHER_NAMES,
  tf,
  useEngine,
} from "../../mod.ts";
import { calibrationMap } from "../../lib/supernet/_calibration.ts";
import { Rater } from "../../lib/supernet/_rater.ts";
import { RatingFunctionCache } from "../../lib/supernet/_rating_functions.ts";
import { firstVariants } from "../../lib/supernet/_rating_places.ts";
import { laterLayers, placeWork, variantWork } from "../../lib/supernet/_rating_work.ts";
import { teacherMaps } from "../../lib/supernet/_teacher_maps.ts";
import type { SupernetCell, TrainedVariant } from "../../lib/supernet/supernet.ts";
import { helpText, oneOf, type OptionSpecs, readOptions, wholeNumber } from "../_options.ts";
import { type CellMaps, ratePathsAlone } from "./_rate_alone.ts";
import { noiseImages } from "./_noise.ts";
import { type Spread, spread } from "./_spread.ts";

const ABOUT =
  "Rates the paths of each cell with shared prefixes, and a sample of them each on its own, in turns. How much\n" +
  "of the multiply-adds that sharing saves is saved in time too? The teacher's pass is not counted.";

const OPTIONS: OptionSpecs = {
  space: {
    value: "NAME|FILE",
    help: `space: ${SPACE_NAMES.join(", ")}, or a file`,
    default: "fashion",
  },
  teacher: { value: "NAME", help: "teacher", default: "fashion" },
  weights: { value: "FILE|random", help: "its weights", default: "its own, else random ones" },
  resolution: { value: "PIXELS", help: "side of the images", default: "the teacher's, 64 at most" },
  images: { value: "N", help: "images that rate", default: "32" },
  calibration: { value: "N", help: "images that recalibrate", default: "128" },
  batch: { value: "N", help: "images at once", default: "32" },
  cells: { value: "B.C,…", help: "cells to measure, by block and cell from 0", default: "all" },
  prefixes: { value: "N", help: "first operations of a cell, of all", default: "all" },
  paths: { value: "N", help: "paths of a cell that are rated alone, drawn", default: "36" },
  rounds: { value: "N", help: "rounds; in each one way runs, then the other", default: "5" },
  lanes: { value: "N", help: "parts, or paths, at the same time", default: "one a core" },
  device: { value: "NAME", help: "device, as CPU:0 or GPU:0", default: "first GPU, else CPU" },
  threads: { value: "N", help: "TensorFlow's threads", default: "TensorFlow's choice" },
  seed: { value: "N", help: "decides weights, images and paths", default: "0" },
  json: { help: "one line of JSON" },
  help: { help: "this text" },
};

/** What is measured, and how. */
interface Setting {
  supernet: Supernet;
  teacher: Teacher;
  validation: Split;
  calibration: Split;
  batch: number;
  lanes: number;
  prefixes: number;
  paths: number;
  rounds: number;
  seed: number;
}

/** One cell's line. */
interface Line {
  cell: string;
  /** Paths that were rated with shared prefixes, and alone. */
  paths: number;
  sampled: number;
  /** Multiply-adds of all paths alone / with shared prefixes. */
  work: number;
  /** Seconds, each way; alone for all paths, by the multiply-adds of those that were drawn. */
  shared: Spread;
  alone: Spread;
  /** Time of all paths alone / with shared prefixes, in the same round. */
  time: Spread;
  /** The same of the process's CPU time, which other processes hardly move. */
  cpu: Spread;
  /** `time` / `work`. */
  quotient: number;
  cpuQuotient: number;
  /** Largest relative difference between the two ways' sums. */
  difference: number;
}

/** Runs the bench with arguments of its own. */
export async function benchRating(args: readonly string[]): Promise<void> {
  const { given } = readOptions(args, OPTIONS);
  if (given.help) {
    return console.log(helpText("deno task bench rating [options]", ABOUT, OPTIONS));
  }
  const name = oneOf(given, "teacher", TEACHER_NAMES) ?? "fashion";
  const space = resolveSpace(given.space as string ?? "fashion");
  const resolution = wholeNumber(given, "resolution", 8, 4096) ?? (name === "fashion" ? 28 : 64);
  const seed = wholeNumber(given, "seed", 0, Number.MAX_SAFE_INTEGER) ?? 0;
  const whole = (option: string, most: number, usual: number) =>
    wholeNumber(given, option, 1, most) ?? usual;
  const threads = wholeNumber(given, "threads", 1, 256);
  const engine = await useEngine({ device: given.device as string | undefined, threads });
  const weights = given.weights as string | undefined ??
    (name === "fashion" ? undefined : "random");
  const teacher = await loadTeacher(name, { resolution, weights });
  const prefixes = whole("prefixes", space.operations.length, space.operations.length);
  const { channels } = teacher.network.architecture.stem;
  const noise = (count: number, own: number) =>
    noiseImages(count, { side: resolution, channels, random: createRandom(own, "images") });
  const setting: Setting = {
    supernet: createSupernet(space, teacher, { random: createRandom(seed, "supernet") }),
    teacher,
    validation: noise(whole("images", 4096, 32), seed),
    calibration: noise(whole("calibration", 4096, 128), seed + 1),
    batch: whole("batch", 4096, 32),
    // No more parts are there at a time than a cell has prefixes.
    lanes: Math.min(whole("lanes", 256, availableParallelism()), prefixes),
    prefixes,
    paths: whole("paths", 10_000, 36),
    rounds: whole("rounds", 1000, 5),
    seed,
  };
  const wanted = given.cells === undefined ? undefined : new Set(String(given.cells).split(","));
  const lines: Line[] = [];
  for (const cell of setting.supernet.blocks.flat()) {
    if (wanted && !wanted.has(`${cell.block}.${cell.cell}`)) continue;
    console.error(`Measuring cell ${cell.block}.${cell.cell}`);
    lines.push(await measure(setting, cell));
  }
  const result = {
    bench: "rating",
    device: engine.device.name,
    tensorflow: engine.version,
    space: space.name,
    teacher: teacher.name,
    resolution,
    images: setting.validation.count,
    calibration: setting.calibration.count,
    batch: setting.batch,
    lanes: setting.lanes,
    rounds: setting.rounds,
    cells: lines,
  };
  console.log(given.json ? JSON.stringify(result) : page(result));
}

async function measure(setting: Setting, cell: SupernetCell): Promise<Line> {
  const { supernet, teacher, lanes, rounds, seed } = setting;
  const { block, cell: position, depth } = cell;
  const operations = supernet.space.operations.length;
  const firsts = Array.from({ length: setting.prefixes }, (_, first) => first);
  const only = firsts.map((first) => ({ block, cell: position, first }));
  const perPrefix = operations ** (depth - 1);
  const all = Array.from({ length: firsts.length * perPrefix }, (_, path) => path);
  const random = createRandom(seed, "paths", block, position);
  const sample = random.shuffle(all.slice()).slice(0, setting.paths).sort((a, b) => a - b);
  const layersOf = (path: number): TrainedVariant[] => {
    const later = laterLayers(cell);
    const searched = [firstVariants(cell), ...later];
    const chosen = pathDigits(supernet.space, depth, path).map((digit, i) => searched[i][digit]);
    return cell.stem ? [cell.layers[0][0], ...chosen] : chosen;
  };
  const work = workOf(setting, cell);
  const sharedWork = work.stem + only.reduce(
    (sum, place) => sum + placeWork(supernet, teacher.sizes, place),
    0,
  );
  const aloneWork = (paths: readonly number[]) =>
    paths.reduce((sum, path) => sum + work.path(layersOf(path)), 0);
  const scale = aloneWork(all) / aloneWork(sample);

  const maps = await cellMaps(setting, block);
  const functions = new RatingFunctionCache();
  const paths = sample.map(layersOf);
  const seconds = { shared: [] as number[], alone: [] as number[] };
  const cpu = { shared: [] as number[], alone: [] as number[] };
  let difference = 0;
  try {
    for (let round = -1; round < rounds; round++) {
      const shared = await rateShared(setting, only, functions);
      const stop = startClock();
      const alone = await ratePathsAlone(paths, maps, functions, lanes);
      const time = stop();
      const sums = shared.value.flatMap((part) => part.sums);
      sample.forEach((path, i) => {
        difference = Math.max(difference, Math.abs(alone[i] / sums[path] - 1));
      });
      // The first round compiles.
      if (round < 0) continue;
      seconds.shared.push(shared.seconds);
      seconds.alone.push(time.seconds * scale);
      cpu.shared.push(shared.cpu);
      cpu.alone.push(time.cpu * scale);
    }
  } finally {
    functions.dispose();
    tf.dispose([maps.calibration, ...maps.inputs, ...maps.targets]);
  }
  const ratios = (way: typeof seconds) => spread(way.alone.map((own, i) => own / way.shared[i]));
  const ratio = aloneWork(all) / sharedWork;
  const [time, ofCpu] = [ratios(seconds), ratios(cpu)];
  return {
    cell: `${block}.${position}`,
    paths: all.length,
    sampled: sample.length,
    work: ratio,
    shared: spread(seconds.shared),
    alone: spread(seconds.alone),
    time,
    cpu: ofCpu,
    quotient: time.median / ratio,
    cpuQuotient: ofCpu.median / ratio,
    difference,
  };
}

/** Multiply-adds for one image of a cell's stem, and of a path on its own. */
function workOf({ teacher }: Setting, cell: SupernetCell): {
  stem: number;
  path(layers: readonly TrainedVariant[]): number;
} {
  const size = teacher.sizes[cell.block];
  const stemSize = size * firstVariants(cell)[0].stride;
  // No 1×1 convolution comes before the stem's stride.
  const stem = cell.stem ? variantWork({ ...cell.layers[0][0], stride: 1 }, stemSize) : 0;
  return {
    stem,
    path: (layers) =>
      layers.slice(cell.stem ? 1 : 0)
        .reduce((sum, variant) => sum + variantWork(variant, size), stem),
  };
}

/** The maps around a block, as a rating of all paths computes them. */
async function cellMaps(
  { teacher, validation, calibration, batch }: Setting,
  block: number,
): Promise<CellMaps> {
  const [rated, recalibrating] = [
    await teacherMaps({ teacher, split: validation, batch }),
    await teacherMaps({ teacher, split: calibration, batch }),
  ];
  const map = calibrationMap(recalibrating[block], teacher.sizes[block]);
  const others = rated.filter((_, i) => i !== block && i !== block + 1);
  tf.dispose([...others.flat(), ...recalibrating.flat()]);
  return { calibration: map, inputs: rated[block], targets: rated[block + 1] };
}

/** A rating with shared prefixes, as `rate` does it, timed from when the teacher's last map is there. */
async function rateShared(
  { supernet, teacher, validation, calibration, batch, lanes }: Setting,
  only: readonly RatingPlace[],
  functions: RatingFunctionCache,
): Promise<Timed<RatedPart[]>> {
  let passes = Math.ceil(calibration.count / batch) + Math.ceil(validation.count / batch);
  let stop = startClock();
  const watched: Teacher = {
    ...teacher,
    featuresAsync: async (images) => {
      const maps = await teacher.featuresAsync(images);
      await maps.at(-1)!.data();
      if (--passes === 0) stop = startClock();
      return maps;
    },
  };
  const options = { teacher: watched, validation, calibration, batch, lanes, only };
  const rater = new Rater(supernet, options, functions);
  const value = await rater.rateAll();
  const time = stop();
  rater.dispose();
  return { value, ...time };
}

/** A result, and what it took by the clock and in CPU time, in seconds. */
interface Timed<T> {
  value: T;
  seconds: number;
  cpu: number;
}

function startClock(): () => Omit<Timed<unknown>, "value"> {
  const before = process.cpuUsage();
  const began = performance.now();
  return () => {
    const seconds = (performance.now() - began) / 1000;
    const { user, system } = process.cpuUsage();
    return { seconds, cpu: (user + system - before.user - before.system) / 1e6 };
  };
}

function page(
  result: {
    device: string;
    space: string;
    teacher: string;
    resolution: number;
    images: number;
    calibration: number;
    batch: number;
    lanes: number;
    rounds: number;
    cells: readonly Line[];
  },
): string {
  const rows = [
    ["cell", "paths", "shared", "alone", "work", "time", "quartiles", "time/work", "CPU/work", ""],
    ...result.cells.map((line) => [
      line.cell,
      `${line.paths}`,
      `${line.shared.median.toFixed(2)} s`,
      `${line.alone.median.toFixed(2)} s`,
      line.work.toFixed(2),
      line.time.median.toFixed(2),
      `${line.time.low.toFixed(2)}–${line.time.high.toFixed(2)}`,
      line.quotient.toFixed(2),
      line.cpuQuotient.toFixed(2),
      `sums differ by ${line.difference.toExponential(0)}`,
    ]),
  ];
  const widths = rows[0].map((_, i) => Math.max(...rows.map((row) => row[i].length)));
  return [
    `Space ${result.space}, teacher ${result.teacher}, ${result.images} images of ${result.resolution} pixels ` +
    `by ${result.batch}, ${result.calibration} to recalibrate, on ${result.device}, ${result.lanes} lanes; ` +
    `medians of ${result.rounds} rounds`,
    ...rows.map((row) => row.map((text, i) => text.padStart(widths[i])).join("  ").trimEnd()),
    "work, time: all paths alone / with shared prefixes, in multiply-adds and in seconds",
  ].join("\n");
}
