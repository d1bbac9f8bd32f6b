/**
 * tf.layers on the engine: fit, evaluate, save and load.
 */

import { assert, assertEquals } from "@std/assert";
import { tf, useEngine } from "../lib/engine.ts";

await useEngine();

/** Points in two classes: those whose coordinates have one sign, and the others. */
function quadrants(count: number, seed: number) {
  return tf.tidy(() => {
    const x = tf.randomUniform([count, 2], -1, 1, "float32", seed) as tf.Tensor2D;
    const y = x.prod(1).greater(0).cast("float32").expandDims(1) as tf.Tensor2D;
    return { x, y };
  });
}

Deno.test("tf.layers trains a dense network, saves it and loads it again", async () => {
  const model = tf.sequential({
    layers: [
      tf.layers.dense({
        inputShape: [2],
        units: 16,
        activation: "tanh",
        kernelInitializer: tf.initializers.glorotUniform({ seed: 1 }),
      }),
      tf.layers.dense({
        units: 1,
        activation: "sigmoid",
        kernelInitializer: tf.initializers.glorotUniform({ seed: 2 }),
      }),
    ],
  });
  model.compile({
    optimizer: tf.train.adam(0.05),
    loss: "binaryCrossentropy",
    metrics: ["accuracy"],
  });
  const train = quadrants(256, 3);
  const test = quadrants(256, 4);
  const { history } = await model.fit(train.x, train.y, { epochs: 30, verbose: 0 });
  assert(history.loss.at(-1)! < history.loss[0] as unknown as number / 2);
  const [, accuracy] = model.evaluate(test.x, test.y) as tf.Scalar[];
  assert(accuracy.dataSync()[0] > 0.9, `accuracy ${accuracy.dataSync()[0]}`);

  const folder = await Deno.makeTempDir();
  try {
    await model.save(`file://${folder}/model`);
    const loaded = await tf.loadLayersModel(`file://${folder}/model/model.json`);
    const [a, b] = [model, loaded].map((m) => m.predict(test.x) as tf.Tensor);
    assertEquals(b.dataSync(), a.dataSync());
    loaded.dispose();
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
  model.dispose();
});

Deno.test("tf.layers trains a convolutional network with batch normalisation and dropout", async () => {
  const model = tf.sequential({
    layers: [
      tf.layers.conv2d({ inputShape: [8, 8, 1], filters: 4, kernelSize: 3, padding: "same" }),
      tf.layers.batchNormalization(),
      tf.layers.reLU(),
      tf.layers.separableConv2d({ filters: 8, kernelSize: 3, padding: "same" }),
      tf.layers.maxPooling2d({ poolSize: 2 }),
      tf.layers.globalAveragePooling2d({}),
      tf.layers.dropout({ rate: 0.1 }),
      tf.layers.dense({ units: 2, activation: "softmax" }),
    ],
  });
  model.compile({ optimizer: "sgd", loss: "categoricalCrossentropy" });
  const x = tf.randomNormal([32, 8, 8, 1], 0, 1, "float32", 1);
  const y = tf.oneHot(tf.range(0, 32, 1, "int32").mod(tf.scalar(2, "int32")) as tf.Tensor1D, 2);
  const { history } = await model.fit(x, y, { epochs: 2, batchSize: 8, verbose: 0 });
  assert(history.loss.every((loss) => Number.isFinite(loss as number)));
  model.dispose();
});

Deno.test("tf.layers trains a recurrent network", async () => {
  const model = tf.sequential({
    layers: [
      tf.layers.embedding({ inputDim: 10, outputDim: 4, inputLength: 5 }),
      tf.layers.lstm({ units: 6 }),
      tf.layers.dense({ units: 1 }),
    ],
  });
  model.compile({ optimizer: "adam", loss: "meanSquaredError" });
  const x = tf.range(0, 40, 1, "float32").mod(tf.scalar(10)).reshape([8, 5]);
  const { history } = await model.fit(x, tf.ones([8, 1]), { epochs: 3, verbose: 0 });
  assert(Number(history.loss.at(-1)) < Number(history.loss[0]));
  model.dispose();
});
