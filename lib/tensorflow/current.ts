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
