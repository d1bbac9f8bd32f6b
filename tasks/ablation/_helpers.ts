/**
 * Further processes that work on an experiment's parts beside this one.
 *
 * @module
 */

/** Processes of `deno task ablation … --worker`; they end when all parts are done, or with this process. */
export class Helpers {
  readonly #processes: Deno.ChildProcess[];

  constructor(count: number, args: readonly string[]) {
    const script = new URL("../ablation.ts", import.meta.url).pathname;
    this.#processes = Array.from(
      { length: count },
      () =>
        new Deno.Command(Deno.execPath(), {
          args: ["run", "-A", script, ...args, "--worker", "--quiet"],
          stdin: "null",
          stdout: "null",
          stderr: "inherit",
        }).spawn(),
    );
  }

  /** Waits for their ends; what one could not do this process has done. */
  async ended(): Promise<void> {
    await Promise.all(this.#processes.map(({ status }) => status));
  }

  /** Asks those that are still at work to stop after a checkpoint. */
  [Symbol.dispose](): void {
    for (const process of this.#processes) {
      try {
        process.kill("SIGTERM");
      } catch {
        // It has ended.
      }
    }
  }
}
