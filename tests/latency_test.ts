import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertMatch,
  assertRejects,
  assertThrows,
} from "@std/assert";
import { join } from "node:path";
import {
  buildNetwork,
  createRandom,
  defineSpace,
  formatLatency,
  latency,
  latencyCost,
  type LatencyTable,
  measureLatency,
  measureNetworks,
  networkParts,
  parseArchitecture,
  parseDuration,
  parseLatencyTable,
  readLatencyTable,
  sampleArchitectures,
  search,
  searchSpace,
  type Space,
  tf,
  useEngine,
  writeLatencyTable,
} from "../mod.ts";
import { networkFunction } from "../lib/latency/_part_function.ts";
import { partKey, spaceParts } from "../lib/latency/_parts.ts";
import { spreadOf } from "../lib/latency/_sampling.ts";
import { assemble } from "../lib/space/assemble.ts";
import { everyChoice, generator, ratingsOf } from "./_spaces.ts";
import { runTask, withFolder } from "./_task.ts";
import { tinyRun } from "./_tiny.ts";

await useEngine();

const SIZES = { resolution: 28, classes: 10 };
const FASHION = searchSpace("fashion");

/** Two cells that differ as much as cells do. */
const TWO = defineSpace({
  name: "narrow or wide",
  stem: { channels: 3, width: 8, stride: 2 },
  blocks: [{ stride: 2, cells: [{ width: 8, depth: 1 }, { width: 96, depth: 3 }] }],
  operations: [{ kernel: 3, expansion: 1 }, { kernel: 7, expansion: 6 }],
  head: 16,
});

/** A table with times from a generator. */
function madeUp(space: Space, sizes = SIZES): LatencyTable {
  const next = generator(3);
  const time = () => {
    const median = Math.round(1e6 * (0.05 + next())) / 1e9;
    return { low: median / 2, median, high: 2 * median };
  };
  const keys = [...spaceParts(space, sizes).keys()];
  return {
    space: space.name,
    machine: "made up",
    device: "CPU:0",
    threads: 1,
    versions: { tensorflow: "2" },
    batch: 1,
    ...sizes,
    rounds: 15,
    call: { low: 1e-6, median: 2e-6, high: 3e-6 },
    parts: Object.fromEntries(keys.map((key) => [key, time()])),
  };
}

Deno.test("parseDuration() reads every unit, and refuses what is no duration", () => {
  const known: [string, number][] = [
    ["12ms", 0.012],
    ["12 ms", 0.012],
    [" 1.5s ", 1.5],
    ["800us", 800e-6],
    ["800µs", 800e-6],
    ["800μs", 800e-6],
    ["250ns", 250e-9],
    [".5s", 0.5],
    ["2e-3s", 0.002],
  ];
  for (const [text, seconds] of known) assertAlmostEquals(parseDuration(text), seconds, 1e-18);
  assertEquals(parseDuration("12ms"), 0.012);
  for (const text of ["", "12", "ms", "-1ms", "12 m", "12MS", "1,5s", "NaNs", "twelve ms", "1s2"]) {
    assertThrows(() => parseDuration(text), SyntaxError, "Cannot read a duration");
  }
  for (const text of ["0ms", "1e9s", "1e400s"]) {
    assertThrows(() => parseDuration(text), RangeError, "not above 0 and up to a day");
  }
  assertThrows(() => parseDuration(12 as never), TypeError, "it is 12");
});

Deno.test("formatLatency() has three digits at every size", () => {
  const times = [1e-6, 45.67e-6, 999.96e-6, 1e-3, 9.9999e-3, 0.12345, 0.99996, 12.3];
  const texts = ["1.00 µs", "45.7 µs", "1.00 ms", "1.00 ms", "10.0 ms", "123 ms", "1.00 s"];
  assertEquals(times.map(formatLatency), [...texts, "12.3 s"]);
});

Deno.test("spreadOf() is median and quartiles, as numpy.percentile has them", () => {
  assertEquals(spreadOf([5, 1, 4, 2, 3]), { low: 2, median: 3, high: 4 });
  assertEquals(spreadOf([4, 1, 2, 3]), { low: 1.75, median: 2.5, high: 3.25 });
});

