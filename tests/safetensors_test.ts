import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import fc from "fast-check";
import {
  decodeSafetensors,
  encodeSafetensors,
  matchTensors,
  readSafetensors,
  type SafetensorsArray,
  type SafetensorsDtype,
  type SafetensorsTensor,
  writeSafetensors,
} from "../lib/safetensors.ts";

const FIXTURE = new URL("./fixtures/safetensors.bin", import.meta.url);

const ELEMENTS: Record<SafetensorsDtype, (count: number) => fc.Arbitrary<SafetensorsArray>> = {
  I64: (n) => fc.bigInt64Array({ minLength: n, maxLength: n }),
  F64: (n) => fc.float64Array({ minLength: n, maxLength: n }),
  F32: (n) => fc.float32Array({ minLength: n, maxLength: n }),
  I32: (n) => fc.int32Array({ minLength: n, maxLength: n }),
  BF16: (n) =>
    fc.uint16Array({ minLength: n, maxLength: n }).map((bits) =>
      new Float32Array(Uint32Array.from(bits, (upper) => upper << 16).buffer)
    ),
  F16: (n) =>
    fc.float32Array({ minLength: n, maxLength: n }).map((data) =>
      data.map((value) => Math.f16round(value))
    ),
  I16: (n) => fc.int16Array({ minLength: n, maxLength: n }),
  I8: (n) => fc.int8Array({ minLength: n, maxLength: n }),
  U8: (n) => fc.uint8Array({ minLength: n, maxLength: n }),
  BOOL: (n) => fc.uint8Array({ minLength: n, maxLength: n, max: 1 }),
};

const tensor: fc.Arbitrary<SafetensorsTensor> = fc.tuple(
  fc.constantFrom(...Object.keys(ELEMENTS) as SafetensorsDtype[]),
  fc.array(fc.nat(3), { maxLength: 4 }),
).chain(([dtype, shape]) =>
  ELEMENTS[dtype](shape.reduce((product, size) => product * size, 1))
    .map((data) => ({ dtype, shape, data }))
);

const name = fc.oneof(fc.string(), fc.constantFrom("__proto__", "constructor", "a.b", '"', "☃"))
  .filter((each) => each !== "__metadata__");

const tensors: fc.Arbitrary<Record<string, SafetensorsTensor>> = fc.dictionary(name, tensor, {
  maxKeys: 6,
  noNullPrototype: false,
});

const ours = (header: unknown, data: number | Uint8Array = 0): Uint8Array => {
  const text = typeof header === "string" ? header : JSON.stringify(header);
  const json = new TextEncoder().encode(text);
  const body = typeof data === "number" ? new Uint8Array(data) : data;
  const bytes = new Uint8Array(8 + json.length + body.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true);
  bytes.set(json, 8);
  bytes.set(body, 8 + json.length);
  return bytes;
};

const entry = (dtype: unknown, shape: unknown, offsets: unknown) => ({
  dtype,
  shape,
  data_offsets: offsets,
});

Deno.test("decodeSafetensors() gives back what encodeSafetensors() was given, bit for bit", () => {
  fc.assert(fc.property(tensors, fc.dictionary(fc.string(), fc.string()), (given, metadata) => {
    const bytes = encodeSafetensors(given, metadata);
    const found = decodeSafetensors(bytes, "x");
    assertEquals(Object.keys(found.tensors).sort(), Object.keys(given).sort());
    for (const [key, { dtype, shape, data }] of Object.entries(given)) {
      assertEquals(found.tensors[key].dtype, dtype);
      assertEquals(found.tensors[key].shape, shape);
      assertEquals(found.tensors[key].data.constructor, data.constructor);
      assert([...found.tensors[key].data].every((value, i) => Object.is(value, data[i])));
    }
    assertEquals({ ...found.metadata }, { ...metadata });
    assertEquals(encodeSafetensors(found.tensors, found.metadata), bytes);
  }));
});

