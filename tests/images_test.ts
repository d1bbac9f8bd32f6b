import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import fc from "fast-check";
import { centreView, randomView } from "../lib/data/_crop.ts";
import { readImageHeader } from "../lib/data/_image_header.ts";
import { decodeJpegView } from "../lib/data/_resample.ts";
import { datasetFromArrays } from "../lib/data/arrays.ts";
import { batches, type BatchesOptions } from "../lib/data/batches.ts";
import { brokenFiles } from "../lib/data/broken.ts";
import type { ByteSplit, FileSplit, Split } from "../lib/data/types.ts";
import { tf, useEngine } from "../lib/engine.ts";
import { createRandom } from "../lib/random.ts";
import { readSafetensors } from "../lib/safetensors.ts";
import { hostTensors } from "../lib/tensorflow/host_function.ts";

// Photographs, and what timm, torchvision and PIL make of them: see tests/fixtures/make_image_fixtures.py.
const { tensors } = await readSafetensors(
  new URL("./fixtures/images.safetensors", import.meta.url).pathname,
);
const SIDE = 32;
const PLAIN = { mean: 0, std: 1 / 255 };

function bytes(key: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(tensors[key].data as Uint8Array);
}

function fileOf(name: string): Uint8Array<ArrayBuffer> {
  return bytes(`file/${name}`);
}

const NAMES = Object.keys(tensors).filter((key) => key.startsWith("file/"))
  .map((key) => key.slice("file/".length)).sort();
const PHOTOGRAPHS = ["astronaut.jpg", "chelsea.jpg", "coffee.jpg", "rocket.jpg"];

/** The largest difference of two images of bytes, as values of 0 … 255. */
function worst(ours: ArrayLike<number>, theirs: Uint8Array): number {
  assertEquals(ours.length, theirs.length);
  return theirs.reduce((most, value, i) => Math.max(most, Math.abs(value - ours[i])), 0);
}

/** A folder with these files, and the split of them; each file's label is its place. */
async function splitOf(
  files: Record<string, Uint8Array<ArrayBuffer>>,
  channels = 3,
): Promise<FileSplit> {
  const folder = await Deno.makeTempDir();
  for (const [name, content] of Object.entries(files)) {
    await Deno.writeFile(`${folder}/${name}`, content);
  }
  const names = Object.keys(files);
  const labels = Uint8Array.from(names.keys());
  return { name: "train", count: names.length, channels, labels, folder, files: names };
}

async function photographs(copies = 3): Promise<FileSplit> {
  const all = Array.from(
    { length: copies },
    (_, i) => PHOTOGRAPHS.map((name) => [`${i}_${name}`, fileOf(name)]),
  );
  return await splitOf(Object.fromEntries(all.flat()));
}

const read = (split: Split, options: Partial<BatchesOptions> = {}) =>
  Array.fromAsync(batches(split, { ...PLAIN, batch: 4, resolution: SIDE, ...options }));

Deno.test("batches() decodes and scales every format as PIL and timm do, to 1/255", async () => {
  await useEngine();
  const before = tf.memory().numTensors;
  for (const channels of [3, 1]) {
    const split = await splitOf(
      Object.fromEntries(NAMES.map((name) => [name, fileOf(name)])),
      channels,
    );
    for (const interpolation of ["bicubic", "bilinear"] as const) {
      const given = await read(split, { batch: NAMES.length, interpolation });
      const size = SIDE * SIDE * channels;
      assertEquals(given.map(({ shape }) => shape), [[NAMES.length, SIDE, SIDE, channels]]);
      NAMES.forEach((name, i) => {
        const key = `eval/${name}/${channels}/${interpolation}`;
        if (!(key in tensors)) return;
        const image = given[0].images.subarray(i * size, (i + 1) * size).map(Math.round);
        // Pure black beside pure white: a half between rows, rounded otherwise, can be two in the end.
        const most = name === "bits.png" ? 2 : 1;
        assert(worst(image, bytes(key)) <= most, `${key}: ${worst(image, bytes(key))}`);
      });
    }
  }
  assertEquals(tf.memory().numTensors, before);
  assertEquals(hostTensors(), 0);
});

