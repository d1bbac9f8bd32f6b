/**
 * `deno task bench workers`: one worker process and two, each of one thread, beside what the simulation says.
 *
 * @module
 */

import {
  batches,
  createRandom,
  createSupernet,
  distillOn,
  joinWorkers,
  loadTeacher,
  measureCells,
  type Measured,
  type ProcessSeconds,
  ratePartsOn,
  resolveSpace,
  simulateDevices,
  type Site,
  type Space,
  type Split,
  type Supernet,
  type Teacher,
  tf,
  useEngine,
} from "../../mod.ts";
import { onDevice, placement } from "../../lib/tensorflow/placement.ts";
import { helpText, type OptionSpecs, readOptions, wholeNumber } from "../_options.ts";
import { cpuSeconds, startWorker, type WorkerProcess } from "./_worker_processes.ts";
import { noiseImages } from "./_noise.ts";
import { spread } from "./_spread.ts";

const ABOUT =
  "Runs distillation and rating of preset fashion's supernet on one worker process and on two, each of\n" +
  "one thread, in turns; measures what `deno task simulate` goes by, and prints what it predicts beside\n" +
  "what was seen. A third worker would only contend on a machine of two cores. Linux only.";

const OPTIONS: OptionSpecs = {
  batch: { value: "N", help: "images a step", default: "128" },
  steps: {
    value: "N",
    help: "measured steps of each run, after as many that compile",
    default: "40",
  },
  rounds: { value: "N", help: "runs of each kind", default: "2" },
  "rate-images": {
    value: "N",
    help: "measured images that rate, after as many that compile",
    default: "250",
  },
  json: { help: "lines of JSON, as `deno task simulate --measured` reads them" },
  help: { help: "this text" },
};

interface Setting {
  space: Space;
  teacher: Teacher;
  batch: number;
  steps: number;
  ratedImages: number;
  /** Images to learn from, to rate with and to calibrate with. */
  data: Record<"training" | "validation" | "calibration", Split>;
  workers: WorkerProcess[];
}

/** What some work took on some workers. */
interface Seen {
  /** Seconds of the slowest worker. */
  seconds: number;
  /** CPU seconds of all processes. */
  cpu: ProcessSeconds;
}

/** Runs the bench with arguments of its own. */
export async function benchWorkers(args: readonly string[]): Promise<void> {
  const { given } = readOptions(args, OPTIONS);
  if (given.help) {
    return console.log(helpText("deno task bench workers [options]", ABOUT, OPTIONS));
  }
  const batch = wholeNumber(given, "batch", 2, 4096) ?? 128;
  const steps = wholeNumber(given, "steps", 4, 10_000) ?? 40;
  const rounds = wholeNumber(given, "rounds", 1, 100) ?? 2;
  const ratedImages = wholeNumber(given, "rate-images", 2, 100_000) ?? 250;
  await useEngine({ device: "CPU:0", threads: 1 });
  const workers = await Promise.all([startWorker(), startWorker()]);
  const addresses = workers.map(({ port }) => ({ hostname: "127.0.0.1", port }));
  const { sites, close } = await joinWorkers(addresses, { patience: 60 });
  try {
    const space = resolveSpace("fashion");
    const teacher = await loadTeacher("fashion");
    const noise = (count: number) =>
      noiseImages(count, { side: 28, channels: 1, random: createRandom(1, "noise") });
    const data = {
      training: noise(batch * steps),
      validation: noise(2 * ratedImages),
      calibration: noise(64),
    };
    const setting = { space, teacher, batch, steps, ratedImages, data, workers };
    const [one, two]: { steps: Seen[]; ratings: Seen[] }[] = [0, 1].map(() => ({
      steps: [],
      ratings: [],
    }));
    for (let round = 1; round <= rounds; round++) {
      for (const [count, seen] of [[1, one], [2, two]] as const) {
        console.error(`Distilling and rating on ${count} of 2 workers, run ${round} of ${rounds}`);
        const supernet = createSupernet(space, teacher, { random: createRandom(1) });
        const own = sites.slice(0, count);
        seen.steps.push(await distilOn(setting, supernet, own));
        seen.ratings.push(await rateOn(setting, supernet, own));
        supernet.dispose();
      }
    }
    console.error("Measuring the teacher, the cells, images and transfer");
    const step = medianOf(one.steps);
    const rating = medianOf(one.ratings);
    const [site] = sites;
    const { teacherSeconds, cellSeconds } = await onDevice(
      site.device,
      () => measureCells(space, teacher, { batch, random: createRandom(2) }),
    );
    const imageBytes = 4 * 28 ** 2;
    const bytesPerSecond = await transferRate(site);
    const measured: Measured = {
      batch,
      // The images' way is the simulation's to add.
      stepSeconds: step.seconds - batch * imageBytes / bytesPerSecond,
      teacherSeconds,
      cellSeconds,
      imageSeconds: await imageSeconds(setting),
      bytesPerSecond,
      stepCpu: step.cpu,
      ratingSeconds: rating.seconds - imageBytes / bytesPerSecond,
      ratingCpu: rating.cpu,
    };
    const predict = (cores?: number) => {
      const work = { space, teacher, images: batch, epochs: 1, ratedImages: 1, cores };
      const [first, second] = simulateDevices(measured, work, [1, 2]);
      return {
        step: first.stepSeconds / second.stepSeconds,
        rating: first.ratingSeconds / second.ratingSeconds,
      };
    };
    const cores = navigator.hardwareConcurrency;
    const result = {
      cores,
      predicted: predict(cores),
      predicted_apart: predict(),
      seen: {
        step: step.seconds / medianOf(two.steps).seconds,
        rating: rating.seconds / medianOf(two.ratings).seconds,
      },
      one: { step, rating },
      two: { step: medianOf(two.steps), rating: medianOf(two.ratings) },
    };
    if (given.json) { for (const line of jsonLines(measured, result)) console.log(line); }
    else console.log(page(measured, result));
  } finally {
    close();
    for (const worker of workers) worker.kill("SIGKILL");
    await Promise.all(workers.map(({ ended }) => ended));
  }
}

