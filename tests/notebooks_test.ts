import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import * as kernel from "../mod.ts";
import { executeNotebooks, judgeNotebook } from "../tasks/notebooks/_run.ts";
import { notebookPython } from "./_kernel.ts";
import { runTask } from "./_task.ts";

const FOLDER = fileURLToPath(new URL("../notebooks", import.meta.url));
const NAMES = [...Deno.readDirSync(FOLDER)]
  .flatMap(({ name }) => name.endsWith(".ipynb") ? [name] : []).sort();

/** A notebook's file. */
function read(name: string) {
  const text = Deno.readTextFileSync(join(FOLDER, name));
  const { cells, metadata } = JSON.parse(text) as {
    cells: { cell_type: string; source: string[]; outputs?: { data?: object }[] }[];
    metadata: { kernelspec: { name: string } };
  };
  return { text, cells, metadata };
}

for (const name of NAMES) {
  Deno.test(`notebooks/${name} is committed executed and clean, for Deno's kernel`, () => {
    const { text, cells, metadata } = read(name);
    assertEquals(judgeNotebook(text), []);
    assertEquals(metadata.kernelspec.name, "deno");
    assertEquals(cells[0].cell_type, "markdown");
    assert(cells.some(({ outputs }) => outputs?.some(({ data }) => data)), "it shows nothing");
  });

  Deno.test(`notebooks/${name} uses what mod.ts has`, () => {
    const code = read(name).cells.filter(({ cell_type }) => cell_type === "code")
      .map(({ source }) => source.join("")).join("\n");
    const imports = [...code.matchAll(/import\s*\{([^}]*)\}\s*from\s*"([^"]*)"/g)];
    assert(imports.length > 0);
    for (const [, names, from] of imports) {
      if (from !== "../mod.ts") continue;
      for (const imported of names.split(",").map((each) => each.trim()).filter(Boolean)) {
        if (imported.startsWith("type ")) continue;
        assert(imported in kernel, `${name} imports ${imported}, which mod.ts lacks`);
        const uses = [...code.matchAll(new RegExp(`\\b${imported}\\b`, "g"))].length;
        assert(uses > 1, `${name} imports ${imported} and does not use it`);
      }
    }
  });
}

Deno.test("start-here shows each step of the method as it was computed at scale small", () => {
  const { text } = read("start-here.ipynb");
  for (
    const shown of [
      "Scale small: nothing is read from earlier results",
      "images of train, 28 × 28 × 1",
      "Feature maps: block 1 14 × 14 × 16",
      "Supernet of space fashion: 10 cells",
      "Ratings of 1,080 paths through 10 cells",
      "Front of ",
      "the paper",
    ]
  ) assertStringIncludes(text, shown);
});

Deno.test("all notebooks run at scale quick, without an error", async (t) => {
  const paths = NAMES.map((name) => join(FOLDER, name));
  const options = { python: await notebookPython(), scale: "quick", seconds: 600 };
  for await (const { path, text, error } of executeNotebooks(paths, options)) {
    await t.step(path.slice(FOLDER.length + 1), () => {
      assertEquals(error, null);
      assertEquals(judgeNotebook(text), []);
    });
  }
});

Deno.test("deno task notebooks refuses what it does not know, listing what it does", async () => {
  const name = await runTask("notebooks", ["table-9"]);
  assertEquals(name.code, 2);
  assertStringIncludes(name.stderr, "known are ");
  assertStringIncludes(name.stderr, "start-here");
  const scale = await runTask("notebooks", ["start-here", "--scale", "huge"]);
  assertEquals(scale.code, 2);
  assertStringIncludes(scale.stderr, "quick, small, paper");
});
