/**
 * Parts of a batch, on one device or on several, and where what they give meets.
 *
 * @module
 */

import type { Tensor } from "npm:@tensorflow/tfjs@4.22.0";
import { deviceOf } from "../devices/device_of.ts";
import type { Device } from "../tensorflow/_context.ts";
import { engineBackend } from "../tensorflow/current.ts";
import { onDevice } from "../tensorflow/placement.ts";
import { tf } from "../tensorflow/tfjs.ts";

/** A part of a batch: what a block reads, and what it should give. */
export interface BatchPart {
  x: Tensor;
  target: Tensor;
  /** The device that holds it. Default: the one that the code is placed on. */
  device?: Device;
}

/** Where parts meet. */
export interface Meeting {
  /** Brings what a part gave; what is given is the receiver's. */
  bring<T extends Tensor>(tensor: T): Promise<T>;
  /** Runs code there. */
  at<R>(body: () => R): R;
}

/**
 * In this process's memory, where parts are on several devices: workers cannot reach each other. Else on the one
 * device that they are all on.
 */
export function meetingOf(parts: readonly BatchPart[]): Meeting {
  if (parts.every(({ device }) => device === undefined)) {
    return { bring: (tensor) => Promise.resolve(tensor), at: (body) => body() };
  }
  const { devices } = engineBackend().binding.context;
  const host = devices.find(({ type, worker }) => type === "CPU" && worker === undefined)!;
  const remote = new Set(devices.filter(({ worker }) => worker).map(({ fullName }) => fullName));
  const at = <R>(body: () => R) => onDevice(host, body);
  const bring = async <T extends Tensor>(tensor: T): Promise<T> => {
    if (!remote.has(deviceOf(tensor))) return tensor;
    try {
      const values = await tensor.data();
      return at(() => {
        const copy = tf.tensor(values, tensor.shape, tensor.dtype) as T;
        deviceOf(copy); // A tensor goes where it is first asked for.
        return copy;
      });
    } finally {
      tensor.dispose();
    }
  };
  return { bring, at };
}

/** Runs code on a device, or where it is. */
export function placedOn<R>(device: Device | undefined, body: () => R): R {
  return device ? onDevice(device, body) : body();
}

/** The parts of each device. */
export function byDevice(parts: readonly BatchPart[]): BatchPart[][] {
  return [...Map.groupBy(parts, ({ device }) => device).values()];
}

/**
 * Does something with every part: one after the other on each device, the devices at the same time.
 *
 * @returns The results in the order of the parts; where one fails the others' tensors are freed.
 */
export async function overParts<R>(
  parts: readonly BatchPart[],
  body: (part: BatchPart, index: number) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  const work = byDevice(parts).map((own) =>
    placedOn(own[0].device, async () => {
      for (const part of own) {
        const index = parts.indexOf(part);
        results[index] = await body(part, index);
      }
    })
  );
  await allOrNone(work, () => tf.dispose(results as never));
  return results;
}

/** Waits for all, also where one fails; then what the others gave is undone. */
export async function allOrNone<R>(work: readonly Promise<R>[], undo: () => void): Promise<R[]> {
  const ended = await Promise.allSettled(work);
  const failed = ended.find(({ status }) => status === "rejected");
  if (!failed) return ended.map((each) => (each as PromiseFulfilledResult<R>).value);
  undo();
  throw (failed as PromiseRejectedResult).reason;
}

/** Maps of a batch in parts of equal size. */
export function cutBatch({ x, target }: BatchPart, parts: number): BatchPart[] {
  const [xs, targets] = [x, target].map((map) => tf.split(map, parts));
  return xs.map((x, i) => ({ x, target: targets[i] }));
}
