/**
 * Cutting and scaling as PIL does it, on TensorFlow's ops: rows first, rounded to bytes, then columns.
 *
 * @module
 */

import { TF } from "../tensorflow/_dtypes.ts";
import {
  attribute,
  type HostFunction,
  hostFunction,
  type HostGraph,
  type HostTensor,
  type Output,
} from "../tensorflow/host_function.ts";
import type { View } from "./_crop.ts";
import type { ImageFormat } from "./_image_header.ts";
import { luma, type Picture } from "./_pixels.ts";

/** How colours between pixels are found; either is smoothed where the image shrinks. */
export type Interpolation = "bicubic" | "bilinear";

/** TensorFlow's names of PIL's two kernels: Keys' cubic has a = −1/2. */
const KERNELS: Readonly<Record<Interpolation, string>> = {
  bicubic: "keyscubic",
  bilinear: "triangle",
};

/** Columns decoded on either side of a box, since a JPEG's colours are interpolated from their neighbours. */
const MARGIN = 8;

const functions = new Map<string, HostFunction>();

/** The function of a kind, written when it is first asked for. */
function find(key: string, make: () => HostFunction): HostFunction {
  let found = functions.get(key);
  if (!found) functions.set(key, found = make());
  return found;
}

/** Cuts and scales an image: `resolution`² pixels. */
export async function resample(
  { bytes, height, width, channels }: Picture,
  view: View,
  resolution: number,
  interpolation: Interpolation,
): Promise<Picture> {
  const run = find(
    `pixels ${resolution} ${interpolation} ${channels}`,
    () =>
      hostFunction(
        [{ dtype: TF.UINT8, shape: [-1, -1, channels] }, ...VIEW],
        (graph, [image, ...place]) =>
          scaled(graph, cut(graph, image, place), place, resolution, interpolation, channels),
      ),
  );
  const image = { dtype: TF.UINT8, shape: [height, width, channels], values: bytes };
  const { values } = await run([image, ...viewTensors(view, channels)]);
  return square(values as Uint8Array, resolution, channels);
}

/** Decodes the part of a JPEG file that is seen, cuts and scales it. */
export async function decodeJpegView(
  contents: Uint8Array,
  width: number,
  view: View,
  resolution: number,
  interpolation: Interpolation,
  channels: number,
): Promise<Picture> {
  const run = find(
    `jpeg ${resolution} ${interpolation} ${channels}`,
    () =>
      hostFunction(
        [{ dtype: TF.STRING, shape: [] }, { dtype: TF.INT32, shape: [4] }, ...VIEW],
        (graph, [file, window, ...place]) => {
          const decoded = graph.op("DecodeAndCropJpeg", [file, window], [
            attribute.int("channels", 3),
            attribute.flag("fancy_upscaling", true),
            attribute.text("dct_method", "INTEGER_ACCURATE"),
          ]);
          const colours = cut(graph, decoded, place);
          const image = channels === 1 ? grey(graph, colours) : colours;
          return scaled(graph, image, place, resolution, interpolation, channels);
        },
      ),
  );
  const { top, left, height } = view.box;
  const start = Math.max(0, left - MARGIN);
  const end = Math.min(width, left + view.box.width + MARGIN);
  const window = Int32Array.of(top, start, height, end - start);
  const box = { ...view.box, top: 0, left: left - start };
  const { values } = await run([
    { dtype: TF.STRING, shape: [], values: [contents] },
    { dtype: TF.INT32, shape: [4], values: window },
    ...viewTensors({ ...view, box }, channels),
  ]);
  return square(values as Uint8Array, resolution, channels);
}

/** Decodes a whole file of another format; of several frames, the first. */
export async function decodeWhole(contents: Uint8Array, format: ImageFormat): Promise<Picture> {
  // These two decoders give the channels that the file has, and no others.
  const channels = format === "bmp" || format === "webp" ? 0 : 3;
  const run = find(
    `decode ${channels}`,
    () =>
      hostFunction(
        [{ dtype: TF.STRING, shape: [] }],
        (graph, [file]) =>
          graph.op("DecodeImage", [file], [
            attribute.int("channels", channels),
            attribute.flag("expand_animations", false),
          ]),
      ),
  );
  const { shape, values } = await run([{ dtype: TF.STRING, shape: [], values: [contents] }]);
  return { bytes: values as Uint8Array, height: shape[0], width: shape[1], channels: shape[2] };
}

