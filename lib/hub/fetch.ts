/**
 * Fetching files from the Hugging Face hub.
 *
 * @module
 */

import { dirname } from "node:path";
import { describeError, makeFolder, writeJson } from "../files.ts";
import { errorCode } from "../files/_errors.ts";
import { alone } from "../tensorflow/install/_lock.ts";
import { download, type HubOptions } from "./_download.ts";
import { askAbout, fileUrl, NetworkError } from "./_request.ts";
import { type HubSettings, readHubSettings } from "./_settings.ts";
import { cachePath, findCached, recordPath } from "./cache.ts";
import { formatHubName, type HubFile, parseHubName } from "./name.ts";

/**
 * Gives a file of the Hugging Face hub, fetching it at the first call.
 *
 * It is looked for below `$DNA_HOME/hub` and in Hugging Face's own cache (`HF_HUB_CACHE`, or `hub`
 * in `HF_HOME`) before anything is asked of the network; once here, a branch's file stays what it
 * is until it is removed. A download that was cut goes on from there, by itself and at the next
 * call. Size and hash are checked against those that the hub gives. `HF_ENDPOINT` names another
 * hub; `HF_TOKEN`, or the file `token` in `HF_HOME`, is sent to it and to nobody else; with
 * `HF_HUB_OFFLINE=1` nothing is fetched. Several processes may ask for the same file at once: one
 * fetches it.
 *
 * @param name `owner/repository[@revision][:file]`; without a revision `main` is meant, without a
 * file `model.safetensors`.
 * @param options Progress in megabytes, and a signal that stops it.
 * @returns The file's path.
 * @throws {SyntaxError} If it is no such name.
 * @throws {Error} One sentence if it cannot be fetched: no network, no permission, no such file,
 * another content than it should have.
 *
 * @example A file that is there already needs no network
 * ```ts
 * import { fetchFromHub } from "@dna/kernel";
 * import { assertEquals } from "@std/assert";
 *
 * const home = await Deno.makeTempDir();
 * const before = Deno.env.get("DNA_HOME");
 * Deno.env.set("DNA_HOME", home);
 * try {
 *   const path = `${home}/hub/me/net/main/model.safetensors`;
 *   await Deno.mkdir(`${home}/hub/me/net/main`, { recursive: true });
 *   await Deno.writeTextFile(path, "weights");
 *   assertEquals(await fetchFromHub("me/net"), path);
 * } finally {
 *   if (before === undefined) Deno.env.delete("DNA_HOME");
 *   else Deno.env.set("DNA_HOME", before);
 * }
 * ```
 */
export async function fetchFromHub(name: string, options: HubOptions = {}): Promise<string> {
  const file = parseHubName(name);
  const found = findCached(file);
  if (found !== undefined) return found;
  const settings = readHubSettings();
  const path = cachePath(file);
  if (settings.offline) {
    throw new Error(
      `Cannot fetch ${name}: HF_HUB_OFFLINE is set and no cache has it; ${byHand(file, settings)}`,
    );
  }
  await makeFolder(dirname(path));
  try {
    return await alone(`${path}.lock`, async () => {
      // Another process may have fetched it meanwhile.
      return findCached(file) ?? await fetchTo(path, file, settings, options);
    }, { signal: options.signal });
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
    throw new Error(`Cannot write ${path}: ${describeError(error)}`, { cause: error });
  }
}

async function fetchTo(
  path: string,
  file: HubFile,
  settings: HubSettings,
  options: HubOptions,
): Promise<string> {
  let remote;
  try {
    remote = await askAbout(file, settings, options.signal);
  } catch (error) {
    if (!(error instanceof NetworkError)) throw error;
    const advice = error.cause ? "connect to a network" : "try again later";
    throw new Error(
      `Cannot fetch ${formatHubName(file)}: ${error.message}; ${advice}, or ${
        byHand(file, settings)
      }`,
      { cause: error },
    );
  }
  // Of another content under the same name, the beginning is of no use.
  const part = `${path}.${remote.hash.digits.slice(0, 12)}.part`;
  await download({ ...options, file, remote, settings, part });
  const { size, hash, commit } = remote;
  await writeJson(recordPath(path), { ...file, commit, size, [hash.kind]: hash.digits });
  await Deno.rename(part, path);
  return path;
}

/** What can be done without this machine's network. */
function byHand(file: HubFile, settings: HubSettings): string {
  return `put ${fileUrl(settings, file)} at ${
    cachePath(file)
  }, or give the path of a safetensors file`;
}
