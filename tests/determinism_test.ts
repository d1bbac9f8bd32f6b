import { assertEquals, assertNotEquals } from "@std/assert";
import { fileURLToPath } from "node:url";
import { useEngine } from "../mod.ts";
import { chainDigests } from "./_chain.ts";

await useEngine();
const ONE = await chainDigests(1, 1);

Deno.test("the method gives the same bits for the same seed, whatever the number of lanes", async () => {
  assertEquals(await chainDigests(1, 4), ONE);
});

Deno.test("the method gives another result for another seed", async () => {
  const two = await chainDigests(2);
  // Supernet, ratings and the trained weights differ; which network was found may be the same.
  for (const stage of [0, 1, 3]) assertNotEquals(two[stage], ONE[stage]);
});

Deno.test("the method gives the same bits in every process", async () => {
  const script = fileURLToPath(new URL("./_chain.ts", import.meta.url));
  // Two of their own: threads are shared out by the first test of a process that starts the engine.
  const run = async () => {
    const { stdout, success } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-check", script, "1"],
      env: { NO_COLOR: "1" },
      stderr: "inherit",
    }).output();
    assertEquals(success, true);
    return JSON.parse(new TextDecoder().decode(stdout));
  };
  assertEquals(await run(), await run());
});
