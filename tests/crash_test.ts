/**
 * Nothing that a caller passes ends the process.
 */

import { assert, assertEquals } from "@std/assert";
import { join } from "node:path";
import { HOSTILE_CALLS } from "./_crash/calls.ts";
import type { Outcome } from "./_crash/hostile.ts";

/** Runs a script in a process of its own. */
async function run(script: string, args: string[] = [], flags: string[] = []) {
  const { code, signal, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", ...flags, script, ...args],
    env: { NO_COLOR: "1" },
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, signal, stdout: text(stdout), stderr: text(stderr) };
}

const path = (name: string) => join(import.meta.dirname!, "_crash", name);

for (const [kind, calls] of Object.entries(HOSTILE_CALLS)) {
  Deno.test(`tf answers ${kind} with errors, and the next call works`, async () => {
    const { code, stdout, stderr } = await run(path("hostile.ts"), [kind]);
    const lines = stdout.split("\n").filter((line) => line.startsWith("{"));
    assertEquals(code, 0, `at ${lines.at(-1)}:\n${stderr.slice(-1000)}`);
    const outcomes: Outcome[] = lines.map((line) => JSON.parse(line)).filter((o) => "name" in o);
    calls.forEach(([name, , says], i) => {
      assertEquals(outcomes[i].name, name);
      if (says === undefined) return;
      const { message, isError } = outcomes[i];
      assert(isError && message?.includes(says), `${name} said ${message}, not "${says}"`);
    });
  });
}
