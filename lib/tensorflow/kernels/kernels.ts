/**
 * Upstream's kernels that today's TensorFlow, or a compiled function, does not run as they are.
 *
 * @module
 */

import { mendConcat } from "./concat.ts";
import { mendDepthwiseConvolution } from "./depthwise_convolution.ts";
import { mendGather } from "./gather.ts";
import { mendRound } from "./round.ts";

/** Mends them all, once upstream's are registered. */
export function mendKernels(): void {
  mendConcat();
  mendDepthwiseConvolution();
  mendGather();
  mendRound();
}
