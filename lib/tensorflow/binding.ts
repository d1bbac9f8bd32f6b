/**
 * TensorFlow.js's native binding (`TFJSBinding`), on TensorFlow's C library through Deno's FFI.
 *
 * @module
 */

import type { Attribute } from "./_attributes.ts";
import { checkCall } from "./_check_call.ts";
import type { Context, Device } from "./_context.ts";
import { Copies } from "./_copies.ts";
import { ATTR, dtypeName, TF } from "./_dtypes.ts";
import { Eager, type Handle, type Metadata } from "./_eager.ts";
import { Graph, type Output } from "./_graph.ts";
import { deleteTensor, elements, newTensor, readTensor, type Values } from "./_host_tensor.ts";
import type { Library } from "./_library.ts";
import { OpDefinitions } from "./_op_definitions.ts";
import { SavedModels } from "./_saved_models.ts";
import { SizeGuard } from "./_size_guard.ts";
import { Trace } from "./_trace.ts";

/** A tensor as the binding gives it to TensorFlow.js. */
export interface TensorMetadata extends Metadata {
  id: number;
}

/** Constants above this many bytes are passed to a traced function, not copied into it. */
const LARGEST_CONSTANT = 64 * 1024;

/** More numbers than any op takes for sizes or counts. */
const MOST_SIZES = 16;

/** Of a tensor that only functions read. */
const UNKNOWN: Metadata = { dtype: 0, shape: [] };

/** What an id stands for. */
type Entry =
  | { kind: "handle"; handle: Handle }
  /** A node of a trace. */
  | { kind: "node"; trace: Trace; output: Output }
  /** Made while tracing: host values, which become a node or a handle when they are used. */
  | {
    kind: "constant";
    tensor: bigint;
    metadata: Metadata;
    node?: { trace: Trace; output: Output };
    handle?: Handle;
  };

/** The binding: tensors by number, ops by name. */
export class Binding {
  readonly TF_FLOAT = TF.FLOAT;
  readonly TF_INT32 = TF.INT32;
  readonly TF_INT64 = TF.INT64;
  readonly TF_BOOL = TF.BOOL;
  readonly TF_COMPLEX64 = TF.COMPLEX64;
  readonly TF_STRING = TF.STRING;
  readonly TF_RESOURCE = TF.RESOURCE;
  readonly TF_UINT8 = TF.UINT8;
  readonly TF_ATTR_STRING = ATTR.STRING;
  readonly TF_ATTR_INT = ATTR.INT;
  readonly TF_ATTR_FLOAT = ATTR.FLOAT;
  readonly TF_ATTR_BOOL = ATTR.BOOL;
  readonly TF_ATTR_TYPE = ATTR.TYPE;
  readonly TF_ATTR_SHAPE = ATTR.SHAPE;
  readonly TF_ATTR_RESOURCE = ATTR.TENSOR;
  readonly TF_Version: string;
  /** Upstream's interface has these two as classes; its kernels make plain objects. */
  readonly TensorMetadata = Object;
  readonly TFEOpAttr = Object;

  readonly #library: Library;
  readonly #eager: Eager;
  readonly #models: SavedModels;
  readonly #guard: SizeGuard;
  readonly #entries = new Map<number, Entry>();
  readonly #definitions: OpDefinitions;
  #trace: Trace | undefined;
  #next = 0;

  constructor(readonly context: Context, device: Device, guard: SizeGuard = new SizeGuard()) {
    this.#library = context.library;
    this.TF_Version = context.library.version;
    this.#eager = new Eager(context, device);
    this.#models = new SavedModels(context.library, this.#eager);
    this.#guard = guard;
    this.#definitions = new OpDefinitions(context.library);
  }

  /** The device that ops run on. */
  get device(): Device {
    return this.#eager.device;
  }

  set device(device: Device) {
    this.#eager.device = device;
  }

  /** Most bytes that one tensor may take. */
  get tensorLimit(): number {
    return this.#guard.limit;
  }

  isUsingGpuDevice(): boolean {
    return this.device.type !== "CPU";
  }

  getNumOfTensors(): number {
    return this.#entries.size;
  }

