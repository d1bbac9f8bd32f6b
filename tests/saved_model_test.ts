/**
 * tf.node's SavedModels, as Python's TensorFlow writes them.
 */

import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { join } from "node:path";
import { node, tf, useEngine } from "../lib/engine.ts";
import type { Backend } from "../lib/tensorflow/backend.ts";

await useEngine();
const FOLDER = join(import.meta.dirname!, "fixtures", "saved_model");
const { binding } = tf.backend() as unknown as Backend;

Deno.test("node.getMetaGraphsFromSavedModel() lists signatures", async () => {
  const [{ tags, signatureDefs }] = await node.getMetaGraphsFromSavedModel(FOLDER);
  assertEquals(tags, ["serve"]);
  const { inputs, outputs } = signatureDefs["serving_default"];
  assertEquals(Object.keys(inputs), ["x"]);
  assertEquals(Object.keys(outputs).sort(), ["largest", "y"]);
});

Deno.test("node.loadSavedModel() runs a signature on numbers", async () => {
  const model = await node.loadSavedModel(FOLDER, ["serve"], "serving_default");
  assertEquals(binding.getNumOfSavedModels(), 1);
  const x = tf.tensor2d([[1, 1], [0, -1]]);
  const { y, largest } = model.predict({ x }) as tf.NamedTensorMap;
  assertEquals(y.arraySync(), [[5.5, 6.5, 9], [-3.5, -5.5, -6]]);
  assertEquals(largest.arraySync(), [2, 0]);
  tf.dispose([x, y, largest]);
  model.dispose();
  assertEquals(binding.getNumOfSavedModels(), 0);
});

Deno.test("node.loadSavedModel() runs a signature on texts", async () => {
  const model = await node.loadSavedModel(FOLDER, ["serve"], "greet");
  const text = tf.tensor1d(["world", "é".repeat(40), ""]);
  const { greeting } = model.predict({ text }) as tf.NamedTensorMap;
  assertEquals(greeting.dataSync() as unknown, [
    "hello world",
    `hello ${"é".repeat(40)}`,
    "hello ",
  ]);
  tf.dispose([text, greeting]);
  model.dispose();
});

Deno.test("node.loadSavedModel() says what is wrong", async () => {
  await assertRejects(() => node.loadSavedModel("/nowhere"), Error, "/nowhere");
  await assertRejects(() => node.loadSavedModel(FOLDER, ["serve"], "none"), Error, "none");
  assertThrows(() => binding.loadSavedModel(FOLDER, "train"), Error, "SavedModel");
  const model = await node.loadSavedModel(FOLDER, ["serve"], "serving_default");
  const wrong = tf.zeros([2, 3]);
  assertThrows(() => model.predict({ x: wrong }), Error, "Matrix size-incompatible");
  assertThrows(() => model.predict({ z: wrong }), Error, "z");
  assertThrows(() => binding.runSavedModel(99, [], "a", "b"), Error, "not loaded");
  wrong.dispose();
  model.dispose();
  assertThrows(() => model.predict({ x: tf.zeros([1, 2]) }), Error, "deleted");
});