Deno.test("decodeJpegView() cuts and scales parts of photographs as torchvision's resized_crop, to 1/255", async () => {
  await useEngine();
  for (const key of Object.keys(tensors).filter((key) => key.startsWith("crop/"))) {
    const [, name, box, interpolation] = key.split("/");
    const [top, left, height, width] = box.split(",").map(Number);
    const view = { box: { top, left, height, width }, height: SIDE, width: SIDE, top: 0, left: 0 };
    const file = fileOf(name);
    const whole = readImageHeader(file).width;
    const image = await decodeJpegView(file, whole, view, SIDE, interpolation as "bicubic", 3);
    assert(worst(image.bytes, bytes(key)) <= 1, `${key}: ${worst(image.bytes, bytes(key))}`);
  }
});

Deno.test("centreView() places its crop where torchvision's Resize and CenterCrop do", () => {
  const { data, shape } = tensors.places;
  for (let i = 0; i < shape[0]; i++) {
    const [height, width, side, share, ...place] = (data as Float32Array).slice(8 * i, 8 * i + 8);
    const view = centreView(height, width, side, +share.toFixed(3));
    assertEquals([view.height, view.width, view.top, view.left], place, `${height}×${width}`);
  }
});

Deno.test("randomView() stays inside the image and within its ranges, and reaches all of them", () => {
  const sides = fc.integer({ min: 1, max: 600 });
  fc.assert(fc.property(sides, sides, fc.integer(), (height, width, seed) => {
    const { box } = randomView(height, width, 224, {}, createRandom(seed));
    assert(box.top >= 0 && box.left >= 0 && box.height >= 1 && box.width >= 1);
    assert(box.top + box.height <= height && box.left + box.width <= width);
  }));
  const random = createRandom(1);
  const shares: number[] = [];
  const ratios: number[] = [];
  for (let i = 0; i < 4000; i++) {
    const { box } = randomView(1000, 1000, 224, {}, random);
    shares.push(box.height * box.width / 1e6);
    ratios.push(box.width / box.height);
  }
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  assert(Math.min(...shares) > 0.078 && Math.max(...shares) < 1.001);
  assert(Math.min(...ratios) > 0.74 && Math.max(...ratios) < 1.35);
  // Parts near the whole image fit only if they are square: the mean is below the middle, 0.54.
  assert(Math.abs(mean(shares) - 0.5) < 0.04, `${mean(shares)}`);
  assert(Math.abs(mean(ratios.map(Math.log))) < 0.01);
});

Deno.test("batches() scales byte images of another size as PIL does", async () => {
  await useEngine();
  const split = await splitOf({ "astronaut.png": fileOf("astronaut.png") });
  // At its own size, decoded as it is, then as bytes.
  const [own] = await read(split, { resolution: 80, cropPct: 1 });
  const part = { images: Uint8Array.from(own.images, Math.round), labels: [0] };
  const { train } = datasetFromArrays({
    classes: ["a", "b"],
    height: 80,
    width: 80,
    channels: 3,
    train: part,
    validation: part,
    test: part,
  }).splits;
  const [{ images }] = await read(train, { cropPct: 0.875 });
  assert(worst(images.map(Math.round), bytes("eval/astronaut.png/3/bicubic")) <= 1);
});

const TRAINING: Partial<BatchesOptions> = {
  augment: {
    crop: { scale: [0.3, 1] },
    flip: true,
    autoAugment: true,
    jitter: { brightness: 0.4, hue: 0.1 },
    erase: { probability: 0.5, mode: "pixel" },
    mixup: 0.2,
  },
};
const epoch = () => ({ ...TRAINING, random: createRandom(5, "epoch", 0) });

