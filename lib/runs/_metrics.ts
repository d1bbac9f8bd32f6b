import { decodeText, describeError, jsonText, parseJson } from "../files.ts";

/** The file metrics.jsonl, one JSON object a line. */
export interface MetricsFile {
  /** Bytes of whole lines so far. */
  readonly bytes: number;
  /** Appends a line; on a full disk the lines before it stay. */
  append(metrics: Record<string, unknown>): void;
  /** Waits until the lines are on the disk. */
  sync(): void;
  close(): void;
}

/** Opens the file, new or cut back to the `bytes` bytes that a checkpoint vouches for. */
export async function openMetrics(path: string, bytes: number): Promise<MetricsFile> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    if (size < bytes) {
      throw new SyntaxError(`Cannot read ${path}: it is cut, ${size} of ${bytes} bytes are there`);
    }
    await file.truncate(bytes);
    if (bytes > 0) checkLines(await Deno.readFile(path), path);
  } catch (error) {
    file.close();
    throw error;
  }
  let length = bytes;
  return {
    get bytes() {
      return length;
    },
    append(metrics) {
      const line = new TextEncoder().encode(`${jsonText(metrics, path)}\n`);
      try {
        for (let at = 0; at < line.length;) at += file.writeSync(line.subarray(at));
        length += line.length;
      } catch (error) {
        file.truncateSync(length);
        throw new Error(`Cannot write ${path}: ${describeError(error)}`, { cause: error });
      }
    },
    sync: () => file.syncDataSync(),
    close: () => file.close(),
  };
}

async function open(path: string): Promise<Deno.FsFile> {
  try {
    return await Deno.open(path, { append: true, create: true });
  } catch (error) {
    throw new Error(`Cannot write ${path}: ${describeError(error)}`, { cause: error });
  }
}

function checkLines(bytes: Uint8Array, path: string): void {
  const lines = decodeText(bytes, path).split("\n");
  if (lines.pop() !== "") throw new SyntaxError(`Cannot read ${path}: its last line does not end`);
  lines.forEach((line, i) => {
    const value = parseJson(line, `${path}, line ${i + 1}`);
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      throw new SyntaxError(`Cannot read ${path}, line ${i + 1}: it is no JSON object`);
    }
  });
}
