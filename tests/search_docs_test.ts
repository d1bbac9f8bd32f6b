import { assert, assertEquals, assertMatch } from "@std/assert";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { withFolder } from "./_task.ts";

const ROOT = new URL("../", import.meta.url);

Deno.test("docs/search.md's example runs in any folder and says what it promises", async () => {
  const text = Deno.readTextFileSync(new URL("docs/search.md", ROOT));
  const [, code] = /```ts\n([^]*?)```/.exec(text)!;
  await withFolder(async (folder) => {
    const path = join(folder, "script.ts");
    const base = pathToFileURL(new URL(".", ROOT).pathname).href.replace(/\/$/, "");
    Deno.writeTextFileSync(path, code.replaceAll(`"./`, `"${base}/`));
    const { code: status, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "script.ts"],
      cwd: folder,
      env: { NO_COLOR: "1" },
    }).output();
    assertEquals(status, 0, new TextDecoder().decode(stderr));
    const [front, same, five, proof] = new TextDecoder().decode(stdout).split("\n");
    assertMatch(front, /^\d+ networks from \d+ to \d+ params$/);
    assertEquals(same, "true true");
    const networks = five.split(", ").map((network) => network.split(" ").map(Number));
    assertEquals(networks.length, 5);
    networks.forEach(([loss, wide], i) => assert(wide <= 2 && loss >= networks[0][0], `${i}`));
    assertMatch(proof, /^true \[.*\] best within the budgets: .*no better network/);
  });
});
