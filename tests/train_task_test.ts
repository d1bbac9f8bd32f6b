import { assert, assertAlmostEquals, assertEquals, assertMatch } from "@std/assert";
import { join } from "node:path";
import { cost, parseArchitecture, readSafetensors } from "../mod.ts";
import { runTask, startTask, withFolder } from "./_task.ts";

const TEXT = "stem_i1_c8 | ir_r2_k3_s1_e2_c8_se0.25 | head_c16";

/** The smallest training that has every part. */
function tiny(out: string): string[] {
  return [
    ...[TEXT, "--dataset", "mnist", "--images", "640", "--batch", "64", "--epochs", "3"],
    ...["--accumulate", "2", "--dropout", "0.1", "--stochastic-depth", "0.2", "--clip", "5"],
    ...["--mixup", "0.2", "--checkpoint", "0", "--out", out],
  ];
}

/** What must be equal however a training was interrupted. */
const SAME = ["student.safetensors", "architecture.json", "result.json", "metrics.jsonl"];

const readText = (...parts: string[]) => Deno.readTextFileSync(join(...parts));

Deno.test("deno task train judges a network, and deno task evaluate finds the same", async () => {
  await withFolder(async (folder) => {
    const run = join(folder, "run");
    const trained = await runTask("train", tiny(run));
    assertEquals([trained.code, trained.stderr.includes("    at ")], [0, false], trained.stderr);
    for (const name of [...SAME, "config.json", "report.html"]) {
      assert(Deno.statSync(join(run, name)).isFile, name);
    }
    const result = JSON.parse(readText(run, "result.json"));
    const counted = cost(parseArchitecture(TEXT), { resolution: 28, classes: 10 });
    assertEquals([result.params, result.macs, result.flops], Object.values(counted));
    assertEquals([result.images, result.test.count, result.classes], [640, 999, 10]);
    assertMatch(trained.stdout, new RegExp(`top-1 +${(100 * result.test.top1).toFixed(2)} %`));
    const metrics = readText(run, "metrics.jsonl").trim().split("\n").map((line) =>
      JSON.parse(line)
    );
    assertEquals(metrics.map(({ stage, epoch }) => [stage, epoch]), [
      ["train", 1],
      ["train", 2],
      ["train", 3],
    ]);
    assert(metrics.every(({ validation }) => validation.top1 >= 0 && validation.crossEntropy > 0));
    const { options } = JSON.parse(readText(run, "config.json"));
    assertEquals([options.recipe, options.dropout, options.mean.length], ["small", 0.1, 1]);
    const { metadata } = await readSafetensors(join(run, "student.safetensors"));
    assertEquals(metadata.architecture, TEXT);
    // The page loads nothing, and has the numbers.
    const page = readText(run, "report.html");
    assert(
      page.includes(`${(100 * result.test.top1).toFixed(2)}`) && page.includes("plot-training"),
    );

    // The run's folder, or architecture and weights: normalisation comes along with either.
    const weights = ["--weights", join(run, "student.safetensors"), "--dataset", "mnist"];
    for (const args of [[run], [TEXT, ...weights]]) {
      const judged = await runTask("evaluate", [...args, "--json", "--quiet"]);
      assertEquals(judged.code, 0, judged.stderr);
      const found = JSON.parse(judged.stdout);
      assertEquals(found.top1, result.test.top1);
      assertAlmostEquals(found.crossEntropy, result.test.crossEntropy, 1e-5);
      assertEquals(found.flops, result.flops);
      assertEquals(found.perClass.length, 10);
      assertEquals(
        found.perClass.map(({ count, correct }: Record<string, number>) => ({ count, correct })),
        result.test.perClass,
      );
      assert(found.imagesPerSecond > 0);
    }
    const table = await runTask("evaluate", [run, "--split", "validation", "--images", "100"]);
    assertMatch(table.stdout, /top-1 .*of 100 images/);
    assertMatch(table.stdout, /\n7 .*of 1[01]\n/);

    // It begins where the other one ended.
    const next = join(folder, "next");
    const more = ["--weights", join(run, "student.safetensors"), "--rate", "1e-9"];
    const again = await runTask("train", [
      ...[TEXT, "--dataset", "mnist", "--epochs", "1", "--images", "640", "--average", "0"],
      ...["--validate-every", "0", "--out", next, "--json", ...more],
    ]);
    assertEquals(again.code, 0, again.stderr);
    assertAlmostEquals(JSON.parse(again.stdout).training.loss, metrics[2].loss, 0.6);

    // Weights for ten classes, a network for twelve.
    const other = [TEXT, "--dataset", "mnist", "--classes", "12", "--images", "640", ...more];
    const refused = await runTask("train", [...other, "--out", join(folder, "other")]);
    assertEquals(refused.code, 1);
    assertMatch(refused.stderr, /"classifier\.weight"/);
    const fresh = await runTask("train", [
      ...[...other, "--new-classifier", "--validate-every", "0", "--average", "0", "--quiet"],
      ...["--out", join(folder, "other")],
    ]);
    assertEquals(fresh.code, 0, fresh.stderr);
    const { tensors } = await readSafetensors(join(folder, "other", "student.safetensors"));
    assertEquals(tensors["classifier.bias"].shape, [12]);
  });
});

