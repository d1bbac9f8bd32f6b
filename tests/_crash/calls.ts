/**
 * Calls that no op can take, and calls at the edge of what ops take: what each says.
 *
 * @module
 */

import { compile, node, tf } from "../../lib/engine.ts";
import type { Backend } from "../../lib/tensorflow/backend.ts";

/** A call; the text that its error's message holds, or nothing where it must just end somehow. */
export type HostileCall = [name: string, call: () => unknown, says?: string];

const backend = () => tf.backend() as unknown as Backend;
const binding = () => backend().binding;

function ones<T extends tf.Tensor>(...shape: number[]): T {
  return tf.fill(shape, 1) as unknown as T;
}

function ints<T extends tf.Tensor = tf.Tensor1D>(...values: number[]): T {
  return tf.tensor1d(values, "int32") as unknown as T;
}

function pairs(...values: [number, number][]): [number, number][] {
  return values;
}

const id = (tensor: tf.Tensor) => backend().getInputTensorIds([tensor])[0];
const T = { name: "T", type: 4, value: 1 };
const raw = (name: string, attributes: unknown, inputs: unknown, outputs: unknown = 1) =>
  binding().executeOp(name, attributes as never, inputs as never, outputs as never);
const add = (attributes: unknown) => raw("Add", attributes, [id(ones(1)), id(ones(1))]);
const bytes = (text: string) => new TextEncoder().encode(text);
const flat = (rank: number, value = 1) => new Array<number>(rank).fill(value);

