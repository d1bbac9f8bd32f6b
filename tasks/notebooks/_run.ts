/**
 * Executing notebooks headless, and what their outputs must be like.
 *
 * @module
 */

import { TextLineStream } from "./_lines.ts";
import { homedir } from "node:os";
import { fileURLToPath } from "node:url";

/** A notebook that was executed. */
export interface Executed {
  /** Its file. */
  path: string;
  /** The file's new text, outputs among it. */
  text: string;
  /** What went wrong in it, in a sentence. */
  error: string | null;
}

/** A notebook's outputs may have so many bytes. */
const MOST_BYTES = 2e6;

const EXECUTOR = fileURLToPath(new URL("execute.py", import.meta.url));

/**
 * Executes notebooks one after the other, each in a kernel of its own.
 *
 * @param options The environment's Python, the scale, and the most seconds that a cell may take.
 */
export async function* executeNotebooks(
  paths: readonly string[],
  options: { python: string; scale: string; seconds: number; signal?: AbortSignal },
): AsyncGenerator<Executed> {
  const { python, scale, seconds, signal } = options;
  const child = new Deno.Command(python, {
    args: [EXECUTOR, `${seconds}`, ...paths],
    env: {
      DNA_SCALE: scale,
      NO_COLOR: "1",
      DENO_NO_UPDATE_CHECK: "1",
      TF_CPP_MIN_LOG_LEVEL: "3",
      PYDEVD_DISABLE_FILE_VALIDATION: "1",
    },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    signal,
  }).spawn();
  const stderr = new Response(child.stderr).text();
  const lines = child.stdout.pipeThrough(new TextDecoderStream()).pipeThrough(new TextLineStream());
  let count = 0;
  for await (const line of lines) {
    count++;
    yield JSON.parse(line) as Executed;
  }
  const { success } = await child.status;
  signal?.throwIfAborted();
  if (!success || count < paths.length) {
    const last = (await stderr).trim().split("\n").at(-1) ?? "";
    throw new Error(`Cannot execute ${paths[count] ?? "the notebooks"}: ${last}`);
  }
}

/** A notebook's cell, as far as it is judged. */
interface JudgedCell {
  cell_type: string;
  source: string | string[];
  execution_count?: number | null;
  outputs?: { output_type: string; data?: Record<string, unknown> }[];
}

/**
 * What is wrong with an executed notebook, a sentence each: size, order of execution, errors, forms that GitHub cannot show, colour
 * codes, paths of this machine.
 */
export function judgeNotebook(
  text: string,
  root = fileURLToPath(new URL("../../", import.meta.url)),
): string[] {
  const wrong: string[] = [];
  const bytes = new TextEncoder().encode(text).length;
  if (bytes > MOST_BYTES) wrong.push(`it has ${(bytes / 1e6).toFixed(1)} MB, 2 MB are allowed`);
  const all = JSON.parse(text).cells as JudgedCell[];
  const cells = all.filter(({ cell_type }) => cell_type === "code");
  const counts = cells.map(({ execution_count }) => execution_count ?? null);
  if (counts.some((count, i) => count !== i + 1)) {
    wrong.push(`its cells were not executed in order: ${counts.map((count) => count ?? "–")}`);
  }
  const outputs = cells.flatMap((cell) => cell.outputs ?? []);
  if (outputs.some(({ output_type }) => output_type === "error")) wrong.push("a cell failed");
  const lacksStatic = outputs.some(({ data = {} }) =>
    "application/vnd.plotly.v1+json" in data && !("image/svg+xml" in data)
  );
  if (lacksStatic) wrong.push("a figure has no static form");
  const shown = JSON.stringify(outputs);
  if (shown.includes("\\u001b")) wrong.push("an output has colour codes");
  const places = [root.replace(/\/$/, ""), homedir()].filter((place) => place.length > 1);
  for (const place of places) {
    if (shown.includes(`${place}/`)) wrong.push(`an output names the folder ${place}`);
  }
  return wrong;
}
