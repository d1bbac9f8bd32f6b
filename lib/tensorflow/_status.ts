/**
 * TensorFlow's way of reporting errors, as JavaScript errors.
 *
 * @module
 */

import { type Library, readCString } from "./_library.ts";

/** A `TF_Status` that is used again for each call. */
export class Status {
  /** The address that C functions take. */
  readonly pointer: bigint;
  readonly #library: Library;

  constructor(library: Library) {
    this.#library = library;
    this.pointer = library.framework.TF_NewStatus();
  }

  /** Whether the last call went well. */
  get ok(): boolean {
    return this.#library.framework.TF_GetCode(this.pointer) === 0;
  }

  /** Throws TensorFlow's message, with what was being done, where the last call failed. */
  check(what: string): void {
    if (this.#library.framework.TF_GetCode(this.pointer) !== 0) throw this.takeError(what);
  }

  /** The last call's error; the status is ready for the next call afterwards. */
  takeError(what: string): Error {
    const message = readCString(this.#library.framework.TF_Message(this.pointer));
    this.#library.framework.TF_SetStatus(this.pointer, 0, new Uint8Array(1));
    return new Error(`${opInFunction(what, message)}: ${plainMessage(message)}`);
  }

  /** Frees the status. */
  delete(): void {
    this.#library.framework.TF_DeleteStatus(this.pointer);
  }
}

/** A message without the names that TensorFlow makes up for the function around an eager op. */
function plainMessage(message: string): string {
  return message
    .replaceAll(/\{\{(?:function_)?node [^}]*\}\}\s*/g, "")
    .replaceAll(/\s*\[Op:\w+\]/g, "")
    .replace(/ name: $/, "")
    .trim();
}

/** The op that failed, where what ran is a compiled function: its nodes carry their ops' names. */
function opInFunction(what: string, message: string): string {
  if (!/^dna_\d+$/.test(what)) return what;
  return /\{\{node (?:[^}]*\/)?(\w+?)_\d+\}\}/.exec(message)?.[1] ?? "A compiled function";
}
