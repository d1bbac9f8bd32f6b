import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import fc from "fast-check";
import { dirname, join } from "node:path";
import {
  checkWeightsName,
  fetchFromHub,
  findCached,
  findWeights,
  loadTeacher,
  parseHubName,
  type ProgressEvent,
  readJson,
  sha256,
  useEngine,
  writeSafetensors,
} from "../mod.ts";
import { formatHubName } from "../lib/hub/name.ts";
import { withHub } from "./_hub_server.ts";

const CONTENT = Uint8Array.from({ length: 300_000 }, (_, i) => (i * i) >> 3);
const NAME = "me/net";
const PLACE = "hub/me/net/main/model.safetensors";

/** Every file below a folder that is no lock. */
function filesBelow(folder: string): string[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) =>
    isDirectory ? filesBelow(join(folder, name)) : [join(folder, name)]
  ).filter((path) => !path.endsWith(".lock"));
}

async function put(path: string, content: string | Uint8Array): Promise<void> {
  await Deno.mkdir(dirname(path), { recursive: true });
  if (typeof content === "string") await Deno.writeTextFile(path, content);
  else await Deno.writeFile(path, content);
}

/** The one sentence with which fetching fails. */
async function sentence(name = NAME): Promise<string> {
  const { message } = await assertRejects(() => fetchFromHub(name), Error) as Error;
  assert(message.startsWith("Cannot fetch "), message);
  assertEquals(message.split("\n").length, 1);
  return message;
}

Deno.test("parseHubName() reads what formatHubName() writes, and nothing that leaves the folder", () => {
  assertEquals(parseHubName("timm/a.b@refs/pr/1:sub/x.bin"), {
    repository: "timm/a.b",
    revision: "refs/pr/1",
    file: "sub/x.bin",
  });
  const word = fc.stringMatching(/^[a-z0-9]([a-z0-9._]{0,8}[a-z0-9])?$/)
    .filter((text) => !text.includes(".."));
  fc.assert(fc.property(word, word, word, word, (owner, name, revision, file) => {
    for (const parts of [{ revision, file }, { revision: "main", file: "model.safetensors" }]) {
      const given = { repository: `${owner}/${name}`, ...parts };
      assertEquals(parseHubName(formatHubName(given)), given);
    }
  }));
  const wrong = ["", "b7", "a/b/c", "/a/b", "a/b@", "a/b:", "../b", "a/..", "a/b@../c", "a/b:../c"];
  for (const name of [...wrong, "a/b:/etc/passwd", "a/b:c/../../d", "a/b:./c", "a b/c", ".a/b"]) {
    assertThrows(() => parseHubName(name), SyntaxError, "owner/repository[@revision][:file]");
  }
});

