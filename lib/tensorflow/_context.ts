/**
 * TensorFlow's eager context: its devices, threads, and the device that ops run on.
 *
 * @module
 */

import type { Attribute } from "./_attributes.ts";
import { ATTR } from "./_dtypes.ts";
import { cString, type Library, readCString } from "./_library.ts";
import { Status } from "./_status.ts";

/** A device that TensorFlow lists. */
export interface Device {
  /** Short name, as `--device` takes it: `CPU:0`, `GPU:1`. */
  name: string;
  /** TensorFlow's own full name. */
  fullName: string;
  /** `CPU`, `GPU`, … */
  type: string;
  /** Memory in bytes, as TensorFlow reports it. */
  memoryBytes: number;
  /** The worker that has it, by its CPU's full name; undefined for a device of this process. */
  worker?: string;
}

/** What can be set when TensorFlow starts. */
export interface ContextOptions {
  /** Threads for one op, and for ops side by side. */
  threads?: number;
  /** Whether compiled functions compute in 16 bits what loses little by it. */
  mixedPrecision?: boolean;
  /** Devices that the CPU counts as. */
  cpuDevices?: number;
}

/** A `ConfigProto` with what DNA sets, in protocol-buffer bytes. */
export function configProto(
  { threads, mixedPrecision = false, cpuDevices }: ContextOptions = {},
): Uint8Array<ArrayBuffer> {
  // Field numbers of tensorflow/core/protobuf/config.proto.
  const bytes = [
    ...[6 << 3 | 2, 2, 4 << 3, 1], // gpu_options.allow_growth: take GPU memory as it is needed
    ...[7 << 3, 1], // allow_soft_placement: an op without a kernel on the device runs on the CPU
  ];
  if (threads !== undefined) {
    bytes.push(2 << 3, ...varint(threads), 5 << 3, ...varint(threads)); // intra_op, inter_op
  }
  if (cpuDevices !== undefined) {
    const entry = [
      1 << 3 | 2,
      3,
      ...new TextEncoder().encode("CPU"),
      2 << 3,
      ...varint(cpuDevices),
    ];
    bytes.push(1 << 3 | 2, entry.length, ...entry); // device_count
  }
  if (mixedPrecision) {
    const rewrites = [
      ...[...varint(23 << 3), 1], // auto_mixed_precision: float16 on a GPU
      ...[...varint(31 << 3), 1], // auto_mixed_precision_onednn_bfloat16: on the CPU
    ];
    const graph = [10 << 3 | 2, rewrites.length, ...rewrites]; // graph_options.rewrite_options
    bytes.push(10 << 3 | 2, graph.length, ...graph);
  }
  return Uint8Array.from(bytes);
}

/** A number as protocol buffers write it. */
export function varint(value: number): number[] {
  const bytes = [];
  for (; value > 127; value >>>= 7) bytes.push(value & 127 | 128);
  return [...bytes, value];
}

/** The eager context of this process. */
export class Context {
  /** The address that C functions take. */
  readonly pointer: bigint;
  /** The devices that TensorFlow found. */
  devices: readonly Device[];
  /** What each call of a compiled function says: in which precision it may compute. */
  readonly functionAttributes: readonly Attribute[];

  constructor(readonly library: Library, given: ContextOptions = {}) {
    const { cc } = library;
    const status = new Status(library);
    const options = cc.TFE_NewContextOptions();
    const config = configProto({ threads: given.threads, cpuDevices: given.cpuDevices });
    cc.TFE_ContextOptionsSetConfig(options, config, BigInt(config.length), status.pointer);
    status.check("Cannot set TensorFlow's options");
    this.pointer = cc.TFE_NewContext(options, status.pointer);
    cc.TFE_DeleteContextOptions(options);
    status.check("Cannot start TensorFlow");
    this.devices = listDevices(library, this.pointer, status);
    // The context's own options do not reach the rewriting of functions; those of the call do.
    this.functionAttributes = given.mixedPrecision
      ? [{ name: "config_proto", type: ATTR.STRING, value: configProto(given) }]
      : [];
    status.delete();
  }

  /** Lists the devices anew, after workers joined. */
  refreshDevices(): void {
    const status = new Status(this.library);
    this.devices = listDevices(this.library, this.pointer, status);
    status.delete();
  }

  /**
   * The device of a name, in TensorFlow's or the short form; without a name, the first GPU, else the CPU.
   *
   * @throws {RangeError} for a name that is not there, listing those that are.
   */
  device(name?: string): Device {
    if (name === undefined) {
      return this.devices.find((d) => d.type === "GPU") ?? this.devices[0];
    }
    const wanted = /^[a-z_]+$/i.test(name) ? `${name}:0` : name;
    const found = this.devices.find((d) =>
      d.fullName === wanted || d.name === wanted.toUpperCase().replace(/^\/?DEVICE:/, "")
    );
    if (!found) {
      throw new RangeError(
        `Cannot use device ${JSON.stringify(name)}: TensorFlow lists ${
          this.devices.map((d) => d.name).join(", ")
        }`,
      );
    }
    return found;
  }

  /** The name of the device as the C string that ops take. */
  static deviceCString(device: Device): Uint8Array<ArrayBuffer> {
    // An empty name lets TensorFlow keep small integer ops on the CPU; with one CPU it is the same device.
    return cString(device.name === "CPU:0" ? "" : device.fullName);
  }
}

function listDevices(library: Library, context: bigint, status: Status): Device[] {
  const { cc } = library;
  const list = cc.TFE_ContextListDevices(context, status.pointer);
  status.check("Cannot list TensorFlow's devices");
  const devices = Array.from({ length: cc.TF_DeviceListCount(list) }, (_, i) => {
    const fullName = readCString(cc.TF_DeviceListName(list, i, status.pointer));
    return {
      name: fullName.replace(/^.*\/device:/, ""),
      fullName,
      type: readCString(cc.TF_DeviceListType(list, i, status.pointer)),
      memoryBytes: Number(cc.TF_DeviceListMemoryBytes(list, i, status.pointer)),
      // The first task is this process, with workers and without.
      ...(!fullName.includes("/task:0/") && { worker: fullName.replace(/[^/]*$/, "device:CPU:0") }),
    };
  }).filter((device) => !device.type.startsWith("XLA_"));
  cc.TF_DeleteDeviceList(list);
  return devices;
}
