import { assert, assertEquals, assertMatch } from "@std/assert";
import { ROOT, runScript } from "./_scripts.ts";

Deno.test("docs/search.md's example runs in any folder and says what it promises", async () => {
  const text = Deno.readTextFileSync(new URL("docs/search.md", ROOT));
  const [, code] = /```ts\n([^]*?)```/.exec(text)!;
  const [front, same, five, proof] = (await runScript(code)).split("\n");
  assertMatch(front, /^\d+ networks from \d+ to \d+ params$/);
  assertEquals(same, "true true");
  const networks = five.split(", ").map((network) => network.split(" ").map(Number));
  assertEquals(networks.length, 5);
  networks.forEach(([loss, wide], i) => assert(wide <= 2 && loss >= networks[0][0], `${i}`));
  assertMatch(proof, /^true \[.*\] best within the budgets: .*no better network/);
});
