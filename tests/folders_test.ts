import { assert, assertEquals, assertNotEquals, assertRejects, assertThrows } from "@std/assert";
import fc from "fast-check";
import { listFiles } from "../lib/data/list.ts";
import { checkDatasetSource, loadDataset, type LoadDatasetOptions } from "../lib/data/load.ts";
import { takeStratified } from "../lib/data/subset.ts";
import type { FileDataset, FileSplit } from "../lib/data/types.ts";
import type { ProgressEvent } from "../lib/progress.ts";
import { createRandom } from "../lib/random.ts";

const JPEG_HEAD = Uint8Array.of(0xff, 0xd8, 0xff, 0xe0, 0, 16, 0x4a, 0x46, 0x49, 0x46);

/** Files by path; an array stands for so many images `0.jpg` … in a folder. */
type Tree = Record<string, Uint8Array<ArrayBuffer> | string | number>;

async function grow(tree: Tree): Promise<string> {
  const folder = await Deno.makeTempDir();
  for (const [path, content] of Object.entries(tree)) {
    if (typeof content === "number") {
      await Deno.mkdir(`${folder}/${path}`, { recursive: true });
      for (let i = 0; i < content; i++) {
        await Deno.writeFile(`${folder}/${path}/${i}.jpg`, JPEG_HEAD);
      }
      continue;
    }
    await Deno.mkdir(`${folder}/${path}`.replace(/\/[^/]*$/, ""), { recursive: true });
    if (typeof content === "string") await Deno.writeTextFile(`${folder}/${path}`, content);
    else await Deno.writeFile(`${folder}/${path}`, content);
  }
  return folder;
}

const quiet = { onWarning: () => {} };

function parts({ splits }: FileDataset): FileSplit[] {
  return [splits.train, splits.validation, splits.test];
}

/** Every file with its class, sorted. */
function pairs(splits: FileSplit[]): string[] {
  return splits.flatMap(({ files, labels }) => files.map((file, i) => `${labels[i]} ${file}`))
    .sort();
}

const IMAGENET: Tree = {
  "train/cat": 12,
  "train/dog": 9,
  "train/owl": 10,
  "val/cat": 2,
  "val/dog": 3,
  "val/owl": 2,
};

Deno.test("loadDataset() reads ImageNet's form: val tests, some of each class of train rate, the rest trains", async () => {
  const folder = await grow(IMAGENET);
  const events: ProgressEvent[] = [];
  const dataset = await loadDataset("imagenet", {
    folder,
    validationPerClass: 4,
    onProgress: (event) => events.push(event),
  });
  const { train, validation, test } = dataset.splits;
  assertEquals(dataset.classes, ["cat", "dog", "owl"]);
  assertEquals([dataset.channels, train.channels, train.folder], [3, 3, folder]);
  assertEquals([train, validation, test].map(({ name }) => name), ["train", "validation", "test"]);
  assertEquals([train, validation, test].map(({ count }) => count), [8 + 5 + 6, 12, 7]);
  assertEquals([...validation.labels], [0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2]);
  assertEquals(test.files.slice(0, 3), ["val/cat/0.jpg", "val/cat/1.jpg", "val/dog/0.jpg"]);
  assertEquals(new Set([...train.files, ...validation.files]).size, 31);
  for (const split of parts(dataset)) {
    assertEquals(split.files.length, split.count);
    split.files.forEach((file, i) => {
      assertEquals(file.split("/")[1], dataset.classes[split.labels[i]]);
    });
    assertEquals([...split.files], split.files.toSorted());
  }
  assertEquals(events.at(-1), {
    stage: `list ${folder}/val`,
    done: 3,
    total: 3,
    unit: "folders",
  });

  const again = await loadDataset("imagenet", { folder, validationPerClass: 4 });
  assertEquals(again.splits, dataset.splits);
  const other = await loadDataset("imagenet", { folder, validationPerClass: 4, seed: 1 });
  assertNotEquals(other.splits.validation.files, validation.files);
  assertEquals(
    pairs([other.splits.train, other.splits.validation]),
    pairs([train, validation]),
  );
});