Deno.test("a space's parts are exactly those of its networks", () => {
  const small = defineSpace({
    name: "small",
    blocks: [
      { stride: 2, cells: [{ width: 8, depth: 1 }, { width: 16, depth: 2 }] },
      { stride: 1, cells: [{ width: 16, depth: 2 }] },
    ],
    operations: [{ kernel: 3, expansion: 3 }, { kernel: 5, expansion: 6, activation: "relu" }],
  });
  const keys = new Set<string>();
  for (const choice of everyChoice(small)) {
    for (const part of networkParts(assemble(small, choice), SIZES)) keys.add(partKey(part));
  }
  assertEquals(new Set(spaceParts(small, SIZES).keys()), keys);
  // The second block's first layer at width 16 is its second layer: equal work has one entry.
  const wide = [...keys].filter((key) => key.startsWith("ir_k3_s1") && key.includes("reads 16@"));
  assertEquals(wide.length, 1);
});

Deno.test("latency() is the sum of the parts without their calls, and one call", () => {
  const table = madeUp(FASHION);
  for (const { architecture } of sampleArchitectures(FASHION, createRandom(1), 20, SIZES)) {
    const parts = networkParts(architecture, SIZES).map(partKey);
    assertEquals(parts.length, architecture.blocks.flat().length + 3);
    const nanoseconds = parts.reduce(
      (sum, key) => sum + Math.round(1e9 * table.parts[key].median) - 2000,
      2000,
    );
    assertEquals(latency(architecture, table), nanoseconds / 1e9);
  }
});

Deno.test("latencyCost() gives search() the latencies that latency() tells", () => {
  const next = generator(5);
  const ratings = ratingsOf("fashion", FASHION, next, 28, 10);
  const table = madeUp(FASHION);
  const cost = latencyCost(table);
  const free = search(ratings, { costs: [{ cost }] });
  const max = Math.round(0.8 * free.costs!.latency);
  const bound = search(ratings, { costs: [{ cost, max }] });
  for (const { architecture, costs } of [free, bound]) {
    assertEquals(costs!.latency / 1e9, latency(architecture, table));
  }
  assert(bound.costs!.latency <= max && bound.loss > free.loss);
  assertThrows(() => search(ratings, { costs: [{ cost, max: 1 }] }), RangeError, "ns latency");
  latencyCost(table, ratings);
  for (const other of [{ resolution: 32, classes: 10 }, { resolution: 28, classes: 11 }]) {
    const both = `28 pixels and 10 classes where networks are for ${other.resolution} pixels`;
    assertThrows(() => latencyCost(table, other), RangeError, both);
  }
});

Deno.test("a table that lacks a layer says which", () => {
  const table = madeUp(FASHION);
  const [{ architecture }] = sampleArchitectures(FASHION, createRandom(1), 1, SIZES);
  assertThrows(
    () => latency({ ...architecture, head: 161 }, table),
    Error,
    'space "fashion" for 28 pixels and 10 classes has no head_c161_nsw reads',
  );
  assertThrows(() => latency(architecture, { ...table, classes: 11 }), Error, "classifier_c11");
  assertThrows(() => latency(architecture, { ...table, resolution: 32 }), Error, "reads 1@32");
});

Deno.test("the function that is timed is the network's inference", () => {
  const architecture = parseArchitecture(
    "ds_r1_k3_s1_c16_se0.25 | ir_r1_k5_s2_e6_c24_se0.25 ir_r1_k3_s1_e3_c24 | head_c64",
  );
  const sizes = { batch: 2, resolution: 20, classes: 5 };
  const maps = new Map<string, tf.Tensor>();
  const before = tf.memory().numTensors;
  const { fn, x } = networkFunction(architecture, sizes, maps);
  assertEquals(x.shape, [2, 20, 20, 3]);
  const network = buildNetwork(architecture, { classes: 5, resolution: 20 });
  const logits = network.logits(x as tf.Tensor4D);
  assertAlmostEquals(fn.run(x), logits.dataSync()[0], 1e-5);
  assertEquals(fn.run(x), fn.run(x));
  tf.dispose([logits, x]);
  network.dispose();
  fn.dispose();
  assertEquals(tf.memory().numTensors, before);
});

