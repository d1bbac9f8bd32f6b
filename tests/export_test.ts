/**
 * Exported networks: what timm, TensorFlow and TensorFlow.js make of them.
 */

import { assert, assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { join } from "node:path";
import config from "../deno.json" with { type: "json" };
import { fileURLToPath } from "node:url";
import {
  buildNetwork,
  type ExportedFile,
  exportSavedModel,
  exportTfjs,
  exportTimm,
  type Network,
  node,
  parseArchitecture,
  readSafetensors,
  sha256,
  tf,
  type TfjsExportOptions,
  useEngine,
} from "../mod.ts";
import { encodeGraphDef, parseGraphDef } from "../lib/export/_graph_def.ts";
import { quantize } from "../lib/export/_quantize.ts";
import { bytesField, entryField, numberField, readFields } from "../lib/export/_wire.ts";
import { TF } from "../lib/tensorflow/_dtypes.ts";
import type { Backend } from "../lib/tensorflow/backend.ts";
import { freeze } from "../lib/tensorflow/freeze.ts";
import { CASES, imagesFor, makeCase } from "./_export/cases.ts";
import { withFolder } from "./_task.ts";
import { difference } from "./_tensors.ts";

await useEngine();
const { binding } = tf.backend() as unknown as Backend;

const SMALL = Object.keys(CASES).filter((name) => name !== "dna-b");

/** What timm computes of the cases: see tests/fixtures/make_export_fixture.py. */
interface TimmFixture {
  cases: Record<string, { program: string; logits: number[][]; state: Record<string, number[]> }>;
}
const FIXTURE = new URL("./fixtures/export.json", import.meta.url);
const timm: TimmFixture = JSON.parse(Deno.readTextFileSync(FIXTURE));

for (const name of Object.keys(CASES)) {
  Deno.test(`exportTimm(): timm builds ${name} from it, with our logits`, async () => {
    const { program, logits, state } = timm.cases[name];
    const network = makeCase(CASES[name]);
    await withFolder(async (folder) => {
      const files = await exportTimm(network, join(folder, "out"), { name });
      assertEquals(files.map((file) => file.name), ["README.md", "model.py", "model.safetensors"]);
      const path = (name: string) => join(folder, "out", name);
      // Another text must be tried with timm first: the script makes the fixture anew.
      assertEquals(sha256(Deno.readTextFileSync(path("model.py"))), program);
      const { tensors, metadata } = await readSafetensors(path("model.safetensors"));
      assertEquals(metadata.format, "pt");
      const shapes = Object.entries(tensors).map(([key, { shape }]) => [key, [...shape]]);
      assertEquals(Object.fromEntries(shapes), state);
      assert(difference(network.logits(imagesFor(network, 3)), logits.flat()) < 1e-5);
      // The file is one that networks are built from.
      const again = buildNetwork(network.architecture, {
        ...CASES[name].options,
        weights: path("model.safetensors"),
      });
      assertEquals(again.weights.dataSync(), network.weights.dataSync());
      again.dispose();
    });
    network.dispose();
  });
}

/** The outputs of an exported SavedModel for batches of images. */
async function runSavedModel(folder: string, batches: tf.Tensor[]): Promise<tf.Tensor[]> {
  const model = await node.loadSavedModel(folder, ["serve"], "serving_default");
  const outputs = batches.map((images) => {
    const [output] = Object.values(model.predict({ images }) as tf.NamedTensorMap);
    return output;
  });
  model.dispose();
  return outputs;
}

for (const name of Object.keys(CASES)) {
  Deno.test(`exportSavedModel(): TensorFlow computes our logits of ${name}, for any batch`, async () => {
    const network = makeCase(CASES[name]);
    await withFolder(async (folder) => {
      await exportSavedModel(network, join(folder, "out"));
      const batches = [1, 3].map((count) => imagesFor(network, count));
      const outputs = await runSavedModel(join(folder, "out"), batches);
      outputs.forEach((output, i) => {
        assertEquals(output.shape, [batches[i].shape[0], network.classes]);
        assert(difference(output, network.logits(batches[i])) < 1e-5);
      });
    });
    network.dispose();
  });
}

Deno.test("exportSavedModel() names its tensors in the signature", async () => {
  const network = makeCase(CASES.plain);
  await withFolder(async (folder) => {
    const out = join(folder, "out");
    await exportSavedModel(network, out, { input: "bytes", softmax: true });
    const [{ tags, signatureDefs }] = await node.getMetaGraphsFromSavedModel(out);
    assertEquals(tags, ["serve"]);
    const { inputs, outputs } = signatureDefs.serving_default;
    assertEquals([Object.keys(inputs), Object.keys(outputs)], [["images"], ["probabilities"]]);
  });
  network.dispose();
});

/** Pixels 0–255 for a network. */
function pixelsFor({ architecture, resolution }: Network, count: number): tf.Tensor4D {
  const shape: [number, number, number, number] = [
    count,
    resolution,
    resolution,
    architecture.stem.channels,
  ];
  const size = shape.reduce((product, side) => product * side);
  const values = Int32Array.from({ length: size }, (_, i) => (i * 7919) % 256);
  return tf.tensor4d(values, shape, "int32");
}

const NORMALISATION = { mean: [0.3, 0.5], std: [0.2, 0.25] };

/** Probabilities of pixels, with the normalisation outside the network. */
function probabilitiesOf(network: Network, pixels: tf.Tensor4D): tf.Tensor {
  const { mean, std } = NORMALISATION;
  const images = pixels.toFloat().div(255).sub(tf.tensor1d(mean)).div(tf.tensor1d(std));
  return tf.softmax(network.logits(images as tf.Tensor4D));
}

Deno.test("exports of input bytes normalise pixels, and softmax gives probabilities", async () => {
  const network = makeCase(CASES.plain);
  await withFolder(async (folder) => {
    const out = join(folder, "out");
    const options = { ...NORMALISATION, input: "bytes", softmax: true } as const;
    await exportTfjs(network, out, options);
    const pixels = pixelsFor(network, 2);
    const [[output]] = await runTfjs("cpu", [{ folder: out, batches: [pixels] }]);
    const expected = probabilitiesOf(network, pixels);
    assert(difference(output, expected) < 1e-5);
    // TensorFlow's own bytes: TensorFlow.js has no such tensors.
    await exportSavedModel(network, out, { ...options, force: true });
    const model = binding.loadSavedModel(out, "serve");
    const bytes = binding.createTensor(pixels.shape, TF.UINT8, Uint8Array.from(pixels.dataSync()));
    const [{ id }] = binding.runSavedModel(model, [bytes], "images:0", "probabilities:0");
    const values = binding.tensorDataSync(id) as Float32Array;
    assert(difference(values, expected) < 1e-5);
    for (const tensor of [bytes, id]) binding.deleteTensor(tensor);
    binding.deleteSavedModel(model);
  });
  network.dispose();
});

/** A model and batches of images for it. */
interface Job {
  folder: string;
  batches: tf.Tensor4D[];
}

/** What plain TensorFlow.js, in a process of its own, gives for each job's batches. */
async function runTfjs(backend: "cpu" | "wasm", jobs: readonly Job[]): Promise<number[][][]> {
  const program = fileURLToPath(new URL("./_export/run_tfjs.ts", import.meta.url));
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", program, backend],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const request = jobs.map(({ folder, batches }) => ({
    folder,
    batches: batches.map((images) => ({
      shape: images.shape,
      values: [...images.dataSync()],
      dtype: images.dtype,
    })),
  }));
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(JSON.stringify(request)));
  await writer.close();
  const { success, stdout, stderr } = await child.output();
  assert(success, new TextDecoder().decode(stderr));
  return JSON.parse(new TextDecoder().decode(stdout));
}

