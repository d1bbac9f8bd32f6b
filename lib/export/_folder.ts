/**
 * A folder that is written whole or not at all.
 *
 * @module
 */

import { dirname, join, resolve } from "node:path";
import { describeError, makeFolder, writeFile } from "../files.ts";
import type { ExportedFile } from "./options.ts";

/** A file's content. */
export type Content = string | Uint8Array | Uint8Array[];

/** Names of what exports write, and Python beside it: a folder of nothing else may be replaced. */
const OURS = new RegExp(
  "^(__pycache__|README\\.md|classes\\.txt|model\\.(py|safetensors|json)|saved_model\\.pb|" +
    "group1-shard\\d+of\\d+\\.bin)$",
);

/**
 * Checks that an export can go into a folder: it is absent or empty, or to be replaced and an
 * export itself.
 *
 * @throws {Error} with one sentence that says why not.
 */
export async function checkExportFolder(folder: string, force: boolean): Promise<void> {
  const refuse = (reason: string): never => {
    throw new Error(`Cannot export to ${folder}: ${reason}`);
  };
  let about: Deno.FileInfo;
  try {
    about = await Deno.stat(folder);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return;
    return refuse(describeError(error));
  }
  if (!about.isDirectory) refuse("it is a file, not a folder");
  const names: string[] = [];
  try {
    for await (const { name } of Deno.readDir(folder)) names.push(name);
  } catch (error) {
    refuse(describeError(error));
  }
  const foreign = names.find((name) => !OURS.test(name));
  if (foreign !== undefined) refuse(`it is not empty, it holds ${foreign}`);
  if (names.length > 0 && !force) {
    refuse(`it holds an export already (--force, or force: true, replaces it)`);
  }
}

/**
 * Writes files beside the folder and renames the whole into its place.
 *
 * @returns The files' names and sizes, in order.
 * @throws {Error} if it cannot be written; what was in the folder before is there still.
 */
export async function writeExport(
  folder: string,
  files: Readonly<Record<string, Content>>,
  force: boolean,
): Promise<ExportedFile[]> {
  await checkExportFolder(folder, force);
  const place = resolve(folder);
  await makeFolder(dirname(place));
  const suffix = `${Deno.pid}-${crypto.randomUUID().slice(0, 8)}`;
  const beside = `${place}.tmp-${suffix}`;
  try {
    await makeFolder(beside);
    for (const [name, content] of Object.entries(files)) {
      await writeFile(join(beside, name), content);
    }
    await replaceFolder(place, beside, `${place}.old-${suffix}`);
  } catch (error) {
    await Deno.remove(beside, { recursive: true }).catch(() => {});
    // What failed is the same for a file in the folder beside, whose name says nothing to the user.
    const reason = describeError(error instanceof Error ? error.cause ?? error : error);
    throw new Error(`Cannot export to ${folder}: ${reason}`, { cause: error });
  }
  return Object.entries(files).map(([name, content]) => ({ name, bytes: size(content) }));
}

/** Puts one folder into another's place; the other is put back where that fails. */
async function replaceFolder(place: string, fresh: string, aside: string): Promise<void> {
  const there = await Deno.rename(place, aside).then(() => true, (error) => {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  });
  try {
    await Deno.rename(fresh, place);
  } catch (error) {
    if (there) await Deno.rename(aside, place);
    throw error;
  }
  if (there) await Deno.remove(aside, { recursive: true });
}

function size(content: Content): number {
  if (typeof content === "string") return new TextEncoder().encode(content).length;
  return [content].flat().reduce((sum, piece) => sum + piece.length, 0);
}
