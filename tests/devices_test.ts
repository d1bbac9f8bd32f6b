/**
 * Several devices: where ops run, which device gets which cells, and that no rating changes.
 *
 * @module
 */

import { assert, assertAlmostEquals, assertEquals, assertRejects, assertThrows } from "@std/assert";
import fc from "fast-check";
import {
  compile,
  createRandom,
  createSupernet,
  describePlan,
  distill,
  distillOn,
  localSites,
  outlineTeacher,
  planCells,
  rate,
  ratePartsOn,
  type Ratings,
  restoreSupernet,
  saveSupernet,
  searchSpace,
  type SharedPosition,
  type Site,
  type Supernet,
  type SupernetState,
  tf,
  useEngine,
} from "../mod.ts";
import { deviceOf } from "../lib/devices/device_of.ts";
import { cellName } from "../lib/supernet/cell_names.ts";
import { longestFirst } from "../lib/devices/plan.ts";
import { onDevice, placement } from "../lib/tensorflow/placement.ts";
import { smallImages, smallTeacher, SPACE } from "./_supernet.ts";

const engine = await useEngine({ cpuDevices: 2, threads: 1 });
const teacher = smallTeacher();
const data = smallImages(64);
const DISTIL = { teacher, data, epochs: 3, batch: 16, seed: 1, lanes: 1 };
const RATE = { teacher, validation: smallImages(40, 2), calibration: data, batch: 20, lanes: 1 };

function freshSupernet(): Supernet {
  return createSupernet(SPACE, teacher, { random: createRandom(1) });
}

/** The ratings of a supernet trained on one device without a stop. */
const expected = await (async () => {
  const supernet = freshSupernet();
  await distill(supernet, DISTIL);
  const ratings = await rate(supernet, RATE);
  const state = saveSupernet(supernet);
  supernet.dispose();
  return { ratings, state };
})();

function assertSameRatings(actual: Ratings, wanted: Ratings): void {
  wanted.blocks.forEach((block, i) =>
    block.cells.forEach((cell, j) =>
      cell.losses.forEach((loss, path) =>
        assertAlmostEquals(actual.blocks[i].cells[j].losses[path], loss, 1e-6)
      )
    )
  );
}

/** A site that is lost after so many steps. */
function failingSite(site: Site, steps: number): { site: Site; onProgress: () => void } {
  let count = 0;
  return {
    site: {
      ...site,
      name: "doomed",
      lost: () => Promise.resolve(count > steps ? "it was unplugged" : undefined),
    },
    onProgress: () => {
      if (placement()?.device === site.device && ++count > steps) throw new Error("no answer");
    },
  };
}

Deno.test("onDevice() places ops, those after an await too, and leaves other code where it is", async () => {
  const [first, second] = engine.devices;
  const double = compile((x: tf.Tensor) => x.mul(2));
  const seen: (string | undefined)[] = [];
  const work = onDevice(second, async () => {
    const y = await double.async(tf.ones([3]));
    seen.push(placement()?.device.name);
    return y;
  });
  seen.push(placement()?.device.name);
  const other = onDevice(first, async () => {
    await Promise.resolve();
    return placement()?.device.name;
  });
  const y = await work;
  assertEquals([...await y.data()], [2, 2, 2]);
  assertEquals(deviceOf(y), second.fullName);
  assertEquals(seen, [undefined, "CPU:1"]);
  assertEquals(await other, "CPU:0");
  y.dispose();
  double.dispose();
});

Deno.test("useEngine() refuses another number of CPU devices, and one that cannot be", async () => {
  await assertRejects(() => useEngine({ cpuDevices: 3 }), RangeError, "as 3 devices");
  await assertRejects(() => useEngine({ cpuDevices: 0 }), RangeError, "from 1 to 64");
});

Deno.test("localSites() gives each device once and lists what there is", async () => {
  assertEquals((await localSites("auto")).map(({ name }) => name), ["CPU:0", "CPU:1"]);
  assertEquals((await localSites("cpu:1,CPU:1")).map(({ name }) => name), ["CPU:1"]);
  await assertRejects(() => localSites("GPU:7"), RangeError, "CPU:0, CPU:1");
});

