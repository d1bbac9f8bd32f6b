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
  created: () => tf.tensor1d(new Float32Array(4096)).neg().dispose(),
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

for (const [name, body] of Object.entries(LOOPS)) {
  const count = name === "disposed" ? 100_000 : 10_000;
  for (let i = 0; i < 2000; i++) body();
  const before = megabytes();
  const handles = [tf.memory().numTensors, binding.getNumOfTensors()];
  for (let i = 0; i < count; i++) body();
  const grown = [tf.memory().numTensors - handles[0], binding.getNumOfTensors() - handles[1]];
  console.log(JSON.stringify({ name, megabytes: megabytes() - before, grown }));
}

const rest = () => new Promise((done) => setTimeout(done, 10));
const before = binding.getNumOfTensors();
for (let i = 0; i < 1000; i++) x.add(1);
const most = binding.getNumOfTensors() - before;
for (let i = 0; i < 50 && binding.getNumOfTensors() > before; i++) {
  gc();
  await rest();
}
console.log(JSON.stringify({ name: "forgotten", most, left: binding.getNumOfTensors() - before }));