const WRONG: HostileCall[] = [
  ["matMul of sizes that differ", () => tf.matMul(ones(2, 3), ones(2, 3)), "BatchMatMulV2"],
  ["add of shapes that differ", () => tf.add(ones(2, 3), ones(5)), "Add"],
  ["a disposed tensor", () => {
    const x = ones(2);
    x.dispose();
    return x.add(1);
  }, "disposed"],
  ["fill of a negative size", () => tf.fill([-1], 1), "shape"],
  ["fill of NaN sizes", () => tf.fill([NaN], 1), "shape"],
  ["tile by -1", () => tf.tile(ones(2), [-1]), "Tile"],
  ["pad by -3", () => tf.pad(ones(2, 2), pairs([0, -3], [0, 0])), "PadV2"],
  ["resize to nothing", () => tf.image.resizeBilinear(ones(1, 2, 2, 3), [0, 0]), "ResizeBilinear"],
  ["range to infinity", () => tf.range(0, Infinity), "Range"],
  ["range to NaN", () => tf.range(0, NaN), "Range"],
  ["linspace of NaN values", () => tf.linspace(0, 1, NaN), "LinSpace"],
  ["scatterND outside", () => tf.scatterND(ints(9).reshape([1, 1]), ones(1), [4]), "ScatterNd"],
  ["scatterND at -1", () => tf.scatterND(ints(-1).reshape([1, 1]), ones(1), [4]), "ScatterNd"],
  [
    "conv2d of stride 2^31",
    () => tf.conv2d(ones(1, 4, 4, 1), ones(2, 2, 1, 1), 2 ** 31, "same"),
    "Conv2D",
  ],
  ["conv2d of no depth", () => tf.conv2d(ones(1, 4, 4, 0), ones(2, 2, 0, 1), 1, "same"), "Conv2D"],
  [
    "conv2d by an empty filter",
    () => tf.conv2d(ones(1, 4, 4, 2), ones(0, 2, 2, 1), 1, "same"),
    "Conv2D",
  ],
  [
    "conv2d of NCHW",
    // Where oneDNN is in use the CPU can do it.
    () => tf.conv2d(ones(1, 1, 4, 4), ones(2, 2, 1, 1), 1, "same", "NCHW"),
  ],
  [
    "conv3d by an empty filter",
    () => tf.conv3d(ones(1, 4, 4, 4, 1), ones(0, 2, 2, 1, 1), 1, "same"),
    "Conv3D",
  ],
  ["maxPool of window 0", () => tf.maxPool(ones(1, 4, 4, 1), 0, 1, "same"), "MaxPool"],
  ["maxPool of window -1", () => tf.maxPool(ones(1, 4, 4, 1), -1, 1, "same"), "MaxPool"],
  [
    "avgPool3d of a window too large",
    () => tf.avgPool3d(ones(1, 1, 1, 1, 1), [1, 1, 3], 1, "valid"),
    "AvgPool3D",
  ],
  [
    "dilation2d too large",
    () => tf.dilation2d(ones(1, 4, 4, 1), ones(9, 9, 1), 1, "valid"),
    "Dilation2D",
  ],
  [
    "unsortedSegmentSum outside",
    () => tf.unsortedSegmentSum(ones(3), ints(-1, 5, 100), 3),
    "UnsortedSegmentSum",
  ],
  [
    "unsortedSegmentSum of -3",
    () => tf.unsortedSegmentSum(ones(3), ints(0, 1, 2), -3),
    "UnsortedSegmentSum",
  ],
  ["gather outside", () => tf.gather(ones(3), ints(5)), "index value 5"],
  ["gather at -1", () => tf.gather(ones(3), ints(-1)), "index value -1"],
  ["gatherND outside", () => tf.gatherND(ones(3), ints(9).reshape([1, 1])), "GatherNd"],
  ["gatherND of nothing", () => tf.gatherND(ones(0), ints(0).reshape([1, 1])), "GatherNd"],
  ["slice outside", () => tf.slice(ones(3), [2], [5]), "Slice"],
  ["stridedSlice of stride 0", () => tf.stridedSlice(ones(3), [0], [3], [0]), "StridedSlice"],
  ["reshape to fewer", () => tf.reshape(ones(4), [3]), "Reshape"],
  ["reshape to -2", () => tf.reshape(ones(4), [-2, -2]), "Reshape"],
  ["transpose by no permutation", () => tf.transpose(ones(2, 2), [0, 0]), "Transpose"],
  ["argMax of nothing", () => tf.argMax(ones(0)), "ArgMax"],
  ["argMax of axis 3", () => tf.argMax(ones(2), 3), "ArgMax"],
  ["cumsum of axis 7", () => tf.cumsum(ones(2), 7), "Cumsum"],
  ["unique of axis 5", () => tf.unique(ones(2, 2), 5), "UniqueV2"],
  [
    "batchToSpaceND by -2",
    () => tf.batchToSpaceND(ones(4, 1, 1, 1), [-2, -2], [[0, 0], [0, 0]]),
    "BatchToSpaceND",
  ],
  [
    "batchToSpaceND cropping all",
    () => tf.batchToSpaceND(ones(4, 1, 1, 1), [2, 2], [[9, 9], [0, 0]]),
    "BatchToSpaceND",
  ],
  [
    "cropAndResize of no image",
    () =>
      tf.image.cropAndResize(ones(1, 2, 2, 1), tf.tensor2d([[NaN, 0, 1, Infinity]]), ints(5), [
        2,
        2,
      ]),
    "CropAndResize",
  ],
  ["division of whole numbers by 0", () => tf.div(ints(1), ints(0)), "FloorDiv"],
  ["modulus of whole numbers by 0", () => tf.mod(ints(1), ints(0)), "FloorMod"],
  ["whole number to the power of -1", () => tf.pow(ints(2), ints(-1)), "Pow"],
  ["bincount of -1", () => tf.bincount(ints(-1, 5), tf.tensor1d([]), 3), "Bincount"],
  ["einsum of no equation", () => tf.einsum("", ones(2, 2)), "Einsum"],
  ["einsum of repeated outputs", () => tf.einsum("ij,jk->zz", ones(2, 2), ones(2, 2)), "Einsum"],
  [
    "localResponseNormalization of -5",
    () => tf.localResponseNormalization(ones(1, 2, 2, 3), -5),
    "LRN",
  ],
  ["sparseToDense outside", () => tf.sparseToDense(ints(50), ones(1), [4], 0), "SparseToDense"],
  [
    "tensorScatterUpdate outside",
    () => tf.tensorScatterUpdate(ones(4), ints(9).reshape([1, 1]), ones(1)),
    "TensorScatterUpdate",
  ],
  [
    "a pattern that is none",
    () => tf.string.staticRegexReplace(tf.tensor1d(["a"]), "(((", "b"),
    "StaticRegexReplace",
  ],
  ["reverse of rank 12", () => tf.reverse(ones(...flat(12))), "ReverseV2"],
  ["pad of rank 12", () => tf.pad(ones(...flat(12)), flat(12).map(() => [1, 1])), "PadV2"],
];

