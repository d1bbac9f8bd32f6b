/**
 * Workers: real processes on this machine that compute cells, die and hang.
 *
 * @module
 */

import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  compile,
  createRandom,
  createSupernet,
  distill,
  distillOn,
  joinWorkers,
  parseWorkers,
  rate,
  ratePartsOn,
  saveSupernet,
  type Site,
  type Supernet,
  tf,
  useEngine,
} from "../mod.ts";
import { fence } from "../lib/workers/_fence.ts";
import { onDevice } from "../lib/tensorflow/placement.ts";
import { freePort } from "../lib/workers/_pipes.ts";
import { serverDef } from "../lib/workers/_server_def.ts";
import { smallImages, smallTeacher, SPACE } from "./_supernet.ts";
import { within } from "./_within.ts";
import { startWorker } from "../tasks/bench/_worker_processes.ts";

const data = smallImages(64);
await useEngine({ threads: 1 });
const teacher = smallTeacher();
const DISTIL = { teacher, data, epochs: 4, batch: 16, seed: 1, checkpointSeconds: 0 };
const RATE = { teacher, validation: smallImages(40, 2), calibration: data, batch: 20 };

function freshSupernet(): Supernet {
  return createSupernet(SPACE, teacher, { random: createRandom(1) });
}

Deno.test("parseWorkers() takes names, addresses and IPv6, and refuses what has no port", () => {
  assertEquals(parseWorkers("a:1, 10.0.0.2:65535"), [
    { hostname: "a", port: 1 },
    { hostname: "10.0.0.2", port: 65_535 },
  ]);
  for (const text of ["", "a", "a:", "a:0", "a:65536", "a:1,", ":1", "a:1:2", "http://a:1"]) {
    assertThrows(() => parseWorkers(text), SyntaxError, "HOST:PORT");
  }
  assertThrows(() => parseWorkers("a:1,a:1"), SyntaxError, "a:1 is there twice");
});

Deno.test("serverDef() writes cluster, job, task and protocol by the fields of tensorflow_server.proto", () => {
  const hex = serverDef({ addresses: ["127.0.0.1:1", "h:300"], index: 1 }).toHex();
  assertEquals(
    hex,
    "0a230a210a03646e61120f0800120b3132372e302e302e313a311209080112" +
      "05683a333030" + "1203646e61" + "1801" + "2a0467727063",
  );
});

Deno.test("joinWorkers() refuses quickly, in a sentence, what is no worker of this version", async () => {
  const join = (text: string) => joinWorkers(parseWorkers(text));
  const closed = freePort();
  await assertRejects(() => join(`127.0.0.1:${closed}`), Error, "nothing listens there");
  await assertRejects(() => join("no-such-host.invalid:7711"), Error, "does not resolve");
  const answer = async (listener: Deno.TcpListener, text: string) => {
    for await (const connection of listener) {
      await connection.write(new TextEncoder().encode(text));
      connection.close();
    }
  };
  for (
    const [text, message] of [
      ["HTTP/1.1 400 Bad Request\r\n\r\n", "no worker of DNA"],
      ['{"worker":"dna","tensorflow":"1.0.0","run":"x"}\n', "it has TensorFlow 1.0.0"],
    ]
  ) {
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    answer(listener, text).catch(() => {});
    await assertRejects(() => join(`127.0.0.1:${listener.addr.port}`), Error, message);
  }
});

Deno.test("fence() finds no socket where this process does not listen", () => {
  assertThrows(() => fence(freePort()), Error, "nothing of this process listens");
});

Deno.test("fence() lets loopback in and no other address of this machine", async () => {
  const outside = Deno.networkInterfaces().find(({ address, family }) =>
    family === "IPv4" && !address.startsWith("127.")
  )?.address;
  using listener = Deno.listen({ hostname: "0.0.0.0", port: 0 });
  const { port } = listener.addr;
  fence(port);
  const accepted = listener.accept();
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  (await accepted).close();
  assert(connection.remoteAddr.transport === "tcp");
  if (outside === undefined) return;
  const outcome = await Promise.race([
    Deno.connect({ hostname: outside, port }).then((other) => (other.close(), "in"), () => "out"),
    new Promise<string>((resolve) => setTimeout(resolve, 1500, "out")),
  ]);
  assertEquals(outcome, "out");
});

