/**
 * Replacing one of upstream's kernels.
 *
 * @module
 */

import type { KernelFunc, Tensor } from "npm:@tensorflow/tfjs@4.22.0";
import type { Backend } from "../backend.ts";
import { BACKEND, tf } from "../tfjs.ts";

/** What a kernel is called with. */
export interface KernelCall {
  inputs: Record<string, Tensor>;
  attrs: Record<string, unknown>;
  backend: Backend;
  /** Runs upstream's own kernel, on other inputs where they are given. */
  upstream: (inputs?: object) => Tensor;
}

/** Puts `kernel` in the place of upstream's kernel of that name. */
export function mend(name: string, kernel: (call: KernelCall) => Tensor): void {
  const { kernelFunc } = tf.getKernel(name, BACKEND);
  tf.unregisterKernel(name, BACKEND);
  tf.registerKernel({
    kernelName: name,
    backendName: BACKEND,
    kernelFunc: ((call: Omit<KernelCall, "upstream">) =>
      kernel({
        ...call,
        upstream: (inputs = call.inputs) => kernelFunc({ ...call, inputs } as never) as Tensor,
      })) as unknown as KernelFunc,
  });
}