Deno.test("loadDataset() chooses a class's validation images whatever other classes there are", async () => {
  const few = await grow(IMAGENET);
  const many = await grow({ ...IMAGENET, "train/ant": 20, "val/ant": 1 });
  const ofCats = async (folder: string) =>
    (await loadDataset("imagenet", { folder, validationPerClass: 3 })).splits.validation.files
      .filter((file) => file.includes("cat"));
  assertEquals(await ofCats(few), await ofCats(many));
});

Deno.test("loadDataset() reads a folder of class folders: parts by the paths alone, the same share of each class", async () => {
  const folder = await grow({ "cat": 20, "dog": 31, "a/b": 10 });
  const dataset = await loadDataset("folder", { folder, validation: 0.1, test: 0.2 });
  assertEquals(dataset.classes, ["a", "cat", "dog"]);
  const counts = parts(dataset).map(({ labels }) =>
    [0, 1, 2].map((label) => labels.filter((each) => each === label).length)
  );
  assertEquals(counts, [[7, 14, 22], [1, 2, 3], [2, 4, 6]]);
  assertEquals(new Set(parts(dataset).flatMap(({ files }) => files)).size, 61);
  assert(dataset.splits.train.files.some((file) => file.startsWith("a/b/")));

  // A file more in a class leaves the others' classes as they were.
  await Deno.writeFile(`${folder}/cat/new.png`, JPEG_HEAD);
  const grown = await loadDataset("folder", { folder, validation: 0.1, test: 0.2 });
  const dogs = (each: FileDataset) =>
    each.splits.test.files.filter((file) => file.startsWith("dog"));
  assertEquals(dogs(grown), dogs(dataset));
});

Deno.test("listFiles() writes a list that loadDataset() reads", async () => {
  const folder = await grow(IMAGENET);
  const { splits, classes } = await loadDataset("imagenet", { folder, validationPerClass: 2 });
  await Deno.writeTextFile(`${folder}/train.tsv`, listFiles(splits.train, classes));
  await Deno.writeTextFile(`${folder}/val.tsv`, listFiles(splits.test, classes));
  const lists = { train: `${folder}/train.tsv`, val: `${folder}/val.tsv` };
  const listed = await loadDataset("imagenet", { lists, validationPerClass: 2 });
  assertEquals(listed.classes, classes);
  assertEquals(
    pairs([listed.splits.train, listed.splits.validation]),
    pairs([splits.train]),
  );
  assertEquals(listed.splits.test, splits.test);
  assertThrows(() => listFiles(splits.test, ["a\tb", "c", "d"]), RangeError, 'list "a\\tb"');
});

Deno.test("loadDataset() finds train.txt and val.txt, whose paths begin beside them or are absolute", async () => {
  const images = await grow({ "x/cat": 3, "x/dog": 3 });
  const folder = await grow({
    "train.txt": [0, 1, 2].flatMap((i) => [
      `cat\t${images}/x/cat/${i}.jpg`,
      `dog\t../${images.split("/").at(-1)}/x/dog/${i}.jpg`,
    ]).join("\r\n"),
    "val.txt": "dog\timages/1.png\ncat\timages/0.png\n",
  });
  await checkDatasetSource("imagenet", folder);
  const { splits, classes } = await loadDataset("imagenet", { folder, validationPerClass: 1 });
  assertEquals(classes, ["cat", "dog"]);
  assertEquals(splits.test.files, ["images/0.png", "images/1.png"]);
  assertEquals([...splits.test.labels], [0, 1]);
  assert(splits.train.files.every((file) => file.startsWith(`${images}/x/`)));
});