Deno.test("batches() of files follow from the seed alone, whatever the number of workers, and go on after a stop", async () => {
  await useEngine();
  const split = await photographs();
  const all = await read(split, { ...epoch(), workers: 1, prefetch: 0 });
  assertEquals(all.length, 3);
  assertEquals(await read(split, { ...epoch(), workers: 4, prefetch: 3 }), all);
  assertEquals(await read(split, { ...epoch(), skip: 1 }), all.slice(1));
  assertEquals(await read(split, { ...epoch(), limit: 7, dropLast: true }), all.slice(0, 1));
  const other = await read(split, { ...TRAINING, random: createRandom(5, "epoch", 1) });
  assert(other[0].images.some((value, i) => value !== all[0].images[i]));
});

Deno.test("batches() of files take `augment: true` for a random crop and a flip", async () => {
  await useEngine();
  const split = await photographs(1);
  const run = (augment: BatchesOptions["augment"]) =>
    read(split, { augment, random: createRandom(2) });
  assertEquals(await run(true), await run({ crop: true, flip: true }));
});

Deno.test("batches() mixes each batch with its reverse by the share that it tells", async () => {
  await useEngine();
  const split = await photographs(2);
  const random = () => createRandom(8);
  const options = { batch: 3, cropPct: 1 };
  const plain = await read(split, { ...options, augment: {}, random: random() });
  const mixed = await read(split, { ...options, augment: { mixup: 0.4 }, random: random() });
  const shares = new Set<number>();
  mixed.forEach(({ images, labels, mix }, b) => {
    const count = labels.length;
    const size = images.length / count;
    assertEquals(labels, plain[b].labels);
    assertEquals(mix!.labels, labels.toReversed());
    for (let i = 0; i < count; i++) {
      const share = mix!.share[i];
      shares.add(share);
      for (let k = 0; k < size; k += 97) {
        const [own, other] = [i, count - 1 - i].map((at) => plain[b].images[at * size + k]);
        assert(Math.abs(images[i * size + k] - (share * own + (1 - share) * other)) < 1e-3);
      }
    }
  });
  assertEquals(shares.size, mixed.length);
});

Deno.test("batches() puts the next image in a broken one's place, names it once and counts it", async () => {
  await useEngine();
  const cut = fileOf("chelsea.jpg").subarray(0, 3000);
  const files = {
    "0.jpg": fileOf("rocket.jpg"),
    "1.jpg": cut,
    "2.png": new TextEncoder().encode("no image"),
    "3.jpg": fileOf("coffee.jpg"),
    "4.jpg": new Uint8Array(0),
  };
  const split = await splitOf(files);
  const heard: string[] = [];
  const onWarning = (text: string) => heard.push(text);
  const [first, second] = await read(split, { batch: 3, onWarning });
  assertEquals([...first.labels, ...second.labels], [0, 3, 3, 3, 0]);
  const size = SIDE * SIDE * 3;
  assertEquals(first.images.subarray(size, 2 * size), first.images.subarray(2 * size));
  await read(split, { onWarning });
  assertEquals(brokenFiles(split), ["1.jpg", "2.png", "4.jpg"]);
  assertEquals(heard.length, 3);
  const named = (name: string) => heard.find((text) => text.includes(name))!;
  assert(
    /^Passed over 1\.jpg of train, the next image stands in: .*Invalid JPEG data/.test(
      named("1.jpg"),
    ),
  );
  assert(named("2.png").endsWith("it is no image by its first bytes"));
  assert(named("4.jpg").endsWith("it is empty"));
  assert(heard.every((text) => !text.includes("\n")));

  await assertRejects(
    () => read(split, { strict: true, onWarning }),
    Error,
    "Cannot use 1.jpg of train: jpeg::Uncompress failed",
  );
  await assertRejects(
    () => read({ ...split, count: 2, files: ["gone.jpg", "2.png"] }, { onWarning }),
    Error,
    "none of the 2 files of train can be decoded",
  );
  assertEquals(hostTensors(), 0);
});

Deno.test("readImageHeader() refuses what says too much, and what ends too early", () => {
  const png = fileOf("alpha.png").slice();
  new DataView(png.buffer).setUint32(16, 1 << 20);
  new DataView(png.buffer).setUint32(20, 1 << 20);
  assertThrows(() => readImageHeader(png), SyntaxError, "1048576×1048576 pixels");
  for (const name of NAMES) {
    const { height, width } = readImageHeader(fileOf(name));
    assert(height > 0 && width > 0);
    for (const length of [3, 9]) {
      assertThrows(() => readImageHeader(fileOf(name).subarray(0, length)), SyntaxError);
    }
  }
});