Deno.test("checkWeightsName() tells files, names on the hub and random weights apart", async () => {
  const kind = (text: string) => checkWeightsName(text).kind;
  assertEquals(kind("random"), "random");
  assertEquals(
    ["timm/b7", "timm/b7@v1", "me/net:half.safetensors"].map(kind),
    Array(3).fill("hub"),
  );
  const paths = ["a.safetensors", "runs/a.safetensors", "./runs/a", "/runs/a", "a", "a/b/c", "~/a"];
  assertEquals(paths.map(kind), paths.map(() => "file"));
  assertThrows(() => checkWeightsName(" "), RangeError, "random");
  const before = Deno.cwd();
  const folder = await Deno.makeTempDir();
  try {
    await put(join(folder, "timm/b7"), "a file");
    Deno.chdir(folder);
    assertEquals(kind("timm/b7"), "file");
    assertEquals(await findWeights("timm/b7"), "timm/b7");
  } finally {
    Deno.chdir(before);
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("fetchFromHub() fetches once, whole, with progress and a record", () =>
  withHub(CONTENT, async ({ home, seen }) => {
    const events: ProgressEvent[] = [];
    const path = await fetchFromHub(NAME, { onProgress: (event) => events.push(event) });
    assertEquals(path, join(home, PLACE));
    assertEquals(await Deno.readFile(path), CONTENT);
    assertEquals(events.at(-1), { stage: "fetch me/net", done: 0.3, total: 0.3, unit: "MB" });
    assertEquals(filesBelow(home).sort(), [path, `${path}.json`]);
    const record = await readJson(`${path}.json`) as Record<string, unknown>;
    assertEquals([record.size, record.sha256], [CONTENT.length, sha256(CONTENT)]);
    assertEquals(
      seen.map(({ server, method, path }) => `${server} ${method} ${path}`),
      ["endpoint HEAD", "endpoint GET", "content GET"].map((each) =>
        `${each} /me/net/resolve/main/model.safetensors`
      ),
    );
    assertEquals(await fetchFromHub(NAME), path);
    assertEquals(findCached(parseHubName(NAME)), path);
    assertEquals(seen.length, 3);
  }));

Deno.test("fetchFromHub() fetches another revision and file, from a repository that was renamed", () =>
  withHub(CONTENT, async ({ home, seen }) => {
    const path = await fetchFromHub("old/net@refs/pr/1:half/net.bin");
    assertEquals(path, join(home, "hub/old/net/refs%2Fpr%2F1/half/net.bin"));
    assertEquals(await Deno.readFile(path), CONTENT);
    assertEquals(seen.at(-1)!.path, "/me/net/resolve/refs/pr/1/half/net.bin");
  }));

Deno.test("fetchFromHub() checks a small file by git's hash", () =>
  withHub(CONTENT.slice(0, 500), async ({ home, behaviour }) => {
    behaviour.small = true;
    const path = await fetchFromHub("me/net:config.json");
    assertEquals((await Deno.readFile(path)).length, 500);
    behaviour.headers = { etag: `"${"0".repeat(40)}"` };
    assert((await sentence("me/net:other.json")).includes("hash in git"));
    assertEquals(filesBelow(home).length, 2);
  }));

Deno.test("fetchFromHub() goes on where a connection was cut, with or without ranges", () =>
  withHub(CONTENT, async ({ behaviour, seen, home }) => {
    behaviour.cuts = [100_000, 50_000];
    const path = await fetchFromHub(NAME);
    assertEquals(await Deno.readFile(path), CONTENT);
    const ranges = seen.filter(({ server }) => server === "content").map(({ range }) => range);
    assertEquals(ranges, [null, "bytes=100000-", "bytes=150000-"]);
    await Deno.remove(join(home, "hub"), { recursive: true });
    Object.assign(behaviour, { cuts: [100_000], noRanges: true });
    assertEquals(await Deno.readFile(await fetchFromHub(NAME)), CONTENT);
  }));

Deno.test("fetchFromHub() stops at a signal, and the next call goes on from there", () =>
  withHub(CONTENT, async ({ behaviour, seen, home }) => {
    const controller = new AbortController();
    behaviour.cuts = [200_000];
    const onProgress = ({ done }: ProgressEvent) => {
      if (done > 0) controller.abort(new Error("enough"));
    };
    const { signal } = controller;
    await assertRejects(() => fetchFromHub(NAME, { signal, onProgress }), Error, "enough");
    const [part] = filesBelow(home);
    assert(part.endsWith(`.${sha256(CONTENT).slice(0, 12)}.part`), part);
    const { size } = await Deno.stat(part);
    assert(size > 0 && size <= 200_000);
    seen.length = 0;
    assertEquals(await Deno.readFile(await fetchFromHub(NAME)), CONTENT);
    assertEquals(seen.at(-1)!.range, `bytes=${size}-`);
    await assertRejects(() => fetchFromHub("me/other", { signal }), Error, "enough");
  }));

Deno.test("fetchFromHub() refuses what has another hash or size than the hub says, and keeps nothing", () =>
  withHub(CONTENT, async ({ behaviour, home }) => {
    const other = CONTENT.slice();
    other[7] ^= 1;
    behaviour.sent = other;
    const message = await sentence();
    assert(message.includes(`should be ${sha256(CONTENT)}`), message);
    assertEquals(filesBelow(home), []);
    behaviour.sent = CONTENT.slice(0, 1000);
    assert((await sentence()).includes("has 1000 bytes and should have 300000"));
    assertEquals(filesBelow(home), []);
    behaviour.sent = new Uint8Array(400_000);
    assert((await sentence()).includes("should have 300000"));
    assertEquals(filesBelow(home), []);
    for (const [header, value] of [["x-linked-etag", '"7"'], ["x-linked-size", "many"]]) {
      behaviour.headers = { [header]: value };
      assert((await sentence()).includes("does not say its size and hash"));
    }
    assertEquals(filesBelow(home), []);
  }));

Deno.test("fetchFromHub() gives up after some tries without a byte", () =>
  withHub(CONTENT, async ({ behaviour }) => {
    behaviour.cuts = [1000, 0, 0, 0, 0, 0, 0];
    assert((await sentence()).includes("after 1000 of 300000 bytes"));
  }));

Deno.test("fetchFromHub() says in a sentence what 401, 403, 404 and others mean", () =>
  withHub(CONTENT, async ({ behaviour }) => {
    const cases: [status: number, code: string | undefined, token: string, expected: RegExp][] = [
      [401, undefined, "", /does not exist, or it is not public and set HF_TOKEN/],
      [401, undefined, "hf_1", /the token \(HF_TOKEN\) may not read it/],
      [403, "GatedRepo", "hf_1", /terms may have to be accepted first, at http.*\/me\/net$/],
      [404, "EntryNotFound", "", /no file model\.safetensors at revision main/],
      [404, "RevisionNotFound", "", /no revision main/],
      [404, undefined, "", /\/me\/net does not exist/],
      [410, undefined, "", /answers 410/],
      [503, undefined, "", /answers 503; try again later/],
    ];
    for (const [status, errorCode, token, expected] of cases) {
      Object.assign(behaviour, { status, errorCode });
      Deno.env.set("HF_TOKEN", token);
      const message = await sentence();
      assert(expected.test(message), message);
      assert(!message.includes("hf_1"), message);
    }
  }));

Deno.test("fetchFromHub() sends the token to the endpoint and to nobody else", () =>
  withHub(CONTENT, async ({ seen, theirs, home }) => {
    const sent = async (): Promise<string[]> => {
      seen.length = 0;
      await Deno.remove(join(home, "hub"), { recursive: true }).catch(() => {});
      await fetchFromHub("old/net");
      return seen.map(({ server, authorization }) => `${server} ${authorization}`);
    };
    const asked = (header: string) => [
      ...Array(4).fill(`endpoint ${header}`), // each through a redirect of its own
      "content null",
    ];
    assertEquals(await sent(), asked("null"));
    await put(join(theirs, "token"), "hf_from_file\n");
    assertEquals(await sent(), asked("Bearer hf_from_file"));
    Deno.env.set("HF_TOKEN", "hf_given");
    assertEquals(await sent(), asked("Bearer hf_given"));
    Deno.env.set("HF_TOKEN", "hf two words");
    const error = await assertRejects(() => fetchFromHub("me/other"), RangeError) as Error;
    assert(error.message.includes("HF_TOKEN") && !error.message.includes("hf two"));
  }));

Deno.test("fetchFromHub() without a network or with HF_HUB_OFFLINE says what to do", () =>
  withHub(CONTENT, async ({ home, seen, endpoint }) => {
    const way = `put ${endpoint}/me/net/resolve/main/model.safetensors at ${join(home, PLACE)}`;
    for (const yes of ["1", "TRUE", "on"]) {
      Deno.env.set("HF_HUB_OFFLINE", yes);
      const message = await sentence();
      assert(message.includes("HF_HUB_OFFLINE is set") && message.includes(way), message);
    }
    assertEquals(seen, []);
    await put(join(home, PLACE), "by hand");
    assertEquals(await fetchFromHub(NAME), join(home, PLACE));

    const free = Deno.listen({ port: 0, hostname: "127.0.0.1" });
    const { port } = free.addr as Deno.NetAddr;
    free.close();
    Deno.env.set("HF_HUB_OFFLINE", "0");
    Deno.env.set("HF_ENDPOINT", `http://127.0.0.1:${port}/`);
    const message = await sentence("me/other");
    assert(message.includes(`127.0.0.1:${port} cannot be reached (`), message);
    assert(message.includes("; connect to a network, or put "), message);
    assert(message.includes("or give the path of a safetensors file"), message);
    for (const wrong of ["hub", "file:///etc"]) {
      Deno.env.set("HF_ENDPOINT", wrong);
      await assertRejects(() => fetchFromHub("me/other"), RangeError, "HF_ENDPOINT");
    }
  }));

Deno.test("fetchFromHub() finds files in Hugging Face's own cache, by branch and by commit", () =>
  withHub(CONTENT, async ({ theirs, seen }) => {
    const commit = "89abcdef".repeat(5);
    const folder = join(theirs, "hub/models--me--net");
    const path = join(folder, "snapshots", commit, "model.safetensors");
    await put(join(folder, "blobs/content"), CONTENT);
    await put(join(folder, "refs/main"), commit);
    await Deno.mkdir(dirname(path), { recursive: true });
    await Deno.symlink("../../blobs/content", path);
    Deno.env.set("HF_HUB_OFFLINE", "1");
    assertEquals(await fetchFromHub(NAME), path);
    assertEquals(await fetchFromHub(`${NAME}@${commit}`), path);
    assertEquals(findCached(parseHubName(`${NAME}@other`)), undefined);
    assertEquals(findCached(parseHubName(`${NAME}:other.bin`)), undefined);
    await Deno.rename(join(theirs, "hub"), join(theirs, "elsewhere"));
    assertEquals(findCached(parseHubName(NAME)), undefined);
    Deno.env.set("HF_HUB_CACHE", join(theirs, "elsewhere"));
    assert(await fetchFromHub(NAME));
    await Deno.remove(join(theirs, "elsewhere/models--me--net/blobs/content"));
    assertEquals(findCached(parseHubName(NAME)), undefined);
    assertEquals(seen, []);
  }));

Deno.test("fetchFromHub() fetches once however many ask, in this process and in others", () =>
  withHub(CONTENT, async ({ behaviour, seen, home }) => {
    behaviour.delay = 300;
    const hub = new URL("../lib/hub.ts", import.meta.url).href;
    const script = `import { fetchFromHub } from ${JSON.stringify(hub)};
      console.log(await fetchFromHub("me/net"));`;
    const others = Array.from({ length: 2 }, () =>
      new Deno.Command(Deno.execPath(), {
        args: ["eval", "--no-check", script],
        stdout: "piped",
        stderr: "inherit",
      }).output());
    const paths = await Promise.all([fetchFromHub(NAME), fetchFromHub(NAME)]);
    const printed = (await Promise.all(others)).map(({ stdout }) =>
      new TextDecoder().decode(stdout).trim()
    );
    assertEquals([...paths, ...printed], Array(4).fill(join(home, PLACE)));
    assertEquals(await Deno.readFile(paths[0]), CONTENT);
    assertEquals(seen.filter(({ server }) => server === "content").length, 1);
  }));

Deno.test("fetchFromHub() fetches again what is not as long as it was", () =>
  withHub(CONTENT, async ({ seen }) => {
    const path = await fetchFromHub(NAME);
    await Deno.truncate(path, 100);
    assertEquals(findCached(parseHubName(NAME)), undefined);
    assertEquals(await Deno.readFile(await fetchFromHub(NAME)), CONTENT);
    assertEquals(seen.length, 6);
  }));

Deno.test("loadTeacher() takes weights from the hub, and says what is wrong with them", async () => {
  await useEngine();
  const folder = await Deno.makeTempDir();
  const path = join(folder, "fashion.safetensors");
  const { network } = await loadTeacher("fashion", { weights: "random" });
  await writeSafetensors(path, network.toWeights());
  await withHub(await Deno.readFile(path), async ({ behaviour, home }) => {
    const stages: string[] = [];
    const onProgress = ({ stage }: ProgressEvent) => stages.push(stage);
    const teacher = await loadTeacher("fashion", { weights: NAME, onProgress });
    assertEquals(teacher.name, "fashion");
    assertEquals(teacher.network.toWeights(), network.toWeights());
    assertEquals(new Set(stages), new Set(["fetch me/net"]));
    behaviour.content = new Uint8Array(100);
    await Deno.remove(join(home, "hub"), { recursive: true });
    const error = await assertRejects(() => loadTeacher("fashion", { weights: NAME })) as Error;
    assert(error.message.includes(join(home, PLACE)), error.message);
  });
  await Deno.remove(folder, { recursive: true });
});
