/**
 * Workers on TensorFlow's own runtime, in a process of their own: how many threads TensorFlow computes with is settled
 * by the first test of a process that starts the engine, and workers and leader must compute alike.
 */

import { assertEquals } from "@std/assert";
import { fileURLToPath } from "node:url";

Deno.test("workers on loopback pass their tests", async () => {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["test", "-A", "--no-check", fileURLToPath(new URL("./_workers.ts", import.meta.url))],
    env: { NO_COLOR: "1" },
  }).output();
  const text = new TextDecoder();
  assertEquals(code, 0, `${text.decode(stdout)}\n${text.decode(stderr)}`);
});
