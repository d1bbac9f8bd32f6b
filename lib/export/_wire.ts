/**
 * Protocol buffers' wire format: messages read field by field, and written in pieces.
 *
 * @module
 */

/**
 * What a field holds: a number, or the bytes of a text, a message, a packed list or a 32-bit value.
 */
export type FieldValue = bigint | Uint8Array<ArrayBuffer>;

/** A message in pieces, which are never joined: weights are large. */
export type Pieces = Uint8Array[];

const TEXT = new TextEncoder();

/** The fields of a message, with their numbers. */
export function* readFields(
  bytes: Uint8Array<ArrayBuffer>,
): Generator<[field: number, value: FieldValue]> {
  const reader = new Reader(bytes);
  while (!reader.done) {
    const key = Number(reader.varint());
    yield [key >>> 3, reader.value(key & 7)];
  }
}

/** The numbers of a packed list. */
export function readVarints(bytes: Uint8Array<ArrayBuffer>): bigint[] {
  const reader = new Reader(bytes);
  const values: bigint[] = [];
  while (!reader.done) values.push(reader.varint());
  return values;
}

class Reader {
  readonly #bytes: Uint8Array<ArrayBuffer>;
  #at = 0;

  constructor(bytes: Uint8Array<ArrayBuffer>) {
    this.#bytes = bytes;
  }

  get done(): boolean {
    return this.#at >= this.#bytes.length;
  }

  /** A whole number; one below zero takes ten bytes. */
  varint(): bigint {
    let value = 0n;
    for (let shift = 0n;; shift += 7n) {
      const byte = this.#bytes[this.#at++];
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return BigInt.asIntN(64, value);
    }
  }

  value(wireType: number): FieldValue {
    if (wireType === 0) return this.varint();
    const length = wireType === 2 ? Number(this.varint()) : wireType === 1 ? 8 : 4;
    return this.#bytes.subarray(this.#at, this.#at += length);
  }
}

/** A field that holds a number. */
export function numberField(field: number, value: number | bigint): Pieces {
  return [Uint8Array.from([...varint(field << 3), ...varint(value)])];
}

/** A field that holds a text, bytes, or a message in pieces. */
export function bytesField(field: number, content: string | Uint8Array | Pieces): Pieces {
  const pieces = typeof content === "string"
    ? [TEXT.encode(content)]
    : content instanceof Uint8Array
    ? [content]
    : content;
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
  return [Uint8Array.from([...varint(field << 3 | 2), ...varint(length)]), ...pieces];
}

/** An entry of a map from texts to messages. */
export function entryField(field: number, key: string, value: Uint8Array | Pieces): Pieces {
  return bytesField(field, [...bytesField(1, key), ...bytesField(2, value)]);
}

function varint(value: number | bigint): number[] {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  return [...bytes, Number(rest)];
}
