/**
 * One sentence for what went wrong during set-up.
 *
 * @module
 */

import { describeError } from "../../files.ts";
import { taskCommand } from "./command.ts";

const NO_SPACE = /No space left on device|Disk quota exceeded|\[Errno 28\]/i;
const NO_NETWORK = new RegExp(
  [
    "name resolution",
    "Name or service not known",
    "nodename nor servname",
    "getaddrinfo",
    "Failed to establish a new connection",
    "NewConnectionError",
    "ConnectTimeout",
    "ReadTimeout",
    "Read timed out",
    "ProxyError",
    "SSLError",
    "Connection (refused|reset|aborted|broken)",
    "Network is (unreachable|down)",
    "No route to host",
    "Max retries exceeded",
    "incomplete-download",
  ].join("|"),
  "i",
);
const NOT_FOUND = /No matching distribution found|Could not find a version that satisfies/i;

/**
 * Says why Python or pip failed, and what to do.
 *
 * @param what What was being fetched, as in `TensorFlow 2.21.0`.
 * @param output What the program printed.
 * @param folder The folder that was being written.
 * @param again The task to type again.
 */
export function explainPip(what: string, output: string, folder: string, again: string): Error {
  const retry = `then type \`${taskCommand(again)}\` again`;
  if (NO_SPACE.test(output)) return noSpace(what, folder, again);
  if (NO_NETWORK.test(output)) {
    return new Error(
      `Cannot fetch ${what}: pip reaches no package index; connect to a network or set pip's proxy ` +
        `or index (\`pip config\`), ${retry}`,
    );
  }
  if (NOT_FOUND.test(output)) {
    return new Error(
      `Cannot fetch ${what}: pip's package index does not have it; check the index that pip is ` +
        `configured for (\`pip config list\`), ${retry}`,
    );
  }
  const lines = output.split("\n").map((line) => line.trim()).filter(Boolean);
  const last = lines.findLast((line) => /^error\b/i.test(line)) ?? lines.at(-1) ??
    "it was ended from outside";
  return new Error(
    `Cannot fetch ${what}: pip failed: ${last.replace(/^error:\s*/i, "")}; ${retry}`,
  );
}

/** Says what the file system refused; an error of another kind stays as it is. */
export function explainFiles(what: string, error: unknown, folder: string): unknown {
  const refusal = [error, error instanceof Error ? error.cause : undefined].find(fromSystem);
  if (!refusal) return error;
  return new Error(
    `Cannot set up ${what} in ${folder}: ${describeError(refusal)}; mend that or set DNA_HOME to ` +
      "another folder",
    { cause: error },
  );
}

function fromSystem(error: unknown): boolean {
  return error instanceof Error && "code" in error && typeof error.code === "string";
}

function noSpace(what: string, folder: string, again: string): Error {
  return new Error(
    `Cannot set up ${what} in ${folder}: the disk is full; free some space or set DNA_HOME to a ` +
      `folder on another disk, then type \`${taskCommand(again)}\` again`,
  );
}
