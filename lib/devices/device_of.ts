/**
 * Which device holds a tensor.
 *
 * @module
 */

import type { Tensor } from "npm:@tensorflow/tfjs@4.22.0";
import { engineBackend } from "../tensorflow/current.ts";

/** TensorFlow's full name of the device that holds a tensor's values. */
export function deviceOf(tensor: Tensor): string {
  const backend = engineBackend();
  return backend.binding.deviceOf(backend.getInputTensorIds([tensor])[0]);
}
