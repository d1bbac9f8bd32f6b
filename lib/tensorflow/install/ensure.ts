/**
 * Set-up on demand, for tasks that need TensorFlow.
 *
 * @module
 */

import { dnaHome } from "../../home.ts";
import type { TensorFlowLocation } from "../locate.ts";
import { installTensorFlow } from "./install.ts";
import { withInterrupt } from "./interrupt.ts";
import { type Flavour, TENSORFLOW_VERSION } from "./releases.ts";
import { setUpProgress } from "./report.ts";

/** What to set up, and whether to say so. */
export interface EnsureOptions {
  /** Default: what is there already, else `cuda` where an NVIDIA driver is, else `cpu`. */
  flavour?: Flavour;
  /** Shows nothing. */
  quiet?: boolean;
  /** The task to type again after Ctrl-C or a failure. Default: `setup`. */
  again?: string;
}

/**
 * Sets TensorFlow up where that has not been done, and says so on standard error.
 *
 * @returns Where it is.
 * @throws {Error} if that cannot be, with one sentence that says what to do; after Ctrl-C its `name` is
 * `AbortError`, and a task ends with status 130.
 */
export async function ensureTensorFlow(options: EnsureOptions = {}): Promise<TensorFlowLocation> {
  const { flavour, quiet = false, again = "setup" } = options;
  const heading = `Setting up TensorFlow ${TENSORFLOW_VERSION} in ${dnaHome()} (once)`;
  const progress = setUpProgress("TensorFlow", heading, quiet);
  try {
    return await withInterrupt(
      again,
      (signal) => installTensorFlow({ flavour, signal, again, onProgress: progress.report }),
    );
  } finally {
    progress.close();
  }
}
