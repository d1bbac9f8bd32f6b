import { checkNumber, checkObject, checkOneOf, checkWhole, MAX_WIDTH } from "./_check.ts";
import type { Activation, LayerSpec, Operation, StemSpec } from "./types.ts";

/** The known activation functions, and timm's code for each. */
export const ACTIVATION_CODES: Readonly<Record<Activation, string>> = {
  swish: "sw",
  relu: "re",
  relu6: "r6",
};

/** The names of the known activation functions. */
export const ACTIVATIONS = Object.keys(ACTIVATION_CODES) as Activation[];

/** The paper's stem. */
export const PAPER_STEM: Readonly<StemSpec> = Object.freeze({ channels: 3, width: 32, stride: 2 });
/** The paper's head width. */
export const PAPER_HEAD = 1280;

const MAX_KERNEL = 31;
const MAX_EXPANSION = 64;

/** The value as a kernel size. */
export function checkKernel(value: unknown, place: string): number {
  const kernel = checkWhole(value, place, 1, MAX_KERNEL);
  if (kernel % 2 === 0) throw new RangeError(`${place} is ${kernel}, must be odd`);
  return kernel;
}

/** The value as an expansion. */
export function checkExpansion(value: unknown, place: string): number {
  return checkNumber(value, place, 0.1, MAX_EXPANSION);
}

/** The value as a squeeze-and-excitation ratio. */
export function checkSe(value: unknown, place: string): number {
  const se = checkNumber(value, place, 0, 1);
  if (se > 0 && se < 0.001) throw new RangeError(`${place} is ${se}, must be 0 or from 0.001 to 1`);
  return se;
}

/** The value as an activation's name. */
export function checkActivation(value: unknown, place: string): Activation {
  return checkOneOf(value, place, ACTIVATIONS);
}

/** The value as a stem. */
export function checkStem(value: unknown, place: string): StemSpec {
  const stem = checkObject(value, place, ["channels", "width", "stride"]);
  return {
    channels: checkWhole(stem.channels, `${place}.channels`, 1, MAX_WIDTH),
    width: checkWhole(stem.width, `${place}.width`, 1, MAX_WIDTH),
    stride: checkOneOf(stem.stride, `${place}.stride`, [1, 2]),
  };
}

/** The value as a candidate operation; an activation equal to the space's is left out. */
export function checkOperation(value: unknown, place: string, activation: Activation): Operation {
  const operation = checkObject(value, place, ["kernel", "expansion", "se", "activation"]);
  const checked: Operation = {
    kernel: checkKernel(operation.kernel, `${place}.kernel`),
    expansion: checkExpansion(operation.expansion, `${place}.expansion`),
  };
  if (operation.se !== undefined) checked.se = checkSe(operation.se, `${place}.se`);
  if (operation.activation !== undefined) {
    const own = checkActivation(operation.activation, `${place}.activation`);
    if (own !== activation) checked.activation = own;
  }
  return checked;
}

const LAYER_KEYS = [
  "type",
  "kernel",
  "stride",
  "expansion",
  "width",
  "se",
  "activation",
  "skip",
];

/** The value as a layer; an activation equal to the network's and `skip: true` are left out. */
export function checkLayer(value: unknown, place: string, activation: Activation): LayerSpec {
  const layer = checkObject(value, place, LAYER_KEYS);
  const type = checkOneOf(layer.type, `${place}.type`, ["ds", "ir"]);
  const expansion = checkExpansion(layer.expansion, `${place}.expansion`);
  if (type === "ds" && expansion !== 1) {
    throw new RangeError(`${place}.expansion is ${expansion}, must be 1 in a "ds" layer`);
  }
  const checked: LayerSpec = {
    type,
    kernel: checkKernel(layer.kernel, `${place}.kernel`),
    stride: checkOneOf(layer.stride, `${place}.stride`, [1, 2]),
    expansion,
    width: checkWhole(layer.width, `${place}.width`, 1, MAX_WIDTH),
    se: checkSe(layer.se, `${place}.se`),
  };
  if (layer.activation !== undefined) {
    const own = checkActivation(layer.activation, `${place}.activation`);
    if (own !== activation) checked.activation = own;
  }
  if (layer.skip !== undefined && typeof layer.skip !== "boolean") {
    throw new TypeError(`${place}.skip must be true or false`);
  }
  if (layer.skip === false) checked.skip = false;
  return checked;
}
