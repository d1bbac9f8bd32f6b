/** A test that fails, one that passes, with TensorFlow loaded. Not part of the suite: see crash_test.ts. */

import { tf, useEngine } from "../../lib/engine.ts";

Deno.test("passes", async () => {
  await useEngine();
  tf.ones([2]).dispose();
});

Deno.test("fails", () => {
  throw new Error("as it should be");
});
