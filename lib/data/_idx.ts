import { describeError } from "../files.ts";

/** What an IDX file holds: unsigned bytes in an array of these dimensions. */
export interface Idx {
  readonly dimensions: number[];
  readonly data: Uint8Array;
}

const UNSIGNED_BYTE = 0x08;
const LARGEST = 2 ** 31;

/**
 * Reads a file of unsigned bytes in MNIST's IDX form, gzipped if its name ends in .gz: two zero bytes, the type, the
 * number of dimensions, each dimension as a big-endian 32-bit integer, the data.
 *
 * @throws {SyntaxError} If the file is not that, or is shorter or longer than its header says.
 */
export async function readIdx(path: string, rank: number): Promise<Idx> {
  const headerBytes = 4 + 4 * rank;
  const pieces: Uint8Array[] = [];
  let length = 0;
  let wanted = Infinity;
  let dimensions: number[] = [];
  const fail = (what: string): never => {
    throw new SyntaxError(`Cannot read ${path}: ${what}`);
  };
  try {
    for await (const piece of await openStream(path)) {
      pieces.push(piece);
      length += piece.length;
      if (wanted === Infinity && length >= headerBytes) {
        dimensions = readDimensions(join(pieces, length), rank, fail);
        wanted = headerBytes + dimensions.reduce((product, size) => product * size, 1);
        if (wanted > LARGEST) {
          fail(`its header says ${dimensions.join("×")} bytes, more than 2 GiB`);
        }
      }
      // Also stops a gzip file that unpacks without end.
      if (length > wanted) fail(`it is longer than the ${wanted} bytes that its header says`);
    }
  } catch (error) {
    if (error instanceof SyntaxError) throw error;
    if (error instanceof TypeError && path.endsWith(".gz")) return fail("it is no whole gzip file");
    throw new Error(`Cannot read ${path}: ${describeError(error)}`, { cause: error });
  }
  if (wanted === Infinity) return fail(`it is no IDX file, only ${length} bytes long`);
  if (length < wanted) return fail(`it is cut: ${length} of ${wanted} bytes are there`);
  return { dimensions, data: join(pieces, length).subarray(headerBytes) };
}

async function openStream(path: string): Promise<ReadableStream<Uint8Array>> {
  const { readable } = await Deno.open(path);
  return path.endsWith(".gz") ? readable.pipeThrough(new DecompressionStream("gzip")) : readable;
}

function readDimensions(bytes: Uint8Array, rank: number, fail: (what: string) => never): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const magic = (UNSIGNED_BYTE << 8) | rank;
  if (view.getUint32(0) !== magic) {
    fail(
      `it is no IDX file of bytes in ${rank} dimensions: it begins with ${
        hex(view.getUint32(0))
      }, not ${hex(magic)}`,
    );
  }
  return Array.from({ length: rank }, (_, i) => view.getUint32(4 + 4 * i));
}

function hex(word: number): string {
  return `0x${word.toString(16).padStart(8, "0")}`;
}

function join(pieces: Uint8Array[], length: number): Uint8Array {
  if (pieces.length === 1) return pieces[0];
  const whole = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
