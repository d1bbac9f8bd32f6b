import { decodeText, describeError } from "../files.ts";
import { parseStrictJson } from "../files/_json.ts";
import { CODECS, DTYPES, isDtype, type SafetensorsDtype } from "./_dtypes.ts";

/** The bytes before the header: its length as an unsigned 64-bit integer, little-endian. */
export const LENGTH_BYTES = 8;

const LARGEST_HEADER = 100_000_000;

/** A tensor as the header describes it; offsets count from the end of the header. */
export interface Entry {
  readonly name: string;
  readonly dtype: SafetensorsDtype;
  readonly shape: number[];
  readonly begin: number;
  readonly end: number;
}

export interface Header {
  readonly entries: Entry[];
  readonly metadata: Record<string, string>;
}

/** The header's length in bytes, if a file of `fileBytes` bytes can have such a header. */
export function headerLength(start: Uint8Array, fileBytes: number, source: string): number {
  const cannot = `Cannot read ${source}`;
  if (start.length < LENGTH_BYTES) {
    throw new SyntaxError(`${cannot}: it is no safetensors file, only ${fileBytes} bytes long`);
  }
  const length = new DataView(start.buffer, start.byteOffset).getBigUint64(0, true);
  if (length > LARGEST_HEADER) {
    throw new SyntaxError(
      `${cannot}: it is no safetensors file, its header would be ${length} bytes long and at most ` +
        `${LARGEST_HEADER} are allowed`,
    );
  }
  if (Number(length) > fileBytes - LENGTH_BYTES) {
    throw new SyntaxError(
      `${cannot}: it is cut, or no safetensors file: its header would be ${length} bytes long and the file has ` +
        `${fileBytes}`,
    );
  }
  return Number(length);
}

/** Reads and checks the header; its tensors must fill the `dataBytes` bytes after it, without gap or overlap. */
export function parseHeader(bytes: Uint8Array, dataBytes: number, source: string): Header {
  if (bytes[0] !== "{".charCodeAt(0)) {
    throw new SyntaxError(
      `Cannot read ${source}: it is no safetensors file, its header is no JSON object`,
    );
  }
  const { __metadata__: metadata = {}, ...tensors } = parseObject(
    decodeText(bytes, `${source}'s header`),
    source,
  );
  const entries = Object.entries(tensors)
    .map(([name, value]) => readEntry(name, value, dataBytes, source))
    .sort((a, b) => a.begin - b.begin || a.end - b.end);
  checkCoverage(entries, dataBytes, source);
  return { entries, metadata: readMetadata(metadata, source) };
}

function parseObject(text: string, source: string): Record<string, unknown> {
  try {
    return parseStrictJson(text) as Record<string, unknown>;
  } catch (error) {
    throw new SyntaxError(`Cannot read ${source}'s header: ${describeError(error)}`);
  }
}

function readEntry(name: string, value: unknown, dataBytes: number, source: string): Entry {
  const fail = (what: string): never => {
    throw new SyntaxError(`Cannot read ${source}: tensor ${quote(name)} ${what}`);
  };
  if (!isRecord(value)) return fail("is not described by an object");
  const { dtype, shape, data_offsets: offsets } = value;
  if (!isDtype(dtype)) {
    return fail(`has the dtype ${quote(dtype)}; known are ${DTYPES.join(", ")}`);
  }
  if (!Array.isArray(shape) || !shape.every(isSize)) {
    return fail(`has the shape ${quote(shape)}, which is no list of whole numbers of at least 0`);
  }
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isSize)) {
    return fail(`has the offsets ${quote(offsets)}, which are not two whole numbers of at least 0`);
  }
  const [begin, end] = offsets as number[];
  if (begin > end || end > dataBytes) {
    return fail(`lies at bytes ${begin} to ${end}, outside the file's ${dataBytes} bytes of data`);
  }
  let bytes = CODECS[dtype].size;
  for (const size of shape as number[]) {
    bytes *= size;
    if (bytes > Number.MAX_SAFE_INTEGER) {
      return fail(`has the shape ${quote(shape)}, which is too large`);
    }
  }
  if (bytes !== end - begin) {
    return fail(
      `of shape ${quote(shape)} and dtype ${dtype} needs ${bytes} bytes and has ${end - begin}`,
    );
  }
  return { name, dtype, shape, begin, end };
}

function checkCoverage(entries: Entry[], dataBytes: number, source: string): void {
  let covered = 0;
  for (const { name, begin, end } of entries) {
    if (begin !== covered) {
      throw new SyntaxError(
        `Cannot read ${source}: tensor ${quote(name)} begins at byte ${begin} of the data, ` +
          (begin < covered
            ? `inside the tensor before it`
            : `${begin - covered} bytes after the tensor before it`),
      );
    }
    covered = end;
  }
  if (covered !== dataBytes) {
    throw new SyntaxError(
      `Cannot read ${source}: ${dataBytes - covered} bytes at its end belong to no tensor`,
    );
  }
}

function readMetadata(metadata: unknown, source: string): Record<string, string> {
  if (!isRecord(metadata) || !Object.values(metadata).every((value) => typeof value === "string")) {
    throw new SyntaxError(`Cannot read ${source}: its metadata is no object of texts`);
  }
  return metadata as Record<string, string>;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isSize(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** The value as short JSON, for an error message. */
export function quote(value: unknown): string {
  const text = JSON.stringify(value) ?? "undefined";
  return text.length > 120 ? `${text.slice(0, 119)}…` : text;
}