type Result = {
  cores: number;
  predicted: Record<"step" | "rating", number>;
  predicted_apart: Record<"step" | "rating", number>;
  seen: Record<"step" | "rating", number>;
  one: { step: Seen; rating: Seen };
  two: { step: Seen; rating: Seen };
};

function page(measured: Measured, result: Result): string {
  const ms = (seconds: number) => `${(1000 * seconds).toFixed(2)} ms`;
  const line = (name: string, { seconds, cpu }: Seen) =>
    `${name.padEnd(30)} ${ms(seconds).padStart(10)}   CPU: leader ${ms(cpu.leader)}, workers ` +
    ms(cpu.device);
  const ratio = (key: "step" | "rating") =>
    `${key.padEnd(8)} seen ${result.seen[key].toFixed(2)}x, predicted ${
      result.predicted[key].toFixed(2)
    }x on ${result.cores} shared cores, ${
      result.predicted_apart[key].toFixed(2)
    }x on machines apart`;
  return [
    `Space fashion, batch ${measured.batch}, workers of one thread; medians`,
    line("a step, one worker", result.one.step),
    line("a step, two workers", result.two.step),
    line("rating an image, one worker", result.one.rating),
    line("rating an image, two workers", result.two.rating),
    `teacher's pass ${ms(measured.teacherSeconds)}, images of a batch ${
      ms(measured.imageSeconds!)
    }, transfer ${(measured.bytesPerSecond! / 1e6).toFixed(0)} MB/s`,
    ratio("step"),
    ratio("rating"),
  ].join("\n");
}

/** Lines as the simulation reads them, and the comparison. */
function jsonLines(measured: Measured, result: Result): string[] {
  return [
    {
      ...{ bench: "supernet", teacher: "fashion", space: "fashion", resolution: 28 },
      batch: measured.batch,
      seconds_per_step: measured.stepSeconds,
      teacher_seconds: measured.teacherSeconds,
      cell_seconds: measured.cellSeconds,
    },
    { bench: "transfer", bytes_per_second: measured.bytesPerSecond },
    { bench: "rating", seconds_per_image: measured.ratingSeconds },
    {
      ...{ bench: "processes", images_seconds: measured.imageSeconds },
      ...{ step_cpu: measured.stepCpu, rating_cpu: measured.ratingCpu },
    },
    { bench: "workers", ...result },
  ].map((line) => JSON.stringify(line));
}

