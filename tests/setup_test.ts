import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { taskCommand } from "../lib/tensorflow/install/command.ts";
import { hostPlatform, LIBRARIES } from "../lib/tensorflow/install/layout.ts";
import { chooseRelease } from "../lib/tensorflow/install/releases.ts";
import { requireSpace } from "../lib/tensorflow/install/space.ts";

const SETUP = new URL("../tasks/setup.ts", import.meta.url).pathname;

// Stands for `python3 -c PROGRAM TASK …`: pip's download and install, unpacking, venv.
const FAKE_PYTHON = `#!/bin/sh
PATH=/bin:/usr/bin
case "$3" in
  "") exit \${FAKE_PROBE:-0} ;;
  unpack)
    mkdir -p "$5/tensorflow"
    for name in ${
  Object.values(LIBRARIES).join(" ")
}; do echo library > "$5/tensorflow/$name"; done ;;
  venv) mkdir -p "$4/bin"; cp "$0" "$4/bin/python" ;;
  pip)
    echo "$@" | tr '\\n' ' ' >> "$FAKE_LOG"; echo >> "$FAKE_LOG"
    echo "WARNING: a notice of pip's" >&2
    case "$FAKE_PIP" in
      offline)
        echo "WARNING: Retrying (Retry(total=4)) after connection broken by 'NewConnectionError('<x>: Failed to establish a new connection: [Errno -2] Name or service not known')': /simple/" >&2
        echo "ERROR: No matching distribution found for tensorflow" >&2; exit 1 ;;
      absent) echo "ERROR: No matching distribution found for tensorflow" >&2; exit 1 ;;
      full) echo "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device" >&2; exit 1 ;;
      odd) echo "ERROR: the moon is full" >&2; exit 1 ;;
      hanging) echo half > half.whl; touch "$FAKE_LOG.started"; exec cat > /dev/null ;;
      *) [ "$4" = install ] && echo > "$(dirname "$0")/jupyter"; sleep 0.2 ;;
    esac ;;
esac
`;

/** A folder with a fake Python, an own DNA_HOME, and what it takes to run set-up in it. */
class Place implements Disposable {
  readonly root = Deno.makeTempDirSync();
  readonly home = `${this.root}/home`;
  readonly #log = `${this.root}/log`;

  constructor(python = "python3") {
    Deno.mkdirSync(`${this.root}/bin`);
    Deno.writeTextFileSync(`${this.root}/bin/${python}`, FAKE_PYTHON, { mode: 0o755 });
  }

  command(args: string[], env: Record<string, string> = {}): Deno.Command {
    return new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", SETUP, ...args],
      env: {
        PATH: `${this.root}/bin`,
        DNA_HOME: this.home,
        DNA_TENSORFLOW: "",
        FAKE_LOG: this.#log,
        NO_COLOR: "1",
        ...env,
      },
      stdout: "piped",
      stderr: "piped",
    });
  }

  async setup(args: string[] = ["--cpu"], env?: Record<string, string>) {
    return read(await this.command(args, env).output());
  }

  /** Starts a set-up whose pip never ends, and waits until pip is at work. */
  async hang(): Promise<Deno.ChildProcess> {
    const child = this.command(["--cpu", "--quiet"], { FAKE_PIP: "hanging" }).spawn();
    while (!exists(`${this.#log}.started`)) await pause();
    Deno.removeSync(`${this.#log}.started`);
    return child;
  }

  /** How often pip was called. */
  get calls(): number {
    return exists(this.#log) ? Deno.readTextFileSync(this.#log).split("\n").length - 1 : 0;
  }

  get log(): string {
    return Deno.readTextFileSync(this.#log);
  }

  /** What lies where TensorFlow is installed, but the lock. */
  get installed(): string[] {
    const folder = `${this.home}/tensorflow/${hostPlatform()}`;
    if (!exists(folder)) return [];
    return [...Deno.readDirSync(folder)].map(({ name }) => name).filter((name) => name !== ".lock")
      .sort();
  }

  [Symbol.dispose]() {
    Deno.removeSync(this.root, { recursive: true });
  }
}

const WHOLE = ["2.21.0-cpu", "current"];

function read({ code, stdout, stderr }: Deno.CommandOutput) {
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 20));
}

