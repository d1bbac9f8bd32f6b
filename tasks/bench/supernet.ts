/**
 * `deno task bench supernet`: one step of all cells of a space, against PyTorch on the same work.
 *
 * @module
 */

import { availableParallelism } from "node:os";
import {
  createRandom,
  createSupernet,
  loadTeacher,
  resolveSpace,
  SPACE_NAMES,
  type Supernet,
  type Teacher,
  TEACHER_NAMES,
  tf,
  useEngine,
} from "../../mod.ts";
import { RATES_SECTION_4_1 } from "../../lib/supernet/distill.ts";
import { timeCells } from "../../lib/devices/measure.ts";
import { SupernetStepper } from "../../lib/supernet/_step.ts";
import {
  helpText,
  number,
  oneOf,
  type OptionSpecs,
  readOptions,
  wholeNumber,
} from "../_options.ts";
import { type Peer, startPeer } from "./_peer.ts";
import { type Spread, spread } from "./_spread.ts";

const ABOUT =
  "Measures one step of a supernet: one teacher pass, one random path and one Adam update in every\n" +
  "cell. With --peers PyTorch does the same beside it, step by step in turns: cell after cell as the\n" +
  "authors' code does, and with one teacher pass for all cells (joint).";

const OPTIONS: OptionSpecs = {
  teacher: { value: "NAME", help: "teacher, with random weights", default: "tf_efficientnet_b0" },
  space: {
    value: "NAME|FILE",
    help: `space: ${SPACE_NAMES.join(", ")}, or a file`,
    default: "dna",
  },
  batch: { value: "N", help: "images a step", default: "8" },
  resolution: { value: "PIXELS", help: "side of the images", default: "224" },
  steps: { value: "N", help: "measured steps", default: "9" },
  lanes: { value: "N", help: "cells that compute at the same time", default: "one a core" },
  recompute: { help: "compute layers again on the way back, for less memory" },
  device: { value: "NAME", help: "device, as CPU:0 or GPU:0", default: "first GPU, else CPU" },
  threads: { value: "N", help: "threads of each side", default: "each side's choice" },
  seed: { value: "N", help: "decides weights, images and paths", default: "0" },
  peers: { help: "PyTorch's two ways beside it, in turns" },
  python: { value: "PATH", help: "a Python with torch and timm", default: "installed when needed" },
  json: { help: "one line of JSON" },
  help: { help: "this text" },
};

interface Setting {
  teacher: Teacher;
  supernet: Supernet;
  stepper: SupernetStepper;
  batch: number;
  resolution: number;
  seed: number;
  /** Seconds of the teacher's pass of each step. */
  teacherSeconds: number[];
}

/** Runs the bench with arguments of its own. */
export async function benchSupernet(args: readonly string[]): Promise<void> {
  const { given } = readOptions(args, OPTIONS);
  if (given.help) {
    return console.log(helpText("deno task bench supernet [options]", ABOUT, OPTIONS));
  }
  const teacherName = oneOf(given, "teacher", TEACHER_NAMES) ?? "tf_efficientnet_b0";
  const space = resolveSpace(given.space as string ?? "dna");
  const batch = wholeNumber(given, "batch", 2, 4096) ?? 8;
  const resolution = wholeNumber(given, "resolution", 8, 4096) ?? 224;
  const steps = wholeNumber(given, "steps", 1, 10_000) ?? 9;
  const lanes = wholeNumber(given, "lanes", 1, 256) ?? availableParallelism();
  const threads = wholeNumber(given, "threads", 1, 256);
  const seed = number(given, "seed", 0, Number.MAX_SAFE_INTEGER) ?? 0;
  const engine = await useEngine({ device: given.device as string | undefined, threads });
  const teacher = await loadTeacher(teacherName, { resolution, weights: "random" });
  const supernet = createSupernet(space, teacher, { random: createRandom(seed, "supernet") });
  const recompute = given.recompute === true;
  const stepper = new SupernetStepper(supernet, { weightDecay: 0, recompute, lanes });
  const setting: Setting = {
    teacher,
    supernet,
    stepper,
    batch,
    resolution,
    seed,
    teacherSeconds: [],
  };

  const began = performance.now();
  // Every operation of every layer once: no measured step compiles anything.
  const operations = space.operations.length;
  for (let operation = 0; operation < operations; operation++) {
    await step(setting, -1 - operation, operation);
  }
  const warmup = (performance.now() - began) / 1000;
  setting.teacherSeconds = [];
  const tensors = tf.memory().numTensors;
  const peer = given.peers ? await startPyTorch(setting, given) : undefined;
  const seconds: Record<"ours" | "authors" | "joint", number[]> = {
    ours: [],
    authors: [],
    joint: [],
  };
  for (let i = 0; i < steps; i++) {
    seconds.ours.push(await step(setting, i));
    if (!peer) continue;
    for (const mode of ["joint", "authors"] as const) {
      seconds[mode].push((await peer.ask<{ seconds: number }>({ mode })).seconds);
    }
  }
  const leaked = tf.memory().numTensors - tensors;
  const alone = await timeEachCell(setting, steps);
  await peer?.close();
  const ours = spread(seconds.ours);
  const against = (mode: "authors" | "joint") => {
    const ratios = seconds[mode].map((value, i) => value / seconds.ours[i]);
    return { seconds_per_step: spread(seconds[mode]).median, ratio: spread(ratios) };
  };
  const result = {
    bench: "supernet",
    device: engine.device.name,
    tensorflow: engine.version,
    teacher: teacherName,
    space: space.name,
    batch,
    resolution,
    steps,
    lanes,
    recompute,
    seconds_per_step: ours.median,
    teacher_seconds: spread(setting.teacherSeconds).median,
    images_per_second: batch / ours.median,
    spread: ours,
    cell_seconds: alone,
    warmup_seconds: warmup,
    tensors_leaked: leaked,
    ...(peer &&
      { peers: { ...peer.versions, authors: against("authors"), joint: against("joint") } }),
  };
  console.log(given.json ? JSON.stringify(result) : page(result));
}

