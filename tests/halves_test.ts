import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { compile, createRandom, tf, useEngine } from "../mod.ts";
import { learn, newLearnerState, stepScalars } from "../lib/nn/learner.ts";
import { mbconv } from "../lib/nn/mbconv.ts";
import { adam } from "../lib/nn/optimizers.ts";
import { engineBackend } from "../lib/tensorflow/current.ts";
import { compileHalvesWith } from "../lib/tensorflow/halves.ts";

await useEngine();

Deno.test("compileHalvesWith() computes the first half once, and the second with what it kept", async () => {
  let traces = 0;
  const halves = compileHalvesWith(
    engineBackend,
    ({ x }: { x: tf.Tensor }, { dy }: { dy: tf.Tensor }) => {
      traces++;
      const y = x.square().add(1);
      return { first: { y }, second: [dy.mul(x).mul(2), x] };
    },
  );
  const before = tf.memory().numTensors;
  for (const scale of [1, 10]) {
    const x = tf.tensor1d([1 * scale, 2 * scale]);
    const half = await halves.first({ x }, { dy: { shape: [2] } });
    assertEquals([...half.result.y.dataSync()], [scale ** 2 + 1, 4 * scale ** 2 + 1]);
    x.dispose();
    const dy = tf.tensor1d([1, 3]);
    const [dx, same] = await half.second({ dy });
    assertEquals([...dx.dataSync()], [2 * scale, 12 * scale]);
    assertEquals([...same.dataSync()], [scale, 2 * scale]);
    tf.dispose([half.result, dy, dx, same]);
  }
  const half = await halves.first({ x: tf.tidy(() => tf.ones([2])) }, { dy: { shape: [2] } });
  half.result.y.dispose();
  half.dispose();
  assertEquals(traces, 1);
  halves.dispose();
  assert(tf.memory().numTensors <= before + 1);
});

Deno.test("compileHalvesWith() refuses a first half that depends on late arguments", async () => {
  const halves = compileHalvesWith(
    engineBackend,
    ({ x }: { x: tf.Tensor }, { dy }: { dy: tf.Tensor }) => ({ first: x.add(dy), second: dy }),
  );
  await assertRejects(() => halves.first({ x: tf.ones([2]) }, { dy: { shape: [2] } }), Error);
});

for (const [kernel, expansion, stride] of [[3, 6, 1], [5, 3, 2], [7, 1, 1]]) {
  Deno.test(`compileHalvesWith() gives a layer's step as compile() does: k${kernel} e${expansion} s${stride}`, async () => {
    const layer = {
      type: "ir",
      kernel,
      expansion,
      stride: stride as 1 | 2,
      width: 8,
      se: 0.25,
    } as const;
    const module = mbconv("", layer, 8, "swish");
    const optimizer = adam();
    const state = newLearnerState(module, optimizer, createRandom(1));
    const x = tf.randomNormal([2, 6, 6, 8], 0, 1, "float32", 3);
    const scalars = stepScalars(optimizer, 0.01, 1);
    const side = 6 / stride;
    const dy = tf.randomNormal([2, side, side, 8], 0, 1, "float32", 4);
    type State = typeof state;
    const step = (state: State, x: tf.Tensor, dy: tf.Tensor, scalars: tf.Tensor1D) => {
      const objective = (y: tf.Tensor) => ({ loss: y.mul(dy).sum(), y });
      return learn(module, optimizer, state, x, scalars, objective, { inputGradient: true });
    };
    const whole = compile(step)(state, x, dy, scalars);
    const halves = compileHalvesWith(engineBackend, (
      { state, x }: { state: State; x: tf.Tensor },
      { dy, scalars }: { dy: tf.Tensor; scalars: tf.Tensor },
    ) => {
      const { state: next, dx, values } = step(state, x, dy, scalars as tf.Tensor1D);
      return { first: values.y, second: { state: next, dx: dx! } };
    });
    const half = await halves.first({ state, x }, { dy, scalars });
    const second = await half.second({ dy, scalars });
    const close = (a: tf.Tensor, b: tf.Tensor) => {
      const difference = a.sub(b).abs().max().dataSync()[0];
      assertAlmostEquals(difference, 0, 1e-5 * Math.max(1, b.abs().max().dataSync()[0]));
    };
    close(half.result, whole.values.y);
    close(second.dx, whole.dx!);
    close(second.state.weights, whole.state.weights);
    close(second.state.statistics, whole.state.statistics);
    second.state.optimizer.forEach((vector, i) => close(vector, whole.state.optimizer[i]));
  });
}
