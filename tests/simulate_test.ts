/**
 * The simulation of more devices: its arithmetic, and the task around it.
 *
 * @module
 */

import { assert, assertAlmostEquals, assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  createRandom,
  createSupernet,
  measureCells,
  outlineTeacher,
  searchSpace,
  simulateDevices,
  tf,
  useEngine,
} from "../mod.ts";
import { cellMacs, pathParams } from "../lib/devices/plan.ts";
import { cellTimes } from "../tasks/_measured.ts";
import { smallTeacher, SPACE } from "./_supernet.ts";

await useEngine();
const teacher = smallTeacher();
const WORK = { space: SPACE, teacher, images: 100, epochs: 2, ratedImages: 10 };

Deno.test("simulateDevices() is teacher, longest device and travel, added up by hand", () => {
  const measured = {
    batch: 10,
    stepSeconds: 5,
    teacherSeconds: 1,
    bytesPerSecond: 4 * 144 * 10, // a batch of 12×12 floats a second
    ratingSeconds: 0.5,
  };
  const macs = Object.values(cellMacs(SPACE, teacher));
  const total = macs.reduce((sum, value) => sum + value, 0);
  const [one, two, eight] = simulateDevices(measured, WORK, [1, 2, 8]);
  assertAlmostEquals(one.stepSeconds, 1 + 1 + 4);
  assertAlmostEquals(one.distilSeconds, 6 * 2 * 10);
  assertAlmostEquals(one.ratingSeconds, 10 * (0.1 + 0.1 + 0.4));
  assertEquals([one.balance, one.efficiency], [1, 1]);
  // Three cells: the longest alone, the two others together.
  const [longest, ...others] = macs.toSorted((a, b) => b - a);
  const share = Math.max(longest, others[0] + others[1]) / total;
  assertAlmostEquals(two.stepSeconds, 2 + 1 + 4 * share);
  assertAlmostEquals(two.balance, 0.5 / share);
  // Five devices for 0.1, two for 1.0, one for 0.0: three batches travel, and vectors of weights and gradients.
  const [small, deep, last] = macs.map((value) => 4 * value / total);
  const [, deepParams, lastParams] = Object.values(pathParams(SPACE, teacher));
  const vectors = (5 * 8 * deepParams + 2 * 8 * lastParams) / measured.bytesPerSecond;
  const slowest = Math.max(1 + small, (1 + deep) / 5, (1 + last) / 2);
  assertAlmostEquals(eight.stepSeconds, 3 + vectors + slowest);
  const time = (row: typeof one) => row.distilSeconds + row.ratingSeconds;
  assertAlmostEquals(two.efficiency, time(one) / 2 / time(two));
});

Deno.test("simulateDevices() of the paper's space never gains more than its devices, nor beyond its cells", () => {
  const b7 = outlineTeacher("tf_efficientnet_b7", { resolution: 224 });
  const work = { space: searchSpace("dna"), teacher: b7, images: 1_281_167, epochs: 20 };
  const rows = simulateDevices({ batch: 64, stepSeconds: 10, teacherSeconds: 2 }, work, [
    ...[1, 2, 4, 8, 16, 64],
  ]);
  for (const [i, row] of rows.entries()) {
    assertEquals(row.efficiency <= 1 + 1e-12, true);
    if (i > 0) assertEquals(row.stepSeconds <= rows[i - 1].stepSeconds, true);
  }
  assert(rows[5].stepSeconds < rows[4].stepSeconds / 2);
});

Deno.test("simulateDevices() takes cells' proportions from measured times", () => {
  const measured = { batch: 9, stepSeconds: 5, teacherSeconds: 1 };
  const cellSeconds = { "0.0": 5, "0.1": 3, "1.0": 2 };
  const [one, two] = simulateDevices({ ...measured, cellSeconds }, WORK, [1, 2]);
  assertAlmostEquals(one.stepSeconds, 5);
  assertAlmostEquals(two.stepSeconds, 1 + 4 * 0.5);
  assertAlmostEquals(two.balance, 1);
});

