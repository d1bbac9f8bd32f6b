/**
 * `model.py`: the Python program that builds a network in timm.
 *
 * @module
 */

import type { Network } from "../network/network.ts";
import { divisibleBy8, layerChannels } from "../space/_layer_cost.ts";
import { formatArchitecture } from "../space/format.ts";
import type { Activation, Architecture } from "../space/types.ts";
import type { CheckedOptions, ExportOptions } from "./options.ts";

const LAYERS: Record<Activation, string> = { swish: "SiLU", relu: "ReLU", relu6: "ReLU6" };

/** The total stride up to which timm keeps strides unless it is told otherwise. */
const OUTPUT_STRIDE = 32;

/** A name as Python and timm's registry take it, and none of timm's own. */
export function pythonName(name: string): string {
  const word = name.toLowerCase().replaceAll(/[^a-z0-9_]+/g, "_");
  return word.startsWith("dna_") ? word : `dna_${word}`;
}

/** Whether image files fit: their channels are those of colour or grey. */
export function takesImageFiles({ stem }: Architecture): boolean {
  return stem.channels === 3 || stem.channels === 1;
}

/** The text of `model.py`. */
export function timmModel(network: Network, options: CheckedOptions<ExportOptions>): string {
  const { architecture } = network;
  const name = pythonName(options.name);
  const widths = exactWidths(architecture);
  const narrow = hasNarrowExcitation(architecture);
  const runs = takesImageFiles(architecture);
  const sections = [
    [
      `"""The network ${options.name} in timm, with the weights beside this file.`,
      ...runs ? ["", "    python model.py IMAGE ...  # the likeliest classes of images"] : [],
      "",
      "    import model, timm",
      `    network = timm.create_model("${name}", pretrained=True).eval()`,
      `"""`,
      ...runs ? ["import sys"] : [],
      "from functools import partial",
      "from pathlib import Path",
      ...widths ? ["from unittest import mock"] : [],
      "",
      "import timm",
      "import torch",
      `from timm.models import ${widths ? "_efficientnet_blocks, " : ""}` +
      "build_model_with_cfg, register_model",
      ...narrow ? ["from timm.models._efficientnet_blocks import SqueezeExcite"] : [],
      "from timm.models._efficientnet_builder import decode_arch_def",
      "from timm.models.efficientnet import EfficientNet",
      "",
      "FOLDER = Path(__file__).resolve().parent",
      "BLOCKS = [",
      ...blockStrings(architecture).map((strings) =>
        `    [${strings.map((text) => `"${text}"`).join(", ")}],`
      ),
      "]",
      ...widths
        ? [
          "# Expanded widths, layer by layer: timm would round them to multiples of 8.",
          `WIDTHS = [${widths.join(", ")}]`,
        ]
        : [],
      ...configLines(network, options),
    ],
    classLines(network, widths !== undefined, narrow),
    [
      "@register_model",
      `def ${name}(pretrained=False, **options):`,
      '    options["pretrained_cfg"] = options.get("pretrained_cfg") or CONFIG',
      `    return build_model_with_cfg(Network, "${name}", pretrained, **options)`,
    ],
    ...runs ? [mainLines(name, architecture.stem.channels), MAIN] : [],
  ];
  return `${sections.map((lines) => lines.join("\n")).join("\n\n\n")}\n`;
}

/** What timm calls a pretrained configuration. */
function configLines(
  { architecture, classes, resolution }: Network,
  { mean, std, cropPct }: CheckedOptions<ExportOptions>,
): string[] {
  const { channels } = architecture.stem;
  // A tuple of one item needs a comma.
  const tuple = (values: number[]) => `(${values.join(", ")}${values.length === 1 ? "," : ""})`;
  return [
    "CONFIG = dict(",
    '    file=str(FOLDER / "model.safetensors"),',
    `    num_classes=${classes},`,
    `    input_size=(${channels}, ${resolution}, ${resolution}),`,
    `    mean=${tuple(mean)},`,
    `    std=${tuple(std)},`,
    `    crop_pct=${cropPct},`,
    '    interpolation="bicubic",',
    // timm adapts it to other numbers of channels, from 3.
    `    first_conv=${channels === 3 ? '"conv_stem"' : "None"},`,
    '    classifier="classifier",',
    ")",
  ];
}