Deno.test("measureLatency() orders networks as they are, and leaves no tensors", async () => {
  const before = tf.memory().numTensors;
  const sizes = { resolution: 64, classes: 4, rounds: 3 };
  const stages = new Map<string, number>();
  const table = await measureLatency(TWO, {
    ...sizes,
    batch: 2,
    onProgress: ({ stage, done, total }) => stages.set(stage, done / total),
  });
  assertEquals(Object.keys(table.parts), [...spaceParts(TWO, sizes).keys()]);
  assertEquals([table.batch, table.resolution, table.classes, table.rounds], [2, 64, 4, 3]);
  assertEquals(Object.fromEntries(stages), { compile: 1, measure: 1 });
  for (const { low, median, high } of [table.call, ...Object.values(table.parts)]) {
    assert(low > 0 && low <= median && median <= high);
  }
  const narrow = assemble(TWO, [{ cell: 0, path: 0 }]);
  const wide = assemble(TWO, [{ cell: 1, path: 7 }]);
  // Some two hundred times the work: no busy machine hides that.
  assert(latency(wide, table) > 3 * latency(narrow, table));
  const [slow, fast] = await measureNetworks([wide, narrow], { ...sizes, batch: 2 });
  assert(slow.median > 2 * fast.median);
  assertEquals(tf.memory().numTensors, before);
});

Deno.test("measureLatency() stops when it is told to, and refuses wrong options", async () => {
  const before = tf.memory().numTensors;
  const stop = new AbortController();
  const onProgress = () => stop.abort();
  const options = { resolution: 16, classes: 4, onProgress, signal: stop.signal };
  await assertRejects(() => measureLatency(TWO, options), DOMException, "abort");
  assertEquals(tf.memory().numTensors, before);
  const wrong = [
    [{}, TypeError, "resolution is missing"],
    [{ resolution: 0 }, RangeError, "resolution is 0"],
    [{ resolution: 16, batch: 1.5 }, RangeError, "batch is 1.5"],
    [{ resolution: 16, rounds: 0 }, RangeError, "rounds is 0"],
    [{ resolution: 16, classes: "10" }, TypeError, "classes is"],
    [{ resolution: 16, round: 1 }, TypeError, 'unknown key "round"'],
    [{ resolution: 16, device: "TPU:9" }, RangeError, "TPU:9"],
  ] as const;
  for (const [options, Kind, message] of wrong) {
    await assertRejects(() => measureLatency(TWO, options as never), Kind, message);
  }
});

Deno.test("a table survives its file, and equal tables have equal bytes", async () => {
  await withFolder(async (folder) => {
    const table = madeUp(FASHION);
    const [one, two] = ["one.json", "two.json"].map((name) => join(folder, name));
    await writeLatencyTable(one, table);
    const read = await readLatencyTable(one);
    assertEquals(read, table);
    await writeLatencyTable(two, read);
    assertEquals(await Deno.readTextFile(two), await Deno.readTextFile(one));
    await assertRejects(
      () => writeLatencyTable(two, { ...table, batch: 0 }),
      RangeError,
      "batch is 0",
    );
    assertEquals(await readLatencyTable(two), table);
  });
});

Deno.test("readLatencyTable() says what is wrong with a file", async () => {
  await withFolder(async (folder) => {
    const path = join(folder, "table.json");
    await writeLatencyTable(path, madeUp(FASHION));
    const good = JSON.parse(await Deno.readTextFile(path));
    const [key] = Object.keys(good.parts);
    const wrong: [string, unknown][] = [
      ["format is missing", { ...good, format: undefined }],
      ["format is", { ...good, format: "DNA latency table 2" }],
      ["unknown key", { ...good, more: 1 }],
      ["space is missing", { ...good, space: undefined }],
      ["machine is", { ...good, machine: 7 }],
      ["device is", { ...good, device: "" }],
      ["threads is 0", { ...good, threads: 0 }],
      ["threads is missing", { ...good, threads: undefined }],
      ["versions.tensorflow is", { ...good, versions: { tensorflow: 2 } }],
      ["batch is", { ...good, batch: "1" }],
      ["resolution is 0", { ...good, resolution: 0 }],
      ["classes is -1", { ...good, classes: -1 }],
      ["rounds is 1.5", { ...good, rounds: 1.5 }],
      ["call is missing", { ...good, call: undefined }],
      ["call.low is -1", { ...good, call: { low: -1, median: 1, high: 1 } }],
      ["call.median is 1", { ...good, call: { low: 2, median: 1, high: 2 } }],
      ["call.high is", { ...good, call: { low: 1, median: 1, high: null } }],
      ["parts is empty", { ...good, parts: {} }],
      ["parts is an array", { ...good, parts: [] }],
      ["median is missing", { ...good, parts: { [key]: { low: 1, high: 1 } } }],
      ["it is an array", []],
      ["it is null", null],
    ];
    for (const [message, value] of wrong) {
      await Deno.writeTextFile(path, JSON.stringify(value));
      const error = await assertRejects(() => readLatencyTable(path), Error, message);
      assert(error.message.startsWith(`Cannot use ${path}: `), error.message);
    }
    await Deno.writeTextFile(path, "{");
    await assertRejects(() => readLatencyTable(path), SyntaxError, "Cannot read");
    await assertRejects(() => readLatencyTable(join(folder, "no")), Error, "does not exist");
    assertThrows(() => parseLatencyTable(undefined), TypeError, "a latency table: it is missing");
  });
});