Deno.test("loadDataset() names classes by the words for WordNet ids, from beside the folder or above it", async () => {
  const words = "n01440764 tench, Tinca tinca\nn02012849 crane\nn03126707 crane\n";
  const tree: Tree = {};
  for (const id of ["n01440764", "n02012849", "n03126707"]) {
    tree[`data/train/${id}`] = 2;
    tree[`data/val/${id}`] = 1;
  }
  for (const file of ["data/LOC_synset_mapping.txt", "synset_words.txt"]) {
    const folder = await grow({ ...tree, [file]: words });
    const dataset = await loadDataset("imagenet", {
      folder: `${folder}/data`,
      validationPerClass: 1,
    });
    assertEquals(dataset.classes, ["tench, Tinca tinca", "crane", "crane"]);
    assertEquals(dataset.folders, ["n01440764", "n02012849", "n03126707"]);
  }
  const folder = await grow(tree);
  const plain = await loadDataset("imagenet", { folder: `${folder}/data`, validationPerClass: 1 });
  assertEquals(plain.classes[0], "n01440764");
  assertEquals(plain.folders, undefined);
});

Deno.test("loadDataset() names what is no image and passes it over, or stops there", async () => {
  const folder = await grow({
    "cat": 5,
    "dog": 5,
    "dog/notes.txt": "no image",
    "dog/.hidden": "left alone",
    "cat/fake.png": "text under an image's name",
    ".cache/x.jpg": "no class",
    "readme.md": "beside the classes",
  });
  const heard: string[] = [];
  const options: LoadDatasetOptions = { folder, onWarning: (text) => heard.push(text) };
  const byName = await loadDataset("folder", options);
  assertEquals(byName.skipped, ["dog/notes.txt"]);
  assertEquals(parts(byName).reduce((sum, { count }) => sum + count, 0), 11);
  const verified = await loadDataset("folder", { ...options, verify: true });
  assertEquals(verified.skipped, ["cat/fake.png", "dog/notes.txt"]);
  assertEquals(parts(verified).reduce((sum, { count }) => sum + count, 0), 10);
  assertEquals(heard.map((text) => text.replace(/below .*: /, "")), [
    "Passed over what is no image dog/notes.txt",
    "Passed over what is no image cat/fake.png, dog/notes.txt",
  ]);
  await assertRejects(
    () => loadDataset("folder", { ...options, verify: true, strict: true }),
    Error,
    "cat/fake.png is no image",
  );
});

Deno.test("loadDataset() follows links to folders and files, but not in circles or to nowhere", async () => {
  const elsewhere = await grow({ "many": 4, "one.jpg": JPEG_HEAD });
  const folder = await grow({ "cat": 4 });
  await Deno.symlink(`${elsewhere}/many`, `${folder}/dog`);
  await Deno.symlink(`${elsewhere}/one.jpg`, `${folder}/cat/linked.jpg`);
  await Deno.symlink(`${elsewhere}/gone.jpg`, `${folder}/cat/broken.jpg`);
  await Deno.symlink(`${folder}/cat`, `${folder}/cat/again`);
  const dataset = await loadDataset("folder", { folder, ...quiet });
  assertEquals(dataset.classes, ["cat", "dog"]);
  const files = parts(dataset).flatMap((split) => split.files);
  assert(files.includes("cat/linked.jpg") && files.includes("dog/3.jpg"));
  assert(dataset.skipped!.includes("cat/broken.jpg"));
  assert(files.length < 20);
});

Deno.test("loadDataset() gives 300 classes 16-bit labels", async () => {
  const tree: Tree = {};
  for (let i = 0; i < 300; i++) tree[`class${`${i}`.padStart(3, "0")}`] = 3;
  const { splits } = await loadDataset("folder", { folder: await grow(tree) });
  assert(splits.test.labels instanceof Uint16Array);
  assertEquals([splits.test.count, splits.test.labels.at(-1)], [300, 299]);
});