/** Set-up failed with one line, and left nothing. */
function assertRefused(
  { code, stdout, stderr }: ReturnType<typeof read>,
  place: Place,
  sentence: RegExp,
) {
  assertEquals([code, stdout], [1, ""]);
  const lines = stderr.trim().split("\n").filter((line) =>
    !/^(Setting up|TensorFlow:) /.test(line)
  );
  assertEquals(lines.length, 1, stderr);
  assertMatch(lines[0], sentence);
  assertEquals(place.installed, []);
}

Deno.test("setup installs TensorFlow's libraries, and a second call does nothing", async () => {
  using place = new Place();
  const first = await place.setup(["--cpu", "--json"]);
  assertEquals(first.code, 0, first.stderr);
  assertEquals(first.stderr.includes("notice of pip"), false);
  assertMatch(first.stderr, /download, 0 of \d+ MB/);
  const { tensorflow } = JSON.parse(first.stdout);
  assertEquals([tensorflow.version, tensorflow.flavour], ["2.21.0", "cpu"]);
  assert(exists(tensorflow.cc) && exists(tensorflow.framework));
  assertEquals(place.installed, WHOLE);

  const second = await place.setup([]);
  assertEquals([second.code, second.stderr, place.calls], [0, "", 1]);
});

Deno.test("setup asks pip for one exact version, without its dependencies", async () => {
  using place = new Place();
  await place.setup();
  assertMatch(place.log, /--no-deps --only-binary=:all:.* tensorflow(-cpu)?==2\.21\.0 $/m);
});

Deno.test("setup takes any Python 3 with pip", async () => {
  using place = new Place("python");
  assertEquals((await place.setup()).code, 0);
});