/** The image with one channel or three, as PIL's convert() makes it; transparency is dropped. */
export function withChannels(picture: Picture, channels: number): Picture {
  const { bytes, height, width, channels: have } = picture;
  if (have === channels) return picture;
  const pixels = height * width;
  const out = new Uint8Array(pixels * channels);
  for (let i = 0; i < pixels; i++) {
    const from = i * have;
    if (have <= 2) out.fill(bytes[from], i * channels, (i + 1) * channels);
    else if (channels === 1) out[i] = luma(bytes[from], bytes[from + 1], bytes[from + 2]);
    else for (let c = 0; c < 3; c++) out[3 * i + c] = bytes[from + c];
  }
  return { bytes: out, height, width, channels };
}

/**
 * Inputs that tell the view: begin and size of its box; the shape of the box's columns; scale and place of columns, then of rows,
 * each with those of a second axis, which stays as it is.
 */
const VIEW = [
  { dtype: TF.INT32, shape: [2, 3] },
  { dtype: TF.INT32, shape: [4] },
  { dtype: TF.FLOAT, shape: [4, 2] },
];

function viewTensors({ box, height, width, top, left }: View, channels: number): HostTensor[] {
  const [begin, size] = [[box.top, box.left, 0], [box.height, box.width, -1]];
  const scales = [width / box.width, 1, -left, 0, height / box.height, 1, -top, 0];
  return [
    { dtype: TF.INT32, shape: [2, 3], values: Int32Array.of(...begin, ...size) },
    { dtype: TF.INT32, shape: [4], values: Int32Array.of(1, box.width, 1, box.height * channels) },
    { dtype: TF.FLOAT, shape: [4, 2], values: Float32Array.from(scales) },
  ];
}

function square(bytes: Uint8Array, resolution: number, channels: number): Picture {
  return { bytes, height: resolution, width: resolution, channels };
}

/** The rows of a matrix. */
function rowsOf({ op }: HostGraph, matrix: Output): Output[] {
  const [count] = matrix.shape;
  const first = op("Unpack", [matrix], [attribute.int("num", count)]);
  return Array.from({ length: count }, (_, index) => ({ ...first, index }));
}

/** The box of an image. */
function cut(graph: HostGraph, image: Output, [box]: readonly Output[]): Output {
  return graph.op("Slice", [image, ...rowsOf(graph, box)]);
}

/**
 * The kernel is slow along rows of three channels and fast along columns of many values, so the image is
 * turned, scaled, turned back and scaled again.
 */
function scaled(
  graph: HostGraph,
  image: Output,
  [, columns, scales]: readonly Output[],
  resolution: number,
  interpolation: Interpolation,
  channels: number,
): Output {
  const { op, ints } = graph;
  const row = resolution * channels;
  const [across, left, down, top] = rowsOf(graph, scales);
  const alongColumns = (x: Output, scale: Output, place: Output) =>
    op("ScaleAndTranslate", [x, ints(resolution, 1), scale, place], [
      attribute.text("kernel_type", KERNELS[interpolation]),
      attribute.flag("antialias", true),
    ]);
  // Halves go up, as in PIL's arithmetic of whole numbers; a cubic kernel goes beyond the bytes at edges.
  const bytes = (x: Output) => {
    const rounded = op("Floor", [op("AddV2", [x, graph.float(0.5)])]);
    if (interpolation === "bilinear") return rounded;
    return op("Maximum", [op("Minimum", [rounded, graph.float(255)]), graph.float(0)]);
  };

  const turned = op("Reshape", [op("Transpose", [image, ints(1, 2, 0)]), columns]);
  const narrow = op("Reshape", [bytes(alongColumns(turned, across, left)), ints(row, -1)]);
  const rows = op("Reshape", [op("Transpose", [narrow, ints(1, 0)]), ints(1, -1, 1, row)]);
  const whole = ints(resolution, resolution, channels);
  return op("Cast", [op("Reshape", [bytes(alongColumns(rows, down, top)), whole])], [
    attribute.dtype("DstT", TF.UINT8),
  ]);
}

/** The brightness of colours, as {@linkcode luma}. */
function grey(graph: HostGraph, image: Output): Output {
  const { op, ints } = graph;
  const int32 = attribute.dtype("DstT", TF.INT32);
  const weighted = op("Mul", [op("Cast", [image], [int32]), ints(19595, 38470, 7471)]);
  const sum = op("Sum", [weighted, ints(2)], [attribute.flag("keep_dims", true)]);
  const shifted = op("RightShift", [op("AddV2", [sum, ints(0x8000)]), ints(16)]);
  return op("Cast", [shifted], [attribute.dtype("DstT", TF.UINT8)]);
}