Deno.test("takeStratified() takes files with their labels", () => {
  fc.assert(fc.property(fc.integer({ min: 1, max: 20 }), fc.integer(), (count, seed) => {
    const labels = Uint8Array.from({ length: 20 }, (_, i) => i % 3);
    const files = Array.from(labels, (label, i) => `${label}/${i}.jpg`);
    const split = { name: "train", count: 20, channels: 3, labels, folder: "/data", files };
    const taken = takeStratified(split, count, createRandom(seed));
    assertEquals([taken.count, taken.files.length, taken.folder], [count, count, "/data"]);
    taken.files.forEach((file, i) => assert(file.startsWith(`${taken.labels[i]}/`)));
  }));
});

const REFUSED: [what: string, name: string, tree: Tree, message: string, LoadDatasetOptions?][] = [
  ["an empty folder", "imagenet", {}, "it is empty; it must hold train/CLASS/…"],
  ["a folder without val", "imagenet", { "train/a": 1 }, "val is missing"],
  ["one class", "imagenet", { "train/a": 3, "val/a": 1 }, "it has one class, a, and must have"],
  ["files without folders", "folder", { "1.jpg": "", "2.jpg": "" }, "it has no folders in it"],
  ["an empty folder of classes", "folder", {}, "it has no folders in it"],
  ["one class", "folder", { "cat": 5 }, "it has one class, cat"],
  ["no images", "folder", { "a/x.txt": "", "b/y.txt": "" }, "it holds no images; images are files"],
  ["a class without images", "folder", { "a": 3, "b/y.txt": "" }, "class b has none; images are"],
  ["too few images", "folder", { "a": 5, "b": 2 }, "class b has 2 images, too few for three parts"],
  ["parts for classes", "folder", { "train/a": 1, "val/a": 1 }, 'the data set "imagenet" is read'],
  [
    "a class that val lacks",
    "imagenet",
    { "train/a": 3, "train/b": 3, "train/c": 3, "val/a": 1, "val/b": 1 },
    "val lacks 1 of the classes: c",
    { validationPerClass: 1 },
  ],
  [
    "classes that train lacks",
    "imagenet",
    { "train/a": 3, "train/b": 3, "val/a": 1, "val/b": 1, "val/d": 1 },
    "train lacks 1 of the classes: d",
    { validationPerClass: 1 },
  ],
  [
    "fewer images than shall rate",
    "imagenet",
    { "train/a": 60, "train/b": 50, "val/a": 1, "val/b": 1 },
    "class b has 50 images to train, and 50 of each shall rate",
  ],
  [
    "a list without tabs",
    "imagenet",
    { "train.txt": "a\tx.jpg\nb x.jpg\n", "val.txt": "" },
    "line 2 is not a class, a tab and a path",
  ],
  [
    "a list of one class",
    "imagenet",
    { "train.txt": "a\tx.jpg\n", "val.txt": "" },
    "it names fewer than 2 classes",
  ],
  ["no validation", "imagenet", IMAGENET, "validationPerClass is 0", { validationPerClass: 0 }],
  ["all for the test", "folder", { "a": 9, "b": 9 }, "sum to less than 1", { test: 0.95 }],
  ["two channels", "folder", { "a": 9, "b": 9 }, "channels is 2", { channels: 2 }],
  ["no files", "cifar-10", {}, "data_batch_1.bin is missing; it must hold data_batch_1.bin,"],
];

for (const [what, name, tree, message, options] of REFUSED) {
  Deno.test(`loadDataset("${name}") refuses ${what} in one sentence`, async () => {
    const folder = await grow(tree);
    const error = await assertRejects(
      () => loadDataset(name, { folder, ...quiet, ...options }),
      Error,
      message,
    );
    assert(/^Cannot [^\n]*$/.test(error.message), error.message);
  });
}

