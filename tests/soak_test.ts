import { assert, assertEquals } from "@std/assert";
import { runTask } from "./_task.ts";

/** `DNA_SOAK=100 deno test -A tests/soak_test.ts` kills more. */
const KILLS = Number(Deno.env.get("DNA_SOAK") ?? 4);

Deno.test(`deno task soak: runs killed at ${KILLS} random moments end with the same bytes`, async () => {
  const { code, stdout, stderr } = await runTask("soak", ["--kills", `${KILLS}`, "--json"]);
  assertEquals(code, 0, stderr);
  const { killed, runs } = JSON.parse(stdout);
  assert(killed >= KILLS && runs >= 1, stdout);
});
