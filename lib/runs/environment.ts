/** What a run ran on, for its config.json. */
export interface RunEnvironment {
  /** Versions of the runtime. */
  deno: string;
  /** Version of the JavaScript engine. */
  v8: string;
  /** Operating system and architecture, such as "linux x86_64". */
  platform: string;
  /** Logical cores. */
  cores: number;
  /** Git's name of the checked-out revision of this library, "-dirty" after it if files were changed; null where there is none. */
  revision: string | null;
}

/**
 * Collects what a run runs on, so that its numbers can be traced.
 *
 * @returns Plain JSON data.
 *
 * @example
 * ```ts
 * import { runEnvironment } from "@dna/kernel";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals((await runEnvironment()).deno, Deno.version.deno);
 * ```
 */
export async function runEnvironment(): Promise<RunEnvironment> {
  return {
    deno: Deno.version.deno,
    v8: Deno.version.v8,
    platform: `${Deno.build.os} ${Deno.build.arch}`,
    cores: navigator.hardwareConcurrency,
    revision: await gitRevision(),
  };
}

async function gitRevision(): Promise<string | null> {
  const here = import.meta.dirname;
  if (here === undefined) return null;
  try {
    const { success, stdout } = await new Deno.Command("git", {
      args: ["-C", here, "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"],
      stderr: "null",
    }).output();
    return success ? new TextDecoder().decode(stdout).trim() : null;
  } catch {
    return null;
  }
}
