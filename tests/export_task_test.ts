/**
 * `deno task export`, and the ARCHITECTURE that tasks read.
 */

import { assert, assertEquals, assertMatch, assertRejects, assertThrows } from "@std/assert";
import { join } from "node:path";
import {
  buildNetwork,
  checkArchitecture,
  DNA_C,
  formatArchitecture,
  parseArchitecture,
  readSafetensors,
  tf,
  useEngine,
  writeJson,
  writeSafetensors,
} from "../mod.ts";
import { NAMED_ARCHITECTURES, readArchitecture } from "../tasks/_architecture.ts";
import { readOptions, UsageError } from "../tasks/_options.ts";
import { planExport } from "../tasks/export/_network.ts";
import { exportRequest, OPTIONS } from "../tasks/export/_options.ts";
import { runTask, withFolder } from "./_task.ts";

await useEngine();

const TEXT = "stem_i1_c4 | ds_r1_k3_s1_c4 | head_c4";

Deno.test("readArchitecture() reads names, texts and files", async () => {
  for (const [name, architecture] of Object.entries(NAMED_ARCHITECTURES)) {
    assertEquals(await readArchitecture(name), { architecture, source: name });
    checkArchitecture(architecture);
  }
  const architecture = parseArchitecture(TEXT);
  assertEquals(await readArchitecture(TEXT), { architecture, source: "text" });
  await withFolder(async (folder) => {
    const path = (name: string) => join(folder, name);
    Deno.writeTextFileSync(path("net.txt"), `${TEXT}\n`);
    await writeJson(path("net.json"), architecture);
    await writeJson(path("text.json"), TEXT);
    await writeJson(path("architecture.json"), { architecture: TEXT, loss: 1 });
    for (const name of ["net.txt", "net.json", "text.json", "architecture.json"]) {
      assertEquals(await readArchitecture(path(name)), { architecture, source: path(name) });
    }
    const source = path("architecture.json");
    assertEquals(await readArchitecture(folder), { architecture, source });
    // Beside a config.json it is a run's; its weights are there once it was retrained.
    await writeJson(path("config.json"), { options: { classes: 3 } });
    const run = { folder, weights: undefined, options: { classes: 3 } };
    assertEquals(await readArchitecture(folder), { architecture, source, run });
    Deno.writeTextFileSync(path("student.safetensors"), "");
    assertEquals((await readArchitecture(source)).run?.weights, path("student.safetensors"));
  });
});

Deno.test("readArchitecture() says what is wrong, and where", async () => {
  await withFolder(async (folder) => {
    const path = (name: string, content: string) => {
      Deno.writeTextFileSync(join(folder, name), content);
      return join(folder, name);
    };
    type ErrorClass = new (message: string) => Error;
    const cases: [word: string, error: ErrorClass, message: string][] = [
      ["dna-e", UsageError, "known are dna-a, dna-b"],
      ["ir_k3", SyntaxError, "layer 1"],
      [join(folder, "absent.json"), Error, "absent.json: it does not exist"],
      [join(folder, "absent.txt"), Error, "absent.txt: it does not exist"],
      [folder, Error, "architecture.json: it does not exist"],
      [path("a.txt", "ir_k4_s1_e6_c16"), SyntaxError, "a.txt: Cannot read the architecture"],
      [path("b.json", "{"), SyntaxError, "b.json: line 1"],
      [path("c.json", "3"), TypeError, "c.json"],
      [path("d.json", `{"architecture":"ir_k4_s1"}`), SyntaxError, "d.json: Cannot read"],
      [path("e.json", JSON.stringify({ ...DNA_C, head: 0 })), RangeError, "head is 0"],
    ];
    for (const [word, error, message] of cases) {
      await assertRejects(() => readArchitecture(word), error, message);
    }
  });
});

/** What arguments ask for. */
function request(...args: string[]) {
  const { given, words } = readOptions(args, OPTIONS, 1);
  return exportRequest(given, words);
}

