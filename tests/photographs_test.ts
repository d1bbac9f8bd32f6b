import { assert, assertEquals } from "@std/assert";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  dnaHome,
  loadTeacher,
  makeFolder,
  node,
  readFile,
  readJson,
  sha256,
  type Teacher,
  tf,
  useEngine,
} from "../mod.ts";
import { alone } from "../lib/tensorflow/install/_lock.ts";
import { difference } from "./_tensors.ts";

await useEngine();

const beside = (name: string) => fileURLToPath(new URL(`./fixtures/${name}`, import.meta.url));

/** What PyTorch sees: see tests/fixtures/make_photographs.py. */
const PHOTOGRAPHS = await readJson(beside("photographs.json")) as {
  file: string;
  sha256: string;
  box: number;
  classes: number[];
  logits: number[];
  names: string[];
}[];

/** What a person sees. */
const EXPECTED: Record<string, RegExp> = {
  "camera.png": /^tripod/,
  "chelsea.png": /\bcat$/,
  "coffee.png": /^espresso/,
  "motorcycle_left.png": /^moped|scooter/,
  "rocket.jpg": /missile|space shuttle/,
};

const SIDE = 224;

/** The folder with weights and photographs, fetched at the first call. */
async function fetched(): Promise<string> {
  const folder = join(dnaHome(), "test", "lite0");
  const weights = join(folder, "lite0.safetensors");
  await makeFolder(folder);
  await alone(join(folder, ".lock"), async () => {
    if (await Deno.stat(weights).then(() => true, () => false)) return;
    const { success, stderr } = await new Deno.Command("python3", {
      args: [beside("fetch_photographs.py"), folder],
      stdin: "null",
    }).output();
    if (!success) throw new Error(new TextDecoder().decode(stderr).trim());
  });
  return folder;
}

/** A photograph as the network takes it: whole boxes of pixels from the middle, each their mean. */
async function photograph(path: string, box: number, teacher: Teacher): Promise<tf.Tensor4D> {
  const bytes = await readFile(path);
  return tf.tidy(() => {
    const pixels = path.endsWith(".jpg")
      // As Pillow decodes; TensorFlow's default is faster and less exact.
      ? node.decodeJpeg(bytes, 3, 1, true, false, 1, "INTEGER_ACCURATE")
      : node.decodeImage(bytes, 3) as tf.Tensor3D;
    const [top, left] = pixels.shape.map((length) => Math.floor((length - SIDE * box) / 2));
    const boxes = pixels.slice([top, left, 0], [SIDE * box, SIDE * box, 3])
      .reshape([SIDE, box, SIDE, box, 3]).toFloat().mean([1, 3]);
    const [mean, std] = [teacher.mean, teacher.std].map((values) => tf.tensor1d([...values]));
    return boxes.div(255).sub(mean).div(std).expandDims(0) as tf.Tensor4D;
  });
}

Deno.test("tf_efficientnet_lite0 with real weights sees in photographs what is there, as PyTorch does", async () => {
  const folder = await fetched();
  const weights = join(folder, "lite0.safetensors");
  const teacher = await loadTeacher("tf_efficientnet_lite0", { weights });
  assertEquals(teacher.name, "tf_efficientnet_lite0");
  assertEquals(PHOTOGRAPHS.map(({ file }) => file), Object.keys(EXPECTED));
  for (const { file, sha256: hash, box, classes, logits, names } of PHOTOGRAPHS) {
    const path = join(folder, file);
    assertEquals(sha256(await readFile(path)), hash, file);
    const images = await photograph(path, box, teacher);
    const output = teacher.logits(images);
    const { values, indices } = tf.topk(output, 5);
    assertEquals([...indices.dataSync()], classes, file);
    assert(difference(values, logits) < 1e-4, file);
    assert(EXPECTED[file].test(names[0]), `${file}: ${names[0]}`);
    tf.dispose([images, output, values, indices]);
  }
  teacher.dispose();
});
