/**
 * The rating task over several devices and machines.
 *
 * @module
 */

import { assertAlmostEquals, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { readRatings } from "../mod.ts";
import { runTask, withFolder } from "./_task.ts";
import { tinyRun } from "./_tiny.ts";
import { startWorker } from "../tasks/bench/_worker_processes.ts";

Deno.test("deno task search --measured plans by it; rate --devices and --workers: the ratings of one device", async () => {
  await withFolder(async (folder) => {
    const args = await tinyRun(folder, "run");
    const run = join(folder, "run");
    const file = join(folder, "measured.jsonl");
    const cells = { "0.0": 5, "0.1": 1, "1.0": 1, "2.0": 2, "3.0": 1 };
    const line = {
      ...{ bench: "supernet", batch: 32, resolution: 28, seconds_per_step: 9, teacher_seconds: 1 },
      cell_seconds: cells,
    };
    await Deno.writeTextFile(file, JSON.stringify(line));
    const trained = await runTask("search", [
      ...[...args, "--no-retrain", "--no-augment", "--measured", file],
      ...["--devices", "auto", "--cpu-devices", "2"],
    ]);
    assertEquals(trained.code, 0, trained.stderr);
    assertStringIncludes(
      trained.stderr,
      "CPU:0: 0.0 (5.00 s)\nCPU:1: 0.1 1.0 2.0 3.0 (5.00 s)\n" +
        "Expected balance: 100 %, by measured times\n",
    );
    const wanted = await readRatings(join(run, "ratings.json"));
    using worker = await startWorker([]);
    const places = {
      devices: ["--devices", "auto", "--cpu-devices", "2"],
      workers: ["--devices", "CPU:0", "--workers", `127.0.0.1:${worker.port}`],
    };
    const [share, out] = [join(folder, "share.json"), join(folder, "merged.json")];
    for (const given of Object.values(places)) {
      const rated = await runTask("rate", [run, "--out", share, ...given]);
      assertEquals(rated.code, 0, rated.stderr);
      assertEquals((await runTask("rate", ["merge", share, "--out", out])).code, 0);
      await Deno.remove(share);
      const { blocks } = await readRatings(out);
      blocks.forEach(({ cells }, block) =>
        cells.forEach(({ losses }, cell) =>
          losses.forEach((loss, path) =>
            assertAlmostEquals(loss, wanted.blocks[block].cells[cell].losses[path], 1e-6)
          )
        )
      );
    }
    await Deno.writeTextFile(file, JSON.stringify({ ...line, cell_seconds: { "0.0": 1 } }));
    const unknown = await runTask("search", ["--measured", file]);
    assertEquals([unknown.code, unknown.stderr], [
      1,
      `Cannot plan by ${file}: it has no time of cell 1.0 of space fashion\n`,
    ]);
    const wrong = await runTask("rate", [run, "--workers", "here"]);
    assertEquals([wrong.code, wrong.stderr.startsWith("--workers: ")], [2, true], wrong.stderr);
    worker.kill("SIGKILL");
    await worker.ended;
    const refused = await runTask("rate", [run, "--workers", `127.0.0.1:${worker.port}`]);
    assertEquals(refused.code, 1);
    assertMatch(refused.stderr, /^Cannot use worker 127\.0\.0\.1:\d+: nothing listens there; /);
  });
});
