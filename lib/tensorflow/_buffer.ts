/**
 * `TF_Buffer`: bytes that a call of TensorFlow gives.
 *
 * @module
 */

import type { Library } from "./_library.ts";

/** The bytes that a call writes into a buffer, copied. */
export function bufferBytes(
  { framework, copyOut }: Library,
  write: (buffer: bigint) => void,
): Uint8Array<ArrayBuffer> {
  const buffer = framework.TF_NewBuffer();
  try {
    write(buffer);
    // TF_Buffer is { data, length, deallocator }.
    const head = new BigUint64Array(2);
    copyOut(head, buffer, 16);
    const bytes = new Uint8Array(Number(head[1]));
    if (bytes.length > 0) copyOut(bytes, head[0], bytes.length);
    return bytes;
  } finally {
    framework.TF_DeleteBuffer(buffer);
  }
}
