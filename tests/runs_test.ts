import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import fc from "fast-check";
import { compareConfig } from "../lib/runs/config.ts";
import { defaultRunFolder } from "../lib/runs/default_folder.ts";
import { runEnvironment } from "../lib/runs/environment.ts";
import { createRun, openRun, readConfig, type Run } from "../lib/runs/run.ts";

const lib = (path: string): string =>
  JSON.stringify(new URL(`../lib/${path}`, import.meta.url).href);

async function inFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const parent = await Deno.makeTempDir();
  try {
    await body(`${parent}/run`);
  } finally {
    await Deno.remove(parent, { recursive: true });
  }
}

const names = (folder: string): string[] =>
  [...Deno.readDirSync(folder)].map(({ name }) => name).sort();

const weight = (...values: number[]) => ({
  weight: { dtype: "F32", shape: [values.length], data: new Float32Array(values) } as const,
});

/** Works from where the run stands up to `end`, a checkpoint every third step. */
async function work(run: Run, end: number): Promise<void> {
  const start = (run.checkpoint?.state as { step: number } | undefined)?.step ?? 0;
  for (let step = start + 1; step <= end; step++) {
    run.log({ step, loss: 1 / step });
    if (step % 3 === 0) await run.save({ tensors: weight(step), state: { step } });
  }
}

/** Starts a script with the run functions at hand, `prefix` being the command that it runs under. */
function script(code: string, prefix: string[] = []): Deno.ChildProcess {
  const whole = `import { createRun, openRun } from ${lib("runs/run.ts")};
    import { stopSignal } from ${lib("runs/stop.ts")};
    import { writeFile } from ${lib("files.ts")};
    const attempt = async (body) => { try { await body(); console.log("done"); } catch (e) { console.log(e.message); } };
    ${code}`;
  const [command, ...args] = [...prefix, Deno.execPath(), "eval", "--quiet", whole];
  return new Deno.Command(command, { args, stdout: "piped", stderr: "piped" }).spawn();
}

async function linesOf(child: Deno.ChildProcess): Promise<string[]> {
  const { stdout, stderr } = await child.output();
  assertEquals(new TextDecoder().decode(stderr), "");
  return new TextDecoder().decode(stdout).trimEnd().split("\n");
}

/** Reads a child's output up to this text, and goes on reading it to nowhere. */
async function waitFor(child: Deno.ChildProcess, text: string): Promise<void> {
  const [mine, rest] = child.stdout.tee();
  rest.pipeTo(new WritableStream()).catch(() => {});
  let seen = "";
  for await (const piece of mine.pipeThrough(new TextDecoderStream())) {
    if ((seen += piece).includes(text)) return;
  }
  throw new Error(`the script ended without "${text}"`);
}

Deno.test("createRun() makes the folder, writes config.json, and leaves no lock", async () => {
  await inFolder(async (folder) => {
    const run = await createRun(folder, { seed: 7, preset: "fashion" });
    assertEquals(names(folder), ["config.json", "lock", "metrics.jsonl"]);
    assertEquals(JSON.parse(await Deno.readTextFile(run.path("lock"))).pid, Deno.pid);
    assertEquals(run.checkpoint, undefined);
    run.close();
    run.close();
    assertEquals(names(folder), ["config.json", "metrics.jsonl"]);
    assertEquals(await readConfig(folder), { seed: 7, preset: "fashion" });
  });
});

Deno.test("createRun() refuses a folder that holds anything, and a file in the way", async () => {
  await inFolder(async (folder) => {
    (await createRun(folder, {})).close();
    await assertRejects(
      () => createRun(folder, {}),
      Error,
      "it holds a run already, which can be resumed",
    );
    assertEquals(names(folder), ["config.json", "metrics.jsonl"]);
    await Deno.mkdir(`${folder}/other`);
    await Deno.writeTextFile(`${folder}/other/notes.txt`, "");
    await assertRejects(
      () => createRun(`${folder}/other`, {}),
      Error,
      "it is not empty, it holds notes.txt",
    );
    await assertRejects(
      () => createRun(`${folder}/config.json/x`, {}),
      Error,
      "a part of that path is a file",
    );
    await assertRejects(
      () => createRun(`${folder}/config.json`, {}),
      Error,
      "it is a file, not a folder",
    );
    await assertRejects(() => createRun(`${folder}/bad`, { seed: NaN }), TypeError, "seed is NaN");
    assertEquals(names(`${folder}/bad`), []);
  });
});

