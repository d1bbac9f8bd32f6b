/**
 * Makes the hostile calls of one kind and prints what came of each as a line of JSON.
 *
 * @module
 */

import { tf, useEngine } from "../../lib/engine.ts";
import { HOSTILE_CALLS } from "./calls.ts";

/** What came of a call. */
export interface Outcome {
  name: string;
  /** Its error; nothing where it gave a result. */
  message?: string;
  /** Whether it was an Error. */
  isError: boolean;
}

await useEngine();
for (const [name, call] of HOSTILE_CALLS[Deno.args[0]]) {
  console.log(JSON.stringify({ begins: name }));
  const outcome: Outcome = { name, isError: false };
  tf.engine().startScope();
  try {
    await call();
  } catch (error) {
    outcome.isError = error instanceof Error;
    outcome.message = String(error);
  }
  tf.engine().endScope();
  if (tf.tidy(() => tf.add(1, 1).dataSync()[0]) !== 2) throw new Error(`after ${name}: 1 + 1 ≠ 2`);
  console.log(JSON.stringify(outcome));
}
