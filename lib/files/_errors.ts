const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "it does not exist",
  ENOTDIR: "a part of that path is a file, not a folder",
  EISDIR: "it is a folder, not a file",
  EEXIST: "it exists already",
  ENOTEMPTY: "the folder is not empty",
  EACCES: "permission is denied",
  EPERM: "permission is denied",
  EROFS: "the disk can only be read",
  ENOSPC: "the disk is full",
  EIO: "the disk failed",
  EMFILE: "too many files are open",
  ENFILE: "too many files are open",
  ENAMETOOLONG: "the name is too long",
  ELOOP: "its links go round in a circle",
  EXDEV: "the two places are on different disks",
  EBUSY: "it is in use",
  ETXTBSY: "it is in use",
  ENOTSUP: "this file system cannot do that",
  ENOLCK: "this file system cannot lock files",
  EPIPE: "the reader has gone",
};

/**
 * Says in words for a user what went wrong: the reason behind an error of the operating system, the message of any
 * other error.
 *
 * @param error What was thrown.
 * @returns One clause or sentence, on one line.
 *
 * @example
 * ```ts
 * import { describeError } from "@dna/kernel";
 * import { assertEquals } from "@std/assert";
 *
 * try {
 *   Deno.statSync("/no/such/file");
 * } catch (error) {
 *   assertEquals(describeError(error), "it does not exist");
 * }
 * assertEquals(describeError(new RangeError("batch must be positive")), "batch must be positive");
 * ```
 */
export function describeError(error: unknown): string {
  const code = errorCode(error);
  if (code !== undefined && Object.hasOwn(REASONS, code)) return REASONS[code];
  if (error instanceof Deno.errors.NotCapable) {
    return "Deno was not given the permission (run with -A)";
  }
  const text = error instanceof Error ? error.message || error.name : String(error);
  const line = text.replace(/\s*\n\s*/g, " ").trim();
  const system = /^(.+?) \(os error \d+\)/.exec(line);
  return system ? system[1].toLowerCase() : line;
}

/** The operating system's name for the error ("ENOSPC"), or undefined if the error is not its. */
export function errorCode(error: unknown): string | undefined {
  const code = error instanceof Error ? (error as { code?: unknown }).code : undefined;
  return typeof code === "string" ? code : undefined;
}
