import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import {
  displayFigure,
  displayTable,
  frontNetworks,
  notebookThumbnail,
  paretoFront,
  readJson,
  readNotebook,
  readRatings,
  recordRun,
  reproductionHtml,
  sharedRun,
  sharedSettings,
  trainingCurves,
} from "../mod.ts";
import { markdownHtml } from "../lib/reproduction/_markdown.ts";
import { hashFolders, hashSources, readDone } from "../tasks/reproduce/_inputs.ts";
import { needsOf, pageOrder, stepsFor, usualNotebooks } from "../tasks/reproduce/_steps.ts";
import { findBrowser, openBrowser } from "./_browser.ts";
import { runTask, withFolder } from "./_task.ts";

const RESULTS = new URL("../results/small/", import.meta.url).pathname;
const NOTEBOOKS = new URL("../notebooks/", import.meta.url);
const BROWSER = await findBrowser();

const HOSTILE = `</script><script>alert(1)</script><img src=x onerror="alert(2)">`;

/** A notebook's file with prose, a figure, a table and a text. */
function notebook(title: string, text = "A claim."): string {
  const metrics = [1, 2].map((epoch) => ({
    stage: "retrain",
    network: "winner",
    epoch,
    loss: 1 / epoch,
    accuracy: 0.5,
  }));
  const results = [
    displayFigure(trainingCurves(metrics), "Retraining").bundle,
    displayTable(["", "paper", "ours"], [["params", "5.0", 5288548]]).bundle,
  ];
  return JSON.stringify({
    cells: [
      { cell_type: "markdown", source: [`# ${title}\n`, "\n", text] },
      {
        cell_type: "code",
        source: "secret()",
        outputs: [
          ...results.map((data) => ({ output_type: "execute_result", data })),
          { output_type: "stream", text: ["Scale ", "quick\n"] },
        ],
      },
    ],
  });
}

Deno.test("stepsFor() puts what notebooks show before them, each once", () => {
  const steps = (names: string[]) =>
    stepsFor(names, ["figure-4", "table-5"]).map(({ kind, name }) => `${kind} ${name}`);
  assertEquals(steps(["figure-7"]), ["notebook figure-7"]);
  assertEquals(steps(["figure-4", "figure-3", "figure-1"]), [
    "run run",
    "front front",
    "experiment figure-4",
    "notebook figure-1",
    "notebook figure-3",
    "notebook figure-4",
  ]);
  assertEquals(needsOf("table-5", ["table-5"]), [{ kind: "experiment", name: "table-5" }]);
});

Deno.test("pageOrder() knows every notebook that is there, and puts strange ones last", () => {
  const names = [...Deno.readDirSync(NOTEBOOKS)].flatMap(({ name }) =>
    name.endsWith(".ipynb") ? [name.slice(0, -6)] : []
  );
  assertEquals(pageOrder(["zzz", ...names]).at(-1), "zzz");
  assertEquals(pageOrder(["table-4", "figure-1"]), ["figure-1", "table-4"]);
  assert(!usualNotebooks(["start-here", "figure-1"]).includes("start-here"));
});

Deno.test("hashSources() changes with a cell, not with what it gave", async () => {
  await withFolder(async (folder) => {
    const path = join(folder, "a.ipynb");
    const hash = async (change: (text: string) => string) => {
      Deno.writeTextFileSync(path, change(notebook("Table 9")));
      return await hashSources(path);
    };
    const first = await hash((text) => text);
    assertEquals(await hash((text) => text.replace("Retraining", "Other")), first);
    assert(await hash((text) => text.replace("secret", "open")) !== first);
  });
});

Deno.test("hashFolders() changes with a file's bytes and its name, not with files of other ends", async () => {
  await withFolder(async (folder) => {
    const hash = () => hashFolders([folder, join(folder, "none")], [".json"]);
    const empty = await hash();
    Deno.writeTextFileSync(join(folder, "a.txt"), "1");
    assertEquals(await hash(), empty);
    Deno.mkdirSync(join(folder, "deep"));
    Deno.writeTextFileSync(join(folder, "deep", "a.json"), "1");
    const one = await hash();
    Deno.renameSync(join(folder, "deep", "a.json"), join(folder, "deep", "b.json"));
    const other = await hash();
    Deno.writeTextFileSync(join(folder, "deep", "b.json"), "2");
    assertEquals(new Set([empty, one, other, await hash()]).size, 4);
  });
});

