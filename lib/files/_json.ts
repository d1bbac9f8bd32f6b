const DEEPEST = 100;
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const BLANK: readonly string[] = [" ", "\n", "\r", "\t"];
const WORDS: ReadonlyArray<readonly [string, unknown]> = [
  ["true", true],
  ["false", false],
  ["null", null],
];

/**
 * Reads JSON more strictly than JSON.parse: a key may stand once in an object, objects have no prototype (so
 * `__proto__` is a key like any other), nesting is bounded, and every error says line and column.
 *
 * @throws {SyntaxError} "line 1, column 8: …"
 */
export function parseStrictJson(text: string): unknown {
  let at = 0;

  const value = readValue(0);
  skipBlank();
  if (at < text.length) fail("the text goes on after its end");
  return value;

  function readValue(depth: number): unknown {
    if (depth > DEEPEST) fail(`nested more than ${DEEPEST} deep`);
    skipBlank();
    const first = text[at];
    if (first === "{") return readObject(depth);
    if (first === "[") return readArray(depth);
    if (first === '"') return readString();
    const number = match(NUMBER);
    if (number !== undefined) return Number(number);
    for (const [word, meaning] of WORDS) {
      if (text.startsWith(word, at)) {
        at += word.length;
        return meaning;
      }
    }
    return fail(at < text.length ? "a value must stand here" : "the text ends too early");
  }

  function readObject(depth: number): Record<string, unknown> {
    const object: Record<string, unknown> = Object.create(null);
    readItems("}", () => {
      const start = at;
      const key = text[at] === '"' ? readString() : fail("a key in double quotes must stand here");
      if (key in object) fail(`the key ${JSON.stringify(key.slice(0, 80))} stands twice`, start);
      skipBlank();
      if (text[at] !== ":") fail('":" must stand here');
      at++;
      object[key] = readValue(depth + 1);
    });
    return object;
  }

  function readArray(depth: number): unknown[] {
    const array: unknown[] = [];
    readItems("]", () => array.push(readValue(depth + 1)));
    return array;
  }

  function readItems(close: string, readItem: () => void): void {
    at++;
    skipBlank();
    if (text[at] === close) {
      at++;
      return;
    }
    while (true) {
      skipBlank();
      readItem();
      skipBlank();
      const next = text[at];
      if (next !== "," && next !== close) {
        fail(at < text.length ? `"," or "${close}" must stand here` : "the text ends too early");
      }
      at++;
      if (next === close) return;
    }
  }

  function readString(): string {
    let end = at + 1;
    while (end < text.length && text[end] !== '"') end += text[end] === "\\" ? 2 : 1;
    const quoted = text.slice(at, end + 1);
    try {
      const string = JSON.parse(quoted);
      at = end + 1;
      return string;
    } catch {
      return fail("this text in quotes does not end, or holds what it may not");
    }
  }

  function skipBlank(): void {
    while (BLANK.includes(text[at])) at++;
  }

  function match(pattern: RegExp): string | undefined {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0];
    at += found?.length ?? 0;
    return found;
  }

  function fail(what: string, where = at): never {
    const before = text.slice(0, where).split("\n");
    throw new SyntaxError(`line ${before.length}, column ${before.at(-1)!.length + 1}: ${what}`);
  }
}