Deno.test("deno task train ends with the same files after kill -9 and Ctrl-C", async () => {
  await withFolder(async (folder) => {
    const [whole, broken] = ["whole", "broken"].map((name) => join(folder, name));
    const ended = await runTask("train", tiny(whole));
    assertEquals(ended.code, 0, ended.stderr);
    let args = tiny(broken);
    for (const signal of ["SIGKILL", "SIGINT", "SIGKILL"] as const) {
      const { code, stderr } = await stopAt("train: ", signal, args);
      if (signal === "SIGINT") {
        assertEquals(code, 130, stderr);
        assertMatch(stderr.trimEnd().split("\n").at(-1)!, /deno task train --resume .*broken$/);
      }
      args = ["--resume", broken, "--checkpoint", "0"];
    }
    const last = await runTask("train", args);
    assertEquals(last.code, 0, last.stderr);
    for (const name of SAME) {
      const [a, b] = [whole, broken].map((run) => Deno.readFileSync(join(run, name)));
      assertEquals(a, b, `${name} differs`);
    }
    const again = await runTask("train", ["--resume", broken, "--json", "--quiet"]);
    assertEquals(again.code, 0, again.stderr);
    const result = JSON.parse(readText(broken, "result.json"));
    assertEquals(JSON.parse(again.stdout).test, result.test);

    const other = await runTask("train", ["--resume", broken, "--seed", "1"]);
    assertEquals(other.code, 2);
    assertMatch(other.stderr, /another seed.*0.*1/);
    const path = join(broken, "result.json");
    Deno.writeTextFileSync(path, `${readText(path)} `);
    const changed = await runTask("train", ["--resume", broken]);
    assertEquals(changed.code, 1);
    assertMatch(changed.stderr, /result\.json is not as the run wrote it/);
  });
});

/** Runs `deno task train` and sends it a signal as soon as it prints a text. */
async function stopAt(text: string, signal: Deno.Signal, args: string[]) {
  const child = startTask("train", args);
  let stderr = "";
  let sent = false;
  const decoder = new TextDecoder();
  for await (const bytes of child.stderr) {
    stderr += decoder.decode(bytes);
    if (!sent && stderr.includes(text)) {
      sent = true;
      child.kill(signal);
    }
  }
  await child.stdout.cancel();
  const { code } = await child.status;
  assert(sent, stderr);
  return { code, stderr };
}

Deno.test("deno task train --mixed-precision computes in 16 bits, or says that the device cannot", async () => {
  await withFolder(async (folder) => {
    const run = join(folder, "run");
    const args = [TEXT, "--dataset", "mnist", "--images", "256", "--batch", "64", "--epochs", "2"];
    const options = ["--validate-every", "0", "--json", "--quiet", "--device", "CPU:0"];
    const plain = await runTask("train", [...args, ...options, "--out", join(folder, "plain")]);
    const mixed = await runTask("train", [
      ...args,
      ...options,
      "--mixed-precision",
      "--out",
      run,
    ]);
    if (mixed.code !== 0) return assertMatch(mixed.stderr, /CPU:0 has no arithmetic of 16 bits/);
    assertEquals(JSON.parse(readText(run, "config.json")).precision, "bfloat16");
    const [a, b] = [plain, mixed].map(({ stdout }) => JSON.parse(stdout));
    // Eight bits of mantissa: the same way, not the same numbers.
    assert(a.training.loss !== b.training.loss);
    assertAlmostEquals(a.training.loss, b.training.loss, 0.02);
    assertAlmostEquals(a.test.crossEntropy, b.test.crossEntropy, 0.05);
  });
});
