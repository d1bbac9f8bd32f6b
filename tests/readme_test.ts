import { assert, assertEquals, assertMatch } from "@std/assert";
import { join } from "node:path";
import { createRandom, pathCount, search, searchSpace } from "../mod.ts";
import denoJson from "../deno.json" with { type: "json" };
import { ROOT, runScript } from "./_scripts.ts";

const README = Deno.readTextFileSync(new URL("README.md", ROOT));
const SCRIPTS = [...README.matchAll(/```ts\n([^]*?)```/g)].map(([, code]) => code);

/** The script that has this text in it. */
function script(text: string): string {
  return SCRIPTS.find((code) => code.includes(text))!;
}

Deno.test("README's script runs in any folder and prints a network within its budget", async () => {
  const printed = await runScript(script("distill("));
  assertMatch(printed, /^stem_i1_c16 \| ir_/);
  const params = Number(/params: (\d+)/.exec(printed)![1]);
  const flops = Number(/flops: (\d+)/.exec(printed)![1]);
  assert(params <= 100e3 && flops <= 3e6, printed);
});

Deno.test("README's engine script steps down the gradient", async () => {
  assertMatch(await runScript(script("compile(")), /^2\.\d+\.\d+ .*\[[^\]]*0\.8/);
});

Deno.test("README's script of the front finds a network within its budget", async () => {
  const space = searchSpace("fashion");
  const random = createRandom(1);
  const blocks = space.blocks.map(({ cells }) => ({
    cells: cells.map(({ width, depth }) => ({
      width,
      depth,
      losses: Array.from({ length: pathCount(space, depth) }, () => random.uniform()),
    })),
  }));
  const ratings = { space: "fashion", resolution: 28, classes: 10, blocks };
  const printed = await runScript(script("paretoFront("), (folder) => {
    Deno.mkdirSync(join(folder, "runs", "mine"), { recursive: true });
    Deno.writeTextFileSync(join(folder, "runs/mine/ratings.json"), JSON.stringify(ratings));
  });
  assertEquals(
    printed.trim().split(" ").slice(1).join(" "),
    search(ratings, {
      maxParams: 100_000,
    }).text,
  );
});

Deno.test("README names tasks and files that exist", () => {
  for (const [, name] of README.matchAll(/deno task ([a-z]+)/g)) {
    assert(name in denoJson.tasks, `deno task ${name}`);
  }
  for (const [, path] of README.matchAll(/`((?:lib|tests|tasks|docs)\/[\w./-]*)`/g)) {
    Deno.statSync(new URL(path, ROOT));
  }
});
