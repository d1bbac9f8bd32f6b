/**
 * TensorFlow.js as DNA uses it: the union package, and a first backend that says that there is none.
 *
 * @module
 */

import { createRequire } from "node:module";
import * as tf from "npm:@tensorflow/tfjs@4.22.0";

export { tf };

// Upstream's backend calls a helper that current runtimes have dropped from node:util.
const util = createRequire(import.meta.url)("node:util");
util.isNullOrUndefined ??= (value: unknown) => value === null || value === undefined;

/** The name under which TensorFlow.js knows DNA's backend, upstream's own. */
export const BACKEND = "tensorflow";

/** Stands in until `useEngine()`, so that nobody computes on a slow backend without knowing. */
class NoEngine extends tf.KernelBackend {
  #fail(): never {
    throw new Error("Cannot compute: no engine yet; call `await useEngine()` first");
  }
  override write(): never {
    this.#fail();
  }
  override move(): never {
    this.#fail();
  }
  override readSync(): never {
    this.#fail();
  }
  override read(): never {
    this.#fail();
  }
  override numDataIds(): number {
    return 0;
  }
  override dispose(): void {}
}

tf.registerBackend("none", () => new NoEngine(), 1000);
