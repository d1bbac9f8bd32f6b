/**
 * Ends in the way that its argument says, with TensorFlow loaded and a call under way.
 *
 * @module
 */

import { compile, tf, useEngine } from "../../lib/engine.ts";

await useEngine();
const x = tf.ones([300, 300]);
const under = compile((x: tf.Tensor) => tf.matMul(tf.matMul(x, x), x)).async(x);
switch (Deno.args[0]) {
  case "error":
    throw new Error("as it should be");
  case "rejection":
    Promise.reject(new Error("as it should be"));
    await new Promise(() => setTimeout(() => {}, 1000));
    break;
  case "exit":
    Deno.exit(3);
    break;
  case "awaited":
    await under;
}