Deno.test("deno task latency writes a table, and refuses wrong options in one sentence", async () => {
  await withFolder(async (folder) => {
    const { name, stem, blocks, operations, head } = TWO;
    const space = join(folder, "space.json");
    await Deno.writeTextFile(space, JSON.stringify({ name, stem, blocks, operations, head }));
    const out = join(folder, "table.json");
    const sizes = ["--space", space, "--resolution", "16", "--classes", "4", "--rounds", "1"];
    const ended = await runTask("latency", [...sizes, "--out", out, "--quiet"]);
    assertEquals([ended.code, ended.stderr], [0, ""]);
    const table = await readLatencyTable(out);
    assertEquals([table.space, table.resolution, table.rounds], ["narrow or wide", 16, 1]);
    const wrong: [string[], number, string][] = [
      [["--space", "none"], 2, "known are dna"],
      [["--batch", "0"], 2, "--batch"],
      [["--rounds", "x"], 2, "--rounds"],
      [["--resolutoin", "28"], 2, "did you mean --resolution"],
      [["--out", folder], 2, "it is a folder"],
      [[...sizes, "--out", join(folder, "no", "table.json")], 1, "does not exist"],
      [[...sizes, "--device", "TPU:9", "--out", out], 1, "TPU:9"],
    ];
    for (const [args, code, message] of wrong) {
      const ended = await runTask("latency", [...args, "--quiet"]);
      assertEquals([ended.code, ended.stdout], [code, ""], ended.stderr);
      assert(ended.stderr.includes(message) && ended.stderr.trim().split("\n").length === 1);
    }
  });
});

Deno.test("deno task search keeps to a latency by a table, and verify checks it", async () => {
  await withFolder(async (folder) => {
    const args = [...await tinyRun(folder, "run"), "--no-retrain", "--quiet"];
    const table = join(folder, "table.json");
    const space = join(folder, "tiny.json");
    const measured = await runTask("latency", [
      ...["--space", space, "--resolution", "28", "--classes", "10", "--rounds", "1"],
      ...["--out", table, "--quiet"],
    ]);
    assertEquals(measured.code, 0, measured.stderr);
    const run = (...more: string[]) => runTask("search", [...args, "--latency", table, ...more]);
    const { code, stdout, stderr } = await run("--max-latency", "10s");
    assertEquals([code, stderr], [0, ""]);
    assertMatch(stdout, /latency/);
    const file = join(folder, "run", "architecture.json");
    const result = JSON.parse(await Deno.readTextFile(file));
    assertEquals(result.ownBudgets, { latency: 1e10 });
    assert(result.costs.latency > 0 && result.costs.latency <= 1e10);
    const verified = await runTask("search", ["verify", file]);
    assertEquals(verified.code, 0, verified.stderr);
    assertMatch(verified.stdout, /10000000000 latency/);
    args.splice(args.indexOf("--out"), 2);
    const tight = await run("--out", join(folder, "none"), "--max-latency", "1ns");
    assertEquals(tight.code, 1);
    assertMatch(tight.stderr, /the cheapest has [\d,]+ ns latency/);
    const without = await runTask("search", [...args, "--max-latency", "1ms"]);
    assertMatch(without.stderr, /--latency FILE/);
  });
});
