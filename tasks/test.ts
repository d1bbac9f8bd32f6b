/**
 * `deno task test`: sets up what is missing, then runs all tests and the examples of the documentation.
 *
 * Words after the task go to `deno test`: `deno task test tests/search_test.ts --filter bound`.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { ensureTensorFlow } from "../lib/tensorflow/install/ensure.ts";
import { runTask } from "./_main.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

await runTask(async () => {
  await ensureTensorFlow({ again: "test" });
  const words = Deno.args.length > 0 ? Deno.args : ["--doc", "tests", "lib", "mod.ts"];
  const child = new Deno.Command(Deno.execPath(), {
    args: ["test", "-A", "--no-check", ...words],
    cwd: ROOT,
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  let text = "";
  const decoder = new TextDecoder();
  for await (const bytes of child.stdout) {
    await Deno.stdout.write(bytes);
    text += decoder.decode(bytes, { stream: true });
  }
  const { code } = await child.status;
  // The last summary is deno's own; tests that run others' suites print summaries of theirs.
  const counts = [...text.matchAll(/(\d+) passed(?: \([^)]*\))? \| (\d+) failed/g)].at(-1);
  if (counts) console.log(`${counts[1]} passed, ${counts[2]} failed`);
  Deno.exitCode = code;
});
