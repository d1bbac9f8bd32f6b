/**
 * `deno task soak`: runs that are killed at random moments end with the bytes of one that never stopped.
 *
 * @module
 */

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createRandom, sha256 } from "../mod.ts";
import { runTask } from "./_main.ts";
import { helpText, type OptionSpecs, readOptions, wholeNumber } from "./_options.ts";

const OPTIONS: OptionSpecs = {
  kills: { value: "N", help: "how often a process is killed (SIGKILL)", default: "100" },
  seed: { value: "N", help: "decides the moments", default: "0" },
  json: { help: "one line of JSON" },
  help: { help: "this text" },
};

const ABOUT =
  "Does a run of the whole method on a very small space, undisturbed. Then does it again, killed at\n" +
  "random moments and resumed each time, over and over until N processes were killed, and compares\n" +
  "the files of each run that reached its end.";

/** What is equal however a run was interrupted. */
const SAME = [
  "metrics.jsonl",
  "supernet.safetensors",
  "ratings.json",
  "architecture.json",
  "student.safetensors",
];

/** The smallest space for the data: two cells in the first block, one in the others, two operations. */
const SPACE = {
  name: "soak",
  stem: { channels: 1, width: 8, stride: 2 },
  blocks: [
    { stride: 1, cells: [{ width: 8, depth: 1 }, { width: 8, depth: 2 }] },
    { stride: 2, cells: [{ width: 8, depth: 1 }] },
    { stride: 1, cells: [{ width: 8, depth: 1 }] },
    { stride: 2, cells: [{ width: 8, depth: 1 }] },
  ],
  operations: [{ kernel: 3, expansion: 2 }, { kernel: 5, expansion: 1 }],
  head: 16,
};

await runTask(async () => {
  const { given } = readOptions(Deno.args, OPTIONS);
  if (given.help) return console.log(helpText("deno task soak [options]", ABOUT, OPTIONS));
  const kills = wholeNumber(given, "kills", 1, 100_000) ?? 100;
  const random = createRandom(wholeNumber(given, "seed", 0, Number.MAX_SAFE_INTEGER) ?? 0, "soak");
  const folder = await Deno.makeTempDir({ prefix: "dna-soak-" });
  try {
    const result = await soak(folder, kills, () => random.uniform());
    const { runs, killed, seconds } = result;
    console.log(
      given.json
        ? JSON.stringify(result)
        : `${killed} processes killed in ${seconds.toFixed(0)} s; ${runs} runs ended, each with ` +
          "the bytes of the undisturbed one",
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

async function soak(
  folder: string,
  kills: number,
  uniform: () => number,
): Promise<{ killed: number; runs: number; seconds: number }> {
  const space = join(folder, "space.json");
  await Deno.writeTextFile(space, JSON.stringify(SPACE));
  const begin = (out: string) => [
    ...["--dataset", "mnist", "--space", space, "--weights", "random", "--images", "192"],
    ...["--batch", "32", "--calibration-images", "32"],
    ...["--rate-images", "40", "--epochs", "2", "--train-epochs", "1", "--random", "0"],
    ...["--checkpoint", "0", "--out", out],
  ];
  const began = performance.now();
  const whole = join(folder, "whole");
  const { error } = await search(begin(whole));
  if (error) throw new Error(`Cannot soak: the undisturbed run failed: ${error}`);
  const longest = performance.now() - began;
  const wanted = await hashes(whole);

  let [killed, runs] = [0, 0];
  while (killed < kills) {
    const out = join(folder, `run-${runs}`);
    let args = begin(out);
    for (let left = true; left;) {
      // Later than a run needs, at times: then it ends, and is compared.
      const wait = killed < kills ? uniform() * longest : Infinity;
      const ended = await search(args, wait);
      if (ended.killed) killed++;
      else if (ended.error) throw new Error(`Cannot go on after ${killed} kills: ${ended.error}`);
      else left = false;
      const isRun = await Deno.stat(join(out, "config.json")).then(() => true, () => false);
      if (isRun) args = ["--resume", out, "--checkpoint", "0"];
      else await Deno.remove(out, { recursive: true }).catch(() => {});
    }
    const found = await hashes(out);
    const other = SAME.find((_, i) => found[i] !== wanted[i]);
    if (other) {
      throw new Error(`After ${killed} kills ${other} of a run is not that of the undisturbed run`);
    }
    runs++;
    await Deno.remove(out, { recursive: true });
  }
  return { killed, runs, seconds: (performance.now() - began) / 1000 };
}

/** `deno task search`, killed after so many milliseconds. */
async function search(
  args: string[],
  wait = Infinity,
): Promise<{ killed: boolean; error?: string }> {
  const script = fileURLToPath(new URL("search.ts", import.meta.url));
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", script, ...args, "--quiet"],
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const kill = () => child.kill("SIGKILL");
  const timer = wait < Infinity ? setTimeout(kill, wait) : undefined;
  const { success, signal, stderr } = await child.output();
  clearTimeout(timer);
  if (signal === "SIGKILL") return { killed: true };
  return { killed: false, error: success ? undefined : new TextDecoder().decode(stderr).trim() };
}

async function hashes(folder: string): Promise<string[]> {
  return await Promise.all(
    SAME.map(async (name) => sha256(await Deno.readFile(join(folder, name)))),
  );
}