Deno.test("planCells() gives every cell to one device, and the longest at most 4/3 of the best", () => {
  const outline = outlineTeacher("tf_efficientnet_b7", { resolution: 224 });
  const space = searchSpace("dna");
  for (const devices of [1, 2, 4, 8, 16, 20]) {
    const names = Array.from({ length: devices }, (_, i) => `GPU:${i}`);
    const plan = planCells(space, outline, names);
    const cells = plan.devices.flatMap(({ cells }) => cells);
    assertEquals(new Set(cells.map(({ block, cell }) => `${block}.${cell}`)).size, 16);
    assertEquals(cells.length, 16);
  }
  assertThrows(() => planCells(space, outline, []), RangeError, "no device");
  assertThrows(() => planCells(space, outline, ["CPU:0"], { times: {} }), RangeError, "cell 0.0");
});

Deno.test("longestFirst() stays within 4/3 − 1/3m of the best assignment, by brute force", () => {
  const times = fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 7 });
  fc.assert(
    fc.property(times, fc.integer({ min: 1, max: 3 }), (times, devices) => {
      const parts = longestFirst(times, devices, (time) => time);
      assertEquals(parts.flatMap(({ items }) => items).sort(), times.toSorted());
      const longest = Math.max(...parts.map(({ time }) => time));
      let best = Infinity;
      for (let code = 0; code < devices ** times.length; code++) {
        const loads = new Array(devices).fill(0);
        times.forEach((time, i) => loads[Math.floor(code / devices ** i) % devices] += time);
        best = Math.min(best, Math.max(...loads));
      }
      assert(longest <= best * (4 / 3 - 1 / (3 * devices)) + 1e-9);
    }),
    { numRuns: 40 },
  );
});

Deno.test("describePlan() names cells, times and balance", () => {
  const times = { "0.0": 1, "0.1": 3, "1.0": 2 };
  const plan = planCells(SPACE, teacher, ["a", "b", "c", "d"], { times });
  assertEquals(
    describePlan(plan),
    "a: 0.1 (3.00 s)\nb: 1.0 (2.00 s)\nc: 0.0 (1.00 s)\nd: nothing (0.00 s)\n" +
      "Expected balance: 50 %, by measured times",
  );
});

Deno.test("planCells() splits cells over more devices than cells, in parts that divide a batch", () => {
  const places = [{ block: 0, cell: 0 }, { block: 0, cell: 1 }, { block: 1, cell: 0 }];
  const counts = fc.record({
    devices: fc.integer({ min: 1, max: 12 }),
    parts: fc.integer({ min: 1, max: 12 }),
    times: fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 3, maxLength: 3 }),
  });
  fc.assert(fc.property(counts, ({ devices, parts, times }) => {
    const names = Array.from({ length: devices }, (_, i) => `GPU:${i}`);
    const byName = Object.fromEntries(places.map((place, i) => [cellName(place), times[i]]));
    const plan = planCells(SPACE, teacher, names, { times: byName, parts });
    const longest = Math.max(...plan.devices.map(({ time }) => time));
    for (const [i, place] of places.entries()) {
      const own = plan.devices.flatMap(({ cells }) => cells)
        .filter((cell) => cellName(cell) === cellName(place));
      const size = own.length;
      assert(size === 1 || parts % size === 0);
      for (const { time } of own) assertAlmostEquals(time, times[i] / size);
      const indices = own.flatMap(({ part }) => part?.index ?? []);
      assertEquals(indices, size === 1 ? [] : Array.from({ length: size }, (_, i) => i));
      assert(own.every(({ part }) => (part?.of ?? 1) === size));
      // The longest could not be shorter: its next size needs more devices than are idle.
      if (times[i] / size < longest || devices < 3) continue;
      const idle = plan.devices.filter(({ cells }) => cells.length === 0).length;
      const others = plan.devices.filter(({ time }) => time === longest).length > size;
      const next = Array.from({ length: parts }, (_, i) => i + 1)
        .find((count) => count > size && parts % count === 0);
      assert(others || next === undefined || next - size > idle);
    }
  }));
});

Deno.test("describePlan() says which part of which cell a device has", () => {
  const times = { "0.0": 1, "0.1": 6, "1.0": 2 };
  const names = ["a", "b", "c", "d", "e", "f"];
  const plan = planCells(SPACE, teacher, names, { times, parts: 8 });
  assertEquals(
    describePlan(plan),
    "a: part 1 of 4 of 0.1 (1.50 s)\nb: part 2 of 4 of 0.1 (1.50 s)\n" +
      "c: part 3 of 4 of 0.1 (1.50 s)\nd: part 4 of 4 of 0.1 (1.50 s)\n" +
      "e: 1.0 (2.00 s)\nf: 0.0 (1.00 s)\nExpected balance: 75 %, by measured times",
  );
});

