/**
 * The simulation of more devices: its arithmetic, and the task around it.
 *
 * @module
 */

import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { outlineTeacher, searchSpace, simulateDevices } from "../mod.ts";
import { cellMacs } from "../lib/devices/plan.ts";
import { smallTeacher, SPACE } from "./_supernet.ts";
import { useEngine } from "../mod.ts";

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
  assertAlmostEquals(eight.stepSeconds, 8 + 1 + 4 * longest / total);
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
  assertEquals(rows[5].stepSeconds, rows[4].stepSeconds);
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