const TOO_LARGE: HostileCall[] = [
  ["fill", () => tf.fill([1e6, 1e6], 1), "Fill"],
  ["tile", () => tf.tile(ones(1000, 1000), [1e4, 1e4]), "Tile"],
  ["oneHot", () => tf.oneHot(ints(...flat(100000)), 2 ** 31 - 1), "OneHot"],
  ["pad", () => tf.pad(ones(2, 2), pairs([0, 1e6], [0, 1e6])), "PadV2"],
  ["resizeBilinear", () => tf.image.resizeBilinear(ones(1, 2, 2, 3), [1e6, 1e6]), "ResizeBilinear"],
  [
    "resizeNearestNeighbor",
    () => tf.image.resizeNearestNeighbor(ones(1, 2, 2, 3), [1e6, 1e6]),
    "ResizeNearestNeighbor",
  ],
  ["matMul", () => tf.matMul(ones(1e6, 1), ones(1, 1e6)), "MatMul"],
  ["broadcastTo", () => tf.broadcastTo(ones(1, 1), [1e6, 1e6]), "Tile"],
  ["add that broadcasts", () => tf.add(ones(1e6, 1), ones(1, 1e6)), "Add"],
  ["concat", () => {
    const part = ones(2e8);
    const parts = Array<tf.Tensor>(Math.ceil(binding().tensorLimit / 8e8) + 1).fill(part);
    try {
      return tf.concat(parts);
    } finally {
      part.dispose();
    }
  }, "ConcatV2"],
  ["range", () => tf.range(0, 1e13), "Range"],
  ["scatterND", () => tf.scatterND(ints(0, 0).reshape([1, 2]), ones(1), [1e6, 1e6]), "ScatterNd"],
  [
    "conv2dTranspose",
    () =>
      tf.conv2dTranspose(
        ones(1, 10, 10, 1),
        ones(1, 1, 1, 1),
        [1, 1e6, 1e6, 1],
        1e5 as never,
        "same",
      ),
    "Conv2DBackpropInput",
  ],
  [
    "conv2d that pads",
    () => tf.conv2d(ones(1, 2, 2, 1), ones(1, 1, 1, 1), 1, [[0, 0], [0, 1e6], [0, 1e6], [0, 0]]),
    "Conv2D",
  ],
  [
    "depthwiseConv2d that dilates",
    () => tf.depthwiseConv2d(ones(1, 4, 4, 1), ones(2, 2, 1, 1), 1, "same", "NHWC", 1e6),
    "SpaceToBatchND",
  ],
  [
    "cropAndResize",
    () =>
      tf.image.cropAndResize(ones(1, 2, 2, 1), tf.tensor2d([[0, 0, 1, 1]]), ints(0), [1e6, 1e6]),
    "CropAndResize",
  ],
  [
    "spaceToBatchND",
    () => tf.spaceToBatchND(ones(1, 4, 4, 1), [2, 2], [[0, 1e6], [0, 1e6]]),
    "SpaceToBatchND",
  ],
  ["diag", () => tf.diag(ones(1e6)), "Diag"],
  ["einsum", () => tf.einsum("i,j->ij", ones(1e6), ones(1e6)), "Einsum"],
  [
    "Empty",
    () => raw("Empty", [{ name: "dtype", type: 4, value: 1 }], [id(ints(2e9, 2000))]),
    "Empty",
  ],
];

