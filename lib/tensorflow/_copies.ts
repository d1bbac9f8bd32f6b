/**
 * Copies of tensors in workers' memory.
 *
 * TensorFlow copies a tensor to where a call needs it. But where two calls on different threads need the same tensor on
 * the same worker, each begins a copy, the second one takes the place of the first (`AddUnshapedRemoteMirror`, 2.21),
 * and a call that waits for the first waits for ever. So copies are begun here, before the calls, on one thread.
 *
 * @module
 */

import type { Context } from "./_context.ts";
import { cString } from "./_library.ts";
import { Status } from "./_status.ts";

/** A tensor's values: where they are, and their copies with workers. Handles that share values share this. */
export class Copies {
  #handles = 1;
  #copies?: Map<string, bigint>;

  /** @param home The worker that holds the values, by its CPU's full name; undefined for this process. */
  constructor(readonly home: string | undefined) {}

  /** The handle of the values with a worker: the given one where they are at home, else that of a copy. */
  on(worker: string, handle: bigint, context: Context): bigint {
    if (worker === this.home) return handle;
    const known = this.#copies?.get(worker);
    if (known !== undefined) return known;
    const { library, pointer } = context;
    const status = new Status(library);
    try {
      const copy = library.cc.TFE_TensorHandleCopyToDevice(
        handle,
        pointer,
        cString(worker),
        status.pointer,
      );
      status.check(`Cannot copy a tensor to ${worker}`);
      this.#copies ??= new Map();
      this.#copies.set(worker, copy);
      return copy;
    } finally {
      status.delete();
    }
  }

  /** One more handle shares the values. */
  share(): this {
    this.#handles++;
    return this;
  }

  /** A handle is gone; with the last one the copies go. */
  release({ library }: Context): void {
    if (--this.#handles > 0) return;
    for (const copy of this.#copies?.values() ?? []) library.cc.TFE_DeleteTensorHandle(copy);
  }
}
