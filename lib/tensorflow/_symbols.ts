/**
 * The part of TensorFlow's C API that DNA calls, as Deno FFI declarations.
 *
 * Pointers are declared as `usize` and so are bigints here: a bigint goes through V8's fast calls and
 * can be read from an output array, where a pointer object would be allocated for every tensor.
 *
 * @module
 */

const P = "usize";

/** `TF_Output`: an operation and which of its outputs, passed by value. */
const OUTPUT = { struct: [P, "i32"] } as const;

/** Symbols of `libtensorflow_framework`. */
export const FRAMEWORK = {
  TF_NewStatus: { parameters: [], result: P },
  TF_DeleteStatus: { parameters: [P], result: "void" },
  TF_SetStatus: { parameters: [P, "i32", "buffer"], result: "void" },
  TF_GetCode: { parameters: [P], result: "i32" },
  TF_Message: { parameters: [P], result: "pointer" },
  TF_NewBuffer: { parameters: [], result: P },
  TF_NewBufferFromString: { parameters: ["buffer", P], result: P },
  TF_DeleteBuffer: { parameters: [P], result: "void" },
  TF_AllocateTensor: { parameters: ["i32", "buffer", "i32", P], result: P },
  TF_DeleteTensor: { parameters: [P], result: "void" },
  TF_TensorData: { parameters: [P], result: P },
  TF_TensorByteSize: { parameters: [P], result: P },
  TF_TensorElementCount: { parameters: [P], result: "i64" },
  TF_TensorType: { parameters: [P], result: "i32" },
  TF_NumDims: { parameters: [P], result: "i32" },
  TF_Dim: { parameters: [P, "i32"], result: "i64" },
} as const;

