/**
 * Nothing that a caller passes ends the process.
 */

import { assert, assertEquals } from "@std/assert";
import { join } from "node:path";
import { HOSTILE_CALLS } from "./_crash/calls.ts";
import type { Outcome } from "./_crash/hostile.ts";

/** Runs Deno in a process of its own. */
async function deno(command: string, flags: string[], script: string, args: string[] = []) {
  const { code, signal, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [command, "-A", "--quiet", ...flags, script, ...args],
    env: { NO_COLOR: "1" },
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  const lines = text(stdout).split("\n").filter((line) => line.startsWith("{"));
  return { code, signal, lines, stderr: text(stderr) };
}

const path = (name: string) => join(import.meta.dirname!, "_crash", name);

for (const [kind, calls] of Object.entries(HOSTILE_CALLS)) {
  Deno.test(`tf answers ${kind} with errors, and the next call works`, async () => {
    const { code, lines, stderr } = await deno("run", [], path("hostile.ts"), [kind]);
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

Deno.test("tf survives random calls", async () => {
  const calls = Number(Deno.env.get("DNA_FUZZ_CALLS") ?? 3000);
  const seed = Deno.env.get("DNA_FUZZ_SEED") ?? "1";
  const log = await Deno.makeTempFile();
  try {
    const { code, lines, stderr } = await deno("run", [], path("fuzz.ts"), [seed, `${calls}`, log]);
    const last = await Deno.readTextFile(log);
    assertEquals(code, 0, `${last}\n${stderr.slice(-1000)}`);
    const { good, left } = JSON.parse(lines.at(-1)!);
    assertEquals(left, 0);
    assert(good > calls / 10, `only ${good} of ${calls} calls gave a result`);
  } finally {
    await Deno.remove(log);
  }
});

Deno.test("tf keeps neither memory nor handles of tensors that are gone", async () => {
  const { code, lines, stderr } = await deno("run", ["--v8-flags=--expose-gc"], path("memory.ts"));
  assertEquals(code, 0, stderr);
  const results = lines.map((line) => JSON.parse(line));
  assertEquals(results.length, 8);
  for (const { name, megabytes, grown, most, left } of results) {
    if (name === "forgotten") {
      assert(most > 900 && left < 10, `${left} of ${most} forgotten tensors are left`);
    } else {
      assertEquals(grown, [0, 0], name);
      assert(megabytes < 50, `${name} took ${megabytes} MB`);
    }
  }
});

const EXITS: [how: string, code: number, says: string][] = [
  ["plain", 0, ""],
  ["awaited", 0, ""],
  ["error", 1, "exits.ts"],
  ["rejection", 1, "exits.ts"],
  ["exit", 3, ""],
];

for (const [how, code, says] of EXITS) {
  Deno.test(`useEngine() leaves the exit status alone: ${how}`, async () => {
    const result = await deno("run", [], path("exits.ts"), [how]);
    assertEquals([result.code, result.signal], [code, null], result.stderr);
    assert(result.stderr.includes(says), result.stderr);
  });
}

Deno.test("useEngine() leaves the exit status alone: a failing test", async () => {
  const { code, signal } = await deno("test", [], path("failing.ts"));
  assertEquals([code, signal], [1, null]);
});