Deno.test("createRun() and openRun() refuse a folder that is in use", async () => {
  await inFolder(async (folder) => {
    using _run = await createRun(folder, {});
    await assertRejects(
      () => openRun(folder),
      Error,
      `Cannot use ${folder}: process ${Deno.pid} (since`,
    );
    const other = script(`await attempt(() => openRun(${JSON.stringify(folder)}));`);
    const [line] = await linesOf(other);
    assert(line.startsWith(`Cannot use ${folder}: process ${Deno.pid} (since `), line);
    assert(names(folder).includes("lock"));
  });
});

Deno.test("openRun() lets exactly one of many in", async () => {
  await inFolder(async (folder) => {
    (await createRun(folder, {})).close();
    for (let round = 0; round < 5; round++) {
      const opened = await Promise.allSettled(Array.from({ length: 8 }, () => openRun(folder)));
      const runs = opened.filter((each) => each.status === "fulfilled").map(({ value }) => value);
      assertEquals(runs.length, 1);
      runs[0].close();
    }
    assertEquals(names(folder), ["config.json", "metrics.jsonl"]);
  });
});

Deno.test("openRun() takes over from a process that was killed, and a lock that was left lying does not stop it", async () => {
  await inFolder(async (folder) => {
    const child = script(`const run = await createRun(${JSON.stringify(folder)}, { seed: 1 });
      run.log({ step: 1 });
      console.log("at work");
      setInterval(() => run.log({ step: 2 }), 1);`);
    await waitFor(child, "at work");
    await assertRejects(() => openRun(folder), Error, `process ${child.pid} `);
    child.kill("SIGKILL");
    await child.status;
    await child.stderr.cancel();
    assert(names(folder).includes("lock"));
    using run = await openRun(folder);
    assertEquals(run.config, { seed: 1 });
    assertEquals(await Deno.readTextFile(run.path("metrics.jsonl")), "");
  });
});

Deno.test("openRun() goes on so that the run ends with the files of one that never stopped", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.nat(10), { maxLength: 4 }),
      fc.constantFrom("", '{"step":', "\0\0"),
      async (stops, torn) => {
        await inFolder(async (whole) => {
          const stopped = `${whole}-stopped`;
          {
            using run = await createRun(whole, {});
            await work(run, 10);
          }
          (await createRun(stopped, {})).close();
          for (const stop of stops) {
            {
              using run = await openRun(stopped);
              await work(run, stop);
            }
            await Deno.writeTextFile(`${stopped}/metrics.jsonl`, torn, { append: true });
            await Deno.writeTextFile(`${stopped}/ratings.json.tmp-12-0123abcd`, torn);
          }
          {
            using run = await openRun(stopped);
            await work(run, 10);
          }
          assertEquals(
            names(stopped),
            names(whole).filter((name) => names(stopped).includes(name)),
          );
          for (const name of ["metrics.jsonl", "checkpoint.safetensors"]) {
            assertEquals(
              await Deno.readFile(`${stopped}/${name}`),
              await Deno.readFile(`${whole}/${name}`),
            );
          }
        });
      },
    ),
    { numRuns: 15 },
  );
});

Deno.test("openRun() takes the previous checkpoint if the run was killed while it put a new one in place", async () => {
  await inFolder(async (folder) => {
    {
      using run = await createRun(folder, {});
      await work(run, 8);
    }
    await Deno.remove(`${folder}/checkpoint.safetensors`);
    using run = await openRun(folder);
    assertEquals(run.checkpoint?.state, { step: 3 });
    assertEquals(run.checkpoint?.tensors.weight.data, new Float32Array([3]));
    assertEquals((await Deno.readTextFile(run.path("metrics.jsonl"))).split("\n").length, 4);
  });
});