const RAW: HostileCall[] = [
  ["an op that is none", () => raw("NoSuchOp", [], []), "NoSuchOp"],
  ["a name that is none", () => raw(null as never, [], []), "null"],
  ["no attributes", () => raw("Add", null, []), "Add"],
  ["no inputs", () => raw("Add", [T], null), "Add"],
  ["too few inputs", () => raw("Add", [T], [id(ones(1))]), "Add: takes x, y"],
  ["too many inputs", () => raw("Add", [T], [1, 2, 3].map(() => id(ones(1)))), "Add: takes x, y"],
  [
    "a list that is too short",
    () => raw("AddN", [T, { name: "N", type: 1, value: 5 }], [id(ones(1))]),
    "AddN",
  ],
  [
    "a list of negative length",
    () => raw("AddN", [T, { name: "N", type: 1, value: -1 }], []),
    "AddN",
  ],
  ["too many outputs", () => raw("Neg", [T], [id(ones(1))], 5), "Neg"],
  ["too few outputs", () => raw("Neg", [T], [id(ones(1))], 0), "Neg"],
  ["-1 outputs", () => raw("Neg", [T], [id(ones(1))], -1), "Neg"],
  ["1e9 outputs", () => raw("Neg", [T], [id(ones(1))], 1e9), "Neg"],
  ["a type that is none", () => add([{ ...T, value: 999 }]), "Add: attribute T"],
  ["an attribute of another type", () => add([{ ...T, type: 1 }]), "Add: attribute T"],
  ["an attribute of no type", () => add([{ ...T, type: 77 }]), "Add: attribute T"],
  ["an attribute of no value", () => add([{ ...T, value: undefined }]), "Add: attribute T"],
  [
    "a NaN attribute",
    () =>
      raw("MaxPool", [T, { name: "ksize", type: 1, value: [NaN, 1, 1, 1] }], [
        id(ones(1, 1, 1, 1)),
      ]),
    "MaxPool: attribute ksize",
  ],
  ["inputs of two types", () => raw("Add", [T], [id(ones(1)), id(ints(1))]), "Add"],
  ["an id that is none", () => raw("Add", [T], [1e9, "x"]), "disposed"],
  ["a kernel without checks", () =>
    raw("FusedPadConv2D", [
      T,
      { name: "mode", type: 0, value: "REFLECT" },
      { name: "strides", type: 1, value: flat(4) },
      { name: "padding", type: 0, value: "SAME" },
    ], [id(ones(8)), id(ints(1)), id(ones(4, 8, 1))]), "FusedPadConv2D"],
  ["an op that ends the process", () => raw("Abort", [], [], 0), "Abort"],
  [
    "a placeholder",
    () => raw("Placeholder", [{ name: "dtype", type: 4, value: 1 }], []),
    "Placeholder",
  ],
  [
    "a type without a place in JavaScript",
    () =>
      backend().executeMultipleOutputs("Cast", [{ name: "DstT", type: 4, value: 2 }], [ones(1)], 1),
    "dtype",
  ],
  ["a tensor of no type", () => binding().createTensor([1], 77, new Float32Array(1)), "type 77"],
  [
    "a tensor of no shape",
    () => binding().createTensor(null as never, 1, new Float32Array(1)),
    "shape",
  ],
  [
    "a tensor of too few values",
    () => binding().createTensor([5], 1, new Float32Array(1)),
    "float32",
  ],
  ["a tensor of other values", () => binding().createTensor([1], 1, new Int32Array(1)), "float32"],
  ["a tensor of no values", () => binding().createTensor([1], 1, null as never), "float32"],
  ["texts that are numbers", () => binding().createTensor([1], 7, [5] as never), "string"],
  [
    "a tensor above the limit",
    () => binding().createTensor([2 ** 40], 1, new Float32Array(1)),
    "limit",
  ],
  ["a tensor that is none", () => binding().tensorDataSync(1e9), "disposed"],
  [
    "a SavedModel that is not there",
    () => binding().loadSavedModel("/nowhere", "serve"),
    "/nowhere",
  ],
  [
    "a SavedModel that was not loaded",
    () => binding().runSavedModel(5, [], "a", "b"),
    "SavedModel 5",
  ],
];

