import { assert, assertEquals, assertMatch } from "@std/assert";
import { join } from "node:path";
import { cost, parseArchitecture, parseRatings, search } from "../mod.ts";
import { runTask, startTask, withFolder } from "./_task.ts";
import { tinyRun } from "./_tiny.ts";

const FILES = [
  "architecture.json",
  "config.json",
  "metrics.jsonl",
  "ratings.json",
  "report.html",
  "student.safetensors",
  "supernet.safetensors",
];

/** What must be equal however a run was interrupted. */
const SAME = ["ratings.json", "architecture.json", "supernet.safetensors", "student.safetensors"];

Deno.test("deno task search goes from images to a judged network, and writes what it promises", async () => {
  await withFolder(async (folder) => {
    const args = await tinyRun(folder, "run");
    const { code, stdout, stderr } = await runTask("search", args);
    assertEquals([code, stderr.includes("    at ")], [0, false], stderr);
    const names = Array.from(Deno.readDirSync(join(folder, "run")), ({ name }) => name);
    for (const name of FILES) assert(names.includes(name), `${name} is missing`);

    const read = (name: string) => Deno.readTextFileSync(join(folder, "run", name));
    const ratings = parseRatings(JSON.parse(read("ratings.json")));
    assertEquals(ratings.blocks.map(({ cells }) => cells.map((cell) => cell.losses.length)), [
      [2, 4],
      [2],
      [2],
      [2],
    ]);
    const result = JSON.parse(read("architecture.json"));
    const found = search(ratings, { maxParams: 120e3, maxFlops: 4e6 });
    assertEquals([result.architecture, result.loss], [found.text, found.loss]);
    const counted = cost(parseArchitecture(result.architecture), { resolution: 28, classes: 10 });
    assertEquals([result.params, result.flops], [counted.params, counted.flops]);
    assertEquals(result.random.length, 1);
    assert(result.accuracy >= 0 && result.accuracy <= 1);
    assertMatch(stdout, new RegExp(`winner .*${(100 * result.accuracy).toFixed(2)} %`));

    const config = JSON.parse(read("config.json"));
    assertEquals([config.options.seed, config.options.images, config.seed], [0, 320, 0]);
    assertMatch(config.versions.tensorflow, /^2\./);
    const metrics = read("metrics.jsonl").trim().split("\n").map((line) => JSON.parse(line));
    const count = (stage: string) => metrics.filter((line) => line.stage === stage).length;
    assertEquals([count("distil"), count("retrain")], [2 * 5, 2 * 2]);
    // Plain lines with rate and time left, no control characters.
    assertMatch(stderr, /rate: .*layers/);
    // deno-lint-ignore no-control-regex
    assert(!/[\x1b\r]/.test(stderr));
  });
});

Deno.test("deno task search ends with the same files after kill -9 in each stage", async () => {
  await withFolder(async (folder) => {
    const whole = await runTask("search", await tinyRun(folder, "whole"));
    assertEquals(whole.code, 0, whole.stderr);
    const broken = join(folder, "broken");
    // Killed when a stage has begun, resumed, killed in the next one, and so on.
    let args = await tinyRun(folder, "broken");
    for (const stage of ["distil: ", "rate: ", "retrain: "]) {
      const child = startTask("search", args);
      const seen = await waitFor(child, stage);
      assert(seen, `${stage} was not reached`);
      args = ["--resume", broken, "--checkpoint", "0"];
    }
    const last = await runTask("search", args);
    assertEquals(last.code, 0, last.stderr);
    for (const name of SAME) {
      const [a, b] = ["whole", "broken"].map((run) => Deno.readFileSync(join(folder, run, name)));
      assertEquals(a, b, `${name} differs`);
    }
    const again = await runTask("search", ["--resume", broken, "--json", "--quiet"]);
    assertEquals(again.code, 0, again.stderr);
    const { accuracy } = JSON.parse(Deno.readTextFileSync(join(broken, "architecture.json")));
    assertEquals(JSON.parse(again.stdout).accuracy, accuracy);
  });
});

Deno.test("deno task search stops at Ctrl-C and says how to go on", async () => {
  await withFolder(async (folder) => {
    const child = startTask("search", await tinyRun(folder, "run"));
    let stderr = "";
    const decoder = new TextDecoder();
    for await (const bytes of child.stderr) {
      const before = stderr.includes("distil: ");
      stderr += decoder.decode(bytes);
      if (!before && stderr.includes("distil: ")) child.kill("SIGINT");
    }
    await child.stdout.cancel();
    assertEquals((await child.status).code, 130, stderr);
    assertMatch(stderr.trimEnd().split("\n").at(-1)!, /deno task search --resume .*run$/);
  });
});

Deno.test("deno task search refuses to resume with other options or a broken file, naming it", async () => {
  await withFolder(async (folder) => {
    const args = await tinyRun(folder, "run");
    const first = await runTask("search", [...args, "--no-retrain", "--quiet"]);
    assertEquals(first.code, 0, first.stderr);
    const run = join(folder, "run");
    const other = await runTask("search", ["--resume", run, "--seed", "1"]);
    assertEquals(other.code, 2);
    assertMatch(other.stderr, /seed.*0.*1/);
    const out = await runTask("search", ["--resume", run, "--out", folder]);
    assertEquals([out.code, /--out/.test(out.stderr)], [2, true], out.stderr);
    const started = await runTask("search", [...args, "--quiet"]);
    assertEquals(started.code, 1);
    assertMatch(started.stderr, /holds a run already.*--resume/);
    for (const name of ["architecture.json", "ratings.json", "supernet.safetensors"]) {
      const path = join(run, name);
      const bytes = Deno.readFileSync(path);
      Deno.writeFileSync(path, bytes.subarray(0, bytes.length - 3));
      const { code, stderr } = await runTask("search", ["--resume", run, "--quiet"]);
      assertEquals(code, 1);
      assert(stderr.includes(name) && stderr.trim().split("\n").length === 1, stderr);
      Deno.writeFileSync(path, bytes);
    }
    Deno.writeTextFileSync(join(run, "config.json"), "{");
    const config = await runTask("search", ["--resume", run]);
    assertEquals([config.code, config.stderr.includes("config.json")], [1, true]);
  });
});

/** Kills the process as soon as it prints a text; whether it did. */
async function waitFor(child: Deno.ChildProcess, text: string): Promise<boolean> {
  let stderr = "";
  let seen = false;
  const decoder = new TextDecoder();
  for await (const bytes of child.stderr) {
    stderr += decoder.decode(bytes);
    if (!seen && stderr.includes(text)) {
      seen = true;
      child.kill("SIGKILL");
    }
  }
  await child.stdout.cancel();
  await child.status;
  return seen;
}