Deno.test("Run.save() keeps every dtype, rounded halves included", async () => {
  await inFolder(async (folder) => {
    const half = { dtype: "F16", shape: [1], data: new Float32Array([0.1]) } as const;
    {
      using run = await createRun(folder, {});
      await run.save({ tensors: { half }, state: [1, "two", { three: null }] });
    }
    using run = await openRun(folder);
    assertEquals(run.checkpoint?.tensors.half.data, new Float32Array([0.0999755859375]));
    assertEquals(run.checkpoint?.state, [1, "two", { three: null }]);
  });
});

Deno.test("Run.log() refuses numbers that are not finite and writes nothing of them", async () => {
  await inFolder(async (folder) => {
    using run = await createRun(folder, {});
    assertThrows(() => run.log({ loss: NaN }), TypeError, "loss is NaN");
    run.log({ loss: 1 });
    assertEquals(await Deno.readTextFile(run.path("metrics.jsonl")), '{"loss":1}\n');
  });
});

const BROKEN: Record<string, [breakIt: (folder: string) => Promise<void>, message: string]> = {
  "without config.json": [
    (folder) => Deno.remove(`${folder}/config.json`),
    "it has no config.json",
  ],
  "with a broken config.json": [
    (folder) => Deno.writeTextFile(`${folder}/config.json`, '{"seed": }'),
    "config.json: line 1, column 10",
  ],
  "with a config.json that is no object": [
    (folder) => Deno.writeTextFile(`${folder}/config.json`, "[]"),
    "config.json: it is no JSON object",
  ],
  "with a cut checkpoint": [
    (folder) => Deno.truncate(`${folder}/checkpoint.safetensors`, 50),
    "checkpoint.safetensors: it is cut",
  ],
  "with an empty checkpoint": [
    (folder) => Deno.truncate(`${folder}/checkpoint.safetensors`, 0),
    "checkpoint.safetensors",
  ],
  "with a changed checkpoint": [
    async (folder) => {
      const bytes = await Deno.readFile(`${folder}/checkpoint.safetensors`);
      bytes[bytes.length - 1] ^= 1;
      await Deno.writeFile(`${folder}/checkpoint.safetensors`, bytes);
    },
    "checkpoint.safetensors: it is broken, its content does not have the hash",
  ],
  "with another state": [
    async (folder) => {
      const path = `${folder}/checkpoint.safetensors`;
      const text = new TextDecoder("latin1").decode(await Deno.readFile(path)).replace(
        '\\"step\\":3',
        '\\"step\\":7',
      );
      await Deno.writeFile(path, Uint8Array.from(text, (letter) => letter.charCodeAt(0)));
    },
    "checkpoint.safetensors",
  ],
  "with other weights for a checkpoint": [
    (folder) =>
      Deno.copyFile(
        new URL("./fixtures/safetensors.bin", import.meta.url),
        `${folder}/checkpoint.safetensors`,
      ),
    "checkpoint.safetensors: it is no checkpoint",
  ],
  "with cut metrics": [
    (folder) => Deno.truncate(`${folder}/metrics.jsonl`, 20),
    "metrics.jsonl: it is cut, 20 of",
  ],
  "without metrics": [
    (folder) => Deno.remove(`${folder}/metrics.jsonl`),
    "metrics.jsonl: it is cut, 0 of",
  ],
  "with a broken line of metrics": [
    async (folder) => {
      const path = `${folder}/metrics.jsonl`;
      const text = await Deno.readTextFile(path);
      await Deno.writeTextFile(path, text.replace('{"step":2,', '{"step";2,'));
    },
    "metrics.jsonl, line 2: line 1, column 8",
  ],
};

for (const [what, [breakIt, message]] of Object.entries(BROKEN)) {
  Deno.test(`openRun() refuses a folder ${what}, and leaves no lock`, async () => {
    await inFolder(async (folder) => {
      {
        using run = await createRun(folder, {});
        // One checkpoint, so that there is none to fall back to.
        await work(run, 4);
      }
      await breakIt(folder);
      const error = await assertRejects(() => openRun(folder), Error, message);
      assert(error.message.includes(folder) && !error.message.includes("\n"), error.message);
      assert(!names(folder).includes("lock"));
    });
  });
}