Deno.test("readDone() begins anew where its file is broken", async () => {
  await withFolder(async (folder) => {
    const path = join(folder, "done.json");
    assertEquals(await readDone(path), { steps: {} });
    Deno.writeTextFileSync(path, '{"steps"');
    assertEquals(await readDone(path), { steps: {} });
  });
});

Deno.test("markdownHtml() gives headings, paragraphs, lists and marks, and escapes the rest", () => {
  assertEquals(
    markdownHtml(
      "## Ours\n\nIt **is** *so*: `a*b*c` [here](https://x.org) [file](y.ipynb), 2 * 3 * 4",
    ),
    '<h3>Ours</h3>\n<p>It <b>is</b> <i>so</i>: <code>a*b*c</code> <a href="https://x.org">here</a> ' +
      "file, 2 * 3 * 4</p>",
  );
  assertEquals(markdownHtml("- one\n- two\n  more"), "<ul><li>one</li><li>two\n  more</li></ul>");
  assertEquals(markdownHtml("<b>"), "<p>&#60;b&#62;</p>");
});

Deno.test("readNotebook() refuses what is no notebook, naming it", () => {
  assertThrows(() => readNotebook("{}", "x.ipynb"), SyntaxError, "Cannot read x.ipynb: it is no");
  assertThrows(() => readNotebook("{", "x.ipynb"), SyntaxError, "Cannot read x.ipynb: line 1");
});

Deno.test("reproductionHtml() shows prose, figures and tables, and neither code nor hostile text", () => {
  const page = reproductionHtml([
    { name: "table-9", text: notebook("Table 9", HOSTILE), seconds: 61 },
    { name: "figure-9", text: notebook("Figure 9"), error: HOSTILE },
  ], { scale: "quick", machine: HOSTILE });
  assert(!page.includes("secret()") && !page.includes("alert(1)</script>"));
  assertEquals(page.match(/<img/g), null);
  for (const id of ["table-9", "figure-9"]) assertStringIncludes(page, `<section id="${id}">`);
  assertStringIncludes(page, '<div id="table-9-1" class="plot" role="img" aria-label="Retraining"');
  assertStringIncludes(page, "5,288,548");
  assertStringIncludes(page, "its accuracies and rankings mean nothing");
  assertStringIncludes(page, "Content-Security-Policy\" content=\"default-src 'none';");
  assertEquals(
    page,
    reproductionHtml([
      { name: "table-9", text: notebook("Table 9", HOSTILE), seconds: 61 },
      { name: "figure-9", text: notebook("Figure 9"), error: HOSTILE },
    ], { scale: "quick", machine: HOSTILE }),
  );
});

Deno.test({
  name: "reproduction.html in a browser: every figure is drawn, and nothing is loaded",
  ignore: !BROWSER,
  fn: async () => {
    await withFolder(async (folder) => {
      const names = ["figure-1", "table-2", "figure-7"];
      const own = names.map((name) => ({
        name,
        text: Deno.readTextFileSync(new URL(`${name}.ipynb`, NOTEBOOKS)),
      }));
      const path = join(folder, "reproduction.html");
      const all = [...own, { name: "figure-9", text: notebook("Figure 9") }];
      Deno.writeTextFileSync(path, reproductionHtml(all, { scale: "small" }));
      await using page = await openBrowser(BROWSER!, pathToFileURL(path).href);
      await page.until(`document.querySelectorAll(".plot .main-svg").length > 0`);
      assertEquals(await page.read(`document.querySelectorAll("section").length`), "5");
      assertEquals(
        await page.read(`document.querySelectorAll(".plot:not(:has(svg))").length`),
        "0",
      );
      const loaded = `performance.getEntriesByType("resource").filter(({ name }) => ` +
        `!/^(data|blob):/.test(name)).length`;
      assertEquals(await page.read(loaded), "0");
      const wide = "document.documentElement.scrollWidth <= innerWidth";
      assertEquals(await page.read(wide), "true");
    });
  },
});

