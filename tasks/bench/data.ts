/**
 * `deno task bench data`: image files made ready for training, against torchvision's transforms in PyTorch's loader.
 *
 * @module
 */

import { availableParallelism, cpus } from "node:os";
import { randomView } from "../../lib/data/_crop.ts";
import type { Augment } from "../../lib/data/augment.ts";
import { batches, type BatchesOptions } from "../../lib/data/batches.ts";
import type { FileSplit } from "../../lib/data/types.ts";
import { node, tf, useEngine } from "../../lib/engine.ts";
import { createRandom } from "../../lib/random.ts";
import { type Packages, type Peer, startPeer } from "./_peer.ts";
import type { BenchOptions, Report, Row } from "./_report.ts";
import { spread } from "./_spread.ts";

/** The peer, of the versions that the test fixtures were made with. */
const PACKAGES: Packages = {
  folder: "peer-torchvision",
  version: "0.29.1",
  requirements: ["torch==2.14.1", "torchvision==0.29.1", "pillow==13.0.0"],
  bench: "data",
};

/** ImageNet's photographs are 500×375 pixels and about 110 kB as a rule. */
const [HEIGHT, WIDTH, QUALITY] = [375, 500, 92];
const IMAGES = 256;
const BATCH = 32;
const RESOLUTION = 224;
const MEAN = [0.485, 0.456, 0.406];
const STD = [0.229, 0.224, 0.225];
const SEED = 3;

/** One line of the table: what both sides do to each image. */
interface Work {
  name: string;
  interpolation: "bicubic" | "bilinear";
  augment?: Augment;
}

const CROP: Augment = { crop: true, flip: true };

const WORKS: Work[] = [
  { name: "crop, flip, bicubic", interpolation: "bicubic", augment: CROP },
  { name: "crop, flip, bilinear", interpolation: "bilinear", augment: CROP },
  {
    name: "crop, flip, AutoAugment, bicubic",
    interpolation: "bicubic",
    augment: { ...CROP, autoAugment: true },
  },
  { name: "evaluation, bicubic", interpolation: "bicubic" },
];

/** Runs the bench; `onProgress` is told what is being measured. */
export async function benchData(
  { device, threads, rounds, python }: BenchOptions,
  onProgress: (text: string) => void,
): Promise<Report> {
  const engine = await useEngine({ device });
  const workers = threads ?? availableParallelism();
  const folder = await Deno.makeTempDir({ prefix: "dna-bench-data-" });
  const peer = await startPeer("data_peer.py", PACKAGES, python);
  try {
    onProgress(`${IMAGES} photographs being made`);
    const split = await makePhotographs(folder);
    const versions = await peer.ask<Record<string, string>>({
      task: "start",
      files: split.files.map((file) => `${folder}/${file}`),
      batch: BATCH,
      resolution: RESOLUTION,
      mean: MEAN,
      std: STD,
      workers,
    });
    const rows: Row[] = [];
    for (const work of WORKS) {
      onProgress(work.name);
      rows.push(await measure(peer, split, work, workers, rounds));
    }
    return {
      bench: "data",
      machine: `${cpus()[0]?.model ?? Deno.build.arch}, ${availableParallelism()} threads`,
      device: engine.device.name,
      versions: { tensorflow: engine.version, deno: Deno.version.deno, ...versions },
      threads: workers,
      rounds,
      rows,
    };
  } finally {
    await peer.close();
    await Deno.remove(folder, { recursive: true });
  }
}

/** JPEG files with detail of every size, as photographs have it: noise of many scales, drawn from a seed. */
async function makePhotographs(folder: string): Promise<FileSplit> {
  const files: string[] = [];
  for (let i = 0; i < IMAGES; i++) {
    const pixels = tf.tidy(() => {
      let sum = tf.fill([HEIGHT, WIDTH, 3], 128) as tf.Tensor3D;
      for (let size = 4, octave = 0; size <= 512; size *= 2, octave++) {
        const noise = tf.randomUniform<tf.Rank.R3>(
          [Math.min(size, HEIGHT), Math.min(size, WIDTH), 3],
          -1,
          1,
          "float32",
          1000 * i + octave,
        );
        sum = sum.add(tf.image.resizeBilinear(noise, [HEIGHT, WIDTH]).mul(90 * 0.78 ** octave));
      }
      return sum.clipByValue(0, 255).cast("int32") as tf.Tensor3D;
    });
    files.push(`${i}.jpg`);
    await Deno.writeFile(`${folder}/${i}.jpg`, await node.encodeJpeg(pixels, "rgb", QUALITY));
    pixels.dispose();
  }
  const labels = new Uint8Array(IMAGES);
  return { name: "photographs", count: IMAGES, channels: 3, labels, folder, files };
}

/** What is drawn for each image in our epoch, so that the peer cuts and mirrors alike. */
function drawn(order: Int32Array, random: ReturnType<typeof createRandom>): number[][] {
  return Array.from(order, (index) => {
    const own = random.fork(index);
    const { box } = randomView(HEIGHT, WIDTH, RESOLUTION, {}, own);
    return [index, box.top, box.left, box.height, box.width, own.int(2)];
  });
}

async function measure(
  peer: Peer,
  split: FileSplit,
  { name, interpolation, augment }: Work,
  workers: number,
  rounds: number,
): Promise<Row> {
  const options = (): BatchesOptions => ({
    batch: BATCH,
    resolution: RESOLUTION,
    mean: MEAN,
    std: STD,
    interpolation,
    augment,
    workers,
    random: augment && createRandom(SEED),
  });
  // As batches() draws: first the order, then the stream of changes.
  const random = createRandom(SEED);
  const order = Int32Array.from({ length: IMAGES }, (_, i) => i);
  if (augment) random.fork(random.int(2 ** 32)).shuffle(order);
  await peer.ask({
    task: "work",
    interpolation,
    policy: augment?.autoAugment ?? false,
    drawn: augment ? drawn(order, random.fork(random.int(2 ** 32))) : Array.from(order, (i) => [i]),
  });
  if (!augment?.autoAugment) await agree(peer, split, options());

  const ours: number[] = [];
  const theirs: number[] = [];
  for (let round = -1; round < rounds; round++) {
    const began = performance.now();
    let images = 0;
    for await (const { shape } of batches(split, options())) images += shape[0];
    const rate = images / ((performance.now() - began) / 1e3);
    const { seconds } = await peer.ask<{ seconds: number }>({ task: "time" });
    // The first round warms up.
    if (round < 0) continue;
    ours.push(rate);
    theirs.push(IMAGES / seconds);
  }
  return {
    name,
    unit: "images/s",
    ours: spread(ours),
    peer: spread(theirs),
    ratio: spread(ours.map((rate, i) => rate / theirs[i])),
  };
}

/** Makes sure that both sides do the same work: their first batch is the same. */
async function agree(peer: Peer, split: FileSplit, options: BatchesOptions): Promise<void> {
  const stream = batches(split, { ...options, limit: BATCH, prefetch: 0 });
  const { value } = await stream.next();
  await stream.return();
  const every = 9973;
  const { values } = await peer.ask<{ values: number[] }>({ task: "values", every });
  const { images } = value!;
  values.forEach((theirs, i) => {
    // A byte more or less, where two ways of rounding differ.
    if (Math.abs(images[i * every] - theirs) > 1.5 / 255 / 0.224) {
      throw new Error(`Value ${i * every} is ${images[i * every]}, the peer's ${theirs}`);
    }
  });
}