const CHECKPOINT = "checkpoint.safetensors";
const DAMAGE: Record<string, (path: string) => Promise<void>> = {
  cut: (path) => Deno.truncate(path, 70),
  emptied: (path) => Deno.truncate(path, 0),
  altered: async (path) => {
    const bytes = await Deno.readFile(path);
    bytes[bytes.length - 1] ^= 1;
    await Deno.writeFile(path, bytes);
  },
};

for (const [how, damage] of Object.entries(DAMAGE)) {
  Deno.test(`openRun() falls back to the checkpoint before one that is ${how}, says so, and ends the same`, async () => {
    await inFolder(async (whole) => {
      const broken = `${whole}-broken`;
      for (const [folder, end] of [[whole, 10], [broken, 7]] as const) {
        using run = await createRun(folder, {});
        await work(run, end);
      }
      await damage(`${broken}/${CHECKPOINT}`);
      const told: string[] = [];
      {
        using run = await openRun(broken, { onWarning: (text) => told.push(text) });
        assertEquals(run.checkpoint?.state, { step: 3 });
        assertEquals(told.length, 1);
        assert(told[0].includes(`${broken}/${CHECKPOINT}`) && !told[0].includes("\n"), told[0]);
      }
      // The good one has taken the broken one's place: nothing is left to tell.
      {
        using run = await openRun(broken, { onWarning: (text) => told.push(text) });
        assertEquals([run.checkpoint?.state, told.length], [{ step: 3 }, 1]);
        await work(run, 10);
      }
      for (const name of ["metrics.jsonl", CHECKPOINT, "checkpoint.previous.safetensors"]) {
        const [a, b] = [whole, broken].map((folder) => Deno.readFileSync(`${folder}/${name}`));
        assertEquals(a, b, name);
      }
      for (const name of [CHECKPOINT, "checkpoint.previous.safetensors"]) {
        await damage(`${broken}/${name}`);
      }
      await assertRejects(() => openRun(broken), SyntaxError, `${broken}/${CHECKPOINT}`);
    });
  });
}

Deno.test("openRun() refuses what is no folder", async () => {
  const file = await Deno.makeTempFile();
  await assertRejects(() => openRun("/no/run"), Error, "Cannot resume /no/run: it does not exist");
  await assertRejects(
    () => openRun(file),
    Error,
    `Cannot resume ${file}: it is a file, not a folder`,
  );
  await assertRejects(() => openRun(`${file}/x`), Error, "a part of that path is a file");
  await Deno.remove(file);
});

/** Fills a disk of 256 KiB, or a process that may write no larger file. */
const FILL_DISK = `const folder = Deno.args[0] ?? Deno.env.get("RUN_FOLDER");
  const tensors = (count) => ({ w: { dtype: "F32", shape: [count], data: new Float32Array(count) } });
  {
    using run = await createRun(folder, { seed: 1 });
    run.log({ step: 1 });
    await run.save({ tensors: tensors(10), state: { step: 1 } });
    await attempt(() => run.save({ tensors: tensors(1e6), state: { step: 2 } }));
    await attempt(() => writeFile(folder + "/config.json", new Uint8Array(2e6)));
    await attempt(() => { for (;;) run.log({ text: "x".repeat(1000) }); });
    run.close();
  }
  const text = await Deno.readTextFile(folder + "/metrics.jsonl");
  console.log(text.endsWith("}\\n") && text.startsWith('{"step":1}\\n'));
  console.log([...Deno.readDirSync(folder)].map(({ name }) => name).sort().join());
  using again = await openRun(folder);
  console.log(JSON.stringify([again.config, again.checkpoint.state]));`;

function expectedWhenFull(folder: string, reason: string): string[] {
  return [
    `Cannot write ${folder}/checkpoint.next.safetensors: ${reason}`,
    `Cannot write ${folder}/config.json: ${reason}`,
    `Cannot write ${folder}/metrics.jsonl: ${reason}`,
    "true",
    "checkpoint.safetensors,config.json,metrics.jsonl",
    '[{"seed":1},{"step":1}]',
  ];
}

const canMount = Deno.build.os === "linux" &&
  await new Deno.Command("unshare", {
    args: ["-rm", "mount", "-t", "tmpfs", "tmpfs", "/mnt"],
    stderr: "null",
  })
    .output().then(({ success }) => success, () => false);