Deno.test("notebookThumbnail() takes the first picture, else a table's first lines", () => {
  const picture = notebookThumbnail(readNotebook(notebook("Table 9"), "x"));
  assert(
    picture.startsWith('<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 320 200"'),
  );
  assertStringIncludes(picture, "training accuracy (%)");
  const cells = [{ kind: "code" as const, source: "", outputs: [{ text: "a  <b>\n1  2\nnote" }] }];
  const table = notebookThumbnail({ title: "Table", cells });
  assertStringIncludes(table, "a  &#60;b&#62;</text>");
  assert(!table.includes("note"));
  assertThrows(() => notebookThumbnail({ title: "Table", cells: [] }), Error, "it is not executed");
});

Deno.test("sharedRun() reads a recorded run of the same settings and computes nothing", async () => {
  const run = await sharedRun("small", { results: RESULTS, runs: "/nowhere" });
  assert(run.recorded);
  assertEquals(run.settings, sharedSettings("small"));
  assertEquals(run.result, await readJson(join(RESULTS, "run", "architecture.json")) as never);
  assertEquals(await recordRun(run, "small", "/nowhere"), join(RESULTS, "run"));
});

Deno.test("sharedRun() asks for the images of scale paper before anything is done", async () => {
  Deno.env.delete("DNA_DATA");
  await assertRejects(
    () => sharedRun("paper", { results: "/nowhere" }),
    Error,
    "$DNA_DATA must name a folder",
  );
});

Deno.test("frontNetworks() picks networks of the front, and random ones of nearly the same FLOPs", async () => {
  const ratings = await readRatings(join(RESULTS, "run", "ratings.json"));
  const networks = frontNetworks(ratings, 5);
  const front = new Set(paretoFront(ratings, "flops").map(({ text }) => text));
  for (let i = 0; i < networks.length; i += 2) {
    const [found, drawn] = networks.slice(i, i + 2);
    assertEquals([found.kind, drawn.kind], ["front", "random"]);
    assert(front.has(found.text));
    assert(drawn.flops >= 0.9 * found.flops && drawn.flops <= 1.02 * found.flops + 1);
  }
  assertEquals(networks.length, 10);
  assertEquals(networks, frontNetworks(ratings, 5));
});

Deno.test("deno task reproduce executes a notebook, writes the page, and then passes over what is done", async () => {
  await withFolder(async (folder) => {
    const run = () => runTask("reproduce", ["table-1", "--out", folder]);
    const first = await run();
    assertEquals(first.code, 0, first.stderr);
    assertEquals(first.stdout.trim(), join(folder, "reproduction.html"));
    assertStringIncludes(Deno.readTextFileSync(first.stdout.trim()), "195898498887057408");
    const again = await run();
    assertEquals(again.code, 0, again.stderr);
    assertStringIncludes(again.stderr, "1 of 1: notebook table-1 is done");
  });
});

Deno.test("deno task reproduce refuses wrong usage with status 2", async () => {
  for (
    const [args, message] of [
      [["figure-99"], 'There is no notebook "figure-99": known are'],
      [["--scale", "huge"], "known are quick, small, paper"],
      [["--jobs", "0"], "--jobs"],
      [["--scale", "paper"], "Scale paper needs --data DIR"],
    ] as const
  ) {
    const { code, stderr } = await runTask("reproduce", args, { DNA_DATA: "" });
    assertEquals(code, 2, stderr);
    assertStringIncludes(stderr, message);
  }
});

Deno.test("README's gallery leads to every notebook and example that is there", () => {
  const readme = Deno.readTextFileSync(new URL("../README.md", import.meta.url));
  const names = (folder: string) =>
    [...Deno.readDirSync(new URL(`../${folder}/`, import.meta.url))].map(({ name }) => name);
  for (const name of names("notebooks").filter((name) => name.endsWith(".ipynb"))) {
    assertStringIncludes(readme, `href="notebooks/${name}"`);
    assertStringIncludes(readme, `src="docs/gallery/${name.replace(".ipynb", ".svg")}"`);
  }
  for (const name of names("examples")) assertStringIncludes(readme, `(examples/${name})`);
});