Deno.test("simulateDevices() is never faster than the leader's thread, nor than all work over shared cores", () => {
  const measured = {
    batch: 10,
    stepSeconds: 5,
    teacherSeconds: 1,
    imageSeconds: 0.5,
    stepCpu: { leader: 2, device: 4 },
    ratingSeconds: 0.5,
    ratingCpu: { leader: 0.2, device: 0.4 },
    cellSeconds: { "0.0": 1, "0.1": 1, "1.0": 1 },
  };
  const [one, two, three] = simulateDevices(measured, WORK, [1, 2, 3]);
  assertAlmostEquals(one.stepSeconds, 5);
  assertAlmostEquals(two.stepSeconds, 1 + 0.5 + 3.5 * 2 / 3);
  // The leader's calls are as many, its images are made once for each device: 2 s + 2 · 0.5 s.
  assertAlmostEquals(three.stepSeconds, 3);
  const [alone, shared] = simulateDevices(measured, { ...WORK, cores: 2 }, [1, 2]);
  assertAlmostEquals(alone.stepSeconds, 5);
  assertAlmostEquals(shared.stepSeconds, Math.max((2 + 0.5 + 4 + 1) / 2, 1.5 + 3.5 * 2 / 3));
  assertAlmostEquals(shared.ratingSeconds, 10 * (0.2 + 0.4 + 0.1) / 2);
  const { stepCpu: _, ...without } = measured;
  assertThrows(() => simulateDevices(without, { ...WORK, cores: 2 }, [1]), RangeError, "2 shared");
});

Deno.test("pathParams() is the mean of the layers' weights, as a supernet has them", () => {
  const supernet = createSupernet(SPACE, teacher, { random: createRandom(1) });
  const counted = supernet.blocks.flat().map(({ layers }) =>
    layers.reduce((total, variants) => {
      const sizes = variants.map(({ state }) => state.weights.size);
      return total + sizes.reduce((sum, size) => sum + size, 0) / sizes.length;
    }, 0)
  );
  supernet.dispose();
  const params = Object.values(pathParams(SPACE, teacher));
  // The stem's batch normalisation is not among the layers' costs.
  counted.forEach((count, i) => assertAlmostEquals(params[i] / count, 1, 0.03));
});

Deno.test("measureCells() times every cell, and the task plans by what a file says", async () => {
  const tensors = tf.memory().numTensors;
  const events: number[] = [];
  const measured = await measureCells(SPACE, teacher, {
    batch: 4,
    random: createRandom(1),
    steps: 3,
    onProgress: ({ done }) => events.push(done),
  });
  assertEquals(Object.keys(measured.cellSeconds), ["0.0", "0.1", "1.0"]);
  assert(Object.values(measured.cellSeconds).every((seconds) => seconds > 0));
  assert(measured.teacherSeconds > 0);
  assertEquals(events, Array.from({ length: 3 * (2 + 3) }, (_, i) => i + 1));
  assertEquals(tf.memory().numTensors, tensors);
  const stop = AbortSignal.abort();
  const options = { batch: 4, random: createRandom(1), signal: stop };
  await assertRejects(() => measureCells(SPACE, teacher, options), DOMException);
  assertEquals(tf.memory().numTensors, tensors);

  const file = await Deno.makeTempFile();
  const line = {
    ...{ bench: "supernet", teacher: "fashion", space: "fashion", batch: 8, resolution: 28 },
    ...{ seconds_per_step: 1, teacher_seconds: 0.1, cell_seconds: { "0.0": 0.5, "1.0": 0.25 } },
  };
  await Deno.writeTextFile(file, JSON.stringify(line));
  const fashion = { space: "fashion", cells: "0.0,1.0" };
  assertEquals(await cellTimes(file, fashion), line.cell_seconds);
  assertEquals(await cellTimes(undefined, fashion), undefined);
  await assertRejects(
    () => cellTimes(file, { space: "fashion" }),
    RangeError,
    "no time of cell 1.1 of space fashion",
  );
  await Deno.remove(file);
});

Deno.test("simulateDevices() refuses a teacher's pass that is longer than its step", () => {
  const measured = { batch: 8, stepSeconds: 1, teacherSeconds: 2 };
  assertThrows(() => simulateDevices(measured, WORK, [1]), RangeError, "2 s");
});

Deno.test("deno task simulate reads lines of the bench, and says what is missing", async () => {
  const file = await Deno.makeTempFile();
  const run = async () => {
    const task = new URL("../tasks/simulate.ts", import.meta.url).href;
    const { stdout, stderr, code } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-check", task, "--measured", file, "--devices", "1,8", "--json"],
    }).output();
    return { code, out: new TextDecoder().decode(stdout), err: new TextDecoder().decode(stderr) };
  };
  const line = {
    ...{ bench: "supernet", teacher: "tf_efficientnet_b7", space: "dna", batch: 64 },
    ...{ resolution: 224, seconds_per_step: 10, teacher_seconds: 2 },
  };
  await Deno.writeTextFile(file, JSON.stringify(line) + "\n");
  const { rows } = JSON.parse((await run()).out);
  assertEquals(rows.map((row: { devices: number }) => row.devices), [1, 8]);
  assertAlmostEquals(rows[0].distilSeconds, 10 * 20 * Math.floor(1_281_167 / 64));
  await Deno.writeTextFile(file, "{}\n");
  const { code, err } = await run();
  assertEquals(code, 1);
  assertEquals(err.includes("no line of `deno task bench supernet --json` with batch"), true);
  await Deno.remove(file);
});