Deno.test("distillOn() and ratePartsOn() over two devices give the ratings of one", async () => {
  const before = tf.memory().numTensors;
  const supernet = freshSupernet();
  const sites = await localSites("auto");
  const plans: string[][] = [];
  const epochs = await distillOn(sites, supernet, {
    ...DISTIL,
    onPlan: ({ devices }) => plans.push(devices.map(({ cells }) => `${cells.length}`)),
  });
  assertEquals(plans, [["1", "2"]]);
  assertEquals(epochs.map(({ epoch, block, cell }) => `${epoch} ${block}.${cell}`), [
    ...["1 0.0", "1 0.1", "1 1.0", "2 0.0", "2 0.1", "2 1.0", "3 0.0", "3 0.1", "3 1.0"],
  ]);
  assertEquals(saveSupernet(supernet), expected.state);
  const parts = await ratePartsOn(sites, supernet, RATE);
  assertSameRatings(await rate(supernet, { ...RATE, parts }), expected.ratings);
  supernet.dispose();
  assertEquals(tf.memory().numTensors, before);
});

Deno.test("distillOn() goes on without a lost site, from the last checkpoint, to the same weights", async () => {
  const before = tf.memory().numTensors;
  const [first, second] = await localSites("auto");
  const { site, onProgress } = failingSite(second, 5);
  const supernet = freshSupernet();
  const said: string[] = [];
  const logged: string[] = [];
  await distillOn([first, site], supernet, {
    ...DISTIL,
    checkpointSeconds: 0,
    onProgress,
    onEpoch: (cells) => {
      cells.forEach(({ epoch, block, cell }) => logged.push(`${epoch} ${block}.${cell}`));
    },
    onLost: (_, sentence) => said.push(sentence),
  });
  assertEquals(said, [
    "Lost doomed: it was unplugged; its cells go on from the last checkpoint on CPU:0",
  ]);
  assertEquals(new Set(logged).size, 9);
  assertEquals(logged.length, 9);
  assertEquals(saveSupernet(supernet), expected.state);
  supernet.dispose();
  assertEquals(tf.memory().numTensors, before);
});

Deno.test("distillOn() without any site left stops, and resumes on others to the same weights", async () => {
  const [first, second] = await localSites("auto");
  const { site, onProgress } = failingSite(second, 6);
  const supernet = freshSupernet();
  let saved: { position: SharedPosition; state: SupernetState } | undefined;
  await assertRejects(
    () =>
      distillOn([site], supernet, {
        ...DISTIL,
        checkpointSeconds: 0,
        onProgress,
        onCheckpoint: (position, state) => {
          saved = { position, state };
        },
      }),
    Error,
    "none of doomed is left",
  );
  supernet.dispose();
  const again = freshSupernet();
  restoreSupernet(again, saved!.state);
  assertEquals(saved!.position.groups.map(({ position }) => position?.step), [6]);
  await distillOn([first, second], again, { ...DISTIL, position: saved!.position });
  assertEquals(saveSupernet(again), expected.state);
  again.dispose();
});

Deno.test("ratePartsOn() gives a lost site's paths to the others", async () => {
  const [first, second] = await localSites("auto");
  const { site, onProgress } = failingSite(second, 3);
  const supernet = freshSupernet();
  await distill(supernet, DISTIL);
  const said: string[] = [];
  const parts = await ratePartsOn([first, site], supernet, {
    ...RATE,
    onProgress,
    onLost: (_, sentence) => said.push(sentence),
  });
  assertEquals(said.length, 1);
  assertSameRatings(await rate(supernet, { ...RATE, parts }), expected.ratings);
  supernet.dispose();
});

Deno.test("distillOn() throws an error that no lost site explains, once", async () => {
  const sites = await localSites("auto");
  const supernet = freshSupernet();
  await assertRejects(
    () =>
      distillOn(sites, supernet, {
        ...DISTIL,
        onProgress: () => {
          throw new Error("disk full");
        },
      }),
    Error,
    "disk full",
  );
  supernet.dispose();
});
