/**
 * Finding image files: class folders, lists, and what is no image among them.
 *
 * @module
 */

import { dirname, join, resolve } from "node:path";
import { mapConcurrent } from "../concurrent.ts";
import { decodeText, describeError, readFile } from "../files.ts";
import { imageFormat, SIGNATURE_BYTES } from "./_image_header.ts";
import { reporter } from "./_steps.ts";
import type { LoadDatasetOptions } from "./load.ts";

const EXTENSIONS = [".jpg", ".jpeg", ".png", ".gif", ".bmp", ".webp"];

/** Folders that are read, or files that are looked into, at the same time. */
const LANES = 16;

/** Image files by class, both sorted by name, and what was passed over. */
export interface Found {
  readonly files: ReadonlyMap<string, string[]>;
  readonly skipped: string[];
}

/** The class folders in a folder, sorted; those whose names begin with a dot are left out. */
export async function listClasses(folder: string): Promise<string[]> {
  const names: string[] = [];
  for (const entry of await list(folder)) {
    if (await kindOf(folder, entry) === "folder") names.push(entry.name);
  }
  if (names.length === 0) {
    throw new Error(
      `Cannot use ${folder} as data: it has no folders in it, and each class must have one`,
    );
  }
  if (names.length === 1) {
    throw new Error(
      `Cannot use ${folder} as data: it has one class, ${names[0]}, and must have at least 2`,
    );
  }
  return names.sort();
}

/** All image files below the class folders of `folder`/`part`, as paths below `folder`. */
export async function scanClasses(
  folder: string,
  part: string,
  options: LoadDatasetOptions,
): Promise<Found> {
  const place = join(folder, part);
  const classes = await listClasses(place);
  const steps = reporter(`list ${place}`, classes.length, options, "folders");
  const skipped: string[] = [];
  const found = await mapConcurrent(classes, LANES, async (name) => {
    const files: string[] = [];
    const prefix = part === "" ? name : `${part}/${name}`;
    await walk(folder, prefix, files, skipped, new Set());
    steps();
    return files.sort();
  });
  return await checked(
    folder,
    place,
    new Map(classes.map((name, i) => [name, found[i]])),
    skipped,
    options,
  );
}

/** All image files that a list of lines "class, tab, path" names; paths begin at the list's folder. */
export async function readList(
  folder: string,
  path: string,
  options: LoadDatasetOptions,
): Promise<Found> {
  const base = resolve(dirname(path));
  const root = `${resolve(folder)}/`;
  const files = new Map<string, string[]>();
  const skipped: string[] = [];
  decodeText(await readFile(path), path).split(/\r?\n/).forEach((line, i) => {
    if (line === "") return;
    const tab = line.indexOf("\t");
    if (tab < 1 || tab === line.length - 1) {
      throw new SyntaxError(`Cannot read ${path}: line ${i + 1} is not a class, a tab and a path`);
    }
    const [name, absolute] = [line.slice(0, tab), resolve(base, line.slice(tab + 1))];
    const file = absolute.startsWith(root) ? absolute.slice(root.length) : absolute;
    if (!files.has(name)) files.set(name, []);
    (hasImageName(file) ? files.get(name)! : skipped).push(file);
  });
  if (files.size < 2) {
    throw new Error(`Cannot use ${path} as data: it names fewer than 2 classes`);
  }
  const sorted = [...files].sort(([a], [b]) => a < b ? -1 : 1)
    .map(([name, paths]) => [name, [...new Set(paths)].sort()] as const);
  return await checked(folder, path, new Map(sorted), skipped, options);
}

/** Looks into the files if asked to, and refuses classes that are left without images. */
async function checked(
  folder: string,
  place: string,
  byName: Map<string, string[]>,
  notByName: readonly string[],
  { verify, strict, onWarning = console.warn, signal }: LoadDatasetOptions,
): Promise<Found> {
  const skipped = [...notByName];
  let files = byName;
  if (verify) {
    files = new Map();
    for (const [name, paths] of byName) {
      const good = await mapConcurrent(paths, LANES, async (path) => {
        signal?.throwIfAborted();
        return await hasImageHead(path.startsWith("/") ? path : join(folder, path));
      });
      files.set(name, paths.filter((_, i) => good[i]));
      skipped.push(...paths.filter((_, i) => !good[i]));
    }
  }
  skipped.sort();
  if (skipped.length > 0) {
    if (strict) {
      throw new Error(`Cannot use ${place} as data: ${skipped[0]} is no image`);
    }
    const more = skipped.length > 5 ? `, … (${skipped.length} in all)` : "";
    onWarning(
      `Passed over what is no image below ${place}: ${skipped.slice(0, 5).join(", ")}${more}`,
    );
  }
  const empty = [...files].filter(([, paths]) => paths.length === 0).map(([name]) => name);
  if (empty.length > 0) {
    const whose = empty.length === files.size ? "it holds no images" : `class ${empty[0]} has none`;
    throw new Error(
      `Cannot use ${place} as data: ${whose}; images are files that end in ${
        EXTENSIONS.join(", ")
      }`,
    );
  }
  return { files, skipped };
}

async function walk(
  folder: string,
  below: string,
  files: string[],
  skipped: string[],
  linked: Set<string>,
): Promise<void> {
  const place = join(folder, below);
  for (const entry of await list(place)) {
    const path = `${below}/${entry.name}`;
    const kind = await kindOf(place, entry);
    if (kind === "folder") {
      if (entry.isSymlink) {
        // Links may go round in a circle.
        const real = await Deno.realPath(join(folder, path));
        if (linked.has(real)) continue;
        linked.add(real);
      }
      await walk(folder, path, files, skipped, linked);
    } else if (kind === "file" && hasImageName(entry.name)) files.push(path);
    else skipped.push(path);
  }
}

/** The entries of a folder but those whose names begin with a dot. */
export async function list(folder: string): Promise<Deno.DirEntry[]> {
  try {
    const entries = await Array.fromAsync(Deno.readDir(folder));
    return entries.filter(({ name }) => !name.startsWith("."));
  } catch (error) {
    const reason = error instanceof Deno.errors.NotADirectory
      ? "it is a file, not a folder"
      : describeError(error);
    throw new Error(`Cannot use ${folder} as data: ${reason}`, { cause: error });
  }
}

/** What an entry is, links followed; undefined for a link to nothing. */
async function kindOf(
  folder: string,
  entry: Deno.DirEntry,
): Promise<"file" | "folder" | undefined> {
  if (!entry.isSymlink) return entry.isDirectory ? "folder" : "file";
  try {
    return (await Deno.stat(join(folder, entry.name))).isDirectory ? "folder" : "file";
  } catch {
    return undefined;
  }
}

function hasImageName(path: string): boolean {
  const lower = path.toLowerCase();
  return EXTENSIONS.some((extension) => lower.endsWith(extension));
}

async function hasImageHead(path: string): Promise<boolean> {
  try {
    using file = await Deno.open(path);
    const head = new Uint8Array(SIGNATURE_BYTES);
    const length = await file.read(head);
    return imageFormat(head.subarray(0, length ?? 0)) !== undefined;
  } catch {
    return false;
  }
}
