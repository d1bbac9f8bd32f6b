import { assertEquals, assertMatch } from "@std/assert";
import { join } from "node:path";
import { runTask, startTask, withFolder } from "./_task.ts";
import { tinyRun } from "./_tiny.ts";

Deno.test("deno task rate: parts in processes of their own, killed and gone on with, make the run's ratings", async () => {
  await withFolder(async (folder) => {
    const env = { DNA_HOME: Deno.env.get("DNA_HOME") ?? ".dna" };
    const args = await tinyRun(folder, "run");
    const run = join(folder, "run");
    const trained = await runTask("search", [...args, "--no-retrain", "--quiet", "--no-augment"]);
    assertEquals(trained.code, 0, trained.stderr);
    const files = [1, 2].map((part) => join(folder, `part-${part}.json`));
    const rate = (part: number) =>
      ["rate", [run, "--part", `${part}/2`, "--out", files[part - 1]]] as const;

    // Killed when its first part is saved, then gone on with.
    const [name, first] = rate(1);
    const child = startTask(name, [...first, "--checkpoint", "0", "--lanes", "1"], env);
    let stderr = "";
    for await (const bytes of child.stderr) {
      stderr += new TextDecoder().decode(bytes);
      if (/rate: .*layers/.test(stderr)) child.kill("SIGKILL");
    }
    await child.stdout.cancel();
    await child.status;
    const both = await Promise.all([1, 2].map((part) => runTask(...rate(part), env)));
    for (const { code, stderr } of both) assertEquals(code, 0, stderr);

    const out = join(folder, "merged.json");
    const merged = await runTask("rate", ["merge", files[1], files[0], "--out", out]);
    assertEquals(merged.code, 0, merged.stderr);
    assertEquals(Deno.readTextFileSync(out), Deno.readTextFileSync(join(run, "ratings.json")));

    const gap = await runTask("rate", ["merge", files[0], "--out", out]);
    assertEquals(gap.code, 1);
    assertMatch(
      gap.stderr,
      /^Cannot merge ratings: block \d, cell \d, prefix k\de\d is missing\n$/,
    );
    const overlap = await runTask("rate", ["merge", ...files, files[1], "--out", out]);
    assertEquals(overlap.code, 1);
    assertMatch(overlap.stderr, /block \d, cell \d, prefix k\de\d is rated in .* and in .*\n$/);
    const share = JSON.parse(Deno.readTextFileSync(files[1]));
    share.hashes.validation = share.hashes.teacher;
    const other = join(folder, "other.json");
    Deno.writeTextFileSync(other, JSON.stringify(share));
    const mixed = await runTask("rate", ["merge", files[0], other, "--out", out]);
    assertMatch(mixed.stderr, /other\.json and .*part-1\.json differ: other images that rate\n$/);
    const resumed = await runTask("rate", [run, "--part", "2/2", "--out", other, "--quiet"]);
    assertMatch(
      resumed.stderr,
      /Cannot go on with .*other\.json: it is of other images that rate\n$/,
    );
    for (const wrong of ["0/2", "3/2", "x", "1/0"]) {
      const { code, stderr } = await runTask("rate", [run, "--part", wrong]);
      assertEquals([code, stderr.startsWith("--part is")], [2, true], stderr);
    }
    const none = await runTask("rate", [folder]);
    assertEquals([
      none.code,
      none.stderr.startsWith(`Cannot rate ${folder}: it has no config.json`),
    ], [
      1,
      true,
    ]);
    const absent = await runTask("rate", ["/no/run"]);
    assertEquals([absent.code, absent.stderr], [1, "Cannot rate /no/run: it does not exist\n"]);
  });
});

Deno.test("deno task search --cells: cells that learn apart merge to the ratings of the whole run", async () => {
  await withFolder(async (folder) => {
    const search = async (out: string, ...more: string[]) => {
      const args = [...await tinyRun(folder, out), "--no-retrain", "--quiet", "--no-augment"];
      const ended = await runTask("search", [...args, ...more]);
      assertEquals(ended.code, 0, ended.stderr);
    };
    await search("whole");
    await search("a", "--cells", "0.0,2.0");
    await search("b", "--cells", "0.1,1.0,3.0");
    const out = join(folder, "merged.json");
    const shares = ["a", "b"].map((run) => join(folder, run, "ratings.share.json"));
    const merged = await runTask("rate", ["merge", ...shares, "--out", out]);
    assertEquals(merged.code, 0, merged.stderr);
    assertEquals(
      Deno.readTextFileSync(out),
      Deno.readTextFileSync(join(folder, "whole", "ratings.json")),
    );
    const wrong = await runTask("search", ["--cells", "9.0"]);
    assertEquals([wrong.code, wrong.stderr.includes("has 0.0, 1.0")], [1, true], wrong.stderr);
  });
});