Deno.test({
  name:
    "Run.save(), Run.log() and writeFile() on a full disk say so and leave earlier files intact",
  ignore: !canMount,
  async fn() {
    await inFolder(async (folder) => {
      await Deno.mkdir(folder);
      const mount =
        `mount -t tmpfs -o size=256k tmpfs ${folder} && export RUN_FOLDER=${folder}/run && exec "$@"`;
      const child = script(FILL_DISK, ["unshare", "-rm", "sh", "-c", mount, "sh"]);
      assertEquals(await linesOf(child), expectedWhenFull(`${folder}/run`, "the disk is full"));
    });
  },
});

Deno.test({
  name:
    "Run.save(), Run.log() and writeFile() beyond the largest file say so and leave earlier files intact",
  ignore: Deno.build.os === "windows",
  async fn() {
    await inFolder(async (folder) => {
      const limit = `trap '' XFSZ; export RUN_FOLDER=${folder}; ulimit -f 1024; exec "$@"`;
      const child = script(FILL_DISK, ["bash", "-c", limit, "bash"]);
      assertEquals(
        await linesOf(child),
        expectedWhenFull(folder, "file too large"),
      );
    });
  },
});

Deno.test("stopSignal() aborts at the first signal and exits at the second", async () => {
  for (const [signal, status] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
    const child = script(`const stop = stopSignal(() => console.log("stopping"));
      console.log("ready");
      setInterval(() => {}, 1000);
      stop.signal.addEventListener("abort", () => console.log(stop.signal.reason.message));`);
    const [first, second] = child.stdout.tee();
    const seen = { text: "" };
    const reading = (async () => {
      for await (const piece of first.pipeThrough(new TextDecoderStream())) {
        seen.text += piece;
        if (seen.text === "ready\n" || seen.text.endsWith("stopping\n")) child.kill(signal);
      }
    })();
    await second.cancel();
    assertEquals((await child.status).code, status);
    await reading;
    await child.stderr.cancel();
    assertEquals(seen.text, `ready\nstopped by ${signal}\nstopping\n`);
  }
});

Deno.test("stopSignal() lets a script end by itself, and its listeners be removed", async () => {
  assertEquals(await linesOf(script(`stopSignal(); console.log("end");`)), ["end"]);
  const child = script(`stopSignal().remove(); console.log("ready"); setInterval(() => {}, 1000);`);
  await waitFor(child, "ready");
  child.kill("SIGINT");
  assertEquals((await child.status).signal, "SIGINT");
  await child.stderr.cancel();
});

Deno.test("compareConfig() lists the options that differ, by name", () => {
  const first = { seed: 7, data: { folder: "x", classes: 10 }, lambda: [1, 2], device: null };
  assertEquals(compareConfig(first, { ...first, data: { classes: 10, folder: "x" } }), []);
  assertEquals(compareConfig(first, { seed: undefined }), []);
  assertEquals(compareConfig(first, { lambda: [2, 1], seed: "7", batch: 8, device: null }), [
    { name: "lambda", first: [1, 2], given: [2, 1] },
    { name: "seed", first: 7, given: "7" },
    { name: "batch", first: undefined, given: 8 },
  ]);
  assertEquals(compareConfig({}, { constructor: 1 }).length, 1);
});

Deno.test("defaultRunFolder() takes the next free name", async () => {
  await inFolder(async (parent) => {
    const day = new Date(2026, 10, 3);
    const next = () => defaultRunFolder("fashion", 7, day, parent);
    for (const suffix of ["", "-2", "-3"]) {
      assertEquals(await next(), `${parent}/2026-11-03-fashion-7${suffix}`);
      (await createRun(await next(), {})).close();
    }
  });
  assert(/^runs\/\d{4}-\d\d-\d\d-dna-1(-\d+)?$/.test(await defaultRunFolder("dna", 1)));
});

Deno.test("runEnvironment() gives plain JSON data", async () => {
  const environment = await runEnvironment();
  assertEquals(JSON.parse(JSON.stringify(environment)), environment);
  assert(environment.revision === null || /^[0-9a-f]{40}(-dirty)?$/.test(environment.revision));
});
