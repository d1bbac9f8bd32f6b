/**
 * `deno task doc-lint`: `deno doc --lint` of what is public, without TensorFlow.js's own declarations.
 *
 * `tf` is re-exported as it is, and its thousand undocumented symbols are not ours to document.
 *
 * @module
 */

import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

const { stderr } = await new Deno.Command(Deno.execPath(), {
  args: ["doc", "--lint", "mod.ts"],
  cwd: ROOT,
  env: { NO_COLOR: "1" },
  stdout: "null",
}).output();
const problems = new TextDecoder().decode(stderr).split(/^(?=error\[)/m)
  .filter((problem) => problem.startsWith("error[") && problem.includes(`--> ${ROOT}`));
for (const problem of problems) console.error(problem.trimEnd() + "\n");
console.log(`${problems.length} documentation problems`);
if (problems.length > 0) Deno.exitCode = 1;
