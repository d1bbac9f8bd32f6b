/**
 * Faults of workers, in a process of their own: a process joins workers once.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { fileURLToPath } from "node:url";

Deno.test("workers that are slow, or started again in mid-run, change no number", async () => {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["test", "-A", "--no-check"],
      fileURLToPath(new URL("./_worker_faults.ts", import.meta.url)),
    ],
    env: { NO_COLOR: "1" },
  }).output();
  const text = new TextDecoder();
  assertEquals(code, 0, `${text.decode(stdout)}\n${text.decode(stderr)}`);
});