Deno.test("decodeSafetensors() reads what Python's safetensors wrote, and encodeSafetensors() writes the same bytes", async () => {
  const bytes = await Deno.readFile(FIXTURE);
  const { tensors, metadata } = decodeSafetensors(bytes, "safetensors.bin");
  assertEquals({ ...metadata }, { note: "from Python" });
  assertEquals(tensors["block.0.weight"].shape, [2, 3]);
  assertEquals(
    [...tensors["block.0.weight"].data],
    [0.5, -1.25, 3e38, 1e-45, 0.1, -0].map(Math.fround),
  );
  assertEquals([...tensors.f64.data], [0.1, -1e300]);
  assertEquals([...tensors.f16.data], [0.0999755859375, 65504, -(2 ** -24)]);
  assertEquals([...tensors.bf16.data], [0.10009765625, 3.00405527047391e38, -1]);
  assertEquals([...tensors.i64.data], [2n ** 63n - 1n, -(2n ** 63n)]);
  assertEquals([...tensors.i32.data], [2 ** 31 - 1, -(2 ** 31)]);
  assertEquals([...tensors.i16.data], [-32768, 32767]);
  assertEquals([...tensors.i8.data], [-128, 127]);
  assertEquals([...tensors.u8.data], [0, 255]);
  assertEquals([...tensors.bool.data], [1, 0, 1]);
  assertEquals(tensors.scalar, { dtype: "F32", shape: [], data: new Float32Array([7]) });
  assertEquals(tensors.empty.shape, [0, 3]);
  assertEquals([...tensors["__proto__"].data], [1]);
  assertEquals([...tensors['quote " \\ é ☃'].data], [2]);
  assertEquals(encodeSafetensors(tensors, metadata), bytes);
});

Deno.test("encodeSafetensors() rounds to half precision, nearest and ties to even", () => {
  const round = (dtype: "F16" | "BF16", values: number[]) => {
    const given = { x: { dtype, shape: [values.length], data: new Float32Array(values) } };
    return [...decodeSafetensors(encodeSafetensors(given), "x").tensors.x.data];
  };
  assertEquals(round("F16", [1 + 2 ** -11, 1 + 3 * 2 ** -11, 1e6, NaN]), [
    1,
    1 + 2 ** -9,
    Infinity,
    NaN,
  ]);
  assertEquals(round("BF16", [1 + 2 ** -8, 1 + 3 * 2 ** -8, 3.4e38, NaN, -Infinity]), [
    1,
    1 + 2 ** -6,
    Infinity,
    NaN,
    -Infinity,
  ]);
});

Deno.test("decodeSafetensors() reads tensors that are not aligned", () => {
  const data = new Uint8Array(13);
  new DataView(data.buffer).setFloat32(1, 0.5, true);
  new DataView(data.buffer).setFloat64(5, 0.25, true);
  const header = {
    a: entry("U8", [1], [0, 1]),
    b: entry("F32", [1], [1, 5]),
    c: entry("F64", [], [5, 13]),
  };
  for (const pad of ["", " ", "  "]) {
    const { tensors } = decodeSafetensors(ours(JSON.stringify(header) + pad, data), "x");
    assertEquals([tensors.b.data[0], tensors.c.data[0]], [0.5, 0.25]);
  }
});