  createTensor(shape: number[], dtype: number, values: Values): number {
    this.#guard.check("Cannot make a tensor", shape, dtype);
    if (this.#trace) {
      const tensor = newTensor(this.#library, shape, dtype, values);
      return this.#insert({
        kind: "constant",
        tensor,
        metadata: { dtype, shape: [...shape] },
      });
    }
    const pointer = this.#eager.create(shape, dtype, values);
    return this.#adopt(pointer, this.#eager.homeOf(dtype), { dtype, shape: [...shape] }).id;
  }

  deleteTensor(id: number): void {
    const entry = this.#entries.get(id);
    if (!entry) return;
    if (this.#trace && entry.kind !== "node") {
      // Code under a trace disposes of what only the recording may dispose of when it runs.
      this.#trace.disposed.add(id);
      return;
    }
    this.#entries.delete(id);
    this.#free(entry);
  }

  tensorDataSync(id: number): ReturnType<Eager["read"]> {
    const entry = this.#entry(id);
    if (entry.kind === "constant") return readTensor(this.#library, entry.tensor);
    return this.#eager.read(this.#handle(entry).pointer);
  }

  /** As `tensorDataSync`, without holding the event loop while a device computes. */
  async tensorData(id: number): Promise<ReturnType<Eager["read"]>> {
    const entry = this.#entry(id);
    if (entry.kind === "constant") return readTensor(this.#library, entry.tensor);
    return await this.#eager.readAsync(this.#handle(entry).pointer);
  }

  executeOp(
    name: string,
    attributes: Attribute[],
    inputs: number[],
    outputs: number,
  ): TensorMetadata[] {
    checkCall(name, this.#definitions.get(name), attributes, inputs, outputs);
    const entries = inputs.map((id) => this.#entry(id));
    if (this.#trace && !(this.#trace.frozen && entries.every(({ kind }) => kind !== "node"))) {
      return this.#record(this.#trace, name, attributes, inputs, entries, outputs);
    }
    const handles = entries.map((entry) => this.#handle(entry));
    if (this.#guard.mustInfer(name, handles, attributes)) {
      this.#checkOutputs(name, attributes, handles);
    }
    const { worker } = this.device;
    const pointers = handles.map((handle) => this.#eager.input(handle, worker));
    return this.#eager.execute(name, attributes, pointers, outputs).map((pointer) =>
      this.#adopt(pointer, worker)
    );
  }

  loadSavedModel(folder: string, tags: string): number {
    return this.#models.load(folder, tags);
  }

  deleteSavedModel(id: number): void {
    this.#models.delete(id);
  }

  runSavedModel(
    id: number,
    inputs: number[],
    inputNames: string,
    outputNames: string,
  ): TensorMetadata[] {
    if (this.#trace) throw new Error("Cannot run a SavedModel inside a compiled function");
    const pointers = inputs.map((input) => this.#handle(this.#entry(input)).pointer);
    return this.#models.run(id, pointers, inputNames, outputNames).map((pointer) => {
      const metadata = this.#eager.describe(pointer);
      return this.#adopt(pointer, this.#eager.homeOf(metadata.dtype), metadata);
    });
  }

  getNumOfSavedModels(): number {
    return this.#models.count;
  }

  // What compile() needs beside upstream's interface.

  /** Whether ops are recorded now instead of being run. */
  get tracing(): boolean {
    return this.#trace !== undefined;
  }

  /**
   * Runs `body` with ops recorded into a new trace, which stays open until it is closed.
   *
   * @param frozen Whether the trace is frozen; sizes may then be unknown, -1.
   */
  record<R>(body: (trace: Trace) => R, frozen = false): R {
    if (this.#trace) throw new Error("Cannot begin a trace inside another");
    const trace = new Trace(new Graph(this.#library, this.#definitions, frozen), frozen);
    this.#trace = trace;
    try {
      return body(trace);
    } finally {
      this.#trace = undefined;
    }
  }

  /** A tensor that stands for an input of the trace. */
  traceInput(metadata: Metadata): TensorMetadata {
    const trace = this.#trace!;
    return this.#node(trace, trace.input(metadata));
  }

  /** The node of a tensor that a trace gives back. */
  traceOutput(trace: Trace, id: number): Output {
    return trace.graph.identity(this.#outputOf(trace, id, this.#entry(id)));
  }

  /** The full name of the device that holds a tensor's values. */
  deviceOf(id: number): string {
    return this.#eager.deviceOf(this.#handle(this.#entry(id)).pointer);
  }

  /** Whether an id is a node of a trace, without a value of its own. */
  isNode(id: number): boolean {
    return this.#entries.get(id)?.kind === "node";
  }

  /** Another id for the same value, which lives on when the first is deleted. */
  share(id: number): TensorMetadata {
    const { pointer, dtype, shape, copies } = this.#handle(this.#entry(id));
    const copy = { pointer: this.#eager.share(pointer), dtype, shape, copies: copies.share() };
    return { id: this.#insert({ kind: "handle", handle: copy }), dtype, shape };
  }

  /** Disposes of what code under the trace disposed of. */
  afterTrace(trace: Trace): void {
    this.#trace = undefined;
    for (const id of trace.disposed) this.deleteTensor(id);
  }

  /** Makes the trace's graph a function of the eager context. */
  defineFunction(trace: Trace, name: string, outputs: readonly Output[]): void {
    const captured = trace.captures.map((capture) => capture.output);
    trace.graph.toFunction(this.context.pointer, name, [...trace.inputs, ...captured], outputs);
  }

  /**
   * Makes the trace's graph two functions: what can be computed without the late inputs, and the rest.
   *
   * @param names Of both.
   * @param late Inputs of the trace that are known later.
   * @param outputs Of both: the first's may not depend on late inputs.
   * @returns How many outputs the first function gives beside its own, which the second one takes
   * before the late inputs.
   */
  defineHalves(
    trace: Trace,
    names: readonly [string, string],
    late: readonly Output[],
    outputs: readonly [readonly Output[], readonly Output[]],
  ): number {
    const { graph } = trace;
    const parts = graph.divide(late, outputs[1]);
    const captured = trace.captures.map((capture) => capture.output);
    const early = [...trace.inputs.filter((input) => !late.includes(input)), ...captured];
    const { pointer } = this.context;
    graph.toFunction(pointer, names[0], early, [...outputs[0], ...parts.between], parts.early);
    graph.toFunction(pointer, names[1], [...parts.between, ...late], outputs[1], parts.late);
    return parts.between.length;
  }

  /** Runs a function on another thread; the types and shapes of its last outputs are not known before. */
  async callForHalf(
    name: string,
    inputs: number[],
    known: readonly Metadata[],
    unknown: number,
  ): Promise<TensorMetadata[]> {
    const { worker } = this.device;
    const pointers = this.#inputs(inputs, worker);
    const results = await this.#eager.executeAsync(name, pointers, known.length + unknown);
    // What only passes from half to half is not asked for its shape, which would wait for the device.
    return results.map((pointer, i) => this.#adopt(pointer, worker, known[i] ?? UNKNOWN));
  }

  /** Forgets a function. */
  removeFunction(name: string): void {
    const bytes = new TextEncoder().encode(name + "\0");
    const status = this.#library.framework.TF_NewStatus();
    this.#library.cc.TFE_ContextRemoveFunction(this.context.pointer, bytes, status);
    this.#library.framework.TF_DeleteStatus(status);
  }

  /** Runs a function; its outputs' types and shapes are known from its trace. */
  callFunction(name: string, inputs: number[], outputs: readonly Metadata[]): TensorMetadata[] {
    const { worker } = this.device;
    const pointers = this.#inputs(inputs, worker);
    const { functionAttributes } = this.context;
    return this.#eager.execute(name, functionAttributes, pointers, outputs.length).map((
      pointer,
      i,
    ) => this.#adopt(pointer, worker, outputs[i]));
  }

  /** As {@linkcode callFunction}, on another thread. */
  async callFunctionAsync(
    name: string,
    inputs: number[],
    outputs: readonly Metadata[],
  ): Promise<TensorMetadata[]> {
    const { worker } = this.device;
    const pointers = this.#inputs(inputs, worker);
    const results = await this.#eager.executeAsync(name, pointers, outputs.length);
    return results.map((pointer, i) => this.#adopt(pointer, worker, outputs[i]));
  }

  #record(
    trace: Trace,
    name: string,
    attributes: Attribute[],
    ids: number[],
    entries: Entry[],
    outputs: number,
  ): TensorMetadata[] {
    const nodes = entries.map((entry, i) => this.#outputOf(trace, ids[i], entry));
    const results = trace.add(name, attributes, nodes);
    if (results.length < outputs) {
      throw new Error(`${name}: has ${results.length} outputs, not ${outputs}`);
    }
    return results.slice(0, outputs).map((output) => {
      this.#guard.check(name, output.shape.filter((size) => size !== -1), output.dtype);
      return this.#node(trace, output);
    });
  }

  #outputOf(trace: Trace, id: number, entry: Entry): Output {
    if (entry.kind === "node") {
      if (entry.trace !== trace) throw leaked();
      return entry.output;
    }
    if (trace.frozen) return trace.constant(id, () => this.#freeze(trace, this.#handle(entry)));
    if (entry.kind === "handle") return trace.capture(id, entry.handle);
    if (entry.node?.trace === trace) return entry.node.output;
    const size = Number(this.#library.framework.TF_TensorByteSize(entry.tensor));
    const output = size <= LARGEST_CONSTANT
      ? trace.graph.constant(entry.tensor, entry.metadata)
      : this.#fill(trace, entry.tensor, entry.metadata) ?? trace.capture(id, entry.metadata);
    entry.node = { trace, output };
    return output;
  }

  /** A node that holds a tensor's values. */
  #freeze(trace: Trace, { pointer, dtype, shape }: Handle): Output {
    const tensor = this.#eager.resolve(pointer);
    try {
      return trace.graph.constant(tensor, { dtype, shape });
    } finally {
      this.#library.framework.TF_DeleteTensor(tensor);
    }
  }

  /**
   * A large constant whose values are all the same, as TensorFlow.js makes of zeros and ones in many
   * gradients, is a node that fills it when the function runs.
   */
  #fill(trace: Trace, tensor: bigint, metadata: Metadata): Output | undefined {
    if (metadata.dtype === TF.STRING || metadata.dtype === TF.COMPLEX64) return undefined;
    const values = readTensor(this.#library, tensor) as Float32Array;
    const first = values[0];
    if (!values.every((value) => value === first)) return undefined;
    const make = (shape: number[], dtype: number, content: Values) => {
      const host = newTensor(this.#library, shape, dtype, content);
      const output = trace.graph.constant(host, { dtype, shape });
      deleteTensor(this.#library, host);
      return output;
    };
    const { dtype, shape } = metadata;
    return trace.add("Fill", [{ name: "T", type: ATTR.TYPE, value: dtype }], [
      make([shape.length], TF.INT32, Int32Array.from(shape)),
      make([], dtype, values.slice(0, 1)),
    ])[0];
  }

  /** Infers an op's outputs in a graph of its own and refuses those above the limit. */
  #checkOutputs(name: string, attributes: Attribute[], inputs: readonly Handle[]): void {
    // Sizes and counts are few whole numbers, but for those of Range; of all else the shape will do.
    const sizes = inputs.map(({ pointer, dtype, shape }) => {
      const whole = dtype === TF.INT32 || dtype === TF.INT64;
      if (elements(shape) > MOST_SIZES || !(whole || name === "Range")) return undefined;
      return this.#eager.read(pointer) as Values;
    });
    const call = `${name} ${attributes.map(({ name, value }) => `${name}=${value}`)} ${
      inputs.map(({ dtype, shape }, i) => `${dtype}[${shape}](${sizes[i] ?? ""})`)
    }`;
    if (this.#guard.hasPassed(call)) return;
    const graph = new Graph(this.#library, this.#definitions);
    const constants: bigint[] = [];
    try {
      const nodes = inputs.map((handle, i) => {
        const values = sizes[i];
        if (!values) return graph.placeholder(handle);
        const tensor = newTensor(this.#library, handle.shape, handle.dtype, values);
        constants.push(tensor);
        return graph.constant(tensor, handle);
      });
      for (const { dtype, shape } of graph.infer(name, attributes, nodes)) {
        if (shape) this.#guard.check(name, shape, dtype);
      }
      this.#guard.letPass(call);
    } finally {
      for (const tensor of constants) deleteTensor(this.#library, tensor);
      graph.delete();
    }
  }

  /** The handles that a call takes, of a worker or of this process. */
  #inputs(ids: readonly number[], worker: string | undefined): bigint[] {
    return ids.map((id) => this.#eager.input(this.#handle(this.#entry(id)), worker));
  }

  /** The id of a handle on values that a worker has, or this process. */
  #adopt(
    pointer: bigint,
    worker: string | undefined,
    metadata: Metadata = this.#eager.describe(pointer),
  ): TensorMetadata {
    const { dtype, shape } = metadata;
    const copies = new Copies(worker);
    const id = this.#insert({ kind: "handle", handle: { pointer, dtype, shape, copies } });
    return { id, dtype, shape };
  }

  #node(trace: Trace, output: Output): TensorMetadata {
    const id = this.#insert({ kind: "node", trace, output });
    return { id, dtype: output.dtype, shape: output.shape };
  }

  #insert(entry: Entry): number {
    const id = this.#next++;
    this.#entries.set(id, entry);
    return id;
  }

  #entry(id: number): Entry {
    const entry = this.#entries.get(id);
    if (!entry) throw new Error(`Cannot use tensor ${id}: it was disposed of`);
    return entry;
  }

  #handle(entry: Entry): Handle {
    if (entry.kind === "handle") return entry.handle;
    if (entry.kind === "node") {
      if (entry.trace.open) {
        throw new Error(
          "Cannot read a tensor inside a compiled function: it has a value only when the function " +
            `runs (a ${dtypeName(entry.output.dtype)} of shape [${entry.output.shape}])`,
        );
      }
      throw leaked();
    }
    if (!entry.handle) {
      const { dtype, shape } = entry.metadata;
      const pointer = this.#eager.fromHost(entry.tensor, dtype);
      entry.handle = { pointer, dtype, shape, copies: new Copies(this.#eager.homeOf(dtype)) };
    }
    return entry.handle;
  }

  #free(entry: Entry): void {
    if (entry.kind === "node") return;
    if (entry.kind === "constant") deleteTensor(this.#library, entry.tensor);
    if (!entry.handle) return;
    this.#eager.delete(entry.handle.pointer);
    entry.handle.copies.release(this.context);
  }
}

function leaked(): Error {
  return new Error(
    "Cannot use a tensor that was made inside a compiled function: return it from the function instead",
  );
}
