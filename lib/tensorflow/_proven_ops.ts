/**
 * Ops whose kernels answer every wrong call with an error: those that TensorFlow.js's own kernels call.
 * `tests/crash_test.ts` calls each with random tensors. Kernels of rarer ops trust that the shapes of
 * their inputs were inferred when a graph was built, and end the process where they were not.
 *
 * @module
 */

/** The proven ops; the others' shapes are inferred before each call. */
export const PROVEN_OPS: ReadonlySet<string> = new Set(
  `
  Abs Acos Acosh Add AddN All Any ArgMax ArgMin Asin Asinh Atan Atan2 Atanh AvgPool AvgPool3D
  BatchMatMul BatchMatMulV2 BroadcastArgs Cast Ceil Complex ComplexAbs ConcatV2 Conv2D Conv3D Cos
  Cosh CreateSummaryFileWriter Cumprod Cumsum DecodeBmp DecodeGif DecodeJpeg DecodePng
  DepthToSpace DepthwiseConv2dNative Dilation2D Dilation2DBackpropFilter Dilation2DBackpropInput
  Div DivNoNan Einsum Elu EluGrad EncodeJpeg EncodePng Equal Erf Exp ExpandDims Expm1 FFT Floor
  FloorDiv FloorMod FlushSummaryWriter FusedBatchNorm FusedBatchNormGradV3 FusedBatchNormV3
  GatherNd GatherV2 Greater GreaterEqual IFFT Identity Imag IsFinite IsInf IsNan LRN LRNGrad
  LeakyRelu Less LessEqual Log Log1p LogicalAnd LogicalNot LogicalOr Max MaxPool MaxPool3D
  MaxPool3DGrad MaxPoolGrad Maximum Mean Min Minimum Mul Neg NonMaxSuppressionV3
  NonMaxSuppressionV5 NotEqual OnesLike Pack Pow Prod Real RealDiv Reciprocal Relu Relu6 ReluGrad
  Reshape ResizeBilinearGrad ReverseV2 Round Rsqrt Select Selu Sigmoid Sign Sin Sinh Slice Softmax
  Softplus Split SplitV Sqrt Square SquaredDifference StaticRegexReplace StridedSlice StringJoin
  Sub Sum SummaryWriter Tan Tanh TopKV2 Transpose UniqueV2 Unpack Where WriteScalarSummary
  WriteSummary ZerosLike
  `.trim().split(/\s+/),
);

/** `Abort` ends the process on purpose, the others on inputs that their inference lets pass. */
const REFUSED = new RegExp(
  "^(Abort$|BlockLSTM|BoostedTrees|ConjugateTranspose$|GRUBlock|I?RFFT|LSTMBlock|RaggedRange$|" +
    "SparseCross|Unbatch)",
);

/** Whether an op may not be called at all; TensorFlow.js has no use for these. */
export function isRefused(op: string): boolean {
  return REFUSED.test(op);
}
