/**
 * TensorFlow.js's backend `tensorflow`: upstream's kernels on DNA's binding.
 *
 * @module
 */

import type { Tensor } from "npm:@tensorflow/tfjs@4.22.0";
import type { Binding, TensorMetadata } from "./binding.ts";
import type { Values } from "./_host_tensor.ts";
import { mendKernels } from "./kernels/kernels.ts";
import { BACKEND, tf } from "./tfjs.ts";

/** What upstream's backend keeps of a tensor. */
interface TensorInfo {
  shape: number[];
  dtype: number;
  values: Values | null;
  id: number;
  refCount: number;
}

/** The parts of upstream's `NodeJSKernelBackend` that DNA calls; they are private in its types. */
export interface Backend {
  readonly binding: Binding;
  readonly tensorMap: { get(id: object): TensorInfo; set(id: object, info: TensorInfo): void };
  createOutputTensor(metadata: TensorMetadata): Tensor;
  disposeData(dataId: object, force?: boolean): boolean;
  getInputTensorIds(tensors: Tensor[]): number[];
  executeMultipleOutputs(
    name: string,
    attributes: { name: string; type: number; value: unknown }[],
    inputs: Tensor[],
    outputs: number,
  ): Tensor[];
  applyActivation(
    input: Tensor,
    activation: string | undefined,
    preluWeights?: Tensor,
    leakyreluAlpha?: number,
  ): Tensor;
}

/** Registers the backend, with upstream's kernels and its readers and writers of files. */
export async function registerBackend(binding: Binding): Promise<Backend> {
  const { NodeJSKernelBackend } = await import(
    "npm:@tensorflow/tfjs-node-gpu@4.22.0/dist/nodejs_kernel_backend.js"
  ) as unknown as { NodeJSKernelBackend: new (binding: Binding, name: string) => Backend };
  await import("npm:@tensorflow/tfjs-node-gpu@4.22.0/dist/register_all_kernels.js");
  mendKernels();
  const { nodeFileSystemRouter } = await import(
    "npm:@tensorflow/tfjs-node-gpu@4.22.0/dist/io/file_system.js"
  );
  const { ProgbarLogger } = await import(
    "npm:@tensorflow/tfjs-node-gpu@4.22.0/dist/callbacks.js"
  );

  const forgotten = new FinalizationRegistry<number>((id) => binding.deleteTensor(id));

  class TensorFlowBackend extends NodeJSKernelBackend {
    // A tensor that a script forgot goes with its JavaScript object.
    override createOutputTensor(metadata: TensorMetadata): Tensor {
      const tensor = super.createOutputTensor(metadata);
      forgotten.register(tensor.dataId, metadata.id, tensor.dataId);
      return tensor;
    }

    // One that was disposed of needs no watch: in a loop without a pause, watches would pile up.
    override disposeData(dataId: object, force?: boolean): boolean {
      const gone = super.disposeData(dataId, force);
      if (gone) forgotten.unregister(dataId);
      return gone;
    }

    override getInputTensorIds(tensors: Tensor[]): number[] {
      const ids = new Array<number>(tensors.length);
      for (let i = 0; i < tensors.length; i++) {
        const info = tensors[i].dataId && this.tensorMap.get(tensors[i].dataId);
        if (!info || info.values !== null) return this.#writeInputs(tensors);
        ids[i] = info.id;
      }
      return ids;
    }

    /** Inputs of which some have not been given to TensorFlow yet. */
    #writeInputs(tensors: Tensor[]): number[] {
      const pending = tensors.filter((tensor) =>
        tensor.dataId && this.tensorMap.get(tensor.dataId)?.values != null
      );
      const ids = super.getInputTensorIds(tensors);
      for (const { dataId } of pending) {
        forgotten.register(dataId, this.tensorMap.get(dataId).id, dataId);
      }
      return ids;
    }

    async read(dataId: object): Promise<unknown> {
      const info = this.tensorMap.get(dataId);
      if (!info) throw new Error("Cannot read a tensor: it was disposed of");
      return info.values ?? await binding.tensorData(info.id);
    }
  }

  const backend = new TensorFlowBackend(binding, "@tensorflow/tfjs-node-gpu");
  tf.registerBackend(BACKEND, () => backend as unknown as tf.KernelBackend, 3);
  const router = nodeFileSystemRouter as Parameters<typeof tf.io.registerLoadRouter>[0];
  tf.io.registerLoadRouter(router);
  tf.io.registerSaveRouter(router);
  tf.registerCallbackConstructor(
    1,
    ProgbarLogger as unknown as Parameters<typeof tf.registerCallbackConstructor>[1],
  );
  return backend;
}
