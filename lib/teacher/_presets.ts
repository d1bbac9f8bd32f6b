import { EFFICIENTNET_B0 } from "../space/networks.ts";
import { parseArchitecture } from "../space/parse.ts";
import { COMPOUND_SCALES, scaleArchitecture } from "../space/scale.ts";
import type { Architecture } from "../space/types.ts";
import { FASHION_MEAN, FASHION_STD, FASHION_TEACHER, FASHION_WEIGHTS } from "./fashion.ts";

/** What the data pipeline does to each channel, on the scale 0–1. */
export interface Normalisation {
  /** It subtracts these. */
  mean: readonly number[];
  /** It divides by these. */
  std: readonly number[];
}

/** What is known of a teacher before its weights. */
export interface TeacherPreset extends Normalisation {
  /** The network. */
  architecture: Architecture;
  /** Positions after which a block ends. */
  cuts: readonly number[];
  /** Number of classes. */
  classes: number;
  /** Side of the images that its weights were trained for, in pixels. */
  resolution: number;
  /** Where the weights that ship with it are. */
  weights?: URL;
  /** Where the Hugging Face hub has weights for it. */
  hub?: string;
}

const IMAGENET: Normalisation = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };
const HALVES: Normalisation = { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] };

const FASHION: TeacherPreset = {
  architecture: parseArchitecture(FASHION_TEACHER),
  cuts: [0, 1, 2, 3],
  classes: 10,
  resolution: 28,
  mean: FASHION_MEAN,
  std: FASHION_STD,
  weights: FASHION_WEIGHTS,
};

/** EfficientNet-Lite0: B0 without squeeze-and-excitation, with ReLU6. */
const LITE0: Architecture = {
  ...EFFICIENTNET_B0,
  blocks: EFFICIENTNET_B0.blocks.map((layers) => layers.map((layer) => ({ ...layer, se: 0 }))),
  activation: "relu6",
};

/** A member of EfficientNet's family: `b0` … `b7`, `lite0` … `lite4`. */
function efficientNet(variant: string): TeacherPreset {
  const lite = variant.startsWith("lite");
  const scale = COMPOUND_SCALES[variant];
  return {
    architecture: scaleArchitecture(lite ? LITE0 : EFFICIENTNET_B0, scale),
    cuts: [1, 2, 3, 4, 5, 6], // block 1 is stem, stage 1 and stage 2; then a stage each
    classes: 1000,
    resolution: scale.resolution,
    ...(lite ? HALVES : IMAGENET),
    hub: `timm/tf_efficientnet_${variant}.${lite ? "in1k" : "ns_jft_in1k"}`, // timm's own defaults
  };
}

const MAKERS: Readonly<Record<string, () => TeacherPreset>> = {
  fashion: () => FASHION,
  ...Object.fromEntries(
    Object.keys(COMPOUND_SCALES).map((variant) =>
      [`tf_efficientnet_${variant}`, () => efficientNet(variant)] as const
    ),
  ),
};

/**
 * The names that {@linkcode loadTeacher} knows.
 *
 * @example
 * ```ts
 * import { TEACHER_NAMES } from "@dna/kernel";
 * import { assert } from "@std/assert";
 *
 * assert(TEACHER_NAMES.includes("tf_efficientnet_b7"));
 * ```
 */
export const TEACHER_NAMES: readonly string[] = Object.keys(MAKERS);

/** What is known of a teacher by its name. */
export function findPreset(name: string): TeacherPreset {
  if (!Object.hasOwn(MAKERS, name)) {
    throw new RangeError(
      `Cannot find teacher ${JSON.stringify(name)}: known are ${TEACHER_NAMES.join(", ")}`,
    );
  }
  return MAKERS[name]();
}

/**
 * The normalisation that weights were trained with: those of AdvProp (`….ap_in1k`) have one of
 * their own.
 */
export function normalisationOf(preset: TeacherPreset, weights?: string): Normalisation {
  if (weights !== undefined && /\.ap_in1k($|[@:./])/.test(weights)) return HALVES;
  return { mean: preset.mean, std: preset.std };
}
