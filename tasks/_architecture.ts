/**
 * The architecture that a task is given: a name, a text, or a file.
 *
 * @module
 */

import { basename, dirname, join } from "node:path";
import {
  type Architecture,
  checkArchitecture,
  DNA_A,
  DNA_B,
  DNA_C,
  DNA_D,
  EFFICIENTNET_B0,
  parseArchitecture,
  readFile,
  readJson,
} from "../mod.ts";
import { decodeText } from "../lib/files.ts";
import { UsageError } from "./_options.ts";

/** The architectures that have names. */
export const NAMED_ARCHITECTURES: Readonly<Record<string, Architecture>> = {
  "dna-a": DNA_A,
  "dna-b": DNA_B,
  "dna-c": DNA_C,
  "dna-d": DNA_D,
  "efficientnet-b0": EFFICIENTNET_B0,
};

/** What the help says of the argument. */
export const ARCHITECTURE_HELP = `ARCHITECTURE: ${Object.keys(NAMED_ARCHITECTURES).join(", ")}; ` +
  "timm's block strings (blocks between |);\na .txt with them; an architecture.json, or the folder of a run.";

/** An architecture, and where it comes from. */
export interface ArchitectureSource {
  /** The architecture. */
  architecture: Architecture;
  /** Its name, its file, or `text`. */
  source: string;
  /** The run that found it, where it is a run's. */
  run?: FoundBy;
}

/** What lies beside the architecture.json of a run. */
export interface FoundBy {
  /** The run's folder. */
  folder: string;
  /** The path of the trained weights; there is none where nothing was retrained. */
  weights?: string;
  /** The options that config.json records. */
  options: Record<string, unknown>;
}

/**
 * Reads a task's ARCHITECTURE.
 *
 * @throws {UsageError} if it is a name, and no known one.
 * @throws {SyntaxError} if text or file is no architecture, saying where.
 * @throws {Error} if the file cannot be read.
 */
export async function readArchitecture(word: string): Promise<ArchitectureSource> {
  if (Object.hasOwn(NAMED_ARCHITECTURES, word)) {
    return { architecture: NAMED_ARCHITECTURES[word], source: word };
  }
  const about = await Deno.stat(word).catch(() => undefined);
  if (about?.isDirectory) return await readRun(join(word, "architecture.json"));
  if (word.endsWith(".json")) return await readRun(word);
  if (about?.isFile || word.endsWith(".txt")) {
    const text = decodeText(await readFile(word), word);
    return { architecture: inFile(word, () => parseArchitecture(text)), source: word };
  }
  if (!/[_|\s]/.test(word)) {
    throw new UsageError(
      `There is no architecture ${JSON.stringify(word)}: known are ${
        Object.keys(NAMED_ARCHITECTURES).join(", ")
      }, text as ir_r2_k3_s2_e6_c24_se0.25, or a file`,
    );
  }
  return { architecture: parseArchitecture(word), source: "text" };
}

/** A run's architecture.json, or an architecture as plain data. */
async function readRun(path: string): Promise<ArchitectureSource> {
  const data = await readJson(path);
  const text = typeof data === "object" && data !== null && "architecture" in data
    ? data.architecture
    : data;
  const architecture = inFile(
    path,
    () => typeof text === "string" ? parseArchitecture(text) : checkArchitecture(text, path),
  );
  if (basename(path) !== "architecture.json") return { architecture, source: path };
  const folder = dirname(path);
  const exists = async (name: string) =>
    (await Deno.stat(join(folder, name)).catch(() => undefined))?.isFile;
  if (!await exists("config.json")) return { architecture, source: path };
  const config = await readJson(join(folder, "config.json"));
  const options = (config as { options?: Record<string, unknown> } | null)?.options ?? {};
  const weights = await exists("student.safetensors")
    ? join(folder, "student.safetensors")
    : undefined;
  return { architecture, source: path, run: { folder, weights, options } };
}

/** Names the file in errors of the architecture in it. */
function inFile(path: string, read: () => Architecture): Architecture {
  try {
    return read();
  } catch (error) {
    if (error instanceof Error && !error.message.includes(path)) {
      error.message = `${path}: ${error.message}`;
    }
    throw error;
  }
}
