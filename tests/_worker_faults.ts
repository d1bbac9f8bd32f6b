/**
 * Workers that are started again in mid-run, and that answer late: what a leader makes of them.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import {
  createRandom,
  createSupernet,
  distill,
  distillOn,
  joinWorkers,
  parseWorkers,
  rate,
  ratePartsOn,
  saveSupernet,
  useEngine,
} from "../mod.ts";
import { smallImages, smallTeacher, SPACE } from "./_supernet.ts";
import { startWorker, type WorkerProcess } from "../tasks/bench/_worker_processes.ts";

await useEngine({ threads: 1 });
const data = smallImages(64);
const teacher = smallTeacher();
const DISTIL = { teacher, data, epochs: 4, batch: 16, seed: 1, checkpointSeconds: 0 };
const RATE = { teacher, validation: smallImages(40, 2), calibration: data, batch: 20 };

/** A worker that is halted for most of the time, until the receiver is disposed of. */
function halting(worker: WorkerProcess, halted: number, awake: number): Disposable {
  let timer: ReturnType<typeof setTimeout>;
  const turn = (halt: boolean) => {
    worker.kill(halt ? "SIGSTOP" : "SIGCONT");
    timer = setTimeout(turn, halt ? halted : awake, !halt);
  };
  turn(true);
  return {
    [Symbol.dispose]() {
      clearTimeout(timer);
      worker.kill("SIGCONT");
    },
  };
}

Deno.test({
  name: "a worker that answers late is kept and named, one that is started again is lost",
  // A worker's last calls may outlive the test.
  sanitizeOps: false,
  sanitizeResources: false,
  async fn(t) {
    const workers = await Promise.all([startWorker(), startWorker()]);
    const addresses = parseWorkers(workers.map(({ port }) => `127.0.0.1:${port}`).join(","));
    const slow: string[] = [];
    const joined = await joinWorkers(addresses, {
      patience: 7.5,
      pulse: 0.2,
      onSlow: (sentence) => slow.push(sentence),
    });
    const { sites } = joined;
    const plain = createSupernet(SPACE, teacher, { random: createRandom(1) });
    await distill(plain, DISTIL);
    const expected = saveSupernet(plain);
    const ratings = await rate(plain, RATE);
    plain.dispose();
    /** Distils and rates with something done to a worker at a checkpoint; gives what was said. */
    const runWhile = async (disturb: () => void) => {
      const supernet = createSupernet(SPACE, teacher, { random: createRandom(1) });
      const said: string[] = [];
      const onLost = (_: unknown, sentence: string) => said.push(sentence);
      let checkpoints = 0;
      const onCheckpoint = () => {
        if (++checkpoints === 6) disturb();
      };
      await distillOn(sites, supernet, { ...DISTIL, onCheckpoint, onLost });
      assertEquals(saveSupernet(supernet), expected);
      const parts = await ratePartsOn(sites, supernet, { ...RATE, onLost });
      assertEquals((await rate(supernet, { ...RATE, parts })).blocks, ratings.blocks);
      supernet.dispose();
      return said;
    };
    try {
      await t.step("slow", async () => {
        let halt: Disposable | undefined;
        try {
          const said = await runWhile(() => halt = halting(workers[0], 3000, 600));
          assertEquals(said, []);
        } finally {
          halt?.[Symbol.dispose]();
        }
        assertEquals(slow.length, 1);
        assert(/^Worker 127\.0\.0\.1:\d+ is slow: it answered after \d s$/.test(slow[0]), slow[0]);
      });

      await t.step("started again", async () => {
        let again: Promise<WorkerProcess> | undefined;
        const said = await runWhile(() => {
          workers[0].kill("SIGKILL");
          again = workers[0].ended.then(() => startWorker(undefined, workers[0].port));
        });
        workers.push(await again!);
        // Told in the distillation, and once more by the rating, which is given the same sites.
        assertEquals(said.length, 2, said.join("; "));
        for (const sentence of said) {
          assert(sentence.startsWith(`Lost ${sites[0].name}: `), sentence);
          assert(sentence.endsWith(` on ${sites[1].name}`), sentence);
        }
      });

      await t.step("what is lost stays lost, what is not stays", async () => {
        assertEquals(typeof await sites[0].lost!(), "string");
        assertEquals(await sites[1].lost!(), undefined);
      });
    } finally {
      for (const worker of workers) worker[Symbol.dispose]();
      joined.close();
    }
  },
});
