import { deepFreeze } from "./_freeze.ts";
import { parseArchitecture } from "./parse.ts";
import type { Architecture } from "./types.ts";

/** timm block strings with SE 0.25 after the shared first layer, from `k5s2e3c24 k3e3 | …`. */
function paper(text: string): Architecture {
  const blocks = text.split(" | ").map((block) => {
    const width = /c\d+/.exec(block)![0];
    return block.split(" ").map((layer) => {
      const [, kernel, stride, expansion] = /^(k\d)(s2)?(e\d)/.exec(layer)!;
      return `ir_r1_${kernel}_${stride ?? "s1"}_${expansion}_${width}_se0.25`;
    });
  });
  return deepFreeze(parseArchitecture([["ds_r1_k3_s1_c16_se0.25"], ...blocks]));
}

/**
 * DNA-a, the paper's network for 350 M FLOPs (Table 2): 4,243,318 parameters, 348.09 M FLOPs at 224 pixels.
 *
 * @example
 * ```ts
 * import { cost, DNA_A } from "@dna/kernel";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(cost(DNA_A, { resolution: 224, classes: 1000 }).params, 4_243_318);
 * ```
 */
export const DNA_A: Architecture = paper(
  "k5s2e3c24 k3e3 k3e6 | k3s2e3c40 k3e3 k5e3 k3e6 | k7s2e6c80 k3e3 k5e3 k3e6 | " +
    "k5e6c96 k5e3 k5e3 k5e6 | k5s2e6c160 k5e3 k5e3 k5e3 k5e6 | k3e6c320",
);

/** DNA-b, the paper's network for 399 M FLOPs (Table 2): 4,918,180 parameters, 405.71 M FLOPs at 224 pixels. */
export const DNA_B: Architecture = paper(
  "k3s2e3c24 k5e3 k7e6 | k7s2e6c40 k5e3 k7e6 | k5s2e6c80 k5e3 k5e3 k3e6 | " +
    "k5e6c96 k5e3 k5e3 k5e6 | k7s2e6c192 k5e3 k5e3 k5e3 k7e6 | k3e6c320",
);

/** DNA-c, the paper's network for 5.3 M parameters (Table 2): 5,273,896 parameters, 465.85 M FLOPs at 224 pixels. */
export const DNA_C: Architecture = paper(
  "k5s2e6c24 k3e6 | k5s2e6c40 k5e6 k3e6 k5e6 | k5s2e6c80 k3e6 k5e6 k5e6 | " +
    "k3e6c112 k5e6 k5e6 k5e3 | k5s2e6c192 k5e3 k5e6 k5e6 | k3e6c320",
);

/** DNA-d, the paper's network without a constraint (Table 2): 6,409,486 parameters, 611.12 M FLOPs at 224 pixels. */
export const DNA_D: Architecture = paper(
  "k7s2e6c24 k5e6 k7e6 | k7s2e6c40 k7e6 k7e6 k7e6 | k7s2e6c80 k5e6 k5e6 k7e6 | " +
    "k7e6c112 k5e6 k7e6 k5e6 | k7s2e6c192 k5e6 k5e6 k5e6 k7e6 | k3e6c320",
);

/** EfficientNet-B0 (Tan and Le, 2019): 5,288,548 parameters, 399.29 M FLOPs at 224 pixels. */
export const EFFICIENTNET_B0: Architecture = deepFreeze(parseArchitecture(
  "ds_r1_k3_s1_c16_se0.25 | ir_r2_k3_s2_e6_c24_se0.25 | ir_r2_k5_s2_e6_c40_se0.25 | " +
    "ir_r3_k3_s2_e6_c80_se0.25 | ir_r3_k5_s1_e6_c112_se0.25 | ir_r4_k5_s2_e6_c192_se0.25 | " +
    "ir_r1_k3_s1_e6_c320_se0.25",
));
