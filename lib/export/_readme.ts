/**
 * The README beside an exported network: what it is, and how to run it.
 *
 * @module
 */

import type { Network } from "../network/network.ts";
import { cost } from "../space/cost.ts";
import { formatArchitecture } from "../space/format.ts";
import { TF } from "../tensorflow/_dtypes.ts";
import type { InferenceGraph } from "./_inference_graph.ts";
import { pythonName, takesImageFiles } from "./_timm_model.ts";
import type { CheckedOptions, ExportOptions, GraphExportOptions } from "./options.ts";

type Options = CheckedOptions<ExportOptions>;

/** The README of a network for timm. */
export function timmReadme(network: Network, options: Options): string {
  const name = pythonName(options.name);
  return page(network, options, [
    "`model.safetensors` holds the weights under timm's names, `model.py` the recipe that builds exactly " +
    "this network in timm (1.0 or later):",
    fence("python", [
      "import model  # the file beside this one",
      "import timm",
      "",
      `network = timm.create_model("${name}", pretrained=True).eval()`,
    ]),
    "`timm.data.resolve_model_data_config(network)` then gives size, crop and normalisation of its images." +
    (takesImageFiles(network.architecture)
      ? " From the command line, `python model.py IMAGE …` names the likeliest classes of images."
      : ""),
  ]);
}

/** The README of a SavedModel. */
export function savedModelReadme(
  network: Network,
  options: CheckedOptions<GraphExportOptions>,
  graph: InferenceGraph,
): string {
  const { input, output } = graph;
  return page(network, options, [
    "A SavedModel for TensorFlow 2 (Python, Serving, C): its weights are constants, with batch " +
    "normalisation folded into them.",
    fence("python", [
      "import tensorflow as tf",
      "",
      'run = tf.saved_model.load(".").signatures["serving_default"]',
      `${output.name} = run(${input.name}=${input.name})["${output.name}"]`,
    ]),
    portsText(graph),
  ]);
}

/** The README of a TensorFlow.js model. */
export function tfjsReadme(
  network: Network,
  options: CheckedOptions<GraphExportOptions>,
  graph: InferenceGraph,
): string {
  const { input, output } = graph;
  return page(network, options, [
    "A graph model for TensorFlow.js:",
    fence("js", [
      'import * as tf from "@tensorflow/tfjs";',
      "",
      'const model = await tf.loadGraphModel("model.json");',
      `const ${output.name} = model.predict(${input.name});`,
    ]),
    portsText(graph),
  ]);
}

/** What a graph takes and gives. */
function portsText({ input, output }: InferenceGraph): string {
  const shape = (sizes: readonly number[]) =>
    `[${sizes.map((size) => size === -1 ? "N" : size).join(", ")}]`;
  const pixels = input.dtype === TF.UINT8
    ? "pixels from 0 to 255 as bytes (int32 in TensorFlow.js); the graph normalises them"
    : "floats, normalised as below";
  return `\`${input.name}\`: ${shape(input.shape)}, ${pixels}. ` +
    `\`${output.name}\`: ${shape(output.shape)}. N is any number of images.`;
}

function page(network: Network, options: Options, how: readonly string[]): string {
  const { architecture, classes, resolution } = network;
  const { name, mean, std, cropPct, classNames } = options;
  const { params, macs, flops } = cost(architecture, { resolution, classes });
  const whole = (value: number) => value.toLocaleString("en-GB");
  return [
    `# ${name}`,
    "A DNA network (blockwisely supervised neural architecture search with knowledge distillation).",
    ...how,
    `Images: ${
      cropPct === 1
        ? `resized to ${resolution}×${resolution} pixels (bicubic)`
        : `resized (bicubic) until their shorter side is ${
          Math.floor(resolution / cropPct)
        } pixels, of which the middle ${resolution}×${resolution}`
    }, on the scale 0–1, less mean ${list(mean)}, divided by standard deviation ${list(std)}.`,
    [
      "| | |",
      "| --- | --- |",
      `| architecture | \`${formatArchitecture(architecture).replaceAll("|", "\\|")}\` |`,
      `| classes | ${classes}${classNames ? ", in `classes.txt`" : ""} |`,
      `| parameters | ${whole(params)} |`,
      `| multiply–adds | ${whole(macs)} |`,
      `| FLOPs, as the paper counts them | ${whole(flops)} |`,
    ].join("\n"),
  ].join("\n\n") + "\n";
}

function list(values: readonly number[]): string {
  return values.join(", ");
}

function fence(language: string, lines: readonly string[]): string {
  return ["```" + language, ...lines, "```"].join("\n");
}