Deno.test("checkDatasetSource() asks for a folder, and finds parts, classes and files missing", async () => {
  const refuse = (name: string, folder: string | undefined, message: string) =>
    assertRejects(() => checkDatasetSource(name, folder), Error, message);
  for (const name of ["imagenet", "folder", "cifar-100"]) {
    await refuse(name, undefined, "it is read from a folder");
    await refuse(name, "/no/folder", "Cannot use /no/folder as data: it does not exist");
  }
  await refuse("imagenet", await grow({ "train/a": 1, "val/a": 1 }), "it has one class, a");
  await refuse("folder", await grow({ "a": 1 }), "it has one class, a");
  await checkDatasetSource("imagenet", await grow(IMAGENET));
  await checkDatasetSource("folder", await grow({ "a": 0, "b": 0 }));
});

Deno.test("loadDataset() stops at its signal between two folders", async () => {
  const folder = await grow(IMAGENET);
  await assertRejects(
    () => loadDataset("imagenet", { folder, signal: AbortSignal.abort() }),
    DOMException,
  );
});

/** Records of CIFAR's binary form: labels, then three planes of one byte each. */
function records(labels: number[][], classes: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(labels.flatMap((before, i) => [
    ...before,
    ...[0, 1, 2].flatMap((plane) =>
      Array.from(
        { length: 1024 },
        (_, at) => (before.at(-1)! * 50 / classes + 80 * plane + at + i) & 255,
      )
    ),
  ]));
}

const CIFAR_10: Tree = Object.fromEntries([
  ...[1, 2, 3, 4, 5].map((part) => [
    `data_batch_${part}.bin`,
    records(Array.from({ length: 10 }, (_, i) => [i % 2]), 2),
  ]),
  ["test_batch.bin", records([[1], [0], [1]], 2)],
  ["batches.meta.txt", "airplane\nautomobile\n\n"],
]);

Deno.test("loadDataset() reads CIFAR-10's binary form: planes become pixels, a tenth validates", async () => {
  const nested = Object.fromEntries(
    Object.entries(CIFAR_10).map(([name, content]) => [`cifar-10-batches-bin/${name}`, content]),
  );
  for (const tree of [CIFAR_10, nested]) {
    const folder = await grow(tree);
    await checkDatasetSource("cifar-10", folder);
    const { classes, splits, height, width, channels } = await loadDataset("cifar-10", { folder });
    assertEquals(classes, ["airplane", "automobile"]);
    assertEquals([height, width, channels], [32, 32, 3]);
    assertEquals(Object.values(splits).map(({ count }) => count), [44, 6, 3]);
    assertEquals([...splits.test.labels], [1, 0, 1]);
    // The first image is of class 1, whose planes begin at 25, 105 and 185.
    assertEquals([...splits.test.images.subarray(0, 6)], [25, 105, 185, 26, 106, 186]);
  }
});

Deno.test("loadDataset() reads CIFAR-100's fine labels", async () => {
  const folder = await grow({
    "train.bin": records(Array.from({ length: 40 }, (_, i) => [9, i % 2]), 2),
    "test.bin": records([[7, 1], [7, 0]], 2),
    "fine_label_names.txt": "apple\naquarium_fish\n",
  });
  const { classes, splits } = await loadDataset("cifar-100", { folder });
  assertEquals(classes, ["apple", "aquarium_fish"]);
  assertEquals(Object.values(splits).map(({ count }) => count), [36, 4, 2]);
  assertEquals([...splits.test.labels], [1, 0]);
});

Deno.test("loadDataset() refuses CIFAR files that are cut, or have labels without a name", async () => {
  const refuse = async (change: Tree, message: string) => {
    const folder = await grow({ ...CIFAR_10, ...change });
    await assertRejects(() => loadDataset("cifar-10", { folder }), Error, message);
  };
  await refuse({ "data_batch_3.bin": new Uint8Array(3072) }, "no whole number of records of 3073");
  await refuse({ "test_batch.bin": new Uint8Array(0) }, "its 0 bytes");
  await refuse({ "test_batch.bin": records([[2]], 2) }, "label 0 is 2, outside 0 … 1");
  await refuse({ "batches.meta.txt": "airplane\n" }, "it names 1 classes");
});
