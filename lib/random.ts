import { uniformFloat64 } from "npm:pure-rand@8.4.2/distribution/uniformFloat64";
import { uniformInt } from "npm:pure-rand@8.4.2/distribution/uniformInt";
import { xoroshiro128plusFromState } from "npm:pure-rand@8.4.2/generator/xoroshiro128plus";

/** Names an independent stream of random numbers: any text, or an integer such as an epoch or an index. */
export type RandomLabel = string | number;

/** An array whose elements {@linkcode Random.shuffle} can exchange in place. */
export type Shuffleable =
  | unknown[]
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | Float32Array
  | Float64Array
  | BigInt64Array
  | BigUint64Array;

/** Where a generator stands, as plain JSON data; {@linkcode restoreRandom} goes on from it. */
export interface RandomState {
  /** Seed and labels of the stream, from which its forks are derived. */
  readonly key: string;
  /** The generator's 128 bits as four 32-bit integers. */
  readonly words: readonly number[];
}

/** A seeded stream of random numbers; each draw moves it on. */
export interface Random {
  /** Draws an integer of [0, n), each equally likely; throws a RangeError unless n is an integer of 1 … 2^53 − 1. */
  int(n: number): number;
  /** Draws a number of [0, 1) with 53 random bits. */
  uniform(): number;
  /** Draws from the normal distribution of mean 0 and standard deviation 1. */
  normal(): number;
  /** Shuffles the array in place, every order equally likely, and returns it. */
  shuffle<T extends Shuffleable>(array: T): T;
  /** Gives the independent stream of that label; it depends on seed and labels alone, not on what was drawn before. */
  fork(label: RandomLabel): Random;
  /** Says where the stream stands. */
  state(): RandomState;
}

/**
 * Creates the stream of random numbers (xoroshiro128+) that belongs to a seed and labels; the same ones give the
 * same numbers on every machine.
 *
 * @param seed Any text or integer.
 * @param labels What the stream is for; each label forks once more.
 * @returns The stream at its beginning.
 * @throws {TypeError} If seed or a label is neither text nor a safe integer.
 *
 * @example One seed, one stream for each purpose
 * ```ts
 * import { createRandom } from "@dna/kernel";
 * import { assertEquals, assertNotEquals } from "@std/assert";
 *
 * const random = createRandom(7);
 * const paths = random.fork("paths");
 * const first = paths.int(6);
 * assertEquals(createRandom(7, "paths").int(6), first);
 * assertNotEquals(random.fork("paths").uniform(), random.fork("weights").uniform());
 * assertEquals([...random.shuffle([1, 2, 3])].sort(), [1, 2, 3]);
 * ```
 */
export function createRandom(seed: number | string, ...labels: RandomLabel[]): Random {
  const key = [seed, ...labels].map(labelText).join("/");
  return randomAt(key, hash128(key));
}

/**
 * Goes on from where a stream stood, bit for bit.
 *
 * @param state What {@linkcode Random.state} gave, possibly through JSON.
 * @returns A stream that draws what the first one would have drawn next.
 * @throws {TypeError} If the state is not one that a stream gave.
 *
 * @example
 * ```ts
 * import { createRandom, restoreRandom } from "@dna/kernel";
 * import { assertEquals } from "@std/assert";
 *
 * const random = createRandom(7);
 * const saved = JSON.stringify(random.state());
 * assertEquals(restoreRandom(JSON.parse(saved)).normal(), random.normal());
 * ```
 */
export function restoreRandom(state: RandomState): Random {
  const { key, words } = state ?? {};
  const whole = typeof key === "string" && Array.isArray(words) && words.length === 4 &&
    words.every((word) => Number.isInteger(word) && word === (word | 0));
  if (!whole) {
    throw new TypeError(
      "Cannot restore a random stream: its state must be { key, four 32-bit words }",
    );
  }
  return randomAt(key, words);
}

function randomAt(key: string, words: readonly number[]): Random {
  const generator = xoroshiro128plusFromState(words);
  const random: Random = {
    int(n) {
      if (!Number.isSafeInteger(n) || n < 1) {
        throw new RangeError(
          `Cannot draw an integer below ${n}: it must be an integer of 1 … 2^53 − 1`,
        );
      }
      return uniformInt(generator, 0, n - 1);
    },
    uniform: () => uniformFloat64(generator),
    // Box–Muller; its second number is dropped, so that the state stays the generator's alone.
    normal: () =>
      Math.sqrt(-2 * Math.log(1 - uniformFloat64(generator))) *
      Math.cos(2 * Math.PI * uniformFloat64(generator)),
    shuffle(array) {
      const elements = array as unknown[];
      for (let last = elements.length - 1; last > 0; last--) {
        const other = uniformInt(generator, 0, last);
        const element = elements[last];
        elements[last] = elements[other];
        elements[other] = element;
      }
      return array;
    },
    fork(label) {
      const child = `${key}/${labelText(label)}`;
      return randomAt(child, hash128(child));
    },
    state: () => ({ key, words: [...generator.getState()] }),
  };
  return random;
}

/** Text that no other label has, whatever stands before and after it: JSON's quotes keep "1" and 1, and "a/b", apart. */
function labelText(label: RandomLabel): string {
  if (typeof label === "string") return JSON.stringify(label);
  if (Number.isSafeInteger(label)) return `${label}`;
  throw new TypeError(
    `Cannot seed random numbers with ${label}: it must be text or a safe integer`,
  );
}

/** The cyrb128 hash (public domain), a well mixed start state for each key. */
function hash128(text: string): number[] {
  let [a, b, c, d] = [1779033703, 3144134277, 1013904242, 2773480762];
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    a = b ^ Math.imul(a ^ code, 597399067);
    b = c ^ Math.imul(b ^ code, 2869860233);
    c = d ^ Math.imul(c ^ code, 951274213);
    d = a ^ Math.imul(d ^ code, 2716044179);
  }
  a = Math.imul(c ^ (a >>> 18), 597399067);
  b = Math.imul(d ^ (b >>> 22), 2869860233);
  c = Math.imul(a ^ (c >>> 17), 951274213);
  d = Math.imul(b ^ (d >>> 19), 2716044179);
  a ^= b ^ c ^ d;
  return [a, b ^ a, c ^ a, d ^ a];
}
