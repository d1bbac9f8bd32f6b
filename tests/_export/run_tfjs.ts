/**
 * Runs exported graph models with TensorFlow.js as it is on npm, without anything of DNA's.
 *
 * Usage: run_tfjs.ts cpu|wasm, with a list of jobs as JSON on standard input. What each job's model
 * gives for each of its batches goes to standard output.
 */

import * as tf from "npm:@tensorflow/tfjs@4.22.0";

/** A model and batches of images for it. */
interface Job {
  folder: string;
  batches: {
    shape: [number, number, number, number];
    values: number[];
    dtype: "float32" | "int32";
  }[];
}

const [backend] = Deno.args;
if (backend === "wasm") await import("npm:@tensorflow/tfjs-backend-wasm@4.22.0");
await tf.setBackend(backend);
if (tf.getBackend() !== backend) throw new Error(`The backend is ${tf.getBackend()}`);
const jobs: Job[] = await new Response(Deno.stdin.readable).json();

// As a page does: model.json and its shards from a server.
const server = Deno.serve(
  { hostname: "127.0.0.1", port: 0, onListen: () => {} },
  async (request) => new Response(await Deno.readFile(decodeURI(new URL(request.url).pathname))),
);
const results: number[][][] = [];
for (const { folder, batches } of jobs) {
  const model = await tf.loadGraphModel(
    `http://127.0.0.1:${server.addr.port}${encodeURI(folder)}/model.json`,
  );
  results.push(batches.map(({ shape, values, dtype }) => {
    const output = model.predict(tf.tensor4d(values, shape, dtype)) as tf.Tensor;
    return [...output.dataSync()];
  }));
  model.dispose();
}
console.log(JSON.stringify(results));
await server.shutdown();
