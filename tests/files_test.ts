import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import fc from "fast-check";
import {
  describeError,
  makeFolder,
  parseJson,
  readFile,
  readJson,
  writeFile,
  writeJson,
} from "../lib/files.ts";
import { parseStrictJson } from "../lib/files/_json.ts";

async function inFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const names = (folder: string): string[] =>
  [...Deno.readDirSync(folder)].map(({ name }) => name).sort();

Deno.test("writeFile() replaces a file whole, from text, bytes or pieces", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/a`;
    await writeFile(path, "first, and longer");
    await writeFile(path, new Uint8Array([1, 2]));
    assertEquals(await readFile(path), new Uint8Array([1, 2]));
    await writeFile(path, [new Uint8Array([3]), new Uint8Array(0), new Uint8Array([4])]);
    assertEquals(await readFile(path), new Uint8Array([3, 4]));
    assertEquals(names(folder), ["a"]);
  });
});

Deno.test("writeFile() says in one sentence why it cannot, and leaves nothing behind", async () => {
  await inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/file`, "");
    await Deno.mkdir(`${folder}/busy/full`, { recursive: true });
    const refuse = (path: string, message: string) =>
      assertRejects(() => writeFile(path, "x"), Error, `Cannot write ${path}: ${message}`);
    await refuse(`${folder}/no/x`, `its folder ${folder}/no does not exist`);
    await refuse(`${folder}/file/x`, "a part of that path is a file, not a folder");
    await refuse(`${folder}/busy`, "it is a folder, not a file");
    await refuse(`${folder}/${"n".repeat(300)}`, "the name is too long");
    assertEquals(names(folder), ["busy", "file"]);
  });
});

Deno.test("describeError() knows a full disk and keeps other messages, on one line", async () => {
  if (Deno.build.os === "linux") {
    const error = await assertRejects(() => Deno.writeFile("/dev/full", new Uint8Array(9)));
    assertEquals(describeError(error), "the disk is full");
  }
  assertEquals(describeError(new TypeError("two\n  lines ")), "two lines");
  assertEquals(describeError("text"), "text");
  assertEquals(describeError(new RangeError()), "RangeError");
});

Deno.test("makeFolder() names the file in its way", async () => {
  await inFolder(async (folder) => {
    await makeFolder(`${folder}/a/b`);
    await makeFolder(`${folder}/a/b`);
    await Deno.writeTextFile(`${folder}/file`, "");
    await assertRejects(() => makeFolder(`${folder}/file`), Error, "it is a file, not a folder");
    await assertRejects(
      () => makeFolder(`${folder}/file/b`),
      Error,
      "a part of that path is a file",
    );
  });
});

Deno.test("readJson() gives back what writeJson() wrote", async () => {
  await inFolder(async (folder) => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), async (value) => {
        await writeJson(`${folder}/x.json`, value);
        assertEquals(JSON.stringify(await readJson(`${folder}/x.json`)), JSON.stringify(value));
      }),
      { numRuns: 20 },
    );
  });
});

Deno.test("writeJson() refuses what JSON cannot hold", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/x.json`;
    await assertRejects(() => writeJson(path, { loss: [1, NaN] }), TypeError, "is NaN");
    await assertRejects(() => writeJson(path, { loss: Infinity }), TypeError, "loss is Infinity");
    await assertRejects(() => writeJson(path, undefined), TypeError, "no JSON data");
    await assertRejects(() => writeJson(path, { size: 1n }), TypeError, "BigInt");
    assertEquals(names(folder), []);
  });
});

Deno.test("parseJson() names file, line and column", () => {
  const cases: Record<string, string> = {
    "": "line 1, column 1: the text ends too early",
    "{": "line 1, column 2",
    '{"a":1,\n"b" 2}': 'line 2, column 5: ":" must stand here',
    "[1,\n2\n3]": 'line 3, column 1: "," or "]" must stand here',
    "abc": "line 1, column 1: a value must stand here",
    "[tru]": "line 1, column 2: a value must stand here",
    '{"a":1}}': "line 1, column 8: the text goes on after its end",
    '["\n"]': "line 1, column 2: this text in quotes",
    "{a:1}": "line 1, column 2: a key in double quotes must stand here",
    "[01]": 'line 1, column 3: "," or "]" must stand here',
  };
  for (const [text, message] of Object.entries(cases)) {
    assertThrows(() => parseJson(text, "x.json"), SyntaxError, `Cannot read x.json: ${message}`);
  }
});

Deno.test("readJson() refuses text that is not UTF-8, and a folder", async () => {
  await inFolder(async (folder) => {
    await Deno.writeFile(`${folder}/x`, new Uint8Array([0x22, 0xff, 0x22]));
    await assertRejects(() => readJson(`${folder}/x`), SyntaxError, "it is not UTF-8 text");
    await assertRejects(() => readJson(folder), Error, "it is a folder, not a file");
  });
});

Deno.test("parseStrictJson() reads what JSON.parse reads, and refuses what it refuses", () => {
  const mutated = fc.tuple(
    fc.json(),
    fc.nat(),
    fc.constantFrom("", ",", "]", "}", '"', "1", "x", ":", " ", "-", "0", "."),
  )
    .map(([text, at, inserted]) => {
      const place = at % (text.length + 1);
      return text.slice(0, place) + inserted + text.slice(place + (at % 2));
    });
  const attempt = (parse: (text: string) => unknown, text: string): string => {
    try {
      return JSON.stringify(parse(text));
    } catch (error) {
      return /twice/.test(describeError(error)) ? "twice" : "refused";
    }
  };
  fc.assert(
    fc.property(fc.oneof(fc.json(), mutated), (text) => {
      if (text.includes("__proto__")) return;
      const found = attempt(parseStrictJson, text);
      assert(found === "twice" || found === attempt(JSON.parse, text));
    }),
    { numRuns: 2000 },
  );
});