const IMAGES: HostileCall[] = [
  ["decodePng of a text", () => node.decodePng(bytes("hello")), "DecodePng"],
  ["decodePng of nothing", () => node.decodePng(new Uint8Array(0)), "DecodePng"],
  [
    "decodePng of half a header",
    () => node.decodePng(Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10, 0, 0)),
    "DecodePng",
  ],
  ["decodePng of 77 channels", () => node.decodePng(bytes("hello"), 77), "DecodePng"],
  [
    "decodeJpeg of half a header",
    () => node.decodeJpeg(Uint8Array.of(0xff, 0xd8, 0xff, 0xe0, 0, 16)),
    "DecodeJpeg",
  ],
  ["decodeGif of half a header", () => node.decodeGif(bytes("GIF89a")), "DecodeGif"],
  ["decodeBmp of half a header", () => node.decodeBmp(bytes("BM")), "DecodeBmp"],
  [
    "decodeImage of a text",
    () => node.decodeImage(bytes("what is this")),
    "unsupported image type",
  ],
];

let leaked: tf.Tensor;
const state = { variable: undefined as tf.Variable | undefined };

const TRACED: HostileCall[] = [
  [
    "a read",
    () => compile((x: tf.Tensor) => tf.scalar(x.dataSync()[0]))(ones(1)),
    "inside a compiled function",
  ],
  [
    "a shape that depends on values",
    () => compile((x: tf.Tensor1D) => tf.unique(x).values)(ones(3)),
    "UniqueV2",
  ],
  ["a wrong shape", () => compile((x: tf.Tensor) => x.reshape([7]))(ones(3)), "Reshape"],
  ["an op that is none", () => compile(() => raw("NoSuchOp", [], []))(), "NoSuchOp"],
  [
    "too many inputs",
    () => compile((x: tf.Tensor) => raw("Add", [T], [id(x), id(x), id(x)]))(ones(1)),
    "Add: takes x, y",
  ],
  [
    "too many outputs",
    () => compile((x: tf.Tensor) => raw("Neg", [T], [id(x)], 3))(ones(1)),
    "Neg",
  ],
  ["a tensor above the limit", () => compile(() => tf.fill([1e6, 1e6], 1))(), "Fill"],
  [
    "a product above the limit",
    () => compile(() => tf.matMul(ones(1e6, 1), ones(1, 1e6)))(),
    "MatMul",
  ],
  ["a disposed argument", () => {
    const x = ones(1);
    x.dispose();
    return compile((x: tf.Tensor) => x.add(1))(x);
  }, "disposed"],
  ["a result that is no tensor", () => compile(() => new Map() as never)(), "Map"],
  ["a promise", () => compile(async () => await Promise.resolve(ones(1)))(), "async"],
  ["a tensor that left the function", () => {
    compile((x: tf.Tensor) => {
      leaked = tf.keep(x.add(1));
      return x.neg();
    })(ones(1));
    return leaked.dataSync();
  }, "made inside a compiled function"],
  ["the same tensor in an op", () => leaked.add(1), "made inside a compiled function"],
  [
    "the same tensor in another function",
    () => compile(() => leaked.add(1))(),
    "made inside a compiled function",
  ],
  ["the same tensor disposed of", () => leaked.dispose()],
  ["itself", () => {
    const again: (x: tf.Tensor) => tf.Tensor = compile((x: tf.Tensor) => again(x));
    return again(ones(1));
  }, "stack"],
  ["an error after an assignment", () => {
    const variable = state.variable = tf.variable(tf.scalar(5));
    return compile((x: tf.Tensor) => {
      variable.assign(x.sum());
      return x.reshape([7]);
    })(ones(3));
  }, "Reshape"],
  ["the variable's value", () => {
    throw new Error(`value ${state.variable!.dataSync()[0]}`);
  }, "value 5"],
  [
    "an error in a gradient",
    () => tf.grad(compile((x: tf.Tensor) => x.gather(ints(0)).reshape([9])))(ones(3)),
    "Reshape",
  ],
  ["random numbers", () => compile(() => tf.randomNormal([2]))(), "random"],
];