const BROKEN: Record<string, [bytes: Uint8Array, message: string]> = {
  "an empty file": [new Uint8Array(0), "it is no safetensors file, only 0 bytes long"],
  "seven bytes": [new Uint8Array(7), "only 7 bytes long"],
  "text": [new TextEncoder().encode("these are no weights at all"), "it is no safetensors file"],
  "a header of 2^60 bytes": [
    new Uint8Array([0, 0, 0, 0, 0, 0, 0, 0x10, 0x7b, 0x7d]),
    "its header would be 1152921504606846976 bytes long",
  ],
  "a header of 2^64 − 1 bytes": [new Uint8Array(16).fill(255), "18446744073709551615 bytes"],
  "a header longer than the file": [
    new Uint8Array([3, 0, 0, 0, 0, 0, 0, 0, 0x7b, 0x7d]),
    "it is cut",
  ],
  "an empty header": [new Uint8Array(8), "its header is no JSON object"],
  "a header that is an array": [ours("[]"), "its header is no JSON object"],
  "a header that is not UTF-8": [
    new Uint8Array([4, 0, 0, 0, 0, 0, 0, 0, 0x7b, 0x22, 0xff, 0x22]),
    "x.safetensors's header: it is not UTF-8",
  ],
  "a header that is not JSON": [ours('{"a": oops}'), "header: line 1, column 7"],
  "a header that goes on": [ours("{} {}"), "goes on after its end"],
  "a header nested too deep": [ours(`{"a":${"[".repeat(1e5)}`), "nested more than 100 deep"],
  "a key twice": [
    ours('{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},"a":{}}'),
    'the key "a" stands twice',
  ],
  "metadata that is no object": [ours({ __metadata__: [] }), "its metadata is no object of texts"],
  "metadata that is no text": [
    ours({ __metadata__: { a: 1 } }),
    "its metadata is no object of texts",
  ],
  "a tensor that is no object": [ours({ w: 3 }), 'tensor "w" is not described by an object'],
  "an unknown dtype": [
    ours({ w: entry("F8", [1], [0, 1]) }, 1),
    'tensor "w" has the dtype "F8"; known are I64',
  ],
  "a dtype of Object.prototype": [ours({ w: entry("constructor", [1], [0, 1]) }, 1), "known are"],
  "no dtype": [
    ours({ w: { shape: [1], data_offsets: [0, 1] } }, 1),
    'tensor "w" has the dtype undefined',
  ],
  "no shape": [
    ours({ w: { dtype: "U8", data_offsets: [0, 1] } }, 1),
    'tensor "w" has the shape undefined',
  ],
  "a negative size": [
    ours({ w: entry("U8", [-1, -1], [0, 1]) }, 1),
    'tensor "w" has the shape [-1,-1]',
  ],
  "a fractional size": [
    ours({ w: entry("U8", [0.5, 2], [0, 1]) }, 1),
    'tensor "w" has the shape [0.5,2]',
  ],
  "a size of 2^60": [
    ours('{"w":{"dtype":"U8","shape":[1152921504606846976],"data_offsets":[0,1]}}', 1),
    "whole",
  ],
  "a shape that overflows": [
    ours({ w: entry("F32", [2 ** 40, 2 ** 40, 2 ** 40], [0, 4]) }, 4),
    'tensor "w" has the shape [1099511627776,1099511627776,1099511627776], which is too large',
  ],
  "no offsets": [
    ours({ w: { dtype: "U8", shape: [1] } }, 1),
    'tensor "w" has the offsets undefined',
  ],
  "three offsets": [
    ours({ w: entry("U8", [1], [0, 1, 2]) }, 1),
    'tensor "w" has the offsets [0,1,2]',
  ],
  "negative offsets": [
    ours({ w: entry("U8", [1], [-1, 0]) }, 1),
    'tensor "w" has the offsets [-1,0]',
  ],
  "offsets the wrong way round": [
    ours({ w: entry("U8", [1], [1, 0]) }, 1),
    "lies at bytes 1 to 0, outside",
  ],
  "offsets outside": [
    ours({ w: entry("U8", [9], [0, 9]) }, 8),
    'tensor "w" lies at bytes 0 to 9, outside the file',
  ],
  "offsets of 2^53": [
    ours({ w: entry("U8", [1], [2 ** 53 - 2, 2 ** 53 - 1]) }, 1),
    "outside the file",
  ],
  "too few bytes for the shape": [
    ours({ w: entry("F32", [2], [0, 4]) }, 4),
    "needs 8 bytes and has 4",
  ],
  "bytes that are no whole elements": [
    ours({ w: entry("F32", [1], [0, 6]) }, 6),
    "needs 4 bytes and has 6",
  ],
  "tensors that overlap": [
    ours({ v: entry("U8", [4], [0, 4]), w: entry("U8", [4], [2, 6]) }, 6),
    'tensor "w" begins at byte 2 of the data, inside the tensor before it',
  ],
  "a gap": [
    ours({ v: entry("U8", [1], [0, 1]), w: entry("U8", [1], [2, 3]) }, 3),
    'tensor "w" begins at byte 2 of the data, 1 bytes after the tensor before it',
  ],
  "bytes at the end": [
    ours({ w: entry("U8", [1], [0, 1]) }, 9),
    "8 bytes at its end belong to no tensor",
  ],
  "a truth value of 2": [
    ours({ w: entry("BOOL", [1], [0, 1]) }, new Uint8Array([2])),
    'tensor "w" holds a byte',
  ],
  "a hostile __proto__": [
    ours('{"__proto__":{"dtype":"U8"}}'),
    'tensor "__proto__" has the shape undefined',
  ],
};

for (const [what, [bytes, message]] of Object.entries(BROKEN)) {
  Deno.test(`decodeSafetensors() and readSafetensors() refuse ${what} in one sentence`, async () => {
    const error = assertThrows(
      () => decodeSafetensors(bytes, "x.safetensors"),
      SyntaxError,
      message,
    );
    assert(error.message.startsWith("Cannot read x.safetensors") && !error.message.includes("\n"));
    assert(error.message.length < 400);
    const path = `${await Deno.makeTempDir()}/x.safetensors`;
    await Deno.writeFile(path, bytes);
    await assertRejects(() => readSafetensors(path), SyntaxError, message);
    await Deno.remove(path.slice(0, path.lastIndexOf("/")), { recursive: true });
  });
}

Deno.test("decodeSafetensors() refuses a file cut anywhere, and never throws anything but SyntaxError", async () => {
  const whole = await Deno.readFile(FIXTURE);
  for (let length = 0; length < whole.length; length++) {
    assertThrows(() => decodeSafetensors(whole.subarray(0, length), "x"), SyntaxError);
  }
  fc.assert(fc.property(fc.nat(whole.length - 1), fc.nat(255), (at, byte) => {
    const bytes = whole.slice();
    bytes[at] = byte;
    try {
      decodeSafetensors(bytes, "x");
    } catch (error) {
      assert(error instanceof SyntaxError && !error.message.includes("\n"), `${error}`);
    }
  }));
});

