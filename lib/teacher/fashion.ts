/**
 * The teacher of preset `fashion`, which ships with its weights.
 *
 * EfficientNet's layers at the size of Fashion-MNIST's images: 28×28 grey pixels, four blocks at 14,
 * 7, 7 and 4 pixels. Made from scratch by `deno task teacher`, which writes the
 * weights and `fashion.log.json` with the seed, the recipe and what each epoch gave.
 *
 * @module
 */

/** The architecture, as text. */
export const FASHION_TEACHER = "stem_i1_c16 | " +
  "ir_r2_k3_s1_e6_c16_se0.25 | ir_r3_k3_s2_e6_c24_se0.25 | " +
  "ir_r3_k5_s1_e6_c40_se0.25 | ir_r3_k5_s2_e6_c64_se0.25 | head_c256";

/** Where its weights are kept. */
export const FASHION_WEIGHTS: URL = new URL("./fashion.safetensors", import.meta.url);

/** Where the record of its making is kept. */
export const FASHION_LOG: URL = new URL("./fashion.log.json", import.meta.url);

/** Mean of Fashion-MNIST's 50,000 training images (of ours: see `lib/data`), on the scale 0–1. */
export const FASHION_MEAN: readonly number[] = [0.28638];

/** Standard deviation of the same pixels, on the scale 0–1. */
export const FASHION_STD: readonly number[] = [0.35317];
