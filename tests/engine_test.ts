/**
 * useEngine(), and TensorFlow.js on it: data types, images, devices.
 */

import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { node, tf, useEngine } from "../lib/engine.ts";
import type { Backend } from "../lib/tensorflow/backend.ts";

const engine = await useEngine();
const backend = tf.backend() as unknown as Backend;
const { binding } = backend;

/** Runs a program in a process of its own. */
async function run(program: string): Promise<string> {
  const url = new URL("../lib/engine.ts", import.meta.url).href;
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", `import { compile, tf, useEngine } from "${url}";\n${program}`],
    env: { NO_COLOR: "1" },
  }).output();
  return new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
}

Deno.test("useEngine() is free the second time", async () => {
  assertEquals(await useEngine(), engine);
  assertEquals(tf.getBackend(), "tensorflow");
});

Deno.test("useEngine() tells what runs underneath", () => {
  assert(/^\d+\.\d+\.\d+$/.test(engine.version));
  assert(engine.devices.some(({ name }) => name === "CPU:0"));
  assert(engine.tensorLimit > 2 ** 20);
});

Deno.test("useEngine() refuses a device that is not there, naming those that are", async () => {
  await assertRejects(() => useEngine({ device: "GPU:99" }), RangeError, "CPU:0");
  await assertRejects(() => useEngine({ device: "" }), RangeError, "CPU:0");
});

Deno.test("useEngine() takes short, long and lower-case names of a device", async () => {
  const before = engine.device.name;
  for (const device of ["CPU:0", "cpu:0", "CPU", "/device:CPU:0", engine.devices[0].fullName]) {
    assertEquals((await useEngine({ device })).device.type, "CPU");
  }
  await useEngine({ device: before });
});

Deno.test("useEngine() refuses threads that cannot be", async () => {
  for (const threads of [0, -1, 1.5, NaN, 1e9]) {
    await assertRejects(() => useEngine({ threads }), RangeError, "threads");
  }
});

Deno.test("tf says so when it is used before useEngine()", async () => {
  assertStringIncludes(await run("tf.ones([2]).square();"), "call `await useEngine()` first");
  assertStringIncludes(await run("compile((x) => x)(tf.ones([2]));"), "call `await useEngine()`");
});

Deno.test("useEngine() says what to type where there is no TensorFlow", async () => {
  const folder = await Deno.makeTempDir();
  const { stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "eval",
      `import { useEngine } from "${new URL(
        "../lib/engine.ts",
        import.meta.url,
      )}"; await useEngine();`,
    ],
    env: { DNA_HOME: folder, DNA_TENSORFLOW: "", NO_COLOR: "1" },
  }).output();
  await Deno.remove(folder, { recursive: true });
  assertStringIncludes(new TextDecoder().decode(stderr), "TensorFlow is not set up: type `");
});

Deno.test("tf keeps texts of any length and bytes", () => {
  const texts = ["", "a", "é".repeat(100), "\u0000", "日本語"];
  const x = tf.tensor1d(texts);
  assertEquals(x.reshape([5, 1]).squeeze().dataSync() as unknown, texts);
  assertEquals(tf.concat([x, x]).shape, [10]);
  const bytes = Uint8Array.of(255, 0, 1);
  const id = binding.createTensor([1], binding.TF_STRING, [bytes]);
  assertEquals(binding.tensorDataSync(id), [bytes]);
  binding.deleteTensor(id);
});

Deno.test("tf keeps complex numbers", () => {
  const x = tf.complex([1, 2], [3, -4]);
  assertEquals([...tf.real(x).dataSync()], [1, 2]);
  assertEquals([...tf.imag(x).dataSync()], [3, -4]);
  assertEquals([...x.mul(x).dataSync()], [-8, 6, -12, -16]);
  assertEquals([...x.abs().dataSync()].map((v) => v.toFixed(4)), ["3.1623", "4.4721"]);
});

Deno.test("tf keeps booleans, whole numbers and bytes", () => {
  assertEquals([...tf.tensor1d([true, false]).logicalNot().dataSync()], [0, 1]);
  assertEquals([...tf.tensor1d([2 ** 31 - 1], "int32").sub(tf.scalar(1, "int32")).dataSync()], [
    2147483646,
  ]);
  const id = binding.createTensor([3], binding.TF_UINT8, Uint8Array.of(0, 128, 255));
  assertEquals(binding.tensorDataSync(id), Uint8Array.of(0, 128, 255));
  binding.deleteTensor(id);
});

Deno.test("tf keeps 64-bit whole numbers", () => {
  const wide = BigInt64Array.of(1n, -(2n ** 62n));
  const id = binding.createTensor([2], binding.TF_INT64, wide);
  assertEquals(binding.tensorDataSync(id), wide);
  binding.deleteTensor(id);
  const halves = binding.createTensor([], binding.TF_INT64, Int32Array.of(5, 1));
  assertEquals(binding.tensorDataSync(halves), BigInt64Array.of(2n ** 32n + 5n));
  binding.deleteTensor(halves);
});

Deno.test("tf keeps empty tensors", () => {
  for (const dtype of ["float32", "int32", "bool", "string", "complex64"] as const) {
    const x = dtype === "complex64"
      ? tf.complex(tf.zeros([0, 3]), tf.zeros([0, 3]))
      : tf.tensor([], [0, 3], dtype);
    const y = x.reshape([3, 0]);
    assertEquals([y.shape, y.dataSync().length], [[3, 0], 0]);
  }
  assertEquals(tf.zeros([0, 3]).sum(1).shape, [0]);
  assertEquals([...tf.zeros([0, 3]).sum(0).dataSync()], [0, 0, 0]);
});

