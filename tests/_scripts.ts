/**
 * Scripts that stand in documents, run as a reader would.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { withFolder } from "./_task.ts";

/** The repository's folder. */
export const ROOT = new URL("../", import.meta.url);

/** Runs a script in a folder of its own, with no configuration near it; gives what it prints. */
export async function runScript(
  code: string,
  prepare: (folder: string) => void = () => {},
): Promise<string> {
  return await withFolder(async (folder) => {
    prepare(folder);
    const base = pathToFileURL(ROOT.pathname).href.replace(/\/$/, "");
    Deno.writeTextFileSync(join(folder, "script.ts"), code.replaceAll(`"./`, `"${base}/`));
    const { code: status, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "script.ts"],
      cwd: folder,
      env: { NO_COLOR: "1" },
    }).output();
    assertEquals(status, 0, new TextDecoder().decode(stderr));
    return new TextDecoder().decode(stdout);
  });
}
