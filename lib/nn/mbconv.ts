/**
 * MBConv: MobileNetV2's inverted residual with squeeze-and-excitation, the search spaces' only layer.
 *
 * @module
 */

import { layerChannels } from "../space/_layer_cost.ts";
import type { Activation, LayerSpec } from "../space/types.ts";
import type { Convention } from "./convention.ts";
import { dropBranch, type LayerPosition } from "./dropping.ts";
import type { Slot } from "./layout.ts";
import type { Module } from "./module.ts";
import {
  activate,
  batchNormSlots,
  normalisedConvolution,
  squeezeExcite,
  squeezeExciteSlots,
} from "./ops.ts";

/** What a layer of a whole network knows beside its own specification. */
export interface LayerSetting {
  /** Padding and epsilon; TensorFlow's where it is absent. */
  convention?: Convention;
  /** Its place, which decides how often stochastic depth leaves its branch out; never where it is absent. */
  position?: LayerPosition;
}

/**
 * An MBConv layer: expansion, depthwise convolution, squeeze-and-excitation, projection; with a
 * residual connection where stride and widths allow it. Weights are named as timm names them.
 *
 * @param name Prefix of its weights' names, as `blocks.1.0.`.
 * @param layer Kernel, stride, expansion, output width, squeeze-and-excitation ratio.
 * @param inputWidth Channels that come in.
 * @param network The network's activation, where the layer has none of its own.
 * @param setting Convention and place in the network.
 */
export function mbconv(
  name: string,
  layer: LayerSpec,
  inputWidth: number,
  network: Activation,
  { convention, position }: LayerSetting = {},
): Module {
  const { type, kernel, stride, width } = layer;
  const activation = layer.activation ?? network;
  const { expanded, reduced, skip } = layerChannels(layer, inputWidth);
  const expands = type === "ir";
  // timm numbers the normalisations that there are: a layer without expansion begins with bn1.
  const names = expands
    ? { dw: "bn2", pw: "conv_pwl", out: "bn3" }
    : { dw: "bn1", pw: "conv_pw", out: "bn2" };
  const weights: Slot[] = [];
  const statistics: Slot[] = [];
  const addNorm = (part: string, channels: number) => {
    const slots = batchNormSlots(`${name}${part}`, channels);
    weights.push(...slots.weights);
    statistics.push(...slots.statistics);
  };
  if (expands) {
    const shape = [1, 1, inputWidth, expanded];
    weights.push({ name: `${name}conv_pw.weight`, shape, kind: "convolution" });
    addNorm("bn1", expanded);
  }
  weights.push({
    name: `${name}conv_dw.weight`,
    shape: [kernel, kernel, expanded, 1],
    kind: "depthwise",
  });
  addNorm(names.dw, expanded);
  if (reduced) weights.push(...squeezeExciteSlots(`${name}se`, expanded, reduced));
  weights.push({
    name: `${name}${names.pw}.weight`,
    shape: [1, 1, expanded, width],
    kind: "convolution",
  });
  addNorm(names.out, width);
  return {
    weights,
    statistics,
    width,
    apply(named, x, pass) {
      let y = x;
      if (expands) {
        const part = {
          convolution: `${name}conv_pw`,
          norm: `${name}bn1`,
          stride: 1,
          convention,
        };
        y = activate(normalisedConvolution(named, part, y, pass), activation);
        pass.onActivation?.(y);
      }
      y = normalisedConvolution(
        named,
        {
          convolution: `${name}conv_dw`,
          norm: `${name}${names.dw}`,
          stride,
          depthwise: true,
          convention,
        },
        y,
        pass,
      );
      y = activate(y, activation);
      pass.onActivation?.(y);
      if (reduced) y = squeezeExcite(named, `${name}se`, y, activation);
      y = normalisedConvolution(
        named,
        {
          convolution: `${name}${names.pw}`,
          norm: `${name}${names.out}`,
          stride: 1,
          convention,
        },
        y,
        pass,
      );
      if (!skip) return y;
      if (position && pass.dropping) y = dropBranch(y, pass.dropping, position);
      return x.add(y);
    },
  };
}
