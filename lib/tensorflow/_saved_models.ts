/**
 * SavedModels: loading one and running its signatures.
 *
 * @module
 */

import { configProto } from "./_context.ts";
import type { Eager } from "./_eager.ts";
import { packOutputs } from "./_graph.ts";
import { cString, type Library } from "./_library.ts";
import { Status } from "./_status.ts";

interface Session {
  session: bigint;
  graph: bigint;
}

/** The SavedModels of this process, by number. */
export class SavedModels {
  readonly #library: Library;
  readonly #eager: Eager;
  readonly #status: Status;
  readonly #sessions = new Map<number, Session>();
  #next = 0;

  constructor(library: Library, eager: Eager) {
    this.#library = library;
    this.#eager = eager;
    this.#status = new Status(library);
  }

  /** How many are loaded. */
  get count(): number {
    return this.#sessions.size;
  }

  /** Loads the model of a folder whose tags, separated by commas, are these. */
  load(folder: string, tags: string): number {
    const { cc, framework } = this.#library;
    const options = cc.TF_NewSessionOptions();
    const config = configProto();
    cc.TF_SetConfig(options, config, BigInt(config.length), this.#status.pointer);
    const runOptions = framework.TF_NewBufferFromString(new Uint8Array(1), 0n);
    const metaGraph = framework.TF_NewBuffer();
    const graph = cc.TF_NewGraph();
    const names = tags.split(",").map(cString);
    const session = cc.TF_LoadSessionFromSavedModel(
      options,
      runOptions,
      cString(folder),
      BigUint64Array.from(names, address),
      names.length,
      graph,
      metaGraph,
      this.#status.pointer,
    );
    cc.TF_DeleteSessionOptions(options);
    framework.TF_DeleteBuffer(runOptions);
    framework.TF_DeleteBuffer(metaGraph);
    if (!this.#status.ok) {
      cc.TF_DeleteGraph(graph);
      throw this.#status.takeError(`Cannot load the SavedModel ${folder}`);
    }
    this.#sessions.set(this.#next, { session, graph });
    return this.#next++;
  }

  /** Runs a model: values for the named inputs in, handles of the named outputs out. */
  run(id: number, inputs: readonly bigint[], inputNames: string, outputNames: string): bigint[] {
    const { cc, framework } = this.#library;
    const { session, graph } = this.#session(id);
    const inputPlaces = inputNames.split(",").map((name) => this.#place(graph, name));
    const outputPlaces = outputNames.split(",").map((name) => this.#place(graph, name));
    if (inputs.length !== inputPlaces.length) {
      throw new TypeError(
        `Cannot run the SavedModel: it takes ${inputPlaces.length} inputs, ${inputs.length} were given`,
      );
    }
    const values: bigint[] = [];
    const results = new BigUint64Array(Math.max(outputPlaces.length, 1));
    try {
      for (const input of inputs) {
        values.push(cc.TFE_TensorHandleResolve(input, this.#status.pointer));
        this.#status.check("Cannot run the SavedModel");
      }
      cc.TF_SessionRun(
        session,
        0n,
        packOutputs(inputPlaces),
        BigUint64Array.from(values.length ? values : [0n]),
        values.length,
        packOutputs(outputPlaces),
        results,
        outputPlaces.length,
        0n,
        0,
        0n,
        this.#status.pointer,
      );
    } finally {
      for (const value of values) framework.TF_DeleteTensor(value);
    }
    this.#status.check("Cannot run the SavedModel");
    return Array.from(results.subarray(0, outputPlaces.length), (tensor) => {
      try {
        return this.#eager.fromHost(tensor, framework.TF_TensorType(tensor));
      } finally {
        framework.TF_DeleteTensor(tensor);
      }
    });
  }

  /** Frees a model. */
  delete(id: number): void {
    const { cc } = this.#library;
    const { session, graph } = this.#session(id);
    this.#sessions.delete(id);
    cc.TF_CloseSession(session, this.#status.pointer);
    cc.TF_DeleteSession(session, this.#status.pointer);
    cc.TF_DeleteGraph(graph);
    this.#status.check("Cannot delete the SavedModel");
  }

  #session(id: number): Session {
    const found = this.#sessions.get(id);
    if (!found) throw new Error(`Cannot use SavedModel ${id}: it is not loaded`);
    return found;
  }

  #place(graph: bigint, name: string): { operation: bigint; index: number } {
    const [operationName, index = "0"] = name.split(":");
    const operation = this.#library.cc.TF_GraphOperationByName(graph, cString(operationName));
    const count = operation === 0n ? 0 : this.#library.cc.TF_OperationNumOutputs(operation);
    if (!(Number(index) < count)) {
      throw new Error(`Cannot run the SavedModel: it has no tensor ${JSON.stringify(name)}`);
    }
    return { operation, index: Number(index) };
  }
}

function address(text: Uint8Array<ArrayBuffer>): bigint {
  return Deno.UnsafePointer.value(Deno.UnsafePointer.of(text));
}