Deno.test({
  name: "workers give the weights and ratings of one device, also when one is killed and one hangs",
  // A worker's last calls may outlive the test.
  sanitizeOps: false,
  sanitizeResources: false,
  async fn(t) {
    const workers = await Promise.all([startWorker(), startWorker(), startWorker()]);
    const addresses = parseWorkers(workers.map(({ port }) => `127.0.0.1:${port}`).join(","));
    const joined = await joinWorkers(addresses, { patience: 4, pulse: 0.5 });
    const { sites } = joined;
    const plain = freshSupernet();
    await distill(plain, DISTIL);
    const expected = saveSupernet(plain);
    const ratings = await rate(plain, RATE);
    plain.dispose();
    const names = sites.map(({ name }) => name);
    try {
      assertEquals(names, workers.map(({ port }) => `127.0.0.1:${port}`));
      /** Distils with something done to a worker at a checkpoint; gives what was said. */
      const distilWhile = async (given: readonly Site[], disturb: () => void) => {
        const before = tf.memory().numTensors;
        const supernet = freshSupernet();
        const said: string[] = [];
        let checkpoints = 0;
        await distillOn(given, supernet, {
          ...DISTIL,
          onCheckpoint: () => {
            if (++checkpoints === 6) disturb();
          },
          onLost: (_, sentence) => said.push(sentence),
        });
        assertEquals(saveSupernet(supernet), expected);
        return { supernet, said, tensors: tf.memory().numTensors - before };
      };

      await t.step("calls side by side that need the same tensors", async () => {
        const before = tf.memory().numTensors;
        const sums = Array.from(
          { length: 16 },
          (_, i) => compile((given: tf.Tensor[]) => tf.addN(given).mul(i + 1).sum()),
        );
        await onDevice(sites[0].device, async () => {
          for (let round = 0; round < 100; round++) {
            const given = Array.from({ length: 12 }, () => tf.ones([64]));
            const results = await within(60, Promise.all(sums.map((sum) => sum.async(given))));
            if (round === 99) {
              const values = await Promise.all(results.map((result) => result.data()));
              assertEquals(
                values.flatMap(([value]) => value),
                sums.map((_, i) => 12 * 64 * (i + 1)),
              );
            }
            tf.dispose([given, results]);
          }
        });
        for (const sum of sums) sum.dispose();
        assertEquals(tf.memory().numTensors, before);
      });

      await t.step("undisturbed", async () => {
        const { supernet, said } = await distilWhile(sites, () => {});
        assertEquals(said, []);
        const parts = await ratePartsOn(sites, supernet, RATE);
        assertEquals((await rate(supernet, { ...RATE, parts })).blocks, ratings.blocks);
        supernet.dispose();
      });

      await t.step("more workers than cells", async () => {
        const cells = [{ block: 0, cell: 1 }];
        const given = { ...DISTIL, cells, epochs: 2, syncBn: true };
        const [parts, split] = [freshSupernet(), freshSupernet()];
        await distill(parts, { ...given, microBatch: 8 });
        await distillOn(sites.slice(0, 2), split, given);
        assertEquals(saveSupernet(split), saveSupernet(parts));
        parts.dispose();
        split.dispose();
      });

      await t.step("one killed", async () => {
        const { supernet, said } = await distilWhile(sites, () => workers[0].kill("SIGKILL"));
        assertEquals(said.length, 1);
        assert(said[0].startsWith(`Lost ${names[0]}: `), said[0]);
        assert(said[0].includes(`go on from the last checkpoint on ${names[1]}, ${names[2]}`));
        supernet.dispose();
      });

      await t.step("one hung", async () => {
        const { supernet, said } = await distilWhile(sites, () => workers[1].kill("SIGSTOP"));
        assertEquals(said.length, 2, said.join("; "));
        assert(said[1].includes("it gives no answer within 4 s"), said[1]);
        const parts = await ratePartsOn(sites, supernet, RATE);
        assertEquals((await rate(supernet, { ...RATE, parts })).blocks, ratings.blocks);
        supernet.dispose();
      });

      await t.step("none left", async () => {
        const supernet = freshSupernet();
        let step: number | undefined;
        let checkpoints = 0;
        await assertRejects(
          () =>
            distillOn([sites[2]], supernet, {
              ...DISTIL,
              onCheckpoint: ({ groups }) => {
                step = groups[0].position?.step;
                if (++checkpoints === 4) workers[2].kill("SIGKILL");
              },
            }),
          Error,
          "resume when one is back",
        );
        assert(step !== undefined && step >= 3);
        supernet.dispose();
      });
    } finally {
      for (const worker of workers) worker[Symbol.dispose]();
      joined.close();
    }
  },
});