Deno.test("setup says in one sentence why it cannot, and leaves nothing", async (t) => {
  const cases: [string, Record<string, string>, RegExp][] = [
    [
      "no network",
      { FAKE_PIP: "offline" },
      /reaches no package index; connect.* setup --cpu` again/,
    ],
    ["not in the index", { FAKE_PIP: "absent" }, /index does not have it/],
    ["full disk", { FAKE_PIP: "full" }, /the disk is full; free some space or set DNA_HOME/],
    ["another failure", { FAKE_PIP: "odd" }, /pip failed: the moon is full/],
    ["no Python", { PATH: "/nowhere" }, /No Python 3.8 or later with pip.*install it/],
    ["old Python", { FAKE_PROBE: "10" }, /No Python 3.8 or later with pip/],
    ["no pip", { FAKE_PROBE: "11" }, /without pip.*python3-pip/],
    ["a file in the way", { DNA_HOME: `${SETUP}/below` }, /set DNA_HOME/],
    ["DNA_TENSORFLOW names nothing", { DNA_TENSORFLOW: "/nowhere" }, /holds no TensorFlow/],
  ];
  for (const [name, env, sentence] of cases) {
    await t.step(name, async () => {
      using place = new Place();
      assertRefused(await place.setup(["--cpu"], env), place, sentence);
    });
  }
});

Deno.test("setup uses the installation that DNA_TENSORFLOW names", async () => {
  using place = new Place();
  const site = `${place.root}/venv/lib/python3.12/site-packages`;
  Deno.mkdirSync(`${site}/tensorflow_cpu-2.20.0.dist-info`, { recursive: true });
  Deno.mkdirSync(`${site}/tensorflow`);
  for (const name of Object.values(LIBRARIES)) {
    Deno.writeTextFileSync(`${site}/tensorflow/${name}`, "");
  }
  for (const chosen of [`${place.root}/venv`, site, `${site}/tensorflow`]) {
    const { code, stdout } = await place.setup(["--json"], { DNA_TENSORFLOW: chosen });
    assertEquals(code, 0);
    const { tensorflow } = JSON.parse(stdout);
    assertEquals([tensorflow.folder, tensorflow.version], [`${site}/tensorflow`, "2.20.0"]);
  }
  assertEquals(place.calls, 0);
});

Deno.test("setup that was killed counts for nothing, and the next one is whole", async () => {
  using place = new Place();
  const child = await place.hang();
  child.kill("SIGKILL");
  await child.output();
  assertEquals(place.installed.length, 1);
  assertMatch(place.installed[0], /^\.partial-/);
  assertEquals((await place.setup()).code, 0);
  assertEquals(place.installed, WHOLE);
});

Deno.test("setup that is interrupted leaves nothing and ends with 130", async () => {
  using place = new Place();
  const child = await place.hang();
  child.kill("SIGINT");
  const { code, stderr } = read(await child.output());
  assertEquals(code, 130);
  assertMatch(stderr, /^Stopped, and nothing is half set up: type `.*` to start again\n$/);
  assertEquals(place.installed, []);
});

Deno.test("setup repairs an installation whose library was cut", async () => {
  using place = new Place();
  const { stdout } = await place.setup(["--cpu", "--json"]);
  Deno.writeTextFileSync(JSON.parse(stdout).tensorflow.cc, "");
  assertEquals((await place.setup([])).code, 0);
  assertEquals([place.installed, place.calls], [WHOLE, 2]);
});

Deno.test("two set-ups at once install once", async () => {
  using place = new Place();
  const ends = await Promise.all([place.setup(), place.setup(), place.setup()]);
  assertEquals(ends.map(({ code }) => code), [0, 0, 0]);
  assertEquals([place.installed, place.calls], [WHOLE, 1]);
});

Deno.test("a set-up that waits takes over from one that is killed", async () => {
  using place = new Place();
  const first = await place.hang();
  const second = place.setup();
  await pause();
  first.kill("SIGKILL");
  await first.output();
  assertEquals((await second).code, 0);
  assertEquals(place.installed, WHOLE);
});

Deno.test("setup --notebooks names the Deno that runs as Jupyter's kernel", async () => {
  using place = new Place();
  const failed = await place.setup(["--cpu"]);
  assertEquals(failed.code, 0);
  const refused = await place.setup(["--notebooks"], { FAKE_PIP: "offline" });
  assertEquals([refused.code, exists(`${place.home}/notebooks`)], [1, false]);
  assertMatch(refused.stderr, /Cannot fetch JupyterLab: pip reaches no package index/);

  const { code, stdout } = await place.setup(["--notebooks", "--json"]);
  assertEquals(code, 0);
  const { folder } = JSON.parse(stdout).notebooks;
  const kernel = JSON.parse(
    Deno.readTextFileSync(`${folder}/share/jupyter/kernels/deno/kernel.json`),
  );
  assertEquals(kernel.argv[0], Deno.execPath());
  const calls = place.calls;
  assertEquals((await place.setup(["--notebooks"])).code, 0);
  assertEquals(place.calls, calls);
});

Deno.test("setup refuses wrong options with status 2", async () => {
  using place = new Place();
  for (const args of [["--gpus"], ["--cpu", "--gpu"], ["now"], ["--cpu=yes"]]) {
    const { code, stdout, stderr } = await place.setup(args);
    assertEquals([code, stdout, stderr.trim().split("\n").length], [2, "", 1]);
  }
  assertEquals((await place.setup(["--help"])).code, 0);
  assertEquals(place.calls, 0);
});

Deno.test("chooseRelease() refuses platforms without a build, and names WSL2 on Windows", () => {
  assertThrows(() => chooseRelease("windows-x86_64", "cpu"), Error, "WSL2");
  assertThrows(() => chooseRelease("darwin-x86_64", "cpu"), Error, "linux-x86_64");
  assertThrows(() => chooseRelease("linux-aarch64", "cuda"), Error, "--cpu");
  assert(chooseRelease("linux-x86_64", "cuda").requirements.length > 10);
});

Deno.test("requireSpace() says how much is needed and how much is there", () => {
  assertThrows(
    () => requireSpace("TensorFlow", "/nowhere/yet", 1e18),
    Error,
    "it takes 1000000000 GB and /nowhere/yet has ",
  );
});

Deno.test("taskCommand() gives what to type in a checkout, outside it, and where there is none", () => {
  const root = new URL("../", import.meta.url);
  assertEquals(taskCommand("setup", new URL(`file://${Deno.cwd()}/`)), "npx -y deno task setup");
  assertEquals(
    taskCommand("setup --gpu", new URL("file:///some where/dna/")),
    "npx -y deno task --cwd '/some where/dna' setup --gpu",
  );
  assertEquals(
    taskCommand("setup --gpu", new URL("https://example.org/dna/")),
    "deno run -A https://example.org/dna/tasks/setup.ts --gpu",
  );
  assert(taskCommand().includes("deno task"), root.href);
});
