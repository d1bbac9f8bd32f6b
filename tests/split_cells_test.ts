/**
 * Cells whose batches are split over several devices: what they learn, and what a lost device changes.
 *
 * @module
 */

import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import {
  adam,
  createRandom,
  createSupernet,
  describePlan,
  type DevicePlan,
  distill,
  distillOn,
  localSites,
  type Optimizer,
  ratePartsOn,
  restoreSupernet,
  saveSupernet,
  sgd,
  type SharedDistillOptions,
  type SharedPosition,
  type Site,
  type Supernet,
  type SupernetState,
  tf,
  useEngine,
} from "../mod.ts";
import { ratingPlaces } from "../lib/supernet/_rating_places.ts";
import { smallImages, smallTeacher, SPACE } from "./_supernet.ts";

await useEngine({ cpuDevices: 2, threads: 1 });
const teacher = smallTeacher();
const data = smallImages(64);
const DISTIL = { teacher, data, epochs: 2, batch: 16, seed: 1, lanes: 1 };
const RATE = { teacher, validation: smallImages(40, 2), calibration: data, batch: 20, lanes: 1 };

// Adam divides by a gradient's own size: where one is near 0 rounding alone would decide.
const MOMENTUM = sgd({ momentum: 0.9, nesterov: false });
const ONE = [{ block: 0, cell: 1 }];

function supernetBy(optimizer: Optimizer): Supernet {
  return createSupernet(SPACE, teacher, { random: createRandom(1), optimizer });
}

/** Distils one cell on sites, and rates it on all devices. */
async function oneCell(
  sites: readonly Site[],
  options: Partial<SharedDistillOptions>,
  optimizer = MOMENTUM,
): Promise<{ vectors: SupernetState["vectors"]; sums: number[]; plans: string[] }> {
  const supernet = supernetBy(optimizer);
  const plans: string[] = [];
  const onPlan = (plan: DevicePlan) => plans.push(describePlan(plan));
  await distillOn(sites, supernet, { ...DISTIL, cells: ONE, onPlan, ...options });
  const { vectors } = saveSupernet(supernet);
  const only = ratingPlaces(supernet).filter(({ block, cell }) => block === 0 && cell === 1);
  const parts = await ratePartsOn(await localSites("auto"), supernet, { ...RATE, only });
  supernet.dispose();
  return { vectors, sums: parts.flatMap(({ sums }) => sums), plans };
}

/** The largest difference of two states' weights and statistics, as a share of the vector's length. */
function farthest(a: SupernetState["vectors"], b: SupernetState["vectors"]): number {
  const learnt = Object.entries(a).filter(([name]) => /\.(weights|statistics)$/.test(name));
  return Math.max(
    ...learnt.map(([name, values]) => {
      const difference = Math.hypot(...values.map((value, i) => value - b[name][i]));
      return difference / Math.max(1e-3, Math.hypot(...values));
    }),
  );
}

Deno.test("distillOn() splits one cell's batches over two devices: synchronised as one device, to 1e-5", async () => {
  const before = tf.memory().numTensors;
  const [first, second] = await localSites("auto");
  for (const optimizer of [MOMENTUM, adam()]) {
    const alone = await oneCell([first], {}, optimizer);
    const shared = await oneCell([first, second], { syncBn: true }, optimizer);
    assertEquals(shared.plans.map((plan) => plan.replace(/ \(.*\)/g, "")), [
      "CPU:0: part 1 of 2 of 0.1\nCPU:1: part 2 of 2 of 0.1\n" +
      "Expected balance: 100 %, by multiply-adds",
    ]);
    if (optimizer === MOMENTUM) {
      assert(farthest(shared.vectors, alone.vectors) < 1e-5);
      const parts = await oneCell([first], { syncBn: true, microBatch: 8 });
      assertEquals(shared.vectors, parts.vectors);
    }
    alone.sums.forEach((sum, path) => assertAlmostEquals(shared.sums[path] / sum, 1, 1e-5));
  }
  assertEquals(tf.memory().numTensors, before);
});

Deno.test("distillOn() over two devices without synchronising is micro-batches of their parts, to 1e-5", async () => {
  const before = tf.memory().numTensors;
  const [first, second] = await localSites("auto");
  const parts = await oneCell([first], { microBatch: 8 });
  const shared = await oneCell([first, second], {});
  assert(farthest(shared.vectors, parts.vectors) < 1e-5);
  // A size that is given stays, each device with several parts.
  const four = await oneCell([first], { microBatch: 4 });
  const twice = await oneCell([first, second], { microBatch: 4 });
  assert(farthest(twice.vectors, four.vectors) < 1e-5);
  assert(farthest(four.vectors, parts.vectors) > 1e-4);
  assertEquals(tf.memory().numTensors, before);
});

Deno.test("distillOn() goes on with a cell that was split when one of its devices is lost, in the same parts", async () => {
  const before = tf.memory().numTensors;
  const sites = await localSites("auto");
  const shared = await oneCell(sites, {});
  for (const doomed of [0, 1]) {
    let steps = 0;
    const said: string[] = [];
    const given = sites.map((site, i): Site =>
      i !== doomed ? site : {
        ...site,
        lost: () => Promise.resolve(steps > 5 ? "it was unplugged" : undefined),
      }
    );
    const left = await oneCell(given, {
      checkpointSeconds: 0,
      onProgress: () => {
        if (++steps === 6) throw new Error("no answer");
      },
      onLost: (_, sentence) => said.push(sentence),
    });
    assertEquals(said.length, 1);
    assert(farthest(left.vectors, shared.vectors) < 1e-5);
  }
  assertEquals(tf.memory().numTensors, before);
});

Deno.test("distillOn() resumes a cell that was split on one device, in the same parts", async () => {
  const sites = await localSites("auto");
  const stop = new AbortController();
  let saved: { position: SharedPosition; state: SupernetState } | undefined;
  const supernet = supernetBy(MOMENTUM);
  const options = { ...DISTIL, cells: ONE };
  await assertRejects(() =>
    distillOn(sites, supernet, {
      ...options,
      signal: stop.signal,
      onProgress: ({ done }) => done === 5 && stop.abort(),
      onCheckpoint: (position, state) => {
        saved = { position, state };
      },
    })
  );
  assertEquals(saved!.position.groups.map(({ microBatch }) => microBatch), [8]);
  restoreSupernet(supernet, saved!.state);
  await distillOn(sites.slice(0, 1), supernet, { ...options, position: saved!.position });
  const { vectors } = saveSupernet(supernet);
  assert(farthest(vectors, (await oneCell(sites, {})).vectors) < 1e-5);
  supernet.dispose();
});

Deno.test("distill() refuses batches that devices cannot share equally", async () => {
  const [, second] = await localSites("auto");
  const supernet = supernetBy(MOMENTUM);
  const sharedWith = [second.device, second.device];
  await assertRejects(
    () => distill(supernet, { ...DISTIL, sharedWith }),
    RangeError,
    "on each of 3 devices",
  );
  supernet.dispose();
});
