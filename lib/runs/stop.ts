/** A wish to stop, from the keyboard or the system. */
export interface StopSignal extends Disposable {
  /** Aborted at the first Ctrl-C; give it to library functions as `signal`. */
  readonly signal: AbortSignal;
  /** Takes the listeners away, so that Ctrl-C ends the process again. */
  remove(): void;
}

const SIGNALS = [["SIGINT", 130], ["SIGTERM", 143]] as const;

/**
 * Turns Ctrl-C (SIGINT) and SIGTERM into an AbortSignal, so that work can save its state and stop. A second one ends the process at
 * once, with status 130 or 143.
 *
 * @param onStop Called at the first one, for example to say that the run is being saved.
 * @returns The signal; call `remove`, or declare it with `using`, when the work is done.
 *
 * @example A loop that stops cleanly
 * ```ts
 * import { stopSignal } from "@dna/kernel";
 * import { assertEquals } from "@std/assert";
 *
 * using stop = stopSignal(() => console.error("saving"));
 * let steps = 0;
 * while (steps < 3 && !stop.signal.aborted) steps++;
 * assertEquals(steps, 3);
 * ```
 */
export function stopSignal(onStop?: () => void): StopSignal {
  const controller = new AbortController();
  const listeners = SIGNALS.map(([name, status]) => {
    const listener = (): void => {
      if (controller.signal.aborted) Deno.exit(status);
      controller.abort(new DOMException(`stopped by ${name}`, "AbortError"));
      onStop?.();
    };
    Deno.addSignalListener(name, listener);
    return [name, listener] as const;
  });
  const remove = (): void => {
    for (const [name, listener] of listeners.splice(0)) Deno.removeSignalListener(name, listener);
  };
  return { signal: controller.signal, remove, [Symbol.dispose]: remove };
}
