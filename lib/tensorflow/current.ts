/**
 * The backend of this process, for code that calls TensorFlow's ops by name.
 *
 * @module
 */

import type { Backend } from "./backend.ts";

let current: Backend | undefined;

/** Called when the engine has started. */
export function setEngineBackend(backend: Backend): void {
  current = backend;
}

/** The backend; an error that tells what to do where there is none yet. */
export function engineBackend(): Backend {
  if (!current) throw new Error("Cannot compute: no engine yet; call `await useEngine()` first");
  return current;
}

/** The type of 16 bits that mixed precision computes in: a GPU's or a CPU's. */
export type MixedPrecision = "float16" | "bfloat16";

/** The type of 16 bits in use; undefined where all is float32. */
export function precisionInUse(): MixedPrecision | undefined {
  const { context, device } = engineBackend().binding;
  if (context.functionAttributes.length === 0) return undefined;
  return device.type === "GPU" ? "float16" : "bfloat16";
}
