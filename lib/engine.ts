/**
 * The engine: TensorFlow.js on the C library of today's TensorFlow, CPU or CUDA, without a native build.
 *
 * @module
 */

import { type Compiled, type CompileOptions, compileWith } from "./tensorflow/compile.ts";
import { Context, type Device } from "./tensorflow/_context.ts";
import { openLibrary } from "./tensorflow/_library.ts";
import { type Backend, registerBackend } from "./tensorflow/backend.ts";
import { Binding } from "./tensorflow/binding.ts";
import {
  engineBackend,
  type MixedPrecision,
  precisionInUse,
  setEngineBackend,
} from "./tensorflow/current.ts";
import { BACKEND, tf } from "./tensorflow/tfjs.ts";
import type { Tensor2D } from "npm:@tensorflow/tfjs@4.22.0";
import nodeModule from "npm:@tensorflow/tfjs-node-gpu@4.22.0/dist/node.js";

export { tf };
export type { Compiled, CompileOptions, Device, MixedPrecision };
export type { Tensor, Tensor1D, Tensor2D, Tensor4D } from "npm:@tensorflow/tfjs@4.22.0";

/** Options of {@linkcode useEngine}. */
export interface EngineOptions {
  /** A device that TensorFlow lists, as `CPU:0` or `GPU:1`. Default: the first GPU, else the CPU. */
  device?: string;
  /** Threads for one op, and for ops side by side. Default: TensorFlow's own, all cores. */
  threads?: number;
  /**
   * Whether compiled functions compute in 16 bits what loses little by it, as convolutions do: in float16
   * on a GPU, in bfloat16 on a CPU that has it. Weights and results stay float32. Default false.
   */
  mixedPrecision?: boolean;
  /** Devices that the CPU counts as, `CPU:0`, `CPU:1` and so on, which share its cores. Default 1. */
  cpuDevices?: number;
}

/** What runs underneath. */
export interface Engine {
  /** The device that ops run on. */
  readonly device: Device;
  /** All devices that TensorFlow lists. */
  readonly devices: readonly Device[];
  /** TensorFlow's version. */
  readonly version: string;
  /** Threads, where they were chosen. */
  readonly threads: number | undefined;
  /** Most bytes that one tensor may take; a larger one is refused with an error. */
  readonly tensorLimit: number;
  /** What compiled functions compute in where they may, or undefined where all is float32. */
  readonly mixedPrecision: MixedPrecision | undefined;
}

interface Started {
  backend: Backend;
  threads: number | undefined;
  mixedPrecision: boolean;
  cpuDevices: number;
}

let starting: Promise<Started> | undefined;

/**
 * Registers and selects the TensorFlow.js backend `tensorflow`; a second call is free.
 *
 * @param options The device, the number of threads, the precision.
 * @returns What runs underneath.
 * @throws {RangeError} for a device that is not there, a number of threads that cannot be, or mixed
 *   precision where the device has none.
 * @throws {Error} where TensorFlow is not set up, with the command to type.
 *
 * @example
 * ```ts
 * import { tf, useEngine } from "@dna/kernel";
 * import { assertEquals } from "@std/assert";
 *
 * await useEngine();
 * const square = tf.tensor2d([[1, 2], [3, 4]]);
 * assertEquals(square.matMul(square).arraySync(), [[7, 10], [15, 22]]);
 * ```
 */