const TOLERANCE = { cpu: 1e-4, wasm: 2e-4 };

for (const backend of ["cpu", "wasm"] as const) {
  Deno.test(`exportTfjs(): plain TensorFlow.js computes our logits on ${backend}, for any batch`, async () => {
    await withFolder(async (folder) => {
      const names = backend === "wasm" ? Object.keys(CASES) : SMALL;
      const networks = names.map((name) => makeCase(CASES[name]));
      const jobs: Job[] = [];
      for (const [i, network] of networks.entries()) {
        const place = join(folder, names[i]);
        await exportTfjs(network, place);
        jobs.push({ folder: place, batches: [1, 3].map((count) => imagesFor(network, count)) });
      }
      const results = await runTfjs(backend, jobs);
      networks.forEach((network, i) => {
        jobs[i].batches.forEach((images, j) => {
          const apart = difference(results[i][j], network.logits(images));
          assert(apart < TOLERANCE[backend], `${names[i]}: ${apart}`);
        });
        network.dispose();
      });
    });
  });
}

/** A graph model as its files have it. */
interface Model {
  format: string;
  generatedBy: string;
  convertedBy: string;
  userDefinedMetadata: Record<string, unknown>;
  modelTopology: { node: { name: string; op: string }[] };
  weightsManifest: [{
    paths: string[];
    weights: {
      name: string;
      shape: number[];
      dtype: string;
      quantization?: { dtype: "uint8" | "float16"; min: number; scale: number };
    }[];
  }];
}