/** Symbols of `libtensorflow_cc`. */
export const CC = {
  TF_Version: { parameters: [], result: "pointer" },
  TF_NewServer: { parameters: ["buffer", P, P], result: P },
  TF_ServerStart: { parameters: [P, P], result: "void" },
  TF_StringCopy: { parameters: [P, "buffer", P], result: "void" },
  TF_StringDealloc: { parameters: [P], result: "void" },
  TF_StringGetSize: { parameters: [P], result: P },
  TF_StringGetDataPointer: { parameters: [P], result: P },

  TFE_NewContextOptions: { parameters: [], result: P },
  TFE_ContextOptionsSetConfig: { parameters: [P, "buffer", P, P], result: "void" },
  TFE_DeleteContextOptions: { parameters: [P], result: "void" },
  TFE_NewContext: { parameters: [P, P], result: P },
  TFE_ContextSetServerDef: {
    parameters: [P, "i32", P, P, P],
    result: "void",
    nonblocking: true,
  },
  TFE_ContextListDevices: { parameters: [P, P], result: P },
  TFE_ContextAddFunction: { parameters: [P, P, P], result: "void" },
  TFE_ContextRemoveFunction: { parameters: [P, "buffer", P], result: "void" },
  TF_DeviceListCount: { parameters: [P], result: "i32" },
  TF_DeviceListName: { parameters: [P, "i32", P], result: "pointer" },
  TF_DeviceListType: { parameters: [P, "i32", P], result: "pointer" },
  TF_DeviceListMemoryBytes: { parameters: [P, "i32", P], result: "i64" },
  TF_DeleteDeviceList: { parameters: [P], result: "void" },

  TFE_NewTensorHandle: { parameters: [P, P], result: P },
  TFE_DeleteTensorHandle: { parameters: [P], result: "void" },
  TFE_TensorHandleDataType: { parameters: [P], result: "i32" },
  TFE_TensorHandleNumDims: { parameters: [P, P], result: "i32" },
  TFE_TensorHandleDim: { parameters: [P, "i32", P], result: "i64" },
  TFE_TensorHandleBackingDeviceName: { parameters: [P, P], result: "pointer" },
  TFE_TensorHandleResolve: { parameters: [P, P], result: P },
  TFE_TensorHandleResolveAsync: {
    name: "TFE_TensorHandleResolve",
    parameters: [P, P],
    result: P,
    nonblocking: true,
  },
  TFE_TensorHandleCopyToDevice: { parameters: [P, P, "buffer", P], result: P },
  TFE_TensorHandleCopySharingTensor: { parameters: [P, P], result: P },

  TFE_NewOp: { parameters: [P, "buffer", P], result: P },
  TFE_OpReset: { parameters: [P, "buffer", "buffer", P], result: "void" },
  TFE_OpSetDevice: { parameters: [P, "buffer", P], result: "void" },
  TFE_DeleteOp: { parameters: [P], result: "void" },
  TFE_OpAddInput: { parameters: [P, P, P], result: "void" },
  TFE_OpSetAttrString: { parameters: [P, "buffer", "buffer", P], result: "void" },
  TFE_OpSetAttrInt: { parameters: [P, "buffer", "i64"], result: "void" },
  TFE_OpSetAttrFloat: { parameters: [P, "buffer", "f32"], result: "void" },
  TFE_OpSetAttrBool: { parameters: [P, "buffer", "u8"], result: "void" },
  TFE_OpSetAttrType: { parameters: [P, "buffer", "i32"], result: "void" },
  TFE_OpSetAttrShape: { parameters: [P, "buffer", "buffer", "i32", P], result: "void" },
  TFE_OpSetAttrIntList: { parameters: [P, "buffer", "buffer", "i32"], result: "void" },
  TFE_OpSetAttrFloatList: { parameters: [P, "buffer", "buffer", "i32"], result: "void" },
  TFE_OpSetAttrBoolList: { parameters: [P, "buffer", "buffer", "i32"], result: "void" },
  TFE_OpSetAttrTypeList: { parameters: [P, "buffer", "buffer", "i32"], result: "void" },
  TFE_Execute: { parameters: [P, "buffer", "buffer", P], result: "void" },
  TFE_ExecuteAsync: {
    name: "TFE_Execute",
    parameters: [P, P, P, P],
    result: "void",
    nonblocking: true,
  },

  TF_NewGraph: { parameters: [], result: P },
  TF_DeleteGraph: { parameters: [P], result: "void" },
  TF_GraphGetOpDef: { parameters: [P, "buffer", P, P], result: "void" },
  TF_GraphGetTensorNumDims: { parameters: [P, OUTPUT, P], result: "i32" },
  TF_GraphGetTensorShape: { parameters: [P, OUTPUT, "buffer", "i32", P], result: "void" },
  TF_GraphOperationByName: { parameters: [P, "buffer"], result: P },
  TF_GraphToFunction: {
    parameters: [
      P,
      "buffer",
      "u8",
      "i32",
      "buffer",
      "i32",
      "buffer",
      "i32",
      "buffer",
      P,
      P,
      P,
      P,
    ],
    result: P,
  },
  TF_DeleteFunction: { parameters: [P], result: "void" },
  TF_GraphToGraphDef: { parameters: [P, P, P], result: "void" },
  TF_NewOperation: { parameters: [P, "buffer", "buffer"], result: P },
  TF_FinishOperation: { parameters: [P, P], result: P },
  TF_AddInput: { parameters: [P, OUTPUT], result: "void" },
  TF_AddInputList: { parameters: [P, "buffer", "i32"], result: "void" },
  TF_OperationNumOutputs: { parameters: [P], result: "i32" },
  TF_OperationOutputType: { parameters: [OUTPUT], result: "i32" },
  TF_SetAttrString: { parameters: [P, "buffer", "buffer", P], result: "void" },
  TF_SetAttrInt: { parameters: [P, "buffer", "i64"], result: "void" },
  TF_SetAttrFloat: { parameters: [P, "buffer", "f32"], result: "void" },
  TF_SetAttrBool: { parameters: [P, "buffer", "u8"], result: "void" },
  TF_SetAttrType: { parameters: [P, "buffer", "i32"], result: "void" },
  TF_SetAttrShape: { parameters: [P, "buffer", "buffer", "i32"], result: "void" },
  TF_SetAttrIntList: { parameters: [P, "buffer", "buffer", "i32"], result: "void" },
  TF_SetAttrFloatList: { parameters: [P, "buffer", "buffer", "i32"], result: "void" },
  TF_SetAttrBoolList: { parameters: [P, "buffer", "buffer", "i32"], result: "void" },
  TF_SetAttrTypeList: { parameters: [P, "buffer", "buffer", "i32"], result: "void" },
  TF_SetAttrTensor: { parameters: [P, "buffer", P, P], result: "void" },

  TF_NewSessionOptions: { parameters: [], result: P },
  TF_SetConfig: { parameters: [P, "buffer", P, P], result: "void" },
  TF_DeleteSessionOptions: { parameters: [P], result: "void" },
  TF_LoadSessionFromSavedModel: {
    parameters: [P, P, "buffer", "buffer", "i32", P, P, P],
    result: P,
  },
  TF_SessionRun: {
    parameters: [
      P,
      P,
      "buffer",
      "buffer",
      "i32",
      "buffer",
      "buffer",
      "i32",
      P,
      "i32",
      P,
      P,
    ],
    result: "void",
  },
  TF_CloseSession: { parameters: [P, P], result: "void" },
  TF_DeleteSession: { parameters: [P, P], result: "void" },
  TF_OperationNumInputs: { parameters: [P], result: "i32" },
} as const;
