/**
 * The command that sets DNA up, as the user has to type it where they are.
 *
 * @module
 */

import { relative } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * The command to type for a task of this package.
 *
 * @param task The task's name and options, as in `setup --notebooks`.
 * @param base The URL of this package's root; by default the one that this file was loaded from.
 * @returns `npx -y deno task setup` inside a checkout, the same with the checkout's folder outside it,
 * and `deno run -A <url>/tasks/setup.ts` where the package was imported by URL.
 */
export function taskCommand(
  task: string = "setup",
  base: URL = new URL("../../../", import.meta.url),
): string {
  if (base.protocol !== "file:") {
    const [name, ...options] = task.split(" ");
    return ["deno run -A", new URL(`tasks/${name}.ts`, base).href, ...options].join(" ");
  }
  const root = fileURLToPath(base).replace(/\/$/, "");
  return relative(root, Deno.cwd()).startsWith("..")
    ? `npx -y deno task --cwd ${quote(root)} ${task}`
    : `npx -y deno task ${task}`;
}

function quote(path: string): string {
  return /^[\w./@:+-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
}