export async function useEngine(
  { device, threads, mixedPrecision, cpuDevices }: EngineOptions = {},
): Promise<Engine> {
  if (threads !== undefined && (!Number.isInteger(threads) || threads < 1 || threads > 4096)) {
    throw new RangeError(`Cannot use ${threads} threads: a whole number from 1 to 4096 is needed`);
  }
  if (
    cpuDevices !== undefined &&
    !(Number.isInteger(cpuDevices) && cpuDevices >= 1 && cpuDevices <= 64)
  ) {
    throw new RangeError(
      `Cannot count the CPU as ${cpuDevices} devices: a whole number from 1 to 64 is needed`,
    );
  }
  starting ??= start({ device, threads, mixedPrecision, cpuDevices });
  let started;
  try {
    started = await starting;
  } catch (error) {
    starting = undefined;
    throw error;
  }
  const { binding } = started.backend;
  if (threads !== undefined && threads !== started.threads) {
    throw new RangeError(
      `Cannot use ${threads} threads: the engine has started with ` +
        `${started.threads ?? "TensorFlow's own number"}, and a process has one engine`,
    );
  }
  if (cpuDevices !== undefined && cpuDevices !== started.cpuDevices) {
    throw new RangeError(
      `Cannot count the CPU as ${cpuDevices} devices: the engine has started with ` +
        `${started.cpuDevices}, and a process has one engine`,
    );
  }
  if (mixedPrecision !== undefined && mixedPrecision !== started.mixedPrecision) {
    throw new RangeError(
      `Cannot ${mixedPrecision ? "begin" : "end"} mixed precision: the engine has started ` +
        `${started.mixedPrecision ? "with" : "without"} it, and a process has one engine`,
    );
  }
  if (device !== undefined) binding.device = binding.context.device(device);
  setEngineBackend(started.backend);
  if (tf.getBackend() !== BACKEND) await tf.setBackend(BACKEND);
  if (started.mixedPrecision && !roundsTo16Bits()) {
    throw new RangeError(
      `Cannot compute in mixed precision: device ${binding.device.name} has no arithmetic of 16 bits`,
    );
  }
  return {
    device: binding.device,
    devices: binding.context.devices,
    version: binding.TF_Version,
    threads: started.threads,
    tensorLimit: binding.tensorLimit,
    mixedPrecision: precisionInUse(),
  };
}

async function start(
  { device, threads, mixedPrecision = false, cpuDevices = 1 }: EngineOptions,
): Promise<Started> {
  const context = new Context(openLibrary(), { threads, mixedPrecision, cpuDevices });
  const backend = await registerBackend(new Binding(context, context.device(device)));
  return { backend, threads, mixedPrecision, cpuDevices };
}

/** Whether 1 + 2⁻¹², which 16 bits cannot hold, comes out of a product as 1. */
function roundsTo16Bits(): boolean {
  // A graph of fewer ops than this one TensorFlow leaves as it is.
  const product = compile((x: Tensor2D) => tf.matMul(x.add(0), x.add(0)).add(0).mul(1));
  const x = tf.fill([1, 1], 1 + 2 ** -12) as Tensor2D;
  const y = product(x);
  const [value] = y.dataSync();
  tf.dispose([x, y]);
  product.dispose();
  return value === 1;
}

/**
 * Compiles ordinary TensorFlow.js code to one TensorFlow function for each signature of its arguments.
 *
 * The function is run once for each new combination of dtypes, shapes and plain values, with tensors
 * that have no values, and what it does is recorded. A call then runs as one op. It may take and
 * return nested plain records and arrays of tensors, contain gradients and optimizer steps, read and
 * assign variables, and stand inside `tf.grad` and `tf.variableGrads`. Plain numbers are part of the
 * signature: pass what changes from call to call as a tensor. Other tensors that it reads from outside
 * are constants from its first call on.
 *
 * @param fn A function that returns its tensors at once.
 * @param options How many signatures to keep.
 * @returns The compiled function; `.async(...)` runs it without holding the event loop.
 * @throws {Error} when called, if something cannot be traced: which op, and why.
 *
 * @example
 * ```ts
 * import { compile, tf, useEngine } from "@dna/kernel";
 * import { assertEquals } from "@std/assert";
 *
 * await useEngine();
 * const step = compile((w: tf.Tensor, x: tf.Tensor) => {
 *   const gradient = tf.grad((w: tf.Tensor) => w.mul(x).square().sum())(w);
 *   return { w: w.sub(gradient.mul(0.1)), size: gradient.norm() };
 * });
 * const { w } = step(tf.tensor1d([1, 2]), tf.tensor1d([1, 1]));
 * assertEquals([...w.dataSync()].map((x) => x.toFixed(2)), ["0.80", "1.60"]);
 * ```
 */
export function compile<Args extends unknown[], Result>(
  fn: (...args: Args) => Result,
  options?: CompileOptions,
): Compiled<Args, Result> {
  return compileWith(engineBackend, fn, options);
}

/**
 * `tf.node` of upstream: image decoders and encoders, SavedModels, TensorBoard.
 *
 * @example
 * ```ts
 * import { node, tf, useEngine } from "@dna/kernel";
 * import { assertEquals } from "@std/assert";
 *
 * await useEngine();
 * const png = await node.encodePng(tf.zeros([2, 3, 1], "int32") as tf.Tensor3D);
 * assertEquals(node.decodePng(png, 1).shape, [2, 3, 1]);
 * ```
 */
export const node: typeof nodeModule.node = nodeModule.node;