const ITEM_BYTES: Record<string, number> = { float32: 4, int32: 4, float16: 2, uint8: 1 };

/** A graph model and its weights' bytes, by name. */
async function readModel(folder: string, files: readonly ExportedFile[]) {
  const model: Model = JSON.parse(await Deno.readTextFile(join(folder, "model.json")));
  const [{ paths, weights }] = model.weightsManifest;
  const shards = await Promise.all(paths.map((path) => Deno.readFile(join(folder, path))));
  shards.forEach((shard, i) => {
    assertEquals(files.find(({ name }) => name === paths[i])?.bytes, shard.length);
  });
  const all = new Uint8Array(await new Blob(shards).arrayBuffer());
  const bytes: Record<string, Uint8Array<ArrayBuffer>> = {};
  let at = 0;
  for (const { name, shape, dtype, quantization } of weights) {
    const size = shape.reduce((product, side) => product * side, 1);
    bytes[name] = all.slice(at, at += size * ITEM_BYTES[quantization?.dtype ?? dtype]);
  }
  assertEquals(at, all.length);
  return { model, weights, bytes, shards };
}

Deno.test("exportTfjs() writes shards of 4 MiB, fused convolutions, and says what it is", async () => {
  const network = makeCase(CASES["dna-b"]);
  await withFolder(async (folder) => {
    const classNames = Array.from({ length: 10 }, (_, i) => `class ${i}`);
    const files = await exportTfjs(network, join(folder, "out"), { name: "dna-b", classNames });
    const { model, shards } = await readModel(join(folder, "out"), files);
    assert(shards.length > 1);
    assert(shards.slice(0, -1).every(({ length }) => length === 4 * 1024 * 1024));
    assert(shards.at(-1)!.length <= 4 * 1024 * 1024);
    assertEquals(model.format, "graph-model");
    assertEquals(model.generatedBy, `DNA kernel ${config.version}`);
    assertEquals(model.convertedBy, `${model.generatedBy}, TensorFlow ${binding.TF_Version}`);
    assertEquals(model.userDefinedMetadata.classNames, classNames);
    const ops = model.modelTopology.node.map(({ op }) => op);
    const count = (name: string) => ops.filter((op) => op === name).length;
    // Stem, head, and of each layer expansion, depthwise convolution, projection: but for the
    // first's.
    const layers = network.architecture.blocks.flat().length;
    assertEquals(count("_FusedConv2D"), 2 + 2 * layers - 1);
    assertEquals(count("FusedDepthwiseConv2dNative"), layers);
    assertEquals(["Conv2D", "DepthwiseConv2dNative", "BiasAdd", "Cast"].map(count), [0, 0, 0, 0]);
    assertEquals(
      Deno.readTextFileSync(join(folder, "out", "classes.txt")),
      `${classNames.join("\n")}\n`,
    );
  });
  network.dispose();
});

Deno.test("exportTfjs({ quantize }) keeps the format's rules, and runs", async () => {
  const network = makeCase(CASES.fashion);
  await withFolder(async (folder) => {
    const write = async (name: string, options: TfjsExportOptions) => {
      const files = await exportTfjs(network, join(folder, name), options);
      return await readModel(join(folder, name), files);
    };
    const whole = await write("float32", {});
    const half = await write("float16", { quantize: "float16" });
    const bytes = await write("uint8", { quantize: "uint8" });
    let quantised = 0;
    whole.weights.forEach(({ name, dtype, shape }, i) => {
      const { quantization } = bytes.weights[i];
      assertEquals(half.weights[i].quantization?.dtype, quantization && "float16");
      assertEquals(quantization !== undefined, dtype === "float32" && shape.length > 1);
      if (!quantization) return assertEquals(bytes.bytes[name], whole.bytes[name]);
      quantised++;
      const { min, scale } = quantization;
      const values = new Float32Array(whole.bytes[name].buffer);
      const halves = new Float16Array(half.bytes[name].buffer);
      bytes.bytes[name].forEach((value, j) => {
        assert(Math.abs(value * scale + min - values[j]) <= 0.5001 * scale);
        assert(Math.abs(halves[j] - values[j]) <= Math.abs(values[j]) / 2048 + 2 ** -25);
      });
    });
    assert(quantised > 10);
    const batches = [imagesFor(network, 2)];
    const [[float16], [uint8]] = await runTfjs(
      "cpu",
      ["float16", "uint8"].map((name) => ({ folder: join(folder, name), batches })),
    );
    const logits = network.logits(batches[0]);
    assert(difference(float16, logits) < 2e-3);
    assert(difference(uint8, logits) < 0.05);
  });
  network.dispose();
});