/** Calls that are odd and must end, with a result or an error. */
const ODD: HostileCall[] = [
  ["conv2d of no images", () => tf.conv2d(ones(0, 4, 4, 1), ones(2, 2, 1, 1), 1, "same")],
  ["conv2d of no pixels", () => tf.conv2d(ones(1, 0, 4, 1), ones(2, 2, 1, 1), 1, "same")],
  [
    "conv2d of dilation 2^31",
    () => tf.conv2d(ones(1, 4, 4, 1), ones(2, 2, 1, 1), 1, "same", "NHWC", 2 ** 31 - 1),
  ],
  [
    "the gradient of no images",
    () =>
      tf.grad((x) => tf.conv2d(x as tf.Tensor4D, ones(2, 2, 2, 1), 1, "same").sum())(
        ones(0, 4, 4, 2),
      ),
  ],
  [
    "the gradient of a filter of no images",
    () =>
      tf.grad((w) => tf.conv2d(ones<tf.Tensor4D>(0, 4, 4, 2), w as tf.Tensor4D, 1, "same").sum())(
        ones(2, 2, 2, 1),
      ),
  ],
  [
    "depthwiseConv2d of no depth",
    () => tf.depthwiseConv2d(ones(1, 4, 4, 2), ones(2, 2, 2, 0), 1, "same"),
  ],
  ["maxPool of a window of 2^31", () => tf.maxPool(ones(1, 4, 4, 1), 2 ** 31 - 1, 1, "same")],
  ["maxPool of stride 2^31", () => tf.maxPool(ones(1, 4, 4, 1), 2, 2 ** 31 - 1, "same")],
  [
    "the gradient of maxPool of nothing",
    () => tf.grad((x) => tf.maxPool(x as tf.Tensor4D, 2, 1, "same").sum())(ones(1, 4, 4, 0)),
  ],
  [
    "the gradient of avgPool of nothing",
    () => tf.grad((x) => tf.avgPool(x as tf.Tensor4D, 2, 1, "same").sum())(ones(1, 4, 4, 0)),
  ],
  ["NaN as a whole number", () => tf.cast(tf.tensor1d([NaN, Infinity, -1e30]), "int32")],
  ["the least whole number by -1", () => tf.floorDiv(ints(-(2 ** 31)), ints(-1))],
  ["its modulus", () => tf.mod(ints(-(2 ** 31)), ints(-1))],
  ["multinomial of NaN", () => tf.multinomial(tf.tensor2d([[NaN, NaN]]), 5)],
  ["fft of nothing", () => tf.spectral.fft(tf.complex(tf.zeros([0]), tf.zeros([0])))],
  ["batchNorm of nothing", () => tf.batchNorm(ones(0, 2, 2, 0), ones(0), ones(0))],
  ["LRN of NaN", () => tf.localResponseNormalization(ones(1, 2, 2, 3), 1, NaN, NaN, NaN)],
  ["softmax of nothing", () => tf.softmax(ones(2, 0))],
  ["a tensor of rank 300", () => tf.tensor(Float32Array.of(1), flat(300) as never)],
  ["tile of rank 12", () => tf.tile(ones(...flat(12)), flat(12, 2))],
  ["transpose of rank 12", () => tf.transpose(ones(...flat(12)))],
  ["sum of rank 12", () => tf.sum(ones(...flat(12)), [1, 3, 5, 7, 9])],
  ["a group that is not there", () => tf.string.staticRegexReplace(tf.tensor1d(["a"]), "a", "\\9")],
  ["ops of control flow", () => raw("Switch", [T], [id(ones(1)), id(tf.scalar(true))], 2)],
  ["deletion of a tensor that is none", () => binding().deleteTensor(NaN)],
];

/** All calls, by kind. */
export const HOSTILE_CALLS: Record<string, HostileCall[]> = {
  "wrong arguments": WRONG,
  "tensors above the limit": TOO_LARGE,
  "the binding called directly": RAW,
  "malformed images": IMAGES,
  "compiled functions": TRACED,
  "odd arguments": ODD,
};