function classLines(network: Network, exact: boolean, narrow: boolean): string[] {
  const { architecture, classes, padding, epsilon } = network;
  const { stem, blocks, head, activation } = architecture;
  const stride = blocks.reduce((product, [layer]) => product * layer.stride, 2);
  const build = [
    "super().__init__(",
    "    decode_arch_def(BLOCKS),",
    "    num_classes=num_classes,",
    "    in_chans=in_chans,",
    `    stem_size=${stem.width},`,
    `    num_features=${head},`,
    `    pad_type="${padding === "same" ? "same" : ""}",`,
    "    round_chs_fn=lambda width: width,",
    `    act_layer=torch.nn.${LAYERS[activation]},`,
    `    norm_layer=partial(torch.nn.BatchNorm2d, eps=${epsilon}),`,
    ...narrow
      ? ["    se_layer=partial(SqueezeExcite, rd_round_fn=lambda width: max(1, round(width))),"]
      : [],
    // timm turns strides beyond this into dilations.
    ...stride > OUTPUT_STRIDE ? [`    output_stride=${stride},`] : [],
    "    **options,",
    ")",
  ];
  const indent = (lines: string[], by: string) => lines.map((line) => by + line);
  return [
    "class Network(EfficientNet):",
    `    def __init__(self, num_classes=${classes}, in_chans=${stem.channels}, **options):`,
    ...exact
      ? [
        "        widths = iter(WIDTHS)",
        '        with mock.patch.object(_efficientnet_blocks, "make_divisible", lambda *_: next(widths)):',
        ...indent(build, "            "),
      ]
      : indent(build, "        "),
    ...stem.stride === 1
      ? [
        "        self.conv_stem.stride = (1, 1)  # timm's own stem has stride 2",
        "        for feature in self.feature_info:",
        '            feature["reduction"] //= 2',
      ]
      : [],
  ];
}

/** What `python model.py IMAGE …` does. */
function mainLines(name: string, channels: number): string[] {
  return [
    "def main():",
    "    from PIL import Image",
    "",
    `    network = ${name}(pretrained=True).eval()`,
    "    transform = timm.data.create_transform(**timm.data.resolve_model_data_config(network))",
    '    names = FOLDER / "classes.txt"',
    "    classes = names.read_text().splitlines() if names.exists() else range(network.num_classes)",
    "    for path in sys.argv[1:]:",
    `        image = Image.open(path).convert("${channels === 1 ? "L" : "RGB"}")`,
    "        with torch.inference_mode():",
    "            probabilities = network(transform(image)[None]).softmax(-1)[0]",
    "        values, places = probabilities.topk(min(5, len(probabilities)))",
    '        likeliest = (f"{classes[place]} {value:.1%}" for value, place in zip(values, places))',
    `        print(f"{path}: {', '.join(likeliest)}")`,
  ];
}

const MAIN = ['if __name__ == "__main__":', "    main()"];

/** timm's block strings, a list for each block. */
function blockStrings(architecture: Architecture): string[][] {
  return formatArchitecture(architecture).split(" | ")
    .filter((section) => !/^(stem|head)_/.test(section))
    .map((section) => section.split(" "));
}

/** Expanded widths of the inverted residuals, in order, where timm would round one otherwise. */
function exactWidths({ stem, blocks }: Architecture): number[] | undefined {
  const widths: number[] = [];
  let differs = false;
  let { width } = stem;
  for (const layer of blocks.flat()) {
    if (layer.type === "ir") {
      const { expanded } = layerChannels(layer, width);
      widths.push(expanded);
      differs ||= expanded !== divisibleBy8(width * layer.expansion);
    }
    width = layer.width;
  }
  return differs ? widths : undefined;
}

/** Whether a layer's squeeze-and-excitation has one channel only because it must have one. */
function hasNarrowExcitation({ stem, blocks }: Architecture): boolean {
  let { width } = stem;
  return blocks.flat().some((layer) => {
    const { expanded } = layerChannels(layer, width);
    width = layer.width;
    return layer.se > 0 && expanded * (layer.se / layer.expansion) <= 0.5;
  });
}