Deno.test("quantize() to uint8 keeps 0, and is off by half a step at most", () => {
  const floats = fc.float({ noNaN: true, noDefaultInfinity: true, min: -1e4, max: 1e4 });
  fc.assert(fc.property(fc.array(floats, { minLength: 1 }), (list) => {
    const values = Float32Array.from([...list, 0]);
    const { stored, quantization: { min, scale } } = quantize(values, "uint8");
    stored.forEach((value, i) => {
      const back = value * scale! + min!;
      if (values[i] === 0) assert(Math.abs(back) < 1e-9);
      assert(Math.abs(back - values[i]) <= 0.5001 * scale!);
    });
  }));
  assertEquals(quantize(Float32Array.of(3, 3), "uint8"), {
    stored: Uint8Array.of(0, 0),
    quantization: { dtype: "uint8", original_dtype: "float32", min: 3, scale: 1 },
  });
});

Deno.test("GraphDefs come out of parseGraphDef() and encodeGraphDef() as TensorFlow wrote them", () => {
  const { graph, output } = freeze((x) => tf.softmax(x.mul(2).sum([1])), {
    dtype: 1,
    shape: [-1, 3, 2],
  });
  assertEquals(output, { dtype: 1, shape: [-1, 2] });
  const { nodes, versions } = parseGraphDef(graph);
  assertEquals(nodes.map(({ op }) => op), [
    "Placeholder",
    "Const",
    "Mul",
    "Const",
    "Sum",
    "Softmax",
    "Identity",
  ]);
  const again = new Uint8Array(encodeGraphDef({ nodes, versions }).flatMap((piece) => [...piece]));
  assertEquals(parseGraphDef(again), { nodes, versions });
});

Deno.test("freeze() computes what depends on constants alone, and leaves no tensor", () => {
  const weight = tf.tensor1d([1, 2, 3]);
  const before = tf.memory().numTensors;
  const { graph } = freeze(
    (x) => x.add(weight.square().sum().sqrt().mul(tf.scalar(2))),
    { dtype: 1, shape: [-1, 3] },
  );
  assertEquals(tf.memory().numTensors, before);
  assertEquals(parseGraphDef(graph).nodes.map(({ op }) => op), [
    "Placeholder",
    "Const",
    "Add",
    "Identity",
  ]);
  assertEquals([...weight.dataSync()], [1, 2, 3]);
  weight.dispose();
});

Deno.test("messages are read as they were written, whatever the numbers", () => {
  const join = (pieces: Uint8Array[]) => Uint8Array.from(pieces.flatMap((piece) => [...piece]));
  const fields = fc.array(
    fc.tuple(
      fc.integer({ min: 1, max: 2 ** 28 }),
      fc.oneof(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), fc.uint8Array()),
    ),
  );
  fc.assert(fc.property(fields, (given) => {
    const bytes = join(
      given.flatMap(([field, value]) =>
        typeof value === "bigint" ? numberField(field, value) : bytesField(field, value)
      ),
    );
    const read = [...readFields(bytes)].map(([field, value]) => [
      field,
      typeof value === "bigint" ? value : Uint8Array.from(value),
    ]);
    assertEquals(
      read,
      given.map(([field, value]) => [
        field,
        typeof value === "bigint" ? value : Uint8Array.from(value),
      ]),
    );
  }));
  const [[field, entry]] = readFields(join(entryField(5, "é", Uint8Array.of(1))));
  assertEquals([field, [...entry as Uint8Array]], [5, [10, 2, 195, 169, 18, 1, 1]]);
});

