/**
 * Calls the proven ops with random tensors and attributes. The call under way is always in the log file,
 * so that one that ends the process can be told.
 *
 * Arguments: seed, number of calls, log file.
 *
 * @module
 */

import { tf, useEngine } from "../../lib/engine.ts";
import { createRandom } from "../../lib/random.ts";
import { ATTR, dtypeName } from "../../lib/tensorflow/_dtypes.ts";
import { openLibrary } from "../../lib/tensorflow/_library.ts";
import { type ArgumentDefinition, OpDefinitions } from "../../lib/tensorflow/_op_definitions.ts";
import { PROVEN_OPS } from "../../lib/tensorflow/_proven_ops.ts";
import type { Attribute } from "../../lib/tensorflow/_attributes.ts";
import type { Backend } from "../../lib/tensorflow/backend.ts";

const random = createRandom(Deno.args[0]);
const calls = Number(Deno.args[1]);
const log = Deno.openSync(Deno.args[2], { write: true, create: true });

await useEngine({ threads: 1 });
const { binding } = tf.backend() as unknown as Backend;
const definitions = new OpDefinitions(openLibrary());
// Writers of files aside; and ops that are inferred first, as each call of a rare one is.
const ops = [...PROVEN_OPS].filter((op) => !/Summary/.test(op)).concat(
  ["Fill", "Range", "OneHot", "PadV2", "Tile", "ScatterNd", "TensorScatterUpdate"],
  [
    "Conv2DBackpropInput",
    "Conv2DBackpropFilter",
    "SpaceToBatchND",
    "BatchToSpaceND",
    "ResizeBilinear",
  ],
  [
    "FusedPadConv2D",
    "MatrixInverse",
    "FakeQuantWithMinMaxVarsPerChannel",
    "MatrixDiagV3",
    "Cholesky",
  ],
);

const pick = <V>(values: readonly V[]): V => values[random.int(values.length)];
const chance = (share: number) => random.uniform() < share;
const list = <V>(length: number, item: () => V): V[] => Array.from({ length }, item);
const DTYPES = [1, 3, 4, 7, 8, 9, 10];
const TEXTS = [
  "SAME",
  "VALID",
  "EXPLICIT",
  "NHWC",
  "NCHW",
  "REFLECT",
  "SYMMETRIC",
  "ij,jk->ik",
  "",
  "x",
];
const WILD = [2 ** 31 - 1, -(2 ** 31), 1e9, 65536, -1, 0, 7];

const small = () => pick([0, 1, 1, 2, 3, -1]);
const size = () => pick([0, 1, 1, 2, 2, 3, 4, 8]);
const shapeOf = () => list(pick([0, 1, 1, 2, 2, 3, 4, 4, 5]), size);

function attributeValue(kind: string): Attribute["value"] {
  const items = /^list\((.*)\)$/.exec(kind);
  if (items?.[1] === "int" && chance(0.8)) {
    const window = pick([1, 2, 3]);
    return pick([[1, window, window, 1], [1, 1, 1, 1], [1, window, window, window, 1]]);
  }
  if (items) return list(pick([0, 1, 2, 4]), () => attributeValue(items[1]));
  switch (kind) {
    case "type":
      return chance(0.7) ? 1 : pick(DTYPES);
    case "int":
      return chance(0.8) ? pick([1, 2, 3]) : pick(WILD);
    case "float":
      return pick([0, 0.5, 1, -1, NaN, Infinity]);
    case "bool":
      return chance(0.5);
    case "shape":
      return shapeOf();
    default:
      return pick(TEXTS);
  }
}

const TYPES: Record<string, number> = {
  string: ATTR.STRING,
  int: ATTR.INT,
  float: ATTR.FLOAT,
  bool: ATTR.BOOL,
  type: ATTR.TYPE,
  shape: ATTR.SHAPE,
};

function tensor(dtype: number): { id: number; text: string } {
  const shape = shapeOf();
  const count = shape.reduce((product, next) => product * next, 1);
  const number = chance(0.15) ? () => pick(WILD) : small;
  const values = {
    1: () => Float32Array.from({ length: count }, () => chance(0.05) ? NaN : number()),
    3: () => Int32Array.from({ length: count }, number),
    4: () => Uint8Array.from({ length: count }, number),
    7: () => list(count, () => pick(TEXTS)),
    8: () => Float32Array.from({ length: 2 * count }, number),
    9: () => BigInt64Array.from({ length: count }, () => BigInt(number())),
    10: () => Uint8Array.from({ length: count }, () => random.int(2)),
  }[dtype]!();
  const id = binding.createTensor(shape, dtype, values);
  return { id, text: `${dtypeName(dtype)}[${shape}] ${values.slice(0, 8)}` };
}

let good = 0;
for (let call = 0; call < calls; call++) {
  const op = pick(ops);
  const definition = definitions.get(op);
  const attributes: Attribute[] = [];
  for (const [name, kind] of definition.attributes) {
    const type = TYPES[kind.replace(/^list\((.*)\)$/, "$1")];
    const needed = definition.inputs.some((input) => input.typeAttribute === name) ||
      ["N", "strides", "ksize", "padding", "num"].includes(name);
    if (type === undefined || kind === "list(string)" || !chance(needed ? 0.98 : 0.4)) continue;
    const value = name === "N" || name === "num" ? pick([1, 2, 3]) : attributeValue(kind);
    attributes.push({ name, type, value });
  }
  const value = (name?: string) => attributes.find((attribute) => attribute.name === name)?.value;
  const dtypes = (argument: ArgumentDefinition): number[] => {
    const types = value(argument.typeListAttribute);
    if (Array.isArray(types)) return types;
    const count = value(argument.numberAttribute);
    const dtype = argument.dtype ?? value(argument.typeAttribute) ?? 1;
    return list(
      typeof count === "number" ? Math.max(0, Math.min(count, 8)) : 1,
      () => chance(0.98) ? Number(dtype) : 1,
    );
  };
  const inputs = definition.inputs.flatMap(dtypes).map((t) => tensor(DTYPES.includes(t) ? t : 1));
  if (chance(0.02)) inputs.push(tensor(1));
  const outputs = definition.outputs.flatMap(dtypes).length;
  log.truncateSync(0);
  log.seekSync(0, Deno.SeekMode.Start);
  const words = [op, JSON.stringify(attributes), ...inputs.map(({ text }) => text)];
  log.writeSync(new TextEncoder().encode(words.join("  ")));
  try {
    const results = binding.executeOp(op, attributes, inputs.map(({ id }) => id), outputs);
    for (const { id } of results) binding.deleteTensor(id);
    good++;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
  }
  for (const { id } of inputs) binding.deleteTensor(id);
}
console.log(JSON.stringify({ good, left: binding.getNumOfTensors() }));