Deno.test("batches() leaves no work in flight when its reader leaves, its signal stops it, or nobody reads it", async () => {
  await useEngine();
  const split = await photographs(6);
  const before = tf.memory().numTensors;
  for await (
    const { shape } of batches(split, { ...PLAIN, ...epoch(), batch: 2, resolution: 64 })
  ) {
    assertEquals(shape, [2, 64, 64, 3]);
    break;
  }
  assertEquals(hostTensors(), 0);

  const controller = new AbortController();
  const reason = new Error("stopped here");
  let seen = 0;
  await assertRejects(
    async () => {
      const stream = batches(split, {
        ...PLAIN,
        batch: 2,
        resolution: 64,
        signal: controller.signal,
      });
      for await (const _ of stream) if (++seen === 2) controller.abort(reason);
    },
    Error,
    "stopped here",
  );
  assert(seen >= 2 && seen <= 5);
  assertEquals(hostTensors(), 0);

  batches(split, { ...PLAIN, batch: 2, resolution: 64 });
  assertEquals(hostTensors(), 0);
  assertEquals(tf.memory().numTensors, before);
});

Deno.test("batches() makes no more batches ahead than it is told to", async () => {
  await useEngine();
  const split = await photographs(5);
  let opened = 0;
  const watched = new Proxy(split.files as string[], {
    get: (files, key) => {
      if (typeof key === "string" && /^\d+$/.test(key)) opened++;
      return Reflect.get(files, key);
    },
  });
  const stream = batches({ ...split, files: watched }, {
    ...PLAIN,
    batch: 2,
    resolution: 16,
    prefetch: 1,
  });
  await stream.next();
  await new Promise((resolve) => setTimeout(resolve, 200));
  // Two batches of two images: the one that was given, and one ahead.
  const perImage = opened / 4;
  assert(Number.isInteger(perImage) && perImage >= 1 && perImage <= 3, `${opened}`);
  await stream.return();
});

Deno.test("batches() refuses options that cannot be", async () => {
  await useEngine();
  const split = await photographs(1);
  const refuse = (options: Partial<BatchesOptions>, type: ErrorConstructor, message: string) =>
    assertThrows(
      () => batches(split, { ...PLAIN, batch: 2, resolution: 16, ...options }),
      type,
      message,
    );
  refuse({ resolution: undefined }, TypeError, "resolution must be given");
  refuse({ resolution: 0.5 }, RangeError, "resolution is 0.5");
  refuse({ workers: 0 }, RangeError, "workers is 0");
  refuse({ prefetch: -1 }, RangeError, "prefetch is -1");
  refuse({ cropPct: 1.1 }, RangeError, "cropPct is 1.1");
  refuse({ interpolation: "nearest" as "bicubic" }, RangeError, "known are bicubic, bilinear");
  refuse({ augment: true }, TypeError, "no random stream");
  refuse({ mean: [0, 0] }, RangeError, "one for each of 3 channels");
});

Deno.test("batches() gives byte images of their own size the same bytes ahead of time and at once", async () => {
  await useEngine();
  const part = {
    images: Uint8Array.from({ length: 20 * 12 * 12 }, (_, i) => (i * 37) % 256),
    labels: Array.from({ length: 20 }, (_, i) => i % 2),
  };
  const { train } = datasetFromArrays({
    classes: ["a", "b"],
    height: 12,
    width: 12,
    train: part,
    validation: part,
    test: part,
  }).splits as { train: ByteSplit };
  const at = { resolution: undefined, random: createRandom(4) };
  const once = await read(train, at);
  // A record of changes that changes nothing is no plain one.
  const ahead = await read(train, {
    ...at,
    random: createRandom(4),
    augment: { erase: { probability: 0 } },
  });
  assertEquals(ahead, once);
});
