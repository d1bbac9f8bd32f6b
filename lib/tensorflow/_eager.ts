/**
 * Ops that run at once, and the tensor handles that go in and come out.
 *
 * @module
 */

import { type Attribute, type AttributeSetters, eagerSetters, nameCString } from "./_attributes.ts";
import { setAttribute } from "./_attributes.ts";
import { Context, type Device } from "./_context.ts";
import type { Copies } from "./_copies.ts";
import { TF } from "./_dtypes.ts";
import { deleteTensor, newTensor, readTensor, type Values } from "./_host_tensor.ts";
import { type Library, readCString } from "./_library.ts";
import { placement } from "./placement.ts";
import { Status } from "./_status.ts";

/** What is known of a tensor without reading it. */
export interface Metadata {
  dtype: number;
  shape: number[];
}

/** A `TFE_TensorHandle` with what is known of it. */
export interface Handle extends Metadata {
  pointer: bigint;
  copies: Copies;
}

/** Runs ops in the eager context, on one device. */
export class Eager {
  readonly #library: Library;
  readonly #status: Status;
  readonly #set: AttributeSetters;
  readonly #count = new Int32Array(1);
  /** Where TensorFlow writes outputs: one array for all calls, since none is under way in another. */
  #handles = new BigUint64Array(8);
  #device: Device;
  #deviceName: Uint8Array<ArrayBuffer>;

  constructor(readonly context: Context, device: Device) {
    this.#library = context.library;
    this.#status = new Status(context.library);
    this.#set = eagerSetters(context.library, this.#status);
    this.#device = device;
    this.#deviceName = Context.deviceCString(device);
  }

  /** The device that ops run on here. */
  get device(): Device {
    return placement()?.device ?? this.#device;
  }

  set device(device: Device) {
    this.#device = device;
    this.#deviceName = Context.deviceCString(device);
  }

