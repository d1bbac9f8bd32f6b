/**
 * Names of files on the Hugging Face hub.
 *
 * @module
 */

/** A file of a repository on the Hugging Face hub. */
export interface HubFile {
  /** The repository, as `owner/name`. */
  repository: string;
  /** Branch, tag or commit. */
  revision: string;
  /** Path of the file in the repository. */
  file: string;
}

/** What a name means where it does not say. */
const DEFAULTS = { revision: "main", file: "model.safetensors" };

const WORD = String.raw`[A-Za-z0-9](?:[\w.-]*\w)?`;
const NAME = new RegExp(`^(${WORD}/${WORD})(?:@([^:\\s]+))?(?::(\\S+))?$`);
const PATH = /^(?!\.{1,2}(?:\/|$))[^/\\]+(?:\/(?!\.{1,2}(?:\/|$))[^/\\]+)*$/;

/**
 * Reads the name of a file on the Hugging Face hub: `owner/repository[@revision][:file]`.
 *
 * @param name The name; without a revision `main` is meant, without a file `model.safetensors`.
 * @returns Its parts.
 * @throws {SyntaxError} If it is no such name.
 *
 * @example
 * ```ts
 * import { parseHubName } from "@dna/kernel";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * assertEquals(parseHubName("timm/tf_efficientnet_b7.ns_jft_in1k"), {
 *   repository: "timm/tf_efficientnet_b7.ns_jft_in1k",
 *   revision: "main",
 *   file: "model.safetensors",
 * });
 * assertEquals(parseHubName("me/net@v2:half/net.safetensors").file, "half/net.safetensors");
 * assertThrows(() => parseHubName("b7"), SyntaxError, "owner/repository");
 * ```
 */
export function parseHubName(name: string): HubFile {
  const match = NAME.exec(name);
  const [, repository, revision = DEFAULTS.revision, file = DEFAULTS.file] = match ?? [];
  if (!match || /--|\.\./.test(repository) || !PATH.test(revision) || !PATH.test(file)) {
    throw new SyntaxError(
      `Cannot read ${JSON.stringify(name)} as a name on the Hugging Face hub: ` +
        "owner/repository[@revision][:file] fits",
    );
  }
  return { repository, revision, file };
}

/** Whether a text has the form of a name on the hub. */
export function isHubName(name: string): boolean {
  try {
    parseHubName(name);
    return true;
  } catch {
    return false;
  }
}

/** The name of a file on the hub, without what goes without saying. */
export function formatHubName({ repository, revision, file }: HubFile): string {
  return repository + (revision === DEFAULTS.revision ? "" : `@${revision}`) +
    (file === DEFAULTS.file ? "" : `:${file}`);
}