const tiny = () =>
  buildNetwork(parseArchitecture("stem_i2_c4 | ds_r1_k3_s1_c4 | head_c4"), {
    classes: 3,
    resolution: 4,
  });

Deno.test("exports leave no tensor behind", async () => {
  const network = tiny();
  await withFolder(async (folder) => {
    const images = tf.zeros<tf.Rank.R4>([1, 4, 4, 2]);
    tf.dispose([network.logits(images), images]);
    const before = [tf.memory().numTensors, binding.getNumOfTensors()];
    await exportTimm(network, join(folder, "timm"));
    await exportSavedModel(network, join(folder, "saved_model"), { input: "bytes" });
    await exportTfjs(network, join(folder, "tfjs"), { softmax: true });
    assertEquals([tf.memory().numTensors, binding.getNumOfTensors()], before);
  });
  network.dispose();
});

Deno.test("exports refuse options that cannot be, and leave no file", async () => {
  const network = tiny();
  type Bad = [options: Record<string, unknown>, error: typeof Error, message: string];
  const every: Bad[] = [
    [{ mean: [1, 2, 3] }, RangeError, "mean has 3 numbers, one for each of 2 channels"],
    [{ mean: [NaN] }, RangeError, "mean has NaN"],
    [{ std: [0, 1] }, RangeError, "std has 0, a number above 0"],
    [{ cropPct: 0 }, RangeError, "cropPct is 0"],
    [{ cropPct: 1.5 }, RangeError, "cropPct is 1.5"],
    [{ name: "" }, TypeError, 'name is ""'],
    [{ name: 'a"""b' }, TypeError, "name is"],
    [{ classNames: ["one"] }, TypeError, "1 class names were given, it has 3 classes"],
  ];
  const graphs: Bad[] = [[{ input: "pixels" }, RangeError, 'input is "pixels"']];
  const models: Bad[] = [[{ quantize: "int4" }, RangeError, 'quantize is "int4"']];
  await withFolder(async (folder) => {
    for (
      const [write, cases] of [
        [exportTimm, every],
        [exportSavedModel, [...every, ...graphs]],
        [exportTfjs, [...every, ...graphs, ...models]],
      ] as const
    ) {
      for (const [options, error, message] of cases) {
        await assertRejects(() => write(network, join(folder, "out"), options), error, message);
      }
    }
    assertEquals([...Deno.readDirSync(folder)], []);
  });
  network.dispose();
});

Deno.test("exports leave alone what they did not write, and replace what they did only if told", async () => {
  const network = tiny();
  await withFolder(async (folder) => {
    const out = join(folder, "deep", "out");
    await exportTimm(network, out);
    await assertRejects(() => exportTfjs(network, out), Error, "it holds an export already");
    // Python leaves this where model.py was imported.
    Deno.mkdirSync(join(out, "__pycache__"));
    await exportTfjs(network, out, { force: true });
    const names = ["README.md", "group1-shard1of1.bin", "model.json"];
    const list = (path: string) => [...Deno.readDirSync(path)].map(({ name }) => name).sort();
    assertEquals(list(out), names);
    // One that fails leaves the one before.
    const large = network.toWeights();
    large["classifier.weight"].data[0] = 1e6;
    const broken = buildNetwork(network.architecture, {
      classes: 3,
      resolution: 4,
      weights: large,
    });
    await assertRejects(
      () => exportTfjs(broken, out, { quantize: "float16", force: true }),
      RangeError,
      "a weight is 1000000",
    );
    assertEquals(list(out), names);
    broken.dispose();
    Deno.writeTextFileSync(join(out, "thesis.tex"), "");
    const force = { force: true };
    await assertRejects(() => exportTfjs(network, out, force), Error, "it holds thesis.tex");
    await assertRejects(
      () => exportTfjs(network, join(out, "thesis.tex"), force),
      Error,
      "it is a file, not a folder",
    );
    await assertRejects(
      () => exportTfjs(network, join(out, "thesis.tex", "out"), force),
      Error,
      "is a file, not a folder",
    );
    assertEquals(list(join(folder, "deep")), ["out"]);
    const empty = join(folder, "empty");
    Deno.mkdirSync(empty);
    await exportSavedModel(network, empty);
    assertEquals(list(empty), ["README.md", "saved_model.pb"]);
  });
  network.dispose();
});