  /** Runs an op (or a function by its name) and gives its outputs' handles. */
  execute(
    name: string,
    attributes: readonly Attribute[],
    inputs: readonly bigint[],
    outputs: number,
  ): bigint[] {
    const op = this.#prepare(name, attributes, inputs);
    if (outputs > this.#handles.length) this.#handles = new BigUint64Array(outputs);
    const handles = this.#handles;
    this.#count[0] = outputs;
    this.#library.cc.TFE_Execute(op, handles, this.#count, this.#status.pointer);
    this.#library.cc.TFE_DeleteOp(op);
    this.#status.check(name);
    const results = new Array<bigint>(this.#count[0]);
    for (let i = 0; i < results.length; i++) results[i] = handles[i];
    return this.#expect(name, results, outputs);
  }

  /** As {@linkcode execute} for a compiled function, on another thread: the event loop goes on. */
  async executeAsync(
    name: string,
    inputs: readonly bigint[],
    outputs: number,
    attributes: readonly Attribute[] = this.context.functionAttributes,
  ): Promise<bigint[]> {
    const library = this.#library;
    const op = this.#prepare(name, attributes, inputs);
    const status = new Status(library);
    // The other thread writes here, also when an error has ended JavaScript meanwhile.
    const count = library.allocate(16 + 8 * outputs);
    const handles = count + 8n;
    const first = new BigUint64Array(1);
    const ended = () => {
      library.copyOut(first, handles, 8);
      return outputs === 0 || first[0] !== 0n || !status.ok;
    };
    library.calls.add(ended);
    try {
      library.copyIn(count, Int32Array.of(outputs), 4);
      await library.cc.TFE_ExecuteAsync(op, handles, count, status.pointer);
      status.check(name);
      const found = new Int32Array(1);
      library.copyOut(found, count, 4);
      const results = new BigUint64Array(found[0]);
      if (found[0] > 0) library.copyOut(results, handles, 8 * found[0]);
      return this.#expect(name, Array.from(results), outputs);
    } finally {
      library.calls.delete(ended);
      library.cc.TFE_DeleteOp(op);
      library.release(count);
      status.delete();
    }
  }

  /** Refuses a number of outputs that is not the one asked for. */
  #expect(name: string, handles: bigint[], outputs: number): bigint[] {
    if (handles.length === outputs) return handles;
    for (const handle of handles) this.delete(handle);
    throw new TypeError(`${name}: has ${handles.length} outputs, not ${outputs}`);
  }

  #prepare(name: string, attributes: readonly Attribute[], inputs: readonly bigint[]): bigint {
    const { cc } = this.#library;
    const status = this.#status.pointer;
    const op = cc.TFE_NewOp(this.context.pointer, nameCString(name), status);
    this.#status.check(name);
    try {
      const deviceName = placement()?.cString ?? this.#deviceName;
      if (deviceName.length > 1) cc.TFE_OpSetDevice(op, deviceName, status);
      // Inputs first: what TensorFlow tells from them stands, even where upstream's attribute differs
      // (Mean of int32, which its kernel has cast to float32).
      for (const input of inputs) {
        cc.TFE_OpAddInput(op, input, status);
        this.#status.check(name);
      }
      for (const attribute of attributes) setAttribute(this.#set, op, name, attribute);
      this.#status.check(name);
    } catch (error) {
      cc.TFE_DeleteOp(op);
      throw error;
    }
    return op;
  }

  /** Type and shape of a handle. */
  describe(handle: bigint): Metadata {
    const { cc } = this.#library;
    const status = this.#status.pointer;
    const rank = cc.TFE_TensorHandleNumDims(handle, status);
    const shape = new Array<number>(Math.max(rank, 0));
    for (let i = 0; i < rank; i++) shape[i] = Number(cc.TFE_TensorHandleDim(handle, i, status));
    const dtype = cc.TFE_TensorHandleDataType(handle);
    this.#status.check("Cannot read a tensor's shape");
    return { dtype, shape };
  }

  /** A handle on a copy of the values, on this device where its type can live there. */
  create(shape: readonly number[], dtype: number, values: Values): bigint {
    const tensor = newTensor(this.#library, shape, dtype, values);
    try {
      return this.fromHost(tensor, dtype);
    } finally {
      // A string tensor's own texts were copied: its handle shares nothing with it.
      if (dtype === TF.STRING) deleteTensor(this.#library, tensor);
      else this.#library.framework.TF_DeleteTensor(tensor);
    }
  }

  /** A handle on a `TF_Tensor`'s values. */
  fromHost(tensor: bigint, dtype: number): bigint {
    const { cc } = this.#library;
    const handle = cc.TFE_NewTensorHandle(tensor, this.#status.pointer);
    this.#status.check("Cannot make a tensor");
    if (dtype === TF.STRING) {
      // Joining one list of texts copies them into memory that TensorFlow frees by itself.
      const attributes = [{ name: "N", type: 1, value: 1 }];
      try {
        return this.execute("StringJoin", attributes, [handle], 1)[0];
      } finally {
        this.delete(handle);
      }
    }
    // Shapes and indices stay in host memory, where TensorFlow's kernels want them.
    const { device } = this;
    if (device.type === "CPU" || dtype === TF.INT32 || dtype === TF.INT64) return handle;
    const moved = cc.TFE_TensorHandleCopyToDevice(
      handle,
      this.context.pointer,
      placement()?.cString ?? this.#deviceName,
      this.#status.pointer,
    );
    this.delete(handle);
    this.#status.check(`Cannot copy a tensor to ${device.name}`);
    return moved;
  }

  /** The worker that {@linkcode create} and {@linkcode fromHost} give values of a type to; undefined for this process. */
  homeOf(dtype: number): string | undefined {
    const { type, worker } = this.device;
    if (dtype === TF.STRING) return worker;
    return type === "CPU" || dtype === TF.INT32 || dtype === TF.INT64 ? undefined : worker;
  }

  /** The handle that a call takes for a tensor: where a worker runs it, that of a copy there. */
  input({ pointer, copies }: Handle, worker: string | undefined): bigint {
    return worker === undefined ? pointer : copies.on(worker, pointer, this.context);
  }

  /** A handle that shares a `TF_Tensor`'s memory, texts too: the tensor must outlive it. */
  wrap(tensor: bigint): bigint {
    const handle = this.#library.cc.TFE_NewTensorHandle(tensor, this.#status.pointer);
    this.#status.check("Cannot make a tensor");
    return handle;
  }

  /** The full name of the device that holds a handle's values. */
  deviceOf(handle: bigint): string {
    const name = this.#library.cc.TFE_TensorHandleBackingDeviceName(handle, this.#status.pointer);
    this.#status.check("Cannot tell a tensor's device");
    return readCString(name);
  }

  /** Another handle on the same values. */
  share(handle: bigint): bigint {
    const copy = this.#library.cc.TFE_TensorHandleCopySharingTensor(handle, this.#status.pointer);
    this.#status.check("Cannot share a tensor");
    return copy;
  }

  /** A `TF_Tensor` with the values of a handle, which the caller frees. */
  resolve(handle: bigint): bigint {
    const tensor = this.#library.cc.TFE_TensorHandleResolve(handle, this.#status.pointer);
    this.#status.check("Cannot read a tensor");
    return tensor;
  }

  /** The values of a handle, copied to JavaScript. */
  read(handle: bigint): ReturnType<typeof readTensor> {
    return this.#take(this.resolve(handle));
  }

  /** As {@linkcode read}, waiting for the device on another thread. */
  async readAsync(handle: bigint): Promise<ReturnType<typeof readTensor>> {
    const status = new Status(this.#library);
    // The tensor may be disposed of while we wait.
    const held = this.share(handle);
    try {
      const tensor = await this.#library.cc.TFE_TensorHandleResolveAsync(held, status.pointer);
      status.check("Cannot read a tensor");
      return this.#take(tensor);
    } finally {
      this.delete(held);
      status.delete();
    }
  }

  #take(tensor: bigint): ReturnType<typeof readTensor> {
    try {
      return readTensor(this.#library, tensor);
    } finally {
      this.#library.framework.TF_DeleteTensor(tensor);
    }
  }

  /** Frees a handle. */
  delete(handle: bigint): void {
    this.#library.cc.TFE_DeleteTensorHandle(handle);
  }
}
