/**
 * What a caller asks of an op, compared with the op's definition before TensorFlow is asked.
 *
 * @module
 */

import type { Attribute } from "./_attributes.ts";
import { ATTR, isDtype } from "./_dtypes.ts";
import type { ArgumentDefinition, OpDefinition } from "./_op_definitions.ts";
import { isRefused } from "./_proven_ops.ts";

/** How op definitions call the types of attributes. */
const KINDS: Record<number, string> = {
  [ATTR.STRING]: "string",
  [ATTR.INT]: "int",
  [ATTR.FLOAT]: "float",
  [ATTR.BOOL]: "bool",
  [ATTR.TYPE]: "type",
  [ATTR.SHAPE]: "shape",
};

/** More outputs than any op has that is of use. */
const MOST_OUTPUTS = 1 << 20;

/**
 * Refuses calls that no op could take.
 *
 * @throws {TypeError} naming the op and what is wrong.
 */
export function checkCall(
  op: string,
  definition: OpDefinition,
  attributes: readonly Attribute[],
  inputs: readonly number[],
  outputs: number,
): void {
  if (isRefused(op)) throw new Error(`${op}: is refused, since it can end the process`);
  if (!Array.isArray(attributes)) throw new TypeError(`${op}: its attributes are not a list`);
  if (!Array.isArray(inputs)) throw new TypeError(`${op}: its inputs are not a list`);
  if (!Number.isInteger(outputs) || outputs < 0 || outputs > MOST_OUTPUTS) {
    throw new TypeError(`${op}: its number of outputs is ${outputs}, not a whole number from 0`);
  }
  for (const { name, type, value } of attributes) {
    const kind = definition.attributes.get(name);
    // TensorFlow.js gives some ops attributes that today's TensorFlow no longer has.
    if (kind === undefined) continue;
    const given = KINDS[type];
    const wanted = Array.isArray(value) && type !== ATTR.SHAPE ? `list(${given})` : given;
    if (kind !== wanted) {
      throw new TypeError(`${op}: attribute ${name} is of type ${kind}, ${wanted} was given`);
    }
    if (type === ATTR.TYPE) {
      for (const dtype of Array.isArray(value) ? value : [value]) {
        if (!isDtype(dtype)) {
          throw new TypeError(`${op}: attribute ${name} is ${dtype}, which is no data type`);
        }
      }
    }
  }
  const takes = measure(definition.inputs, attributes);
  if (takes !== undefined && takes !== inputs.length) {
    throw wrongInputs(op, definition, inputs.length);
  }
  const gives = measure(definition.outputs, attributes);
  if (gives !== undefined && gives !== outputs) {
    throw new TypeError(`${op}: has ${gives} outputs, not ${outputs}`);
  }
}

/** How many tensors these are; nothing where no attribute tells the length of a list. */
function measure(
  list: readonly ArgumentDefinition[],
  attributes: readonly Attribute[],
): number | undefined {
  let sum = 0;
  for (const { numberAttribute, typeListAttribute } of list) {
    const key = numberAttribute ?? typeListAttribute;
    if (key === undefined) {
      sum++;
      continue;
    }
    const value = attributes.find(({ name }) => name === key)?.value;
    const length = Array.isArray(value) ? value.length : value;
    if (typeof length !== "number") return undefined;
    sum += length < 0 ? NaN : length;
  }
  return sum;
}

/** Whether an input of an op is a list of tensors. */
export function isList({ numberAttribute, typeListAttribute }: ArgumentDefinition): boolean {
  return numberAttribute !== undefined || typeListAttribute !== undefined;
}

/**
 * How many of the given tensors belong to each input of an op: one, or a list's length.
 *
 * @throws {TypeError} if the number of tensors is not the op's.
 */
export function inputLengths(
  op: string,
  { inputs }: Pick<OpDefinition, "inputs">,
  attributes: readonly Attribute[],
  given: number,
): number[] {
  let sum = 0;
  const lengths = inputs.map((input) => {
    let length = 1;
    if (isList(input)) {
      const key = input.numberAttribute ?? input.typeListAttribute;
      const value = attributes.find(({ name }) => name === key)?.value;
      // An op has one list at most that no attribute measures: it takes what the others leave.
      length = Array.isArray(value)
        ? value.length
        : typeof value === "number"
        ? value
        : given - (inputs.length - 1);
    }
    sum += length;
    return length;
  });
  if (sum !== given || lengths.some((length) => length < 0)) {
    throw wrongInputs(op, { inputs }, given);
  }
  return lengths;
}

function wrongInputs(op: string, { inputs }: Pick<OpDefinition, "inputs">, given: number) {
  const takes = inputs.map(describeInput).join(", ") || "no inputs";
  return new TypeError(`${op}: takes ${takes}; ${given} tensors were given`);
}

function describeInput(input: ArgumentDefinition): string {
  const measure = input.numberAttribute ?? input.typeListAttribute;
  return measure === undefined ? input.name : `${input.name} (a list of ${measure})`;
}