Deno.test("deno task export refuses each wrong option in one sentence", () => {
  const fine = ["dna-a", "--to", "tfjs", "--out", "x"];
  assertEquals(request(...fine, "--mean", "-0.5,0,1").options.mean, [-0.5, 0, 1]);
  const cases: [args: string[], message: string][] = [
    [["--to", "timm", "--out", "x"], "Which network?"],
    [["dna-a", "--out", "x"], "one of timm, savedmodel, tfjs"],
    [["dna-a", "--to", "onnx", "--out", "x"], "known are timm, savedmodel, tfjs"],
    [["dna-a", "--to", "timm"], "--out DIR is needed"],
    [["dna-a", "dna-b", "--to", "timm", "--out", "x"], 'Unexpected argument "dna-b"'],
    [["dna-a", "--to", "timm", "--out", "x", "--input", "bytes"], "--input is for savedmodel"],
    [["dna-a", "--to", "timm", "--out", "x", "--with-softmax"], "--with-softmax is for"],
    [
      ["dna-a", "--to", "savedmodel", "--out", "x", "--quantize", "uint8"],
      "--quantize is for tfjs",
    ],
    [[...fine, "--quantize", "int4"], "known are float16, uint8"],
    [[...fine, "--input", "pixels"], "known are floats, bytes"],
    [[...fine, "--padding", "valid"], "known are same, symmetric"],
    [[...fine, "--epsilon", "0"], "--epsilon is 0"],
    [[...fine, "--crop", "0"], "--crop is 0"],
    [[...fine, "--crop", "2"], "--crop is"],
    [[...fine, "--mean", "a,b"], "--mean is"],
    [[...fine, "--mean", "0.1,,0.3"], "--mean is"],
    [[...fine, "--std", "0,1,1"], "--std is"],
    [[...fine, "--classes", "0"], "--classes is"],
    [[...fine, "--resolution", "224.5"], "--resolution is"],
    [[...fine, "--quantise", "uint8"], "did you mean --quantize?"],
  ];
  for (const [args, message] of cases) {
    assertThrows(() => request(...args), UsageError, message);
  }
});

/** A run's folder, as a search or a training leaves it. */
async function writeRun(folder: string, metadata: Record<string, string> = {}): Promise<void> {
  const network = buildNetwork(parseArchitecture(TEXT), { classes: 3, resolution: 8 });
  await writeJson(join(folder, "architecture.json"), { architecture: TEXT });
  await writeJson(join(folder, "config.json"), {
    options: { dataset: "fashion-mnist", classes: 10, resolution: 28 },
  });
  await writeSafetensors(join(folder, "student.safetensors"), network.toWeights(), metadata);
  network.dispose();
}

Deno.test("deno task export takes what is not given from the weights, then from the run", async () => {
  await withFolder(async (folder) => {
    await writeRun(folder);
    const args = [folder, "--to", "tfjs", "--out", "x"];
    const plan = await planExport(request(...args));
    assertEquals(plan.options.mean, [0.28638]);
    assertEquals(plan.options.std, [0.35317]);
    const network = plan.build();
    assertEquals([network.classes, network.resolution], [3, 28]);
    network.dispose();

    await writeRun(folder, {
      resolution: "16",
      padding: "symmetric",
      epsilon: "0.00001",
      mean: "[0.1]",
      std: "no numbers",
    });
    const names = join(folder, "names");
    Deno.writeTextFileSync(names, "a\r\nb\nc\n");
    const told = await planExport(request(...args, "--class-names", names, "--epsilon", "0.01"));
    assertEquals([told.options.mean, told.options.std], [[0.1], [0.35317]]);
    assertEquals(told.options.classNames, ["a", "b", "c"]);
    const second = told.build();
    const { resolution, padding, epsilon } = second;
    assertEquals({ resolution, padding, epsilon }, {
      resolution: 16,
      padding: "symmetric",
      epsilon: 0.01,
    });
    second.dispose();
    assertEquals(tf.memory().numTensors, 0);
    Deno.removeSync(join(folder, "student.safetensors"));
    await assertRejects(() => planExport(request(...args)), UsageError, "Which weights?");
  });
});

Deno.test("deno task export writes a run's network, and nothing where it fails", async () => {
  await withFolder(async (folder) => {
    const run = join(folder, "run");
    Deno.mkdirSync(run);
    await writeRun(run);
    const out = join(folder, "out");
    const done = await runTask("export", [run, "--to", "timm", "--out", out, "--json"]);
    assertEquals(done.code, 0, done.stderr);
    const { form, files } = JSON.parse(done.stdout);
    assertEquals([form, files.length], ["timm", 3]);
    const { metadata } = await readSafetensors(join(out, "model.safetensors"));
    assertEquals(metadata.architecture, formatArchitecture(parseArchitecture(TEXT)));
    assertMatch(Deno.readTextFileSync(join(out, "model.py")), /def dna_run\(/);

    const other = join(folder, "other");
    const cases: [args: string[], code: number, message: RegExp][] = [
      [[run, "--to", "tfjs", "--out", out], 1, /holds an export already \(--force/],
      [[run, "--to", "tfjs", "--out", run], 1, /not empty, it holds/],
      [[run, "--to", "onnx", "--out", other], 2, /known are timm/],
      [
        ["dna-a", "--to", "tfjs", "--out", other, "--weights", join(out, "model.safetensors")],
        1,
        /holds the weights of another network\n(.*\n)*.*"conv_stem\.weight" is \[4,1,3,3\]/,
      ],
    ];
    const ends = await Promise.all(cases.map(([args]) => runTask("export", args)));
    ends.forEach(({ code, stderr, stdout }, i) => {
      assertMatch(stderr, cases[i][2]);
      assertEquals([code, stdout], [cases[i][1], ""]);
      assert(!stderr.includes("    at "), stderr);
    });
    assertEquals([...Deno.readDirSync(folder)].map(({ name }) => name).sort(), ["out", "run"]);
  });
});
