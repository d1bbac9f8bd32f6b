/**
 * The devices that TensorFlow lists, for those who only ask.
 *
 * @module
 */

import { useEngine } from "../engine.ts";

/** Starts the engine and lists its devices with their memory in bytes. */
export async function listDevices(): Promise<
  { name: string; type: string; memoryBytes: number }[]
> {
  const { devices } = await useEngine();
  return devices.map(({ name, type, memoryBytes }) => ({ name, type, memoryBytes }));
}
