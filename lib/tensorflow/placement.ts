/**
 * Placing code on a device: ops that it calls, also after an `await`, run there.
 *
 * @module
 */

import { AsyncLocalStorage } from "node:async_hooks";
import type { Device } from "./_context.ts";
import { cString } from "./_library.ts";

/** Where ops run. */
export interface Placement {
  /** The device. */
  device: Device;
  /** Its full name as the C string that ops take. */
  cString: Uint8Array<ArrayBuffer>;
}

// Made by the first placement: code that never places anything pays one comparison an op.
let places: AsyncLocalStorage<Placement> | undefined;

/** Where the code that asks is placed; undefined for the engine's own device. */
export function placement(): Placement | undefined {
  return places?.getStore();
}

/**
 * Runs code whose ops, up to its last `await`, run on a device; other code goes on beside it on its own.
 *
 * @param device A device that the engine lists.
 * @param body The code.
 * @returns What it gives.
 */
export function onDevice<R>(device: Device, body: () => R): R {
  places ??= new AsyncLocalStorage();
  return places.run({ device, cString: cString(device.fullName) }, body);
}