Deno.test("decodeSafetensors() leaves Object.prototype alone", () => {
  const { tensors } = decodeSafetensors(ours({ ["__proto__"]: entry("U8", [1], [0, 1]) }, 1), "x");
  assertEquals(Object.keys(tensors), ["__proto__"]);
  assertEquals(Object.getPrototypeOf(tensors), null);
  assert(!("dtype" in {}));
});

Deno.test("encodeSafetensors() refuses tensors that are not what they say", () => {
  const data = new Float32Array(2);
  const refuse = (tensors: unknown, message: string) =>
    assertThrows(
      () => encodeSafetensors(tensors as Record<string, SafetensorsTensor>),
      TypeError,
      message,
    );
  refuse(
    { w: { dtype: "F32", shape: [3], data } },
    'tensor "w": shape [3] does not fit its 2 elements',
  );
  refuse({ w: { dtype: "F32", shape: [-1, -2], data } }, "does not fit");
  refuse({ w: { dtype: "I32", shape: [2], data } }, "must be a Int32Array");
  refuse({ w: { dtype: "F8", shape: [2], data } }, "known are I64");
  refuse({ __metadata__: { dtype: "F32", shape: [2], data } }, "keeps that name for itself");
  // @ts-expect-error: deliberately no text
  assertThrows(() => encodeSafetensors({}, { epoch: 3 }), TypeError, '"epoch"');
});

Deno.test("writeSafetensors() writes whole or not at all", async () => {
  const folder = await Deno.makeTempDir();
  const bias = { dtype: "F32", shape: [1], data: new Float32Array([1]) } as const;
  await writeSafetensors(`${folder}/w.safetensors`, { bias });
  await assertRejects(
    () => writeSafetensors(`${folder}/no/w.safetensors`, { bias }),
    Error,
    "does not exist",
  );
  assertEquals([...Deno.readDirSync(folder)].map((each) => each.name), ["w.safetensors"]);
  assertEquals((await readSafetensors(`${folder}/w.safetensors`)).tensors.bias, bias);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("readSafetensors() names a file that is absent or a folder", async () => {
  await assertRejects(
    () => readSafetensors("/no/w"),
    Error,
    "Cannot read /no/w: it does not exist",
  );
  await assertRejects(
    () => readSafetensors("/tmp"),
    Error,
    "Cannot read /tmp: it is no plain file",
  );
});

Deno.test("matchTensors() lists all missing, extra, mis-shaped and broken tensors, at most eight lines", () => {
  const f32 = (...shape: number[]): SafetensorsTensor => ({
    dtype: "F32",
    shape,
    data: new Float32Array(shape.reduce((product, size) => product * size, 1)),
  });
  const counter = { dtype: "I64", shape: [], data: new BigInt64Array(1) } as const;
  matchTensors({ a: [2] }, {
    a: f32(2),
    "bn.num_batches_tracked": counter,
    num_batches_tracked: counter,
  }, "x");
  matchTensors({ "n.num_batches_tracked": [] }, { "n.num_batches_tracked": counter }, "x");

  const lines = (expected: Record<string, number[]>, found: Record<string, SafetensorsTensor>) =>
    assertThrows(() => matchTensors(expected, found, "x.safetensors"), Error).message.split("\n");
  assertEquals(lines({ a: [2], b: [2, 3] }, { b: f32(3, 2), c: f32(1) }), [
    "Cannot use x.safetensors: it holds the weights of another network",
    'missing: "a" [2]',
    'extra: "c" [1]',
    'shape: "b" is [3,2], must be [2,3]',
  ]);
  const infinite = { ...f32(2), data: new Float32Array([1, -Infinity]) };
  assertEquals(
    lines({ a: [2], b: [1] }, { a: infinite, b: { ...f32(1), data: new Float32Array([NaN]) } }),
    [
      "Cannot use x.safetensors: its weights are broken",
      'not finite: "a" holds -Infinity',
      'not finite: "b" holds NaN',
    ],
  );
  const many = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`layer${i}`, [1]]));
  const list = (word: string) =>
    `(20): ${Object.keys(many).map((name) => `"${name}" [${word}]`).join(", ")}`;
  assertEquals(lines(many, {}).slice(1), [`missing ${list("1")}`]);
  const others = Object.entries(many).map(([name]) => [`${name}.weight`, f32(2)]);
  assertEquals(lines(many, Object.fromEntries(others)).slice(1), [
    `missing ${list("1")}`,
    `extra ${list("2").replaceAll('" ', '.weight" ')}`,
  ]);
  assertEquals(lines(many, { ["__proto__"]: f32(1) }).at(-1), 'extra (1): "__proto__" [1]');
});
