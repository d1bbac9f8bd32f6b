/**
 * Runs many ops and prints, as JSON, how memory and handles grew. With `--v8-flags=--expose-gc`, since
 * forgotten tensors go when their JavaScript objects do.
 *
 * @module
 */

import { compile, tf, useEngine } from "../../lib/engine.ts";
import type { Backend } from "../../lib/tensorflow/backend.ts";

declare const gc: () => void;

await useEngine();
const { binding } = tf.backend() as unknown as Backend;
const x = tf.ones([64, 64]);
const double = compile((x: tf.Tensor) => x.mul(2));

const LOOPS: Record<string, () => void> = {
  disposed: () => x.add(1).dispose(),
  tidy: () => tf.tidy(() => tf.matMul(x, x).add(1)).dispose(),
  created: () => tf.tidy(() => void tf.tensor1d(new Float32Array(4096)).neg()),
  compiled: () => double(x).dispose(),
  refused: () => {
    try {
      tf.reshape(x, [7]);
    } catch {
      // As it should be.
    }
  },
  read: () => void tf.tidy(() => x.slice([0, 0], [1, 64]).dataSync()),
  text: () => tf.tidy(() => void tf.tensor1d(["a".repeat(5000)]).reshape([1, 1]).dataSync()),
};

function megabytes(): number {
  gc();
  return Deno.memoryUsage().rss / 2 ** 20;
}

const counts = () => [tf.memory().numTensors, binding.getNumOfTensors()];
let before = 0;
let handles: number[] = [];
for (const [name, body] of Object.entries(LOOPS)) {
  const count = name === "disposed" ? 100_000 : 3000;
  // The first rounds fill the heaps of JavaScript and of TensorFlow.
  for (let round = 0; round < 3; round++) {
    before = megabytes();
    handles = counts();
    for (let i = 0; i < count; i++) body();
  }
  const grown = counts().map((count, i) => count - handles[i]);
  console.log(JSON.stringify({ name, megabytes: megabytes() - before, grown }));
}

const rest = () => new Promise((done) => setTimeout(done, 10));
const known = binding.getNumOfTensors();
for (let i = 0; i < 1000; i++) x.add(1);
const most = binding.getNumOfTensors() - known;
for (let i = 0; i < 50 && binding.getNumOfTensors() > known; i++) {
  gc();
  await rest();
}
console.log(JSON.stringify({ name: "forgotten", most, left: binding.getNumOfTensors() - known }));