/** One step on random images; gives its seconds. */
async function step(setting: Setting, index: number, operation?: number): Promise<number> {
  const { teacher, stepper, batch, resolution, seed } = setting;
  const channels = teacher.network.architecture.stem.channels;
  const x = tf.randomNormal(
    [batch, resolution, resolution, channels],
    0,
    1,
    "float32",
    seed + index,
  );
  await x.data();
  const random = createRandom(seed, "paths", index + 1_000_000);
  const began = performance.now();
  const maps = [x, ...await teacher.featuresAsync(x as tf.Tensor4D)];
  setting.teacherSeconds.push((performance.now() - began) / 1000);
  await stepper.step({
    maps,
    path: ({ layers }) =>
      layers.map((variants) =>
        operation === undefined ? random.int(variants.length) : operation % variants.length
      ),
    rate: (block) => RATES_SECTION_4_1[Math.min(block, 1)],
  }, () => {});
  tf.dispose(maps);
  return (performance.now() - began) / 1000;
}

/** The seconds of each cell's step with nothing beside it, by which devices are planned. */
async function timeEachCell(
  { teacher, supernet, stepper, batch, resolution, seed }: Setting,
  steps: number,
): Promise<Record<string, number>> {
  const channels = teacher.network.architecture.stem.channels;
  const shape: [number, number, number, number] = [batch, resolution, resolution, channels];
  const x = tf.randomNormal<tf.Rank.R4>(shape, 0, 1, "float32", seed) as tf.Tensor4D;
  const maps = [x, ...await teacher.featuresAsync(x)];
  const random = createRandom(seed, "cells");
  try {
    return await timeCells(stepper, supernet.blocks.flat(), {
      ...{ maps, random, steps, operations: 0 },
    });
  } finally {
    tf.dispose(maps);
  }
}

async function startPyTorch(
  { supernet, teacher, batch, resolution, seed }: Setting,
  given: Record<string, string | true | undefined>,
): Promise<Peer & { versions: Record<string, string> }> {
  const { blocks, operations } = supernet.space;
  const packages = {
    folder: "peer-torch",
    version: "cpu",
    requirements: ["torch", "timm"],
    bench: "supernet",
  };
  const peer = await startPeer("supernet_peer.py", packages, given.python as string | undefined);
  const name = teacher.name.replace(" (random weights)", "");
  const threads = given.threads === undefined ? undefined : Number(given.threads);
  const setup = { teacher: name, blocks, operations, batch, resolution, seed, threads };
  const versions = await peer.ask<Record<string, string>>(setup);
  // PyTorch chooses its kernels in the first steps.
  for (const mode of ["joint", "authors", "joint", "authors"]) await peer.ask({ mode });
  return { ...peer, versions };
}

interface PeerResult {
  seconds_per_step: number;
  ratio: Spread;
}

function page(
  result: {
    device: string;
    teacher: string;
    space: string;
    batch: number;
    resolution: number;
    steps: number;
    seconds_per_step: number;
    images_per_second: number;
    warmup_seconds: number;
    peers?: { authors: PeerResult; joint: PeerResult };
  },
): string {
  const { device, teacher, space, batch, resolution, steps, peers } = result;
  const lines = [
    `Space ${space}, teacher ${teacher}, batch ${batch} of ${resolution} pixels, on ${device}; medians of ${steps} steps`,
    `ours            ${result.seconds_per_step.toFixed(3)} s a step, ${
      result.images_per_second.toFixed(2)
    } images/s (compiled in ${result.warmup_seconds.toFixed(0)} s)`,
  ];
  for (const mode of ["joint", "authors"] as const) {
    if (!peers) break;
    const { seconds_per_step, ratio } = peers[mode];
    lines.push(
      `PyTorch ${mode.padEnd(7)} ${seconds_per_step.toFixed(3)} s a step, ` +
        `${ratio.median.toFixed(2)}× ours (${ratio.low.toFixed(2)}–${ratio.high.toFixed(2)})`,
    );
  }
  return lines.join("\n");
}