/** CPU seconds of all processes until now. */
function cpuNow(workers: readonly WorkerProcess[]): ProcessSeconds {
  return {
    leader: cpuSeconds(Deno.pid),
    device: workers.reduce((sum, worker) => sum + worker.cpuSeconds(), 0),
  };
}

/** CPU seconds since then, for each of so many steps or images. */
function cpuSince(
  workers: readonly WorkerProcess[],
  then: ProcessSeconds,
  count: number,
): ProcessSeconds {
  const now = cpuNow(workers);
  return {
    leader: (now.leader - then.leader) / count,
    device: (now.device - then.device) / count,
  };
}

/** A step: of two passes over the images the first compiles, the second is measured. */
async function distilOn(
  { teacher, batch, steps, data, workers }: Setting,
  supernet: Supernet,
  sites: readonly Site[],
): Promise<Seen> {
  const times = new Map<string, number[]>();
  let then = cpuNow(workers);
  await distillOn(sites, supernet, {
    ...{ teacher, batch, epochs: 2, seed: 1, augment: true, checkpointSeconds: 3600 },
    data: data.training,
    onProgress: () => {
      const name = placement()!.device.fullName;
      const own = times.get(name) ?? [];
      times.set(name, own);
      own.push(performance.now() / 1000);
      const done = [...times.values()].reduce((sum, { length }) => sum + length, 0);
      if (done === steps * sites.length) then = cpuNow(workers);
    },
  });
  const medians = [...times.values()].map((own) =>
    spread(own.slice(steps).map((time, i) => time - own[steps + i - 1])).median
  );
  return { seconds: Math.max(...medians), cpu: cpuSince(workers, then, steps) };
}

/** Rating an image: of two equal chunks the first compiles, the second is measured. */
async function rateOn(
  { teacher, data, ratedImages, workers }: Setting,
  supernet: Supernet,
  sites: readonly Site[],
): Promise<Seen> {
  const ends = new Map<string, number[]>();
  let then = cpuNow(workers);
  await ratePartsOn(sites, supernet, {
    teacher,
    validation: data.validation,
    calibration: data.calibration,
    batch: ratedImages,
    chunk: ratedImages,
    onPart: ({ start }) => {
      const name = placement()!.device.fullName;
      const own = ends.get(name) ?? [];
      ends.set(name, own);
      own[start === 0 ? 0 : 1] = performance.now() / 1000;
      if (start === 0) then = cpuNow(workers);
    },
  });
  const seconds = Math.max(...[...ends.values()].map(([first, second]) => second - first));
  return { seconds: seconds / ratedImages, cpu: cpuSince(workers, then, ratedImages) };
}

/** Seconds in which this process makes the images of a batch. */
async function imageSeconds({ data, batch, teacher }: Setting): Promise<number> {
  const [mean, std] = [[...teacher.mean], [...teacher.std]];
  const options = { batch, augment: true, dropLast: true, mean, std, random: createRandom(3) };
  const times: number[] = [];
  let before = performance.now();
  for await (const _ of batches(data.training, options)) {
    times.push((performance.now() - before) / 1000);
    before = performance.now();
  }
  return spread(times).median;
}

/** Bytes a second to a worker: by what many more of them take longer than few. */
async function transferRate({ device }: Site): Promise<number> {
  const send = (count: number) =>
    onDevice(device, async () => {
      const values = new Float32Array(count).fill(1);
      const began = performance.now();
      const tensor = tf.tensor1d(values);
      const sum = tensor.sum();
      await sum.data();
      tf.dispose([tensor, sum]);
      return (performance.now() - began) / 1000;
    });
  const [few, many] = [2 ** 16, 2 ** 22];
  const times: number[][] = [];
  for (let i = 0; i < 9; i++) times.push([await send(few), await send(many)]);
  const [short, long] = [0, 1].map((which) => spread(times.map((pair) => pair[which])).median);
  return 4 * (many - few) / Math.max(1e-6, long - short);
}

function medianOf(seen: readonly Seen[]): Seen {
  const middle = (of: (each: Seen) => number) => spread(seen.map(of)).median;
  return {
    seconds: middle(({ seconds }) => seconds),
    cpu: { leader: middle(({ cpu }) => cpu.leader), device: middle(({ cpu }) => cpu.device) },
  };
}
