/**
 * `ServerDef`: which processes belong together, in protocol-buffer bytes.
 *
 * @module
 */

import { varint } from "../tensorflow/_context.ts";

/** The name of the job that leader and workers are tasks of. */
const JOB = "dna";

/** A cluster as one of its processes sees it. */
export interface Cluster {
  /** Where each task is reached, as `127.0.0.1:7711`; a leader is the first. */
  addresses: readonly string[];
  /** Which of them this process is. */
  index: number;
  /** A `ConfigProto` for what the others run here. */
  config?: Uint8Array;
}

/** The bytes of a cluster's `ServerDef`. */
export function serverDef({ addresses, index, config }: Cluster): Uint8Array<ArrayBuffer> {
  // Field numbers of tensorflow/core/protobuf/tensorflow_server.proto and cluster.proto.
  const tasks = addresses.flatMap((address, task) =>
    field(2, [1 << 3, ...varint(task), ...field(2, text(address))])
  );
  return Uint8Array.from([
    ...field(1, field(1, [...field(1, text(JOB)), ...tasks])),
    ...field(2, text(JOB)),
    ...[3 << 3, ...varint(index)],
    ...(config ? field(4, [...config]) : []),
    ...field(5, text("grpc")),
  ]);
}

/** The full name, in TensorFlow, of a task's part of the devices' names. */
export function taskName(index: number): string {
  return `/job:${JOB}/replica:0/task:${index}/`;
}

function field(number: number, bytes: number[]): number[] {
  return [number << 3 | 2, ...varint(bytes.length), ...bytes];
}

function text(value: string): number[] {
  return [...new TextEncoder().encode(value)];
}
