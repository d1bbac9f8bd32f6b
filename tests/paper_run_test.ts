/**
 * The method at the paper's setting on image files: small in every run of the tests, and, where
 * `$DNA_SLOW` is set, on the paper's own space with an EfficientNet (docs/scale.md has its time).
 */

import { assert, assertEquals } from "@std/assert";
import { join } from "node:path";
import { cost, parseArchitecture, parseRatings, search } from "../mod.ts";
import { writeJpegs } from "./_jpegs.ts";
import { runTask, withFolder } from "./_task.ts";

const FILES = [
  "architecture.json",
  "config.json",
  "metrics.jsonl",
  "ratings.json",
  "report.html",
  "supernet.safetensors",
  "validation.txt",
];

/** The paper's six blocks and strides with one narrow cell of one layer each. */
const SMALL_SPACE = {
  name: "six small blocks",
  blocks: [2, 2, 2, 1, 2, 1].map((stride) => ({ stride, cells: [{ width: 8, depth: 1 }] })),
  operations: [{ kernel: 3, expansion: 1 }, { kernel: 5, expansion: 1 }],
  first: { type: "ds", kernel: 3, stride: 1, expansion: 1, width: 8, se: 0.25 },
  stem: { channels: 3, width: 8, stride: 2 },
  head: 16,
};

/** Runs a search in `folder`, and checks what it leaves. */
async function checkRun(folder: string, args: string[]): Promise<Record<string, unknown>> {
  const run = join(folder, "run");
  const { code, stderr } = await runTask("search", [...args, "--out", run, "--quiet"]);
  assertEquals([code, stderr], [0, ""]);
  const names = Array.from(Deno.readDirSync(run), ({ name }) => name);
  for (const name of FILES) assert(names.includes(name), `${name} is missing`);
  const read = (name: string) => Deno.readTextFileSync(join(run, name));
  const ratings = parseRatings(JSON.parse(read("ratings.json")));
  const result = JSON.parse(read("architecture.json"));
  const { options } = JSON.parse(read("config.json"));
  const found = search(ratings, { maxFlops: options.maxFlops, maxParams: options.maxParams });
  assertEquals([result.architecture, result.loss], [found.text, found.loss]);
  const { resolution, classes } = ratings;
  const { params, flops } = cost(parseArchitecture(result.architecture), { resolution, classes });
  assertEquals([result.params, result.flops], [params, flops]);
  return options;
}

Deno.test("deno task search --preset dna goes from image files to an architecture", async () => {
  await withFolder(async (folder) => {
    await writeJpegs(join(folder, "data"), 3, 20);
    await Deno.writeTextFile(join(folder, "space.json"), JSON.stringify(SMALL_SPACE));
    const options = await checkRun(folder, [
      ...["--preset", "dna", "--space", join(folder, "space.json"), "--data", join(folder, "data")],
      ...["--teacher", "tf_efficientnet_lite0", "--weights", "random", "--resolution", "64"],
      ...["--epochs", "1", "--batch", "16", "--no-retrain"],
    ]);
    // Section 4.1's numbers reach the run's record.
    assertEquals([options.dataset, options.rates], ["folder", [0.002, 0.005]]);
    const listed = Deno.readTextFileSync(join(folder, "run", "validation.txt"));
    assertEquals(listed.match(/^class-\d\tclass-\d\/\d+\.jpg$/gm)?.length, 6);
  });
});

Deno.test({
  name: "deno task search --preset dna takes EfficientNet-B0 and the paper's space",
  ignore: !Deno.env.get("DNA_SLOW"),
  fn: async () => {
    await withFolder(async (folder) => {
      await writeJpegs(join(folder, "data"), 10, 32);
      await checkRun(folder, [
        ...["--preset", "dna", "--space", "dna", "--teacher", "tf_efficientnet_b0"],
        ...["--weights", "random", "--data", join(folder, "data"), "--images", "256"],
        ...["--epochs", "1", "--no-retrain"],
      ]);
    });
  },
});