Deno.test("tf keeps the values of a tensor whose array changes afterwards", async () => {
  const x = tf.ones([3]);
  const y = x.add(1);
  const values = y.dataSync();
  values.fill(9);
  assertEquals([...await y.data()], [2, 2, 2]);
});

Deno.test("tf gives a value though it is disposed of while it is read", async () => {
  const x = tf.ones([1000]).mul(3);
  const reading = x.data();
  x.dispose();
  assertEquals((await reading)[999], 3);
});

Deno.test("tf mends kernels that today's TensorFlow has changed", () => {
  assertEquals([...tf.round(tf.tensor1d([-7, 8], "int32")).dataSync()], [-7, 8]);
  assertEquals(tf.mean(tf.tensor1d([1, 2], "int32")).dataSync()[0], 1.5);
  assertEquals([...tf.concat([tf.scalar(1), tf.scalar(2)]).dataSync()], [1, 2]);
  const x = tf.range(0, 50).reshape([1, 5, 5, 2]) as tf.Tensor4D;
  const filter = tf.ones([2, 2, 2, 1]) as tf.Tensor4D;
  const y = tf.depthwiseConv2d(x, filter, 1, "valid", "NHWC", 2);
  assertEquals(y.shape, [1, 3, 3, 2]);
  assertEquals(y.dataSync()[0], 0 + 4 + 20 + 24);
});

/** A picture of three colours. */
function picture(): tf.Tensor3D {
  return tf.tensor3d([255, 0, 0, 0, 255, 0, 0, 0, 255, 9, 9, 9], [2, 2, 3], "int32");
}

Deno.test("node.encodePng() and decodePng() give the picture back", async () => {
  const png = await node.encodePng(picture());
  assertEquals(node.decodePng(png).arraySync(), picture().arraySync());
  assertEquals(node.decodePng(png, 4).shape, [2, 2, 4]);
  assertEquals(node.decodeImage(png).arraySync(), picture().arraySync() as never);
});

Deno.test("node.encodeJpeg() and decodeJpeg() give about the picture back", async () => {
  const smooth = tf.fill([16, 16, 3], 100, "int32") as tf.Tensor3D;
  const jpeg = await node.encodeJpeg(smooth, "rgb", 95);
  const back = node.decodeJpeg(jpeg);
  assertEquals(back.shape, [16, 16, 3]);
  assert(back.sub(smooth).abs().max().dataSync()[0] <= 2);
  assertEquals(node.decodeJpeg(jpeg, 1).shape, [16, 16, 1]);
});

Deno.test("node.decodeGif() gives a picture of each frame", () => {
  // One frame of one white pixel.
  const gif = Uint8Array.from(
    atob("R0lGODlhAQABAIAAAP///////yH5BAAAAAAALAAAAAABAAEAAAICRAEAOw=="),
    (character) => character.charCodeAt(0),
  );
  const frames = node.decodeGif(gif);
  assertEquals([frames.shape, [...frames.dataSync()]], [[1, 1, 1, 3], [255, 255, 255]]);
  assertEquals(node.decodeImage(gif).shape, [1, 1, 1, 3]);
});

Deno.test("node.decodeBmp() gives the picture", () => {
  // 2 × 1 pixels of 24 bits: a red one and a blue one, blue first in each, rows padded to 4 bytes.
  const head = new DataView(new ArrayBuffer(62));
  head.setUint16(0, 0x424d);
  head.setUint32(2, 62, true);
  head.setUint32(10, 54, true);
  head.setUint32(14, 40, true);
  head.setInt32(18, 2, true);
  head.setInt32(22, 1, true);
  head.setUint16(26, 1, true);
  head.setUint16(28, 24, true);
  head.setUint32(34, 8, true);
  const bytes = new Uint8Array(head.buffer);
  bytes.set([0, 0, 255, 255, 0, 0], 54);
  assertEquals(node.decodeBmp(bytes).arraySync(), [[[255, 0, 0], [0, 0, 255]]]);
});

Deno.test("node's decoders refuse pictures that were cut or changed", async () => {
  const png = await node.encodePng(picture());
  const jpeg = await node.encodeJpeg(picture());
  for (let cut = 0; cut < png.length; cut += 3) {
    assertThrows(() => node.decodePng(png.subarray(0, cut)), Error);
  }
  const flip = Uint8Array.from(jpeg);
  for (let at = 2; at < 40; at += 9) {
    flip[at] ^= 0xff;
    try {
      node.decodeJpeg(flip).dispose();
    } catch (error) {
      assert(error instanceof Error);
    }
    flip[at] ^= 0xff;
  }
});

Deno.test("node.summaryFileWriter() writes what TensorBoard reads", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const writer = node.summaryFileWriter(folder);
    writer.scalar("loss", 0.5, 1);
    writer.histogram("weights", tf.tensor1d([1, 1, 1]), 1, 5);
    writer.flush();
    const [file] = [...Deno.readDirSync(folder)];
    assert(file.name.includes("tfevents"));
    assert((await Deno.stat(`${folder}/${file.name}`)).size > 100);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("useEngine() starts without a word on the terminal", async () => {
  const { stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "eval",
      "-q",
      `
      import { tf, useEngine } from ${JSON.stringify(new URL("../mod.ts", import.meta.url).href)};
      await useEngine();
      tf.ones([2, 2]).sum().dataSync();
      console.error("own words");
    `,
    ],
    env: { NO_COLOR: "1" },
  }).output();
  assertEquals(new TextDecoder().decode(stderr), "own words\n");
});
