import { assertEquals, assertNotEquals } from "@std/assert";
import { fileURLToPath } from "node:url";
import { useEngine } from "../mod.ts";
import { chainDigests } from "./_chain.ts";

await useEngine();

Deno.test("the method gives the same bits for the same seed, whatever the number of lanes", async () => {
  const one = await chainDigests(1, 1);
  assertEquals(await chainDigests(1, 1), one);
  assertEquals(await chainDigests(1, 4), one);
});

Deno.test("the method gives another result for another seed", async () => {
  const [one, two] = [await chainDigests(1), await chainDigests(2)];
  // Supernet, ratings and the trained weights differ; which network was found may be the same.
  for (const stage of [0, 1, 3]) assertNotEquals(one[stage], two[stage]);
});

Deno.test("the method gives the same bits in another process", async () => {
  const script = fileURLToPath(new URL("./_chain.ts", import.meta.url));
  const { stdout, success } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", script, "1"],
    env: { NO_COLOR: "1" },
    stderr: "inherit",
  }).output();
  assertEquals(success, true);
  assertEquals(JSON.parse(new TextDecoder().decode(stdout)), await chainDigests(1));
});
